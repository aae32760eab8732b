"""sla_met_rate of KPIS.md (Response): first-reply, next-reply and resolve deadlines, dated due_at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.oracle.business_time import business_due
from tests.oracle.crew import Crew
from tests.oracle.parts import Credit, Part, about, share, waiting
from tests.oracle.response_kpis import is_replied, response_credit
from tests.oracle.tickets import SOLVED, Ticket
from tests.oracle.turns import Conversation, Turn
from tests.oracle.world import Row, World


def sla_parts(world: World, crew: Crew, found: list[Conversation], tickets: dict[str, Ticket]) -> Iterator[Part]:
    """One row per deadline, counted once it is due, whenever it was met."""
    for conversation in found:
        for number, turn in enumerate(conversation.turns):
            is_first = number == 0 and conversation.customer_first
            metric = "first_reply" if is_first else "next_reply"
            yield from about(_reply(world, crew, conversation, turn, metric), conversation.id)
    for ticket in tickets.values():
        yield from about(_resolve(world, crew, ticket), ticket.id)


def _due(
    world: World, metric: str, start: datetime, queue_id: str | None, channel_group: str, priority: str | None
) -> datetime | None:
    """When a clock is due, by the policy in force at its start; None: nothing was promised."""
    promise = world.policy.promise(metric, queue_id, channel_group, priority, world.day(start))
    if promise is None:
        return None
    target = int(promise["target_seconds"])
    if promise["clock"] == "business":
        return business_due(start, target, queue_id, channel_group, world.policy.zone)
    return start + timedelta(seconds=target)


def _reply(world: World, crew: Crew, conversation: Conversation, turn: Turn, metric: str) -> Iterator[Part]:
    """Met: replied by the deadline and not after a close; here it may take more than a day."""
    start, ticket = turn.start, conversation.ticket
    if turn.is_closing_only and not is_replied(world, conversation, turn):
        return
    priority = None if ticket is None else ticket.value("priority", "priority", start)
    due = _due(world, metric, start, conversation.queue(start), conversation.place["channel_group"], priority)
    if due is None:
        return
    close, reply = conversation.close(start), turn.reply
    in_time = reply is not None and reply["sent_at"] <= due and (close is None or reply["sent_at"] <= close)
    if reply is not None and in_time:
        credit = conversation.credit_reply(crew, reply)
    else:
        credit = response_credit(world, crew, conversation, turn)
    yield _deadline(world, due, conversation.source, credit, in_time)


def _resolve(world: World, crew: Crew, ticket: Ticket) -> Iterator[Part]:
    """A ticket's deadline from its creation to its first solve; merged tickets have none, nor those whose solve nobody dates."""
    created, source = ticket.created_at, ticket.row["source_system"]
    priority = ticket.value("priority", "priority", created)
    due = _due(world, "resolve", created, ticket.group(created), "written", priority)
    if due is None or ticket.merged_at() is not None:
        return
    first = next((event for event in ticket.solves() if event["occurred_at"] <= due), None)
    in_time = first is not None
    if not ticket.changes("status") and ticket.row.get("status") in SOLVED:
        if (ticket.row.get("version") or created) > due:
            return
        in_time = True
    at = due if first is None else first["occurred_at"]
    agent = ticket.assignee(at) if not in_time else _solver(crew, ticket, first)
    yield _deadline(world, due, source, crew.credit(source, agent, at, ticket.place, ticket.group(at)), in_time)


def _solver(crew: Crew, ticket: Ticket, event: Row | None) -> str | None:
    """The agent who solved it; automation and bots are nobody."""
    if event is None or event.get("actor_type") != "agent":
        return None
    actor: str | None = event.get("actor_id")
    return None if crew.is_bot(ticket.row["source_system"], actor, event["occurred_at"]) else actor


def _deadline(world: World, due: datetime, source: str, credit: Credit, is_met: bool) -> Part:
    if world.passed(due, 0, source):
        return share("sla_met_rate", world.day(due), credit, is_met)
    return waiting("sla_met_rate", world.day(due), credit)
