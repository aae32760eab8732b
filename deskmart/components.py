"""Airflow's processes: started together, each with its own log, and always stopped again, by their ids."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from deskmart.errors import DeskmartError
from deskmart.lake import private_folder

STOPPING_SECONDS = 30.0


@dataclass(slots=True)
class Components:
    """Processes that live as long as the block; `<logs>/<name>.log` has what each says.

    Leaving the block, however it is left, asks all of them to end and after half a minute ends them, with whatever they
    started: a task that is cut off is one that was killed, which every step survives.
    """

    logs: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a command in a session of its own, so that a Ctrl-C is for us alone to answer."""
        with self.log(name).open("wb") as stream:
            self.processes[name] = subprocess.Popen(
                command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True
            )

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def refuse_ended(self) -> None:
        """`DeskmartError` with the log's place when any of them has ended by itself."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise DeskmartError(f"Airflow's {name} ended (exit code {process.returncode})", todo=f"read {self.log(name)}")

    def __enter__(self) -> Self:
        private_folder(self.logs)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOPPING_SECONDS
        try:
            for process in self.processes.values():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, deadline - time.monotonic()))
        finally:  # also when somebody does not want to wait: a second Ctrl-C
            for process in self.processes.values():
                if process.poll() is None:
                    _kill_family(process.pid)
                process.wait()


def _kill_family(pid: int) -> None:
    """End a process and all that it and its children started: tasks run in process groups of their own."""
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for member in (parent, *parent.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                member.kill()
