"""Airflow in child processes: its home is a scratch folder, so nothing of this process or of another test reaches it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deskmart.airflow_home import ROOT, airflow_home, environment, migrate
from deskmart.settings import Settings, load_settings

FACTS = """
import json
from airflow.dag_processing.dagbag import DagBag
bag = DagBag()
def task_facts(task):
    return dict(id=task.task_id, owner=task.owner, retries=task.retries, delay=task.retry_delay.total_seconds(),
        backoff=bool(task.retry_exponential_backoff), doc=task.doc_md, outlets=[asset.name for asset in task.outlets],
        tells=[type(one).__name__ for one in task.on_failure_callback],
        rule=str(task.trigger_rule), limit=bool(task.execution_timeout))
def facts(dag):
    timetable = dag.timetable
    condition = getattr(timetable, "asset_condition", None)
    return dict(doc=dag.doc_md, tags=sorted(dag.tags), catchup=dag.catchup, runs=dag.max_active_runs, params=sorted(dag.params),
        timetable=type(timetable).__name__, zone=str(getattr(timetable, "timezone", "")),
        cron=getattr(timetable, "expression", ""),
        condition=type(condition).__name__, assets=sorted(asset.name for asset in getattr(condition, "objects", [])),
        deadlines=[[one.callback.path, one.callback.kwargs["hours"], one.interval.total_seconds() / 3600] for one in dag.deadline or []],
        file=dag.fileloc, tasks={task.task_id: task_facts(task) for task in dag.tasks})
print(json.dumps(dict(errors=bag.import_errors, dags={name: facts(dag) for name, dag in bag.dags.items()})))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one call of the runner printed, and how it ended."""

    code: int
    events: list[dict[str, Any]]
    err: str = ""

    @property
    def told(self) -> str:
        """How each DAG ended, a line each, and the end of what else was said."""
        ends = [json.dumps(event) for event in self.events if event["event"] not in ("task", "retry")]
        return "\n".join([*ends, self.err[-3_000:]])

    def dag(self, name: str) -> dict[str, Any]:
        return next(event for event in self.events if event["event"] == "dag" and event["dag"] == name)


@pytest.fixture(scope="session")
def the_dags(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow sees when it loads the DAG folder."""
    settings = load_settings(tmp_path_factory.mktemp("home"), environ={})
    done = subprocess.run(
        [sys.executable, "-c", FACTS],
        env=environment(settings), cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts


@pytest.fixture(scope="session")
def an_airflow_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = load_settings(tmp_path_factory.mktemp("database"), environ={})
    migrate(settings)
    return airflow_home(settings)


@pytest.fixture
def a_home(an_airflow_database: Path, tmp_path: Path) -> Settings:
    """An empty home with an Airflow database."""
    settings = load_settings(tmp_path / "home", environ={})
    shutil.copytree(an_airflow_database, airflow_home(settings))
    return settings


@pytest.fixture
def free_ports() -> tuple[int, int]:
    """Two ports of loopback on which nobody listens."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture(scope="session")
def run_once() -> Callable[..., Run]:
    """Runs the real DAGs once: `run_once(settings, "--since", ..., connections={...})`."""

    def run(settings: Settings, *words: str, connections: dict[str, str] | None = None) -> Run:
        done = subprocess.run(
            [sys.executable, "-m", "dags.run_once", *words],
            env={**environment(settings), **(connections or {})},
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=900,
        )  # fmt: skip
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert events, done.stderr
        return Run(done.returncode, events, done.stderr)

    return run
