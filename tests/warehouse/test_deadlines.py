"""Policies other than those shipped: deadlines by the calendar and by priority, other reply windows, other required fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.oracle.worlds import RawWorld
from tests.warehouse import quick

pytestmark = pytest.mark.slow

Row = dict[str, Any]
Ask = Callable[[Sequence[str], dict[str, list[Row]], str], list[tuple[Any, ...]]]


def at(text: str) -> datetime:
    """A wall-clock time in Shanghai of March 2026, as in "06 17:50" (the 6th is a Friday)."""
    return datetime.fromisoformat(f"2026-03-{text}:00+08:00").astimezone(UTC)


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """What a question finds in the warehouse of some rows, after some changes of the seeds."""

    def asked(changes: Sequence[str], rows: dict[str, list[Row]], question: str) -> list[tuple[Any, ...]]:
        shipped = quick.load_seeds

        def changed(connection: duckdb.DuckDBPyConnection, seeds: Path) -> None:
            shipped(connection, seeds)
            for change in changes:
                connection.execute(change)

        with monkeypatch.context() as patch:
            patch.setattr(quick, "load_seeds", changed)
            world = RawWorld(rows, at("01 00:00"), at("31 00:00"), "Asia/Shanghai")
            fact = question.split(" from ")[1].split()[0]
            return quick.quick_warehouse(world, stop_at=fact).execute(question).fetchall()

    return asked


def a_ticket(asked_at: str, replied_at: str | None, **more: Any) -> dict[str, list[Row]]:
    """A ticket of the customer, and the reply to it."""
    said = [{"message_id": "M1", "sender_type": "customer", "sent_at": at(asked_at), "text": "发票"}]
    if replied_at:
        said.append({"message_id": "M2", "sender_type": "agent", "sender_id": "A1", "sent_at": at(replied_at), "text": "好"})
    ticket = {"ticket_id": "T1", "created_at": at(asked_at), "version": at("29 00:00"), "status": "open", "channel": "email"}
    return {
        "messages": [{"ticket_id": "T1", "is_public": True, "is_automatic": False, **row} for row in said],
        "tickets": [{**ticket, "group_id": "G1", "assignee_id": "A1", **more}],
    }


DEADLINES = "select metric, due_at, is_deadline_met from fct_sla_deadlines order by metric"
BY_CALENDAR = "update sla_policies set clock = 'business' where channel_group = 'written' and metric = 'first_reply'"


@pytest.mark.parametrize(
    ("asked_at", "replied_at", "due_at", "is_met"),
    [
        pytest.param(
            "06 17:50", "09 09:20", "09 09:20", True, id="ten minutes on Friday and twenty on Monday, more than a day later"
        ),
        pytest.param("06 17:50", "09 09:21", "09 09:20", False, id="a minute after that"),
        pytest.param("07 12:00", "07 12:01", "09 09:30", True, id="asked and replied on a Saturday"),
        pytest.param("06 10:00", None, "06 10:30", False, id="inside the hours as by the wall clock, and never replied"),
    ],
)
def test_a_deadline_by_the_calendar_runs_while_it_is_open(
    ask: Ask, asked_at: str, replied_at: str | None, due_at: str, is_met: bool
) -> None:
    found = ask([BY_CALENDAR], a_ticket(asked_at, replied_at), DEADLINES)
    assert found[0] == ("first_reply", at(due_at), is_met)


def test_the_priority_of_the_clocks_start_counts_and_a_queue_goes_before_it(ask: Ask) -> None:
    rows = a_ticket("06 10:00", "06 10:20", priority="low")
    raised = {"event_id": "E1", "ticket_id": "T1", "field": "priority", "old_value": "urgent", "new_value": "low"}
    rows["ticket_events"] = [{**raised, "occurred_at": at("06 11:00")}]
    urgent = "insert into sla_policies values ('*', 'written', 'urgent', 'first_reply', 600, 'wall', date '2026-01-01')"
    queue = "insert into sla_policies values ('G1', '*', '*', 'first_reply', 1200, 'wall', date '2026-01-01')"
    later = "insert into sla_policies values ('G1', '*', '*', 'first_reply', 60, 'wall', date '2026-03-07')"
    assert ask([urgent], rows, DEADLINES)[0] == ("first_reply", at("06 10:10"), False)
    assert ask([urgent, queue, later], rows, DEADLINES)[0] == ("first_reply", at("06 10:20"), True)


def test_without_a_policy_there_is_no_deadline(ask: Ask) -> None:
    assert ask(["delete from sla_policies where metric = 'resolve'"], a_ticket("06 10:00", "06 10:20"), DEADLINES) == [
        ("first_reply", at("06 10:30"), True)
    ]


def test_a_groups_own_required_fields_replace_those_of_all_and_newer_ones_the_older(ask: Ask) -> None:
    rows = a_ticket("06 10:00", "06 10:20")
    question = "select is_record_due, is_record_complete from fct_contacts"
    for_all = "insert into record_policies values ('*', 'disposition', date '2026-03-01')"
    none_yet = "update record_policies set effective_from = date '2026-03-07' where channel_group = 'written'"
    assert ask([], rows, question) == [(True, False)]
    assert ask([], a_ticket("06 10:00", "06 10:20", topic="invoice"), question) == [(True, True)]
    assert ask([for_all], a_ticket("06 10:00", "06 10:20", topic="invoice"), question) == [(True, True)]
    assert ask([for_all, none_yet], a_ticket("06 10:00", "06 10:20", topic="invoice"), question) == [(True, False)]


def test_a_solve_that_nobody_tells_the_time_of_counts_only_when_it_was_surely_in_time(ask: Ask) -> None:
    question = "select is_deadline_met from fct_sla_deadlines where metric = 'resolve'"
    assert ask([], a_ticket("06 10:00", None, status="solved", version=at("09 10:00")), question) == [(True,)]
    assert ask([], a_ticket("06 10:00", None, status="solved", version=at("09 10:01")), question) == []
    assert ask([], a_ticket("06 10:00", None, status="open"), question) == [(False,)]
