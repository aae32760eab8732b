"""Children never outlive the block that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deskmart.child import child, ending_on_sigterm, first_json_line, json_lines
from deskmart.errors import DeskmartError

READY = "import time; print('{\"port\": 1}', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('{}', flush=True); time.sleep(60)"


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_child_that_is_ready_says_so_and_is_ended_with_the_block(tmp_path: Path) -> None:
    with child(python(READY), dict(os.environ), tmp_path / "log") as process:
        assert first_json_line(process, "it", tmp_path / "log") == {"port": 1}
        assert is_running(process.pid)
    assert not is_running(process.pid)


def test_a_child_is_ended_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), child(python(READY), dict(os.environ), tmp_path / "log") as process:
        raise RuntimeError
    assert process.returncode == -signal.SIGTERM


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskmart.child.PATIENCE_SECONDS", 0.2)
    with child(python(STUBBORN), dict(os.environ), tmp_path / "log") as process:
        first_json_line(process, "it", tmp_path / "log")
    assert process.returncode == -signal.SIGKILL


def test_a_child_that_ends_without_a_word_is_an_error_that_names_the_log(tmp_path: Path) -> None:
    with (
        child(python("raise SystemExit('no port is free')"), dict(os.environ), tmp_path / "log") as process,
        pytest.raises(DeskmartError, match=r"the shop did not start \(read .*log\)"),
    ):
        first_json_line(process, "the shop", tmp_path / "log")
    assert (tmp_path / "log").read_text() == "no port is free\n"


def test_other_lines_than_json_are_passed_over(tmp_path: Path) -> None:
    with child(python("print('hello'); print('{\"a\": 1}')"), dict(os.environ), tmp_path / "log") as process:
        assert list(json_lines(process)) == [{"a": 1}]


def test_sigterm_ends_the_children_too(tmp_path: Path) -> None:
    program = f"""
import os, sys, time
from pathlib import Path
from deskmart.child import child, ending_on_sigterm
command = [sys.executable, "-c", "import time; time.sleep(60)"]
with ending_on_sigterm(), child(command, os.environ, Path({str(tmp_path / "log")!r})) as it:
    print(it.pid, flush=True)
    time.sleep(60)
"""
    parent = subprocess.Popen(python(program), stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.terminate()
    assert parent.wait(20) == 128 + signal.SIGTERM
    assert not is_running(pid)
    parent.stdout.close()


def test_the_handler_of_before_is_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with ending_on_sigterm():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
