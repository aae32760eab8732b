"""Airflow's processes as a family that is always stopped, and the question how Airflow is."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from deskmart import components
from deskmart.components import Components
from deskmart.errors import DeskmartError
from deskmart.health import main, parts_of

# A scheduler that does not hear, with a task in a process group of its own.
STUBBORN = """
import os, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
task = subprocess.Popen(["sleep", "600"], process_group=0)
print(task.pid, flush=True)
task.wait()
"""


@pytest.fixture
def an_airflow() -> Iterator[str]:
    """Answers as Airflow's pages do; its triggerer is ill."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {"metadatabase": {"status": "healthy"}, "scheduler": {"status": "healthy"}, "triggerer": {"status": None}}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_process_that_does_not_end_is_ended_with_the_tasks_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "STOPPING_SECONDS", 0.0)
    with Components(tmp_path / "logs") as airflow:
        airflow.start("scheduler", [sys.executable, "-c", STUBBORN], os.environ)
        deadline = time.monotonic() + 60
        while not (said := airflow.log("scheduler").read_text().strip()) and time.monotonic() < deadline:
            time.sleep(0.02)
        family = [psutil.Process(airflow.processes["scheduler"].pid), psutil.Process(int(said))]
    gone, alive = psutil.wait_procs(family, timeout=60)
    assert not alive
    assert len(gone) == 2


def test_a_process_that_ended_by_itself_is_named_with_its_log(tmp_path: Path) -> None:
    with Components(tmp_path / "logs") as airflow:
        airflow.start("triggerer", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)
        airflow.processes["triggerer"].wait(60)
        with pytest.raises(DeskmartError, match=r"triggerer ended \(exit code 3\).*triggerer\.log"):
            airflow.refuse_ended()


def test_health_tells_of_each_part_and_fails_for_one_that_is_ill(an_airflow: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([an_airflow]) == 0
    assert main([an_airflow, "metadatabase", "scheduler"]) == 0
    assert main([an_airflow, "scheduler", "triggerer"]) == 1
    assert main([an_airflow, "dag_processor"]) == 1
    assert capsys.readouterr().out == "triggerer: None\ndag_processor: no answer\n"


def test_an_airflow_that_does_not_answer_is_ill(capsys: pytest.CaptureFixture[str]) -> None:
    assert parts_of("http://127.0.0.1:9") == {}
    assert main(["http://127.0.0.1:9"]) == 1
    assert capsys.readouterr().out == "metadatabase: no answer\n"
