"""sla_met_rate of KPIS.md (Response): first-reply, next-reply and resolve deadlines, dated due_at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.oracle.crew import Crew
from tests.oracle.parts import Part, about, share, waiting
from tests.oracle.response_kpis import is_replied, response_credit
from tests.oracle.tickets import Ticket
from tests.oracle.turns import Conversation, Turn
from tests.oracle.world import World


def sla_parts(world: World, crew: Crew, found: list[Conversation], tickets: dict[str, Ticket]) -> Iterator[Part]:
    """One row per deadline, counted once it is due, whenever it was met."""
    for conversation in found:
        for number, turn in enumerate(conversation.turns):
            is_first = number == 0 and conversation.customer_first
            metric = "first_reply" if is_first else "next_reply"
            yield from about(_reply(world, crew, conversation, turn, metric), conversation.id)
    for ticket in tickets.values():
        yield from about(_resolve(world, crew, ticket), ticket.id)


def _reply(world: World, crew: Crew, conversation: Conversation, turn: Turn, metric: str) -> Iterator[Part]:
    target = world.policy.sla.get((conversation.place["channel_group"], metric))
    replied = is_replied(world, conversation, turn)
    if target is None or (turn.is_closing_only and not replied):
        return
    due = turn.start + timedelta(seconds=target)
    on, credit = world.day(due), response_credit(world, crew, conversation, turn)
    if world.passed(due, 0, conversation.source):
        yield share("sla_met_rate", on, credit, replied and turn.reply is not None and turn.reply["sent_at"] <= due)
    else:
        yield waiting("sla_met_rate", on, credit)


def _resolve(world: World, crew: Crew, ticket: Ticket) -> Iterator[Part]:
    """A ticket's deadline from its creation to its first solve; merged tickets have none."""
    target = world.policy.sla.get(("written", "resolve"))
    if target is None or ticket.merged_at() is not None:
        return
    due = ticket.created_at + timedelta(seconds=target)
    source = ticket.row["source_system"]
    first = next((event for event in ticket.solves() if event["occurred_at"] <= due), None)
    at = due if first is None else first["occurred_at"]
    agent = ticket.assignee(at) if first is None else (first.get("actor_id") if first.get("actor_type") == "agent" else None)
    on, credit = world.day(due), crew.credit(source, agent, at, ticket.place, ticket.group(at))
    if world.passed(due, 0, source):
        yield share("sla_met_rate", on, credit, first is not None)
    else:
        yield waiting("sla_met_rate", on, credit)
