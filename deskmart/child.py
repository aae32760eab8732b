"""Child processes that are always stopped again, by their id."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Any

from deskmart.errors import DeskmartError

PATIENCE_SECONDS = 10.0


@contextmanager
def child(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, is_told: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """Run a command while the block lasts; its standard output is a pipe, its standard error goes to `log`.

    With `is_told` its standard input is a pipe, too: what it must know later and nobody else shall see.

    Leaving the block, however it is left, asks the child to end and after ten seconds ends it.
    """
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.PIPE if is_told else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            yield process
        finally:
            stop(process)


def stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> None:
    """End a child, politely first."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()


def tell(process: subprocess.Popen[str], content: Mapping[str, Any]) -> None:
    """Say one JSON line to a child; one that has ended already is not told, and says so itself."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(content) + "\n")
        process.stdin.flush()


def json_lines(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """The JSON objects a child prints, one a line, as they come; other lines are passed over."""
    stream: IO[str] | None = process.stdout
    for line in stream or ():
        if line.startswith("{"):
            yield json.loads(line)


def first_json_line(process: subprocess.Popen[str], name: str, log: Path) -> dict[str, Any]:
    """What a child says when it is ready; `DeskmartError` when it ends without a word."""
    for line in json_lines(process):
        return line
    raise DeskmartError(f"{name} did not start", todo=f"read {log}")


@contextmanager
def ending_on_sigterm() -> Iterator[None]:
    """Within the block SIGTERM, and a terminal that goes away, end this process by way of its `finally` clauses, as Ctrl-C does."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    heard = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
