"""The compose file's own commands, without containers: Airflow on PostgreSQL, a real scheduler, until PostgreSQL shows marts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg
import pytest

from deskmart.airflow_home import ROOT
from deskmart.components import Components
from deskmart.secrets_file import write_secrets
from serving.postgres import local
from tests.dags.compose import HAS_CELERY, SERVICES, Here, dotenv

pytestmark = pytest.mark.slow

AIRFLOW = ("api-server", "dag-processor", "triggerer", "scheduler")
SCALE = ("redis", "worker")
PATIENCE_SECONDS = 1800.0  # for a state, on however busy a machine


@pytest.fixture
def servers() -> Iterator[str]:
    """The address, without a database's name, of a PostgreSQL for Airflow and for readers."""
    folder = Path(tempfile.mkdtemp(prefix="deskmart-compose-"))  # not in pytest's folder, which only its owner can enter
    folder.chmod(0o755)
    try:
        address = local.start(folder, lasting=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("create database airflow")
        yield address.rpartition("/")[0]
    finally:
        local.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def here(servers: str, tmp_path: Path, free_ports: tuple[int, int]) -> Here:
    """This machine in the place of the containers, with yesterday's calls of a small shop to read."""
    write_secrets(tmp_path / ".env")
    yesterday = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600 - 86400))
    shop = ("--home", str(tmp_path / "shop"), "--first-day", yesterday, "--days", "1", "--contacts-per-day", "60")
    subprocess.run([sys.executable, "-m", "sandbox", "generate", *shop], cwd=ROOT, check=True, timeout=PATIENCE_SECONDS)
    asterisk = json.dumps({"conn_type": "generic", "extra": {"path": str(tmp_path / "shop" / "asterisk")}})
    with (tmp_path / ".env").open("a") as stream:
        stream.write(f"AIRFLOW_CONN_DESKMART_ASTERISK='{asterisk}'\n")
    (tmp_path / "airflow").mkdir()
    scheme, _, rest = servers.partition("://")
    return Here(
        home=tmp_path / "home", airflow_home=tmp_path / "airflow", port=free_ports[0], redis_port=free_ports[1], database=f"{rest}/airflow",
        serving=f"{scheme}://{rest}/deskmart", secrets=dotenv(tmp_path / ".env"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("executor", "services"),
    [
        pytest.param("LocalExecutor", AIRFLOW, id="one scheduler that runs the tasks"),
        pytest.param(
            "CeleryExecutor", (*SCALE, *AIRFLOW), id="profile scale",
            marks=pytest.mark.skipif(not HAS_CELERY, reason="needs requirements-deploy.txt installed, and redis-server"),
        ),
    ],
)  # fmt: skip
def test_the_composed_airflow_schedules_builds_and_publishes_into_postgresql(
    here: Here, tmp_path: Path, executor: str, services: tuple[str, ...]
) -> None:
    here = replace(here, secrets={**here.secrets, "EXECUTOR": executor})
    init = subprocess.run(
        here.command("airflow-init"),
        env=here.environment("airflow-init"), capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert init.returncode == 0, init.stderr[-2000:]
    with Components(tmp_path / "logs") as airflow:
        for service in services:
            airflow.start(service, here.command(service), here.environment(service))
        for service in services:
            wait_for(lambda: is_well(here, service), f"{service} to be healthy", airflow)  # noqa: B023
        token = log_in(here)
        dags = asked(here, "/api/v2/dags", token)["dags"]
        assert len(dags) >= 6
        assert not [dag["dag_id"] for dag in dags if dag["is_paused"]]
        for dag, run_type in (("ingest_asterisk", "scheduled"), ("build_warehouse", "asset_triggered")):
            wait_for(lambda: ended(here, token, dag, run_type), f"the {run_type} run of {dag}", airflow)  # noqa: B023
        assert runs(here, token, "build_warehouse")[0]["triggering_user_name"] is None
    publish_id = (here.home / "published" / "current").readlink().name
    with psycopg.connect(here.serving) as readers:
        shown = readers.execute("select publish_id from marts.publish_info").fetchall()
        days = readers.execute("select count(*) from marts.mart_kpi_daily where kpi = 'offered'").fetchone()
    assert shown == [(publish_id,)]
    assert days is not None and days[0] > 0


def test_every_service_of_airflow_is_started_here() -> None:
    airflow = {name for name, service in SERVICES.items() if "AIRFLOW__CORE__EXECUTOR" in service.get("environment", {})}
    assert airflow == {*AIRFLOW, "airflow-init", "worker"}


def is_well(here: Here, service: str) -> bool:
    environment = here.environment(service)
    command = subprocess.run(
        here.health(service), env=environment, cwd=ROOT, capture_output=True, check=False, timeout=PATIENCE_SECONDS
    )
    return command.returncode == 0


def wait_for(condition: Callable[[], bool], what: str, airflow: Components) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        airflow.refuse_ended()
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS:.0f} s for {what}"
        time.sleep(1)


def ended(here: Here, token: str, dag: str, run_type: str) -> bool:
    """Whether a run of that kind has succeeded; one that failed fails the test at once."""
    found = [run["state"] for run in runs(here, token, dag) if run["run_type"] == run_type]
    assert "failed" not in found, dag
    return "success" in found


def runs(here: Here, token: str, dag: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked(here, f"/api/v2/dags/{dag}/dagRuns", token)["dag_runs"]
    return found


def log_in(here: Here) -> str:
    """A token for `admin`: with the password of .env, or, without the login pages' package, the one Airflow drew."""
    drawn = here.airflow_home / "simple_auth_manager_passwords.json.generated"
    password = json.loads(drawn.read_text())["admin"] if drawn.exists() else here.secrets["AIRFLOW_ADMIN_PASSWORD"]
    body = json.dumps({"username": "admin", "password": password}).encode()
    request = Request(f"http://127.0.0.1:{here.port}/auth/token", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return str(json.load(answer)["access_token"])


def asked(here: Here, path: str, token: str) -> dict[str, Any]:
    request = Request(f"http://127.0.0.1:{here.port}{path}", headers={"Authorization": f"Bearer {token}"})
    with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
