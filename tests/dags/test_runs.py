"""Real runs of the real DAGs over the pretend shop: Airflow, HTTP, files, Great Expectations, dbt."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from deskmart.airflow_home import ROOT, airflow_home, environment
from deskmart.alerting.telling import open_alerts
from deskmart.child import child, first_json_line, json_lines
from deskmart.demo import connections
from deskmart.lake import Lake
from deskmart.settings import Settings, load_settings
from ingestion.registry import source_named
from tests.dags.conftest import Run

pytestmark = pytest.mark.slow

DAY = ("--since", "2026-10-02", "--until", "2026-10-03")
INTERVAL = "20261001T160000Z_20261002T160000Z"
NOBODY = json.dumps({"conn_type": "generic", "host": "http://127.0.0.1:9", "login": "a@b.example", "password": "hush"})
NO_CHATWOOT = json.dumps({**json.loads(NOBODY), "extra": {"account_id": 1}})


@pytest.fixture(scope="module")
def a_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Three days of a small pretend shop, served; the connections that lead to it."""
    home = tmp_path_factory.mktemp("shop")
    command = [sys.executable, "-m", "sandbox", "serve", "--home", str(home), "--days", "3", "--contacts-per-day", "60"]
    command += ["--first-day", "2026-10-01"]
    with child(command, {**os.environ, "PYTHONPATH": str(ROOT)}, home / "log") as process:
        yield connections(first_json_line(process, "the sandbox", home / "log"))


@dataclass(frozen=True, slots=True)
class Read:
    """A home that read the day and published, while one source was down; what the run told."""

    settings: Settings
    run: Run


@pytest.fixture(scope="module")
def read(
    an_airflow_database: Path, a_shop: dict[str, str], run_once: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory
) -> Read:
    """Nobody changes it: what goes on takes `a_published_home`."""
    settings = load_settings(tmp_path_factory.mktemp("read") / "home", environ={})
    shutil.copytree(an_airflow_database, airflow_home(settings))
    impatient(settings)
    variables = {**only(a_shop, "asterisk", "zendesk"), "AIRFLOW_CONN_DESKMART_CHATWOOT": NO_CHATWOOT}
    return Read(settings, run_once(settings, *DAY, "--retry-seconds", "0.1", connections=variables))


@pytest.fixture
def a_published_home(read: Read, tmp_path: Path) -> Settings:
    """A copy of that home."""
    shutil.copytree(read.settings.home, tmp_path / "home", symlinks=True)
    return load_settings(tmp_path / "home", environ={})


def impatient(settings: Settings) -> None:
    """Pauses between tries of a request are a hundredth of what they are."""
    sections = (f"[sources.{name}]\nwait_scale = 0.01\n" for name in ("zendesk", "chatwoot"))
    (settings.home / "deskmart.toml").write_text("".join(sections))


def only(shop: dict[str, str], *sources: str) -> dict[str, str]:
    return {name: value for name, value in shop.items() if name.rpartition("_")[2].lower() in sources}


def accepted_files(settings: Settings, source: str) -> list[Path]:
    return sorted((settings.home / "accepted" / source).rglob("*.parquet"))


def accepted_records(settings: Settings, source: str) -> list[str]:
    return sorted(
        value for path in accepted_files(settings, source) for value in pq.read_table(path)["_record_sha256"].to_pylist()
    )


def test_one_dead_source_does_not_stop_the_others(read: Read) -> None:
    assert read.run.code == 3, read.run.told
    dead = read.run.dag("ingest_chatwoot")
    assert dead["state"] == "failed"
    assert dead["error"].startswith("chatwoot")
    assert {read.run.dag(f"ingest_{name}")["state"] for name in ("asterisk", "zendesk")} == {"success"}
    assert read.run.dag("build_warehouse")["state"] == "success"
    assert Lake(read.settings.home).marts.exists()
    assert list((Lake(read.settings.home).audit / "report" / "runs").glob("*.html"))


def test_a_run_for_a_day_lands_exactly_that_day(read: Read) -> None:
    streams = {stream.name: stream for stream in source_named("asterisk").streams}
    landed = {(path.parts[-3], path.parts[-2]) for path in (read.settings.home / "landing" / "asterisk").glob("*/*/*/")}
    assert landed == {(stream, INTERVAL) for stream in streams}
    for path in accepted_files(read.settings, "asterisk"):
        dated = streams[path.parts[-3]].dated
        if dated is not None:
            times = pq.read_table(path)[dated].to_pylist()
            assert times
            assert all(datetime(2026, 10, 1, 16, tzinfo=UTC) <= time < datetime(2026, 10, 2, 16, tzinfo=UTC) for time in times)


def test_a_retry_after_a_failed_try_leaves_what_an_undisturbed_run_leaves(
    a_home: Settings, a_shop: dict[str, str], read: Read, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "dags.run_once", *DAY, "--dag", "ingest_asterisk"]
    variables = {**environment(a_home), **only(a_shop, "asterisk")}
    lock = a_home.home / "locks" / "ingest-asterisk-queue_log.lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held, child(command, variables, tmp_path / "log") as process:
        fcntl.flock(held, fcntl.LOCK_EX)
        events = []
        for event in json_lines(process):
            events.append(event)
            if event["event"] == "retry":
                fcntl.flock(held, fcntl.LOCK_UN)
    assert [event["task"] for event in events if event["event"] == "retry"] == ["stream.land"]
    assert events[-1] == {"event": "end", "exit": 0}
    disturbed = accepted_records(a_home, "asterisk")
    assert disturbed == accepted_records(read.settings, "asterisk")
    assert len(disturbed) == len(set(disturbed)) > 0


def test_with_the_shop_closed_each_source_is_named_in_one_line_and_what_is_published_stays(
    a_published_home: Settings, run_once: Callable[..., Run]
) -> None:
    impatient(a_published_home)
    published = Lake(a_published_home.home).published_current.readlink()
    closed = {
        "AIRFLOW_CONN_DESKMART_ZENDESK": NOBODY,
        "AIRFLOW_CONN_DESKMART_CHATWOOT": NO_CHATWOOT,
        "AIRFLOW_CONN_DESKMART_ASTERISK": json.dumps(
            {"conn_type": "generic", "extra": {"path": str(a_published_home.home / "nowhere")}}
        ),
    }

    run = run_once(a_published_home, *DAY, "--retry-seconds", "0.1", connections=closed)

    assert run.code == 1, run.told
    for name in ("zendesk", "chatwoot", "asterisk"):
        failed = run.dag(f"ingest_{name}")
        assert failed["state"] == "failed"
        assert failed["error"].startswith(name)
        assert "(" in failed["error"], "says what to do"
        assert "\n" not in failed["error"]
    told = [one.key.split("/")[:2] for one in open_alerts(a_published_home)]
    assert sorted(told) == [["failed", f"ingest_{name}"] for name in ("asterisk", "chatwoot", "zendesk")], "one alert per source"
    assert run.dag("build_warehouse")["state"] == "nothing new"
    assert Lake(a_published_home.home).published_current.readlink() == published


def test_a_repeated_run_finds_nothing_new_and_publishes_nothing(
    a_published_home: Settings, a_shop: dict[str, str], run_once: Callable[..., Run]
) -> None:
    (a_published_home.home / "deskmart.toml").unlink()  # it names the source that was down
    published = Lake(a_published_home.home).published_current.readlink()
    records = accepted_records(a_published_home, "asterisk")

    again = run_once(a_published_home, *DAY, connections=only(a_shop, "asterisk", "zendesk"))

    assert again.code == 0
    states = {event["dag"]: event["state"] for event in again.events if event["event"] == "dag"}
    assert states.pop("ingest_file_drop") in ("nothing new", "nothing to read")
    assert states.pop("ingest_chatwoot") == "not configured"
    assert set(states.values()) == {"nothing new"}, states
    assert accepted_records(a_published_home, "asterisk") == records
    assert Lake(a_published_home.home).published_current.readlink() == published


def test_no_secret_and_nothing_personal_passes_between_tasks(read: Read, a_shop: dict[str, str]) -> None:
    with sqlite3.connect(airflow_home(read.settings) / "airflow.db") as database:
        passed = [str(value) for (value,) in database.execute("select value from xcom")]
        stored = "\n".join(str(row) for row in database.execute("select * from rendered_task_instance_fields"))
    assert any("zendesk/tickets/" in value for value in passed)
    token = json.loads(a_shop["AIRFLOW_CONN_DESKMART_ZENDESK"])["password"]
    for text in (*passed, stored):
        assert token not in text
        assert "@" not in text


def test_an_unknown_dag_is_refused_with_the_known_names(
    a_home: Settings, run_once: Callable[..., Run], the_dags: dict[str, Any]
) -> None:
    run = run_once(a_home, *DAY, "--dag", "ingest_nothing")
    assert run.code == 1
    assert f"known: {', '.join(sorted(the_dags['dags']))}" in run.events[-1]["error"]
