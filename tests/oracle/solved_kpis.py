"""The KPIs of solved issues (Resolution): one touch, contacts and agents per resolution, time to resolve; and reopened solves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from tests.oracle.business_time import business_seconds
from tests.oracle.catalogue import PERCENTILES
from tests.oracle.crew import Crew
from tests.oracle.fcr_kpis import undone
from tests.oracle.issues import Issue, tickets_solved
from tests.oracle.parts import ONE, Credit, Part, amount, share, waiting
from tests.oracle.tickets import Ticket
from tests.oracle.world import Row, World, seconds_between

REPLY = 1  # the rank of a reply among the handlings
SOLVED_KPIS = ("one_touch_rate", "contacts_per_resolution", "agents_per_resolution")


def solved_parts(world: World, crew: Crew, issues: list[Issue]) -> Iterator[Part]:
    """Of issues solved now, dated and settled by their last solve."""
    for issue in issues:
        solves = [event["occurred_at"] for ticket in issue.tickets for event in ticket.own_solves()]
        if not solves or tickets_solved(issue.tickets, world.as_of[issue.source]) is not True:
            continue
        last = max(solves)
        if world.passed(last, world.policy.resolution_window, issue.source):
            yield from _solved(world, issue, last)
        else:
            yield from _unsettled(world, issue, last)


def _unsettled(world: World, issue: Issue, last: datetime) -> Iterator[Part]:
    on, credit = world.day(last), issue.credit()
    for kpi in SOLVED_KPIS:
        yield waiting(kpi, on, credit)
    for kpi in ("time_to_resolve", "time_to_resolve_business"):
        for variant in ("default", *PERCENTILES):
            yield waiting(kpi, on, credit, variant)


def _solved(world: World, issue: Issue, last: datetime) -> Iterator[Part]:
    on, credit = world.day(last), issue.credit()
    replies = [handling for handling in issue.handlings if handling.rank == REPLY]
    yield share("one_touch_rate", on, credit, len(replies) == 1)
    contacts = [contact for contact in issue.contacts if contact.start <= last]
    yield amount("contacts_per_resolution", on, credit, Decimal(len(contacts)))
    agents = {handling.credit.agent_id for handling in issue.handled_by(last)} - {None}
    yield amount("agents_per_resolution", on, credit, Decimal(len(agents)))
    created = min(ticket.created_at for ticket in issue.tickets)
    if last >= created:
        business = business_seconds(created, last, credit.queue_id, credit.channel_group, world.policy.zone)
        yield from _times("time_to_resolve", world, last, credit, seconds_between(created, last))
        yield from _times("time_to_resolve_business", world, last, credit, business)


def _times(kpi: str, world: World, last: datetime, credit: Credit, time: Decimal) -> Iterator[Part]:
    on = world.day(last)
    yield amount(kpi, on, credit, time)
    for variant in PERCENTILES:
        yield Part(kpi, variant, on, credit, time, ONE, 1)


def reopen_parts(world: World, crew: Crew, issues: list[Issue]) -> Iterator[Part]:
    """reopen_rate: solve events undone by status or by a follow-up within 7 d; to the solver."""
    wrong = undone(world, crew, issues)
    window = world.policy.reopen_window
    for ticket in (ticket for issue in issues for ticket in issue.tickets):
        for event in ticket.own_solves():
            at = event["occurred_at"]
            on, credit = world.day(at), _solver(crew, ticket, event)
            if not world.passed(at, window, ticket.row["source_system"]):
                yield waiting("reopen_rate", on, credit)
                continue
            came_back = any(0 < seconds_between(at, moment) <= window for moment in wrong.get(ticket.id, ()))
            yield share("reopen_rate", on, credit, came_back)


def _solver(crew: Crew, ticket: Ticket, event: Row) -> Credit:
    """The agent who solved it; a rule or a bot is nobody."""
    moment, source, actor = event["occurred_at"], ticket.row["source_system"], event.get("actor_id")
    if event.get("actor_type") != "agent" or crew.is_bot(source, actor, moment):
        actor = None
    return crew.credit(source, actor, moment, ticket.place, ticket.group(moment))
