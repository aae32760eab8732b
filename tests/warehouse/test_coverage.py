"""What stands beside the KPIs: where the records are, and the share that the gate keeps out of each KPI's batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import duckdb
import pytest

from deskmart.frozen_tables import create_tables
from tests.warehouse.quick import load_seeds
from tests.warehouse.rendering import rendered

MARTS = ("mart_kpi_coverage", "mart_audit_reconciliation")
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 10)
AT = datetime(2026, 3, 11, tzinfo=UTC)


@cache
def models() -> dict[str, str]:
    """The SQL of each model; rendered when the first test asks, for collecting happens in every process."""
    return {model.name: model.sql for model in rendered("duckdb")}


def an_attempt(source: str, feeds: str, first: date | None, last: date | None, **changed: Any) -> dict[str, Any]:
    batch = changed.pop("batch", f"{source}-{first}")
    counts = {"landed": 0, "accepted": 0, "accepted_rows": 0, "quarantined": 0, "duplicates": 0, "outside": 0, "held_back": 0}
    moved = {
        "waived": 0,
        "erased": 0,
        "released": 0,
        "accepted_erased": 0,
        "unexplained": 0,
        "accepted_current": 0,
        "source_count": None,
    }
    head = {"source": source, "stream": "calls", "batch": batch, "attempt": "00001", "feeds": feeds, "status": "admitted"}
    days = {"is_current": True, "first_day": first, "last_day": last, "landed_at": AT, "admitted_at": AT, "rules_version": "v1"}
    return {**head, **days, **counts, **moved, **changed}


ATTEMPTS = (
    # Two days of calls: 90 accepted, 10 refused.
    an_attempt("asterisk", "contact_legs|agent_states", date(2026, 3, 1), date(2026, 3, 2), landed=100, accepted=90, quarantined=10),
    # The second of them once more from a file: 30 accepted, 2 given up.
    an_attempt("file_drop", "contact_legs", date(2026, 3, 2), date(2026, 3, 2), landed=32, accepted=30, waived=2),
    # A later day, stopped: 40 refused, 10 good ones held back.
    an_attempt(
        "asterisk", "contact_legs|agent_states", date(2026, 3, 4), date(2026, 3, 4),
        status="stopped", landed=50, quarantined=40, held_back=10,
    ),
    # Replaced by a later reading: counts nowhere.
    an_attempt(
        "asterisk", "contact_legs|agent_states", date(2026, 3, 1), date(2026, 3, 1),
        batch="old", is_current=False, landed=500, quarantined=500,
    ),
    # A file that names no days counts on all of them: 4 accepted, 1 refused.
    an_attempt("file_drop", "reviews", None, None, landed=5, accepted=4, quarantined=1),
    # Days from before and after the build are not shown.
    an_attempt("chatwoot", "surveys", date(2026, 2, 20), date(2026, 3, 1), landed=8, accepted=7, quarantined=1),
)  # fmt: skip


@pytest.fixture(scope="module")
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """The two marts over the attempts above."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for schema in ("inputs", "seeds", "marts"):
            connection.execute(f"create schema {schema}")
        create_tables(connection)
        load_seeds(connection)
        connection.execute("set search_path = 'main,seeds,marts'")
        connection.execute("insert into inputs.build_info values ('b', ?, ?, ?)", [AT, FIRST, LAST])
        for stream in ("contact_legs", "agent_states", "reviews", "surveys"):
            connection.execute("insert into inputs.build_feeds values ('any', ?, ?, true)", [stream, AT])
        for one in ATTEMPTS:
            names, marks = ", ".join(one), ", ".join("?" for _ in one)
            connection.execute(f"insert into inputs.build_attempts ({names}) values ({marks})", list(one.values()))
        for name in MARTS:
            connection.execute(f"create table marts.{name} as {models()[name]}")
        yield connection


def of(marts: duckdb.DuckDBPyConnection, kpi: str, day: int) -> tuple[Any, ...] | None:
    return marts.execute(
        "select batches, stopped_batches, accepted_records, quarantined_records, held_back_records, waived_records, quarantined_share "
        "from marts.mart_kpi_coverage where kpi = ? and service_date = ?",
        [kpi, date(2026, 3, day)],
    ).fetchone()


@pytest.mark.parametrize(
    ("kpi", "day", "expected"),
    [
        pytest.param("offered", 1, (1, 0, 90, 10, 0, 0, 10 / 100), id="one batch"),
        pytest.param("offered", 2, (2, 0, 120, 10, 0, 2, 10 / 130), id="two batches; what was waived is in no share"),
        pytest.param("offered", 3, None, id="a day that no batch covers"),
        pytest.param("offered", 4, (1, 1, 0, 40, 10, 0, 1.0), id="a stopped batch: all of it is kept out"),
        pytest.param("occupancy", 2, (2, 0, 120, 10, 0, 2, 10 / 130), id="a batch that feeds two streams of a KPI counts once"),
        pytest.param("csat", 1, (1, 0, 7, 1, 0, 0, 1 / 8), id="the last day of a batch from before the build"),
        pytest.param("csat", 2, None, id="after it"),
        pytest.param("attitude", 1, (2, 0, 94, 11, 0, 0, 11 / 105), id="a file without days, and the calls"),
        pytest.param("attitude", 9, (1, 0, 4, 1, 0, 0, 1 / 5), id="a file without days counts on every day"),
    ],
)
def test_the_share_in_quarantine_of_a_kpi_on_a_day(
    kpi: str, day: int, expected: tuple[Any, ...] | None, marts: duckdb.DuckDBPyConnection
) -> None:
    assert of(marts, kpi, day) == (pytest.approx(expected) if expected else None)


def test_no_day_lies_outside_the_build(marts: duckdb.DuckDBPyConnection) -> None:
    assert marts.execute("select min(service_date), max(service_date) from marts.mart_kpi_coverage").fetchone() == (FIRST, LAST)


@pytest.mark.parametrize(
    ("changed", "is_balanced"),
    [
        pytest.param({}, True, id="nothing landed"),
        pytest.param({"landed": 3, "accepted": 3, "source_count": 3}, True, id="as the source told"),
        pytest.param({"landed": 3, "accepted": 3, "source_count": 4}, False, id="the source told another count"),
        pytest.param({"landed": 3, "accepted": 2, "unexplained": 1}, False, id="a record is nowhere"),
        pytest.param({"landed": None, "accepted": None, "status": "waiting"}, True, id="not judged yet"),
    ],
)
def test_a_row_is_balanced_when_nothing_is_unexplained(
    changed: dict[str, Any], is_balanced: bool, marts: duckdb.DuckDBPyConnection
) -> None:
    one = an_attempt("x", "", None, None, **changed)
    names, values = ", ".join(one), list(one.values())
    marts.execute("delete from inputs.build_attempts where source = 'x'")
    marts.execute(f"insert into inputs.build_attempts ({names}) values ({', '.join('?' for _ in values)})", values)
    asked = f"select is_balanced from ({models()['mart_audit_reconciliation']}) where source = 'x'"
    assert marts.execute(asked).fetchone() == (is_balanced,)
