"""Lines that real PBXs wrote, from the log to marts that may be published."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from deskmart.batch import Interval
from deskmart.build import build
from deskmart.lake import Lake
from deskmart.pipeline import land_source, validate_attempts
from deskmart.settings import load_settings
from expectations.admission import Admission
from expectations.audit import audit
from ingestion.registry import source_named
from tests.warehouse.without_dbt import without_dbt

REAL = Path(__file__).parents[3] / "shared" / "data" / "asterisk"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not REAL.is_dir(), reason="the real lines are not here")]

# Read off the two queue logs by hand: day, offered, answered, abandoned, summed wait of the answered.
BY_HAND = {
    # 1546015415.757927 waited 10 s; 1546023970.760296 waited 6 s, its entering was before the log begins. Left out as suspect:
    # 1546023604.760166, completed but never connected, and 1546027663.761192, connected and never ended.
    date(2018, 12, 28): (2, 2, 0, 16),
    # 1596512941.163 gave up after 68 s; 1596513054.164 was cut off by a restart.
    date(2020, 8, 4): (2, 0, 1, 0),
}


@pytest.fixture(scope="module")
def real_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Admission], Path]:
    home = tmp_path_factory.mktemp("real") / "home"
    (home / "pbx").mkdir(parents=True)
    for name, file in {"queue_log": "queue_log_tail", "queue_log.1": "queue_log_one_call", "Master.csv": "Master.csv"}.items():
        shutil.copy(REAL / file, home / "pbx" / name)
    environ = {"PATH": str(home / "pbx"), "TIMEZONE": "UTC"}
    settings = load_settings(
        home,
        {
            "DESKMART_SITE_TIMEZONE": "UTC",
            "DESKMART_TOKEN_KEY": "a key for the tests",
            **{f"DESKMART_ASTERISK_{name}": value for name, value in environ.items()},
        },
    )
    days = Interval.of_days(date(2018, 12, 28), date(2024, 1, 29), settings.zone)
    admissions = validate_attempts(land_source(source_named("asterisk"), settings, days), settings)
    with without_dbt():
        audit(build(settings), settings)
    return admissions, Lake(home).candidate


def daily(candidate: Path, kpi: str) -> dict[date, tuple[float, float | None]]:
    """Numerator and denominator of a KPI by day, days with nothing left out."""
    with duckdb.connect(str(candidate), read_only=True) as connection:
        found = connection.execute(
            "select service_date, numerator::double, denominator::double from marts.mart_kpi_daily where kpi = ? and variant = 'default' "
            "and scope = 'company' and channel_group = 'voice' and (numerator <> 0 or coalesce(denominator, 0) <> 0)",
            [kpi],
        ).fetchall()
    return {day: (above, below) for day, above, below in found}


def direct_calls() -> dict[str, Counter[date]]:
    """Calls from outside that rang a telephone, counted over the call records: offered, and answered by somebody."""
    calls: dict[str, list[dict[str, Any]]] = {}
    with (REAL / "Master.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            record = {"caller": row[1], "app": row[7], "day": date.fromisoformat(row[9][:10]), "disposition": row[14]}
            calls.setdefault(row[19], []).append(record)
    found: dict[str, Counter[date]] = {"offered": Counter(), "answered": Counter()}
    for records in calls.values():
        rung = [record for record in records if record["app"] == "Dial"]
        if rung and len(rung[0]["caller"]) > 6:  # six digits and fewer are the house's own extensions
            found["offered"][rung[0]["day"]] += 1
            found["answered"][rung[0]["day"]] += any(record["disposition"] == "ANSWERED" for record in rung)
    return found


def test_every_line_is_accounted_for(real_run: tuple[list[Admission], Path]) -> None:
    admissions, _ = real_run
    counts = {item.stream: (item.landed, item.accepted, item.quarantined, item.duplicates, item.outside) for item in admissions}
    assert counts == {"queue_log": (32, 25, 0, 6, 1), "cdr": (84, 84, 0, 0, 0)}
    assert {reason for item in admissions for reason in item.outside_reasons} == {"blank line"}


def test_offered_answered_and_abandoned_are_what_the_lines_say(real_run: tuple[list[Admission], Path]) -> None:
    _, candidate = real_run
    direct = direct_calls()
    assert sum(direct["offered"].values()) > 20
    offered = {day: count for day, (count, *_) in BY_HAND.items()} | dict(direct["offered"])
    answered = {day: count for day, (_, count, *_) in BY_HAND.items() if count} | {
        day: count for day, count in direct["answered"].items() if count
    }
    assert {day: above for day, (above, _) in daily(candidate, "offered").items()} == offered
    assert {day: above for day, (above, _) in daily(candidate, "answered").items()} == answered
    abandoned = daily(candidate, "abandon_rate")
    for day, (count, _, gave_up, _) in BY_HAND.items():
        assert abandoned[day] == (gave_up, count)


def test_the_waits_are_those_of_the_log(real_run: tuple[list[Admission], Path]) -> None:
    _, candidate = real_run
    waits = daily(candidate, "asa")
    for day, (_, answered, _, waited) in BY_HAND.items():
        assert waits.get(day, (0, 0)) == (waited, answered)
