"""`make up`: the processes of a real Airflow, on a scratch home, until the first build has run."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deskmart.airflow_home import ROOT, airflow_home, environment
from deskmart.errors import DeskmartError
from deskmart.settings import Settings, load_settings
from deskmart.up import is_healthy, passwords, up

PROGRAM = """
import sys
from pathlib import Path
from deskmart.up import up
raise SystemExit(up(Path(sys.argv[1]), port=int(sys.argv[2])))
"""


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(1)


def runs_of(settings: Settings, dag: str) -> list[tuple[str, str]]:
    """(run type, state) of each run of a DAG, read from Airflow's own database."""
    path = airflow_home(settings) / "airflow.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as database:
        try:
            return database.execute("select run_type, state from dag_run where dag_id = ?", [dag]).fetchall()
        except sqlite3.OperationalError:
            return []  # its tables are not there yet


def members(session: int) -> list[int]:
    """Processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(DeskmartError, match="is taken"):
            up(tmp_path, port=taken.getsockname()[1])
    assert not (tmp_path / "airflow").exists()


@pytest.mark.slow
def test_airflow_gets_healthy_its_scheduler_builds_on_an_asset_and_nothing_is_left_behind(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home", environ={})
    shop = tmp_path / "shop"
    yesterday = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600 - 86400))
    subprocess.run(
        [
            sys.executable, "-m", "sandbox", "generate", "--home", str(shop),
            "--first-day", yesterday, "--days", "1", "--contacts-per-day", "60",
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=600,
    )  # fmt: skip
    asterisk = json.dumps({"conn_type": "generic", "extra": {"path": str(shop / "asterisk")}})
    port = a_free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(settings.home), str(port)],
        env={**environment(settings), "AIRFLOW_CONN_DESKMART_ASTERISK": asterisk}, cwd=ROOT,
    )  # fmt: skip
    try:
        wait_for(lambda: is_healthy(port), 180, "health")
        assert passwords(settings.home).exists()
        sessions = {int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3]) for pid in children(process.pid)}
        wait_for(lambda: ("scheduled", "success") in runs_of(settings, "ingest_asterisk"), 240, "the scheduled ingest")
        wait_for(lambda: ("asset_triggered", "success") in runs_of(settings, "build_warehouse"), 240, "the triggered build")
        assert (settings.home / "published" / "current" / "marts.duckdb").exists()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(90)
    assert not is_healthy(port)
    assert [pid for session in sessions for pid in members(session)] == []


def children(pid: int) -> list[int]:
    return [int(word) for path in Path(f"/proc/{pid}/task").glob("*/children") for word in path.read_text().split()]
