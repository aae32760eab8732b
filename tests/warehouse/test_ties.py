"""Rows that nothing tells apart by time, very many of them: what is made of them does not depend on the order in which they are seen."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from tests.oracle.spans import union
from tests.warehouse.test_coverage import models

MEMBERS, EACH = 200, 8
START, FIRST = datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        opened.execute("create schema inputs")
        yield opened


def _table(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[dict[str, object]]) -> None:
    connection.register("given", pa.Table.from_pylist(list(rows)))
    connection.execute(f"create table {name} as select * from given")
    connection.unregister("given")


def _places(salt: int) -> Iterator[tuple[int, int, int, int]]:
    """Member, number, beginning and length of each stretch, mixed up: many of a member begin and end alike."""
    dice = random.Random(salt)
    for number in range(MEMBERS * EACH):
        yield dice.randrange(MEMBERS), number, 3 * dice.randrange(6), dice.choice((1, 3, 5))


@pytest.mark.parametrize("salt", (1, 2, 3))
def test_a_run_of_shifts_is_one_however_many_of_them_are_alike(connection: duckdb.DuckDBPyConnection, salt: int) -> None:
    shifts = [
        {
            "agent_id": f"agent-{member:04}", "source_agent_id": f"login-{number:06}", "activity": f"activity {number}",
            "starts_at": START + timedelta(hours=start), "ends_at": START + timedelta(hours=start + length),
            "is_counted": True, "source_system": "file_drop",
        }
        for member, number, start, length in _places(salt)
    ]  # fmt: skip
    _table(connection, "fct_shifts", shifts)
    found = defaultdict(list)
    runs = connection.execute(f"select agent_id, starts_at, ends_at from ({models()['int_shifts_joined']}) order by all")
    for agent, starts_at, ends_at in runs.fetchall():
        found[agent].append((starts_at, ends_at))
    wanted = defaultdict(list)
    for member, _, start, length in _places(salt):
        wanted[f"agent-{member:04}"].append((START + timedelta(hours=start), START + timedelta(hours=start + length)))
    assert found == {agent: union(spans) for agent, spans in wanted.items()}


@pytest.mark.parametrize("salt", (1, 2, 3))
def test_an_issue_is_open_once_a_day_however_many_of_its_tickets_are_alike(
    connection: duckdb.DuckDBPyConnection, salt: int
) -> None:
    tickets = [
        {
            "ticket_id": f"ticket-{number:06}", "root_ticket_id": f"issue-{member:04}", "channel": "email", "created_at": START,
            "open_on": FIRST + timedelta(days=start), "closed_on": FIRST + timedelta(days=start + length),
        }
        for member, number, start, length in _places(salt)
    ]  # fmt: skip
    issues = {str(ticket["root_ticket_id"]) for ticket in tickets}
    credit = {"channel": "email", "channel_group": "written", "queue_id": "Q", "team_id": "T", "credited_agent_id": "A"}
    days = [FIRST + timedelta(days=number) for number in range(30)]
    _table(connection, "int_tickets_open_spanned", tickets)
    _table(connection, "fct_issues", [{"issue_id": issue, "created_at": START, **credit} for issue in sorted(issues)])
    _table(connection, "int_adjustments_unioned", [{"subject": "nobody", "is_first": True}])
    midnights = [
        {"service_date": day, "is_complete": True, "midnight_at": START + timedelta(days=place)}
        for place, day in enumerate(days, 1)
    ]
    _table(connection, "int_days_published", midnights)
    stock = connection.execute(f"select service_date, open_issues from ({models()['fct_open_issues']}) order by all").fetchall()
    opened: dict[date, set[object]] = defaultdict(set)
    for ticket in tickets:
        for day in days:
            if ticket["open_on"] <= day < ticket["closed_on"]:  # type: ignore[operator]
                opened[day].add(ticket["root_ticket_id"])
    assert stock == [(day, len(opened[day])) for day in days if opened[day]]
