"""All records of what happened before a moment, ready for the second implementation of the KPIs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sandbox.office import office_files
from sandbox.world import World
from tests.e2e.truth.contacts import call_legs, chat_legs, hotline_legs
from tests.e2e.truth.raw import Raw, at_utc, person
from tests.e2e.truth.tickets import comments, orders, ticket_events, tickets
from tests.oracle.gate import behind_the_gate

SOURCES = ("asterisk", "zendesk", "chatwoot", "file_drop")
Records = dict[str, list[dict[str, Any]]]


def truth_records(world: World, until: int) -> Records:
    """Canonical streams as the gate would pass them on; what begins at `until` or later is not in them."""
    raw = {
        "contact_legs": [*call_legs(world, until), *hotline_legs(world, until), *chat_legs(world, until)],
        "tickets": list(tickets(world, until)),
        "ticket_events": list(ticket_events(world, until)),
        "messages": list(comments(world, until)),
        "surveys": list(_marks(world, until)),
        "orders": list(orders(world, until)),
        "agents": list(_agents(world)),
    }
    return behind_the_gate(raw)


def as_of(until: int) -> dict[str, datetime]:
    """Every source has told everything up to `until`."""
    return dict.fromkeys(SOURCES, at_utc(until))


def only_of(records: Records, persons: Collection[int]) -> Records:
    """The records of these persons alone, with all that belongs to their contacts and tickets."""
    tokens = {f"customer:k1:{person(number)}" for number in persons}
    kept = {stream: list(rows) for stream, rows in records.items()}
    for stream in ("contact_legs", "tickets", "orders"):
        kept[stream] = [row for row in kept[stream] if row["customer_id_token"] in tokens]
    contacts, found = {row["contact_id"] for row in kept["contact_legs"]}, {row["ticket_id"] for row in kept["tickets"]}
    for stream in ("ticket_events", "messages", "surveys"):
        kept[stream] = [row for row in kept[stream] if row.get("ticket_id") in found or row.get("contact_id") in contacts]
    return kept


def _agents(world: World) -> Iterator[Raw]:
    for agent in world.roster.agents:
        for since, _ in agent.stays:
            stay = {"team_id": agent.team_at(since), "valid_from": at_utc(since), "is_bot": False}
            yield {"source_system": "file_drop", "agent_id": agent.agent_id, **stay}


def _marks(world: World, until: int) -> Iterator[Raw]:
    """Whether customers said that it was solved: the shop asks them after the contact, and tells weekly what they answered."""
    for name, header, rows in office_files(world, until):
        if name.startswith("experience_surveys"):
            for row in rows:
                survey = dict(zip(header, row, strict=True))
                if survey["题目"] == "是否解决" and survey["回答时间"]:
                    yield _mark(world, survey)


def _mark(world: World, survey: dict[str, object]) -> Raw:
    asked, answered = (
        datetime.fromisoformat(str(survey[name])).replace(tzinfo=world.calendar.zone) for name in ("邀请时间", "回答时间")
    )
    return {
        "source_system": "file_drop",
        "survey_id": f"experience:{survey['问卷编号']}",
        "kind": "resolved",
        "scale_min": 0,
        "scale_max": 1,
        "is_reversed": False,
        "score": survey["分数"],
        "contact_id": survey["会话编号"],
        "invited_at": asked,
        "responded_at": answered,
    }
