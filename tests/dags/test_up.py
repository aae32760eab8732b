"""`make up`: the processes of a real Airflow, on a scratch home, until the first build has run."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil
import pytest

from deskmart.airflow_home import ROOT, airflow_home, environment
from deskmart.errors import DeskmartError
from deskmart.settings import Settings, load_settings
from deskmart.setup import write_config
from deskmart.shop import is_configured
from deskmart.up import is_healthy, passwords, up
from ingestion.registry import all_sources

PATIENCE_SECONDS = 1800.0  # for a state, on however busy a machine
PROGRAM = """
import sys
from pathlib import Path
from deskmart.up import up
raise SystemExit(up(Path(sys.argv[1]), port=int(sys.argv[2])))
"""


def wait_for(condition: Callable[[], bool], seconds: float, what: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, f"it ended before {what}"
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


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(DeskmartError, match="is taken"):
            up(tmp_path, port=taken.getsockname()[1])
    assert not (tmp_path / "airflow").exists()


def test_a_home_nobody_configured_gets_the_pretend_shop_and_no_other(tmp_path: Path) -> None:
    home = load_settings(tmp_path, environ={})
    assert not is_configured(home)
    (tmp_path / "sandbox.port").write_text("8901")  # the demo was here, and left its mappings
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "hotline.yml").write_text("name: hotline")
    assert not is_configured(home)
    (tmp_path / "sandbox.port").unlink()
    assert is_configured(home)
    assert is_configured(load_settings(tmp_path / "other", environ={"DESKMART_ASTERISK_PATH": "/var/log/asterisk"}))
    write_config(tmp_path / "third")
    assert is_configured(load_settings(tmp_path / "third", environ={}))


@pytest.mark.slow
def test_airflow_gets_healthy_lets_admin_in_reads_by_itself_and_leaves_nothing_behind(
    tmp_path: Path, free_ports: tuple[int, int], is_soak: bool
) -> None:
    """`make soak` also waits until it has published, as `test_compose_natively` always does."""
    port = free_ports[0]
    settings = load_settings(tmp_path / "home" / "shop", environ={})
    variables = {**environment(load_settings(tmp_path / "home", environ={})), "DESKMART_THREADS": "2"}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path / "home"), str(port)], env=variables, cwd=ROOT)
    try:
        wait_for(lambda: is_healthy(port), PATIENCE_SECONDS, "health", process)
        password = json.loads(passwords(settings).read_text())["admin"]
        dags = asked(port, "/api/v2/dags", log_in(port, "admin", password))["dags"]
        assert {dag["dag_id"] for dag in dags} >= {"build_warehouse", "maintain", *(f"ingest_{name}" for name in all_sources())}
        assert not any(dag["is_paused"] for dag in dags)
        wait_for(
            lambda: ("scheduled", "success") in runs_of(settings, "ingest_asterisk"),
            PATIENCE_SECONDS,
            "the scheduled ingest",
            process,
        )
        if is_soak:
            built = ("asset_triggered", "success")
            wait_for(lambda: built in runs_of(settings, "build_warehouse"), PATIENCE_SECONDS, "the build", process)
            assert (settings.home / "published" / "current" / "marts.duckdb").exists()
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 5  # Airflow's four, the shop
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
    assert not is_healthy(port)
    assert psutil.wait_procs(family, timeout=60)[1] == []


def log_in(port: int, user: str, password: str) -> str:
    """A token of Airflow's interface, as its documents say to get one."""
    body = json.dumps({"username": user, "password": password}).encode()
    request = Request(f"http://127.0.0.1:{port}/auth/token", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["access_token"])


def asked(port: int, path: str, token: str) -> dict[str, Any]:
    request = Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"})
    with urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
