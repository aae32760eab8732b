"""The KPIs of solved issues (Resolution): one touch, contacts and agents per resolution, time to resolve; and reopened solves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.oracle.business_time import business_seconds
from tests.oracle.catalogue import PERCENTILES
from tests.oracle.crew import Crew
from tests.oracle.fcr_kpis import UNDECIDED, undone
from tests.oracle.issues import Issue, tickets_solved
from tests.oracle.parts import ONE, Credit, Part, about, amount, share, waiting
from tests.oracle.tickets import SOLVED, Ticket
from tests.oracle.world import LATE, Row, World, seconds_between

REPLY = 1  # the rank of a reply among the handlings


def solved_parts(world: World, crew: Crew, issues: list[Issue]) -> Iterator[Part]:
    """Of solved issues: contacts and agents at R; touches and time of those whose last solve stood for 7 d."""
    for issue in issues:
        yield from about(_at_window(world, issue), issue.id)
        yield from about(_in_the_end(world, issue), issue.id)


def _in_the_end(world: World, issue: Issue) -> Iterator[Part]:
    last = last_solve(issue, LATE)
    if last is None or not world.passed(last, world.policy.stand_window, issue.source):
        yield from _unsettled(world, issue, last)
    elif _stood(world, issue, last):
        yield from _stood_parts(world, issue, last)
    else:
        yield from _unsettled(world, issue, None)


def last_solve(issue: Issue, moment: datetime) -> datetime | None:
    """The last solve by a moment: of its tickets, or the last end of a leg that says resolved."""
    if issue.tickets:
        solves = [event["occurred_at"] for ticket in issue.tickets for event in ticket.own_solves()]
        return max((at for at in solves if at <= moment), default=None)
    solves = [leg["ended_at"] for leg in issue.told(moment) if leg["is_resolved"]]
    return max(solves, default=None)


def _stood(world: World, issue: Issue, last: datetime) -> bool:
    until = last + timedelta(seconds=world.policy.stand_window)
    if issue.tickets:
        return tickets_solved(issue.tickets, until) is True
    return bool(issue.told(until)[-1]["is_resolved"])


def _at_window(world: World, issue: Issue) -> Iterator[Part]:
    """contacts_per_resolution and agents_per_resolution: issues solved at R, dated received_at."""
    on, credit = world.day(issue.received_at), issue.credit()
    if not world.passed(issue.received_at, issue.window, issue.source):
        yield waiting("contacts_per_resolution", on, credit)
        yield waiting("agents_per_resolution", on, credit)
    elif issue.is_solved():
        last = last_solve(issue, issue.judged_at) or issue.judged_at
        contacts = [contact for contact in issue.contacts if contact.start <= last]
        yield amount("contacts_per_resolution", on, credit, Decimal(len(contacts)))
        agents = {handling.credit.agent_id for handling in issue.handled_by(last)} - {None}
        yield amount("agents_per_resolution", on, credit, Decimal(len(agents)))


def _unsettled(world: World, issue: Issue, last: datetime | None) -> Iterator[Part]:
    """A solve that has not stood yet is pending; the time of an unsolved issue is so, too, as long as it may be solved."""
    if issue.tickets and last is not None:
        yield waiting("one_touch_rate", world.day(last), issue.credit())
    if last is not None or _may_be_solved(world, issue):
        for kpi in ("time_to_resolve", "time_to_resolve_business"):
            for variant in ("default", *PERCENTILES):
                yield waiting(kpi, world.day(issue.received_at), issue.credit(), variant)


def _may_be_solved(world: World, issue: Issue) -> bool:
    """As long as a ticket of it is open; without one, until R, where a leg has told that it was not resolved."""
    if issue.tickets:
        live = [ticket for ticket in issue.tickets if not ticket.is_gone(LATE)]
        return any(ticket.status(LATE) not in (None, *SOLVED) for ticket in live)
    return bool(issue.told(LATE)) and not world.passed(issue.received_at, issue.window, issue.source)


def _stood_parts(world: World, issue: Issue, last: datetime) -> Iterator[Part]:
    """one_touch_rate dated the last solve, the times dated received_at."""
    credit = issue.credit()
    if issue.tickets:
        limit = last + timedelta(seconds=world.policy.stand_window)
        replies = [handling for handling in issue.handlings if handling.rank == REPLY and handling.over_at <= limit]
        yield share("one_touch_rate", world.day(last), credit, len(replies) == 1)
    created = min((ticket.created_at for ticket in issue.tickets), default=issue.received_at)
    if last >= created:
        on, business = world.day(issue.received_at), _business(world, issue, created, last)
        yield from _times("time_to_resolve", on, credit, seconds_between(created, last))
        yield from _times("time_to_resolve_business", on, credit, business)


def _business(world: World, issue: Issue, created: datetime, last: datetime) -> Decimal:
    return business_seconds(created, last, issue.queue_id, issue.place["channel_group"], world.policy.zone)


def _times(kpi: str, on: date, credit: Credit, time: Decimal) -> Iterator[Part]:
    yield amount(kpi, on, credit, time)
    for variant in PERCENTILES:
        yield Part(kpi, variant, on, credit, time, ONE, 1)


def reopen_parts(world: World, crew: Crew, issues: list[Issue]) -> Iterator[Part]:
    """reopen_rate: solve events undone by status or by a follow-up within 7 d; to the solver."""
    wrong, undecided = undone(world, crew, issues), undone(world, crew, issues, verdict=UNDECIDED)
    window = world.policy.reopen_window
    for issue_id, ticket in ((issue.id, ticket) for issue in issues for ticket in issue.tickets):
        for event in ticket.own_solves():
            at = event["occurred_at"]
            part = waiting("reopen_rate", world.day(at), _solver(crew, ticket, event))
            came_back, may_have = (
                any(0 < seconds_between(at, moment) <= window for moment in found.get(ticket.id, ()))
                for found in (wrong, undecided)
            )
            if world.passed(at, window, ticket.row["source_system"]) and (came_back or not may_have):
                part = share(part.kpi, part.on, part.credit, came_back)
            yield from about([part], ticket.id, issue_id)


def _solver(crew: Crew, ticket: Ticket, event: Row) -> Credit:
    """The agent who solved it; a rule or a bot is nobody."""
    moment, source, actor = event["occurred_at"], ticket.row["source_system"], event.get("actor_id")
    if event.get("actor_type") != "agent" or crew.is_bot(source, actor, moment):
        actor = None
    return crew.credit(source, actor, moment, ticket.place, ticket.group(moment))
