"""The section Resolution of KPIS.md that is told of issues: resolution_rate, escalation_rate; and the backlog of tickets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tests.oracle.crew import Crew, tier_rank
from tests.oracle.issues import Issue
from tests.oracle.legs import handler, is_handled
from tests.oracle.parts import Credit, Part, about, amount, one, share, waiting
from tests.oracle.tickets import DONE, Ticket
from tests.oracle.world import Row, World, seconds_between


def issue_parts(world: World, crew: Crew, issues: list[Issue]) -> Iterator[Part]:
    """Issues dated received_at, pending until R has passed."""
    for issue in issues:
        yield from about(_issue(world, crew, issue), issue.id)


def _issue(world: World, crew: Crew, issue: Issue) -> Iterator[Part]:
    on, credit = world.day(issue.received_at), issue.credit()
    is_final = world.passed(issue.received_at, issue.window, issue.source)
    solved = issue.is_solved()
    if not is_final:
        yield waiting("resolution_rate", on, credit)
    elif solved is not None:
        yield share("resolution_rate", on, credit, solved)
    if issue.handled_by(issue.judged_at):
        first = min(_escalations(crew, issue), key=lambda found: (found.at, len(found.id), found.id), default=None)
        place = credit if first is None or first.credit is None else first.credit
        by = Credit(credit.channel, credit.channel_group, place.queue_id, place.team_id, place.agent_id)
        yield (share("escalation_rate", on, by, first is not None) if is_final else waiting("escalation_rate", on, by))


@dataclass(frozen=True, slots=True)
class _Escalation:
    at: datetime
    id: str
    credit: Credit | None  # None: no agent did it


def _escalations(crew: Crew, issue: Issue) -> Iterator[_Escalation]:
    """Events up to R that raise the tier, go to a supervisor, or to another department."""
    return (found for found in _all_escalations(crew, issue) if found.at <= issue.judged_at)


def escalation_moments(crew: Crew, issue: Issue) -> list[datetime]:
    """When an issue was raised, whenever that was."""
    return [found.at for found in _all_escalations(crew, issue)]


def _all_escalations(crew: Crew, issue: Issue) -> Iterator[_Escalation]:
    for leg in (leg for contact in issue.contacts for leg in contact.legs):
        if is_handled(crew, leg) and _leg_escalates(crew, leg):
            yield _Escalation(leg["ended_at"], leg["contact_leg_id"], handler(crew, leg))
    for ticket in issue.tickets:
        for event in ticket.events:
            if _event_escalates(crew, ticket, event):
                yield _Escalation(event["occurred_at"], event["event_id"], _by(crew, ticket, event))


def _by(crew: Crew, ticket: Ticket, event: Row) -> Credit | None:
    if event.get("actor_type") != "agent" or event.get("actor_id") is None:
        return None
    moment, source = event["occurred_at"], ticket.row["source_system"]
    return crew.credit(source, event["actor_id"], moment, ticket.place, ticket.group(moment))


def _leg_escalates(crew: Crew, leg: Row) -> bool:
    """A completed hand-over to a queue or agent that stands above or elsewhere; a consult is none."""
    if leg.get("transfer_kind") not in ("blind", "attended"):
        return False
    moment = leg["ended_at"]
    to = crew.person(leg["source_system"], leg.get("transferred_to_agent"), moment)
    own = crew.person(leg["source_system"], leg.get("agent_id"), moment)
    if to is not None and crew.role(to, moment) == "supervisor":
        return True
    if to is not None and _rises(crew.agent_tier(own, moment), crew.agent_tier(to, moment)):
        return True
    old, new = crew.queue(leg.get("queue_id"), moment), crew.queue(leg.get("transferred_to_queue"), moment)
    return _moves_away(old, new) or (
        old is not None and new is not None and _rises(tier_rank(old.get("tier")), tier_rank(new.get("tier")))
    )


def _rises(old: int | None, new: int | None) -> bool:
    return old is not None and new is not None and new > old


def _moves_away(old: Row | None, new: Row | None) -> bool:
    if old is None or new is None or old.get("department") is None or new.get("department") is None:
        return False
    return bool(old["department"] != new["department"])


def _event_escalates(crew: Crew, ticket: Ticket, event: Row) -> bool:
    moment, old, new = event["occurred_at"], event.get("old_value"), event.get("new_value")
    if event["field"] == "tier":
        return _rises(tier_rank(old), tier_rank(new))
    if event["field"] == "group":
        return _moves_away(crew.queue(old, moment), crew.queue(new, moment))
    if event["field"] == "assignee" and old is not None:
        return crew.role(crew.person(ticket.row["source_system"], new, moment), moment) == "supervisor"
    return False


def backlog_parts(world: World, crew: Crew, tickets: dict[str, Ticket], first: date, last: date) -> Iterator[Part]:
    """Tickets not solved, closed, merged or deleted just before the midnight that ends each day, and their age at it."""
    for ticket in tickets.values():
        for on, midnight in _midnights(world, ticket.created_at, first, last):
            moment = midnight - timedelta(microseconds=1)
            if _is_open(ticket, moment):
                source = ticket.row["source_system"]
                credit = crew.credit(source, ticket.assignee(moment), moment, ticket.place, ticket.group(moment))
                age = amount("backlog_age", on, credit, seconds_between(ticket.created_at, midnight))
                yield from about([one("backlog", on, credit), age], ticket.id)


def open_age_parts(world: World, issues: list[Issue], first: date, last: date) -> Iterator[Part]:
    """open_age: how old the issues are whose tickets are not all solved at each midnight."""
    for issue in issues:
        if issue.tickets:
            created, credit = min(ticket.created_at for ticket in issue.tickets), issue.credit()
            for on, midnight in _midnights(world, created, first, last):
                if any(_is_open(ticket, midnight - timedelta(microseconds=1)) for ticket in issue.tickets):
                    yield from about([amount("open_age", on, credit, seconds_between(created, midnight))], issue.id)


def _is_open(ticket: Ticket, moment: datetime) -> bool:
    return ticket.created_at <= moment and ticket.status(moment) not in DONE and not ticket.is_gone(moment)


def _midnights(world: World, since: datetime, first: date, last: date) -> Iterator[tuple[date, datetime]]:
    """Each day from a moment on, with the moment of the local midnight that ends it."""
    on = max(first, world.day(since))
    while on <= last:
        yield on, datetime.combine(on + timedelta(days=1), time(), world.policy.zone).astimezone(UTC)
        on += timedelta(days=1)
