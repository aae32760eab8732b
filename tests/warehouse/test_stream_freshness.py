"""How far each stream has told everything, and what of it was accepted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from deskmart.frozen_tables import create_tables
from tests.warehouse.test_coverage import AT, FIRST, LAST, an_attempt, models

BEFORE = AT - timedelta(hours=30)


def freshness(*attempts: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The mart over these attempts; the calls of asterisk are covered up to `BEFORE`."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema inputs")
        create_tables(connection)
        connection.execute("insert into inputs.build_info values ('b', ?, ?, ?)", [AT, FIRST, LAST])
        covered_from = datetime(2026, 3, 1, tzinfo=UTC)
        connection.execute("insert into inputs.build_streams values ('asterisk', 'calls', ?, ?, true)", [covered_from, BEFORE])
        for one in attempts:
            names, marks = ", ".join(one), ", ".join("?" for _ in one)
            connection.execute(f"insert into inputs.build_attempts ({names}) values ({marks})", list(one.values()))
        found = connection.execute(models()["mart_stream_freshness"])
        columns = [column[0] for column in found.description]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    return {(row["source"], row["stream"]): row for row in rows}


def test_a_stream_tells_its_watermark_its_last_batch_and_what_was_accepted_of_the_batches_in_use() -> None:
    found = freshness(
        an_attempt("asterisk", "contact_legs", FIRST, FIRST, batch="newer", landed_at=AT, accepted=90, quarantined=10),
        an_attempt("asterisk", "contact_legs", LAST, LAST, batch="older", landed_at=BEFORE, accepted=5),
        an_attempt(
            "asterisk", "contact_legs", LAST, LAST, batch="stopped", landed_at=BEFORE, admitted_at=None,
            status="stopped", quarantined=40, held_back=7,
        ),
        an_attempt("asterisk", "contact_legs", FIRST, FIRST, batch="replaced", is_current=False, accepted=500),
        an_attempt("file_drop", "reviews", None, None, batch="a file", stream="reviews", accepted=4),
    )  # fmt: skip
    calls, reviews = found[("asterisk", "calls")], found[("file_drop", "reviews")]
    assert (calls["last_batch"], calls["last_landed_at"], calls["last_admitted_at"]) == ("newer", AT, AT)
    assert (calls["batches"], calls["stopped_batches"]) == (3, 1)
    assert (calls["accepted_records"], calls["kept_back_records"]) == (95, 57)
    assert (calls["as_of"], calls["has_cadence"]) == (BEFORE, True)
    assert calls["behind_seconds"] == Decimal(30 * 3600)
    assert (reviews["as_of"], reviews["has_cadence"], reviews["behind_seconds"]) == (None, False, None)
    assert reviews["accepted_records"] == 4
    assert len(found) == 2


def test_of_two_batches_that_landed_in_one_moment_the_last_by_name_is_told() -> None:
    for names in (("a", "b"), ("b", "a")):
        batches = [an_attempt("asterisk", "contact_legs", FIRST, FIRST, batch=name, landed_at=AT) for name in names]
        assert freshness(*batches)[("asterisk", "calls")]["last_batch"] == "b"
