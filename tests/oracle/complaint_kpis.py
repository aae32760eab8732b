"""Complaint issues (Satisfaction) and complex issues (Resolution), dated received_at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from tests.oracle.crew import Crew
from tests.oracle.issues import Issue
from tests.oracle.parts import Credit, Part, about, one, share, waiting
from tests.oracle.tickets import Ticket
from tests.oracle.world import EARLY, Row, World, grouped


def complaint_parts(world: World, crew: Crew, issues: list[Issue]) -> Iterator[Part]:
    """complaint_rate of all issues, complaints by whom they are about, complaint_resolution_rate at R."""
    for issue in issues:
        yield from about(_complaint(world, crew, issue), issue.id)


def _complaint(world: World, crew: Crew, issue: Issue) -> Iterator[Part]:
    on, credit = world.day(issue.received_at), issue.credit()
    is_complaint = any(_complains(world, row) for _, row in _inside(issue))
    if world.passed(issue.received_at, issue.window, issue.source):
        yield share("complaint_rate", on, credit, is_complaint)
    else:
        yield waiting("complaint_rate", on, credit)
    if is_complaint:
        yield one("complaints", on, _about(crew, issue, credit))
        yield from _solved_at_window(world, issue, "complaint_resolution_rate")


def complex_parts(world: World, crew: Crew, issues: list[Issue]) -> Iterator[Part]:
    """complex_resolution_rate: by topic or label as they stood before the first agent reply."""
    versions = grouped(world["ticket_versions"], "ticket_id")
    for issue in issues:
        replied = min((handling.over_at for handling in issue.handlings if handling.rank == 1), default=issue.judged_at)
        tickets = [ticket for ticket in issue.tickets if ticket.created_at <= min(replied, issue.judged_at)]
        is_labelled = any(_is_labelled(world, ticket, versions[ticket.id], replied) for ticket in tickets)
        if is_labelled or any(row.get("topic") in world.policy.complex for _, row in _inside(issue)):
            yield from about(_solved_at_window(world, issue, "complex_resolution_rate"), issue.id)


def _is_labelled(world: World, ticket: Ticket, versions: list[Row], replied: datetime) -> bool:
    """Labelled complex at some time before the first reply: told by its changes of tags, else by its versions."""
    told = _labels(world, ticket)
    if any(told.values()):
        return any(is_on for at, is_on in told.items() if at < replied or at <= ticket.created_at)
    ordered = sorted(versions, key=lambda row: row.get("version") or EARLY)
    before = [row for row in ordered if (row.get("version") or EARLY) < replied or row.get("version") == ticket.created_at]
    return any(row.get("is_complex") for row in before or ordered[:1])


def _labels(world: World, ticket: Ticket) -> dict[datetime, bool]:
    """Whether the tags name complexity, from each change on; from the creation on as the first change found them."""
    found: dict[datetime, bool] = {}
    for event in ticket.changes("tags"):
        found.setdefault(EARLY, _is_named(world, event.get("old_value")))
        found[event["occurred_at"]] = _is_named(world, event.get("new_value")) or found.get(event["occurred_at"], False)
    return found


def _is_named(world: World, tags: str | None) -> bool:
    return not world.policy.complex_labels.isdisjoint(re.split(r"[\s,]+", tags or ""))


def _solved_at_window(world: World, issue: Issue, kpi: str) -> Iterator[Part]:
    on, credit, solved = world.day(issue.received_at), issue.credit(), issue.is_solved()
    if not world.passed(issue.received_at, issue.window, issue.source):
        yield waiting(kpi, on, credit)
    elif solved is not None:
        yield share(kpi, on, credit, solved)


def _inside(issue: Issue) -> list[tuple[datetime, Row]]:
    """The issue's tickets and legs begun inside R, each with its beginning, in order."""
    rows = [(ticket.created_at, ticket.id, ticket.row) for ticket in issue.tickets]
    rows += [(leg["offered_at"], leg["contact_leg_id"], leg) for contact in issue.contacts for leg in contact.legs]
    return [(at, row) for at, _, row in sorted(rows, key=lambda found: found[:2]) if at <= issue.judged_at]


def _complains(world: World, row: Row) -> bool:
    return bool(row.get("is_complaint")) or row.get("topic") in world.policy.complaints


def _about(crew: Crew, issue: Issue, credit: Credit) -> Credit:
    """Never to who took it: to the agent it is about, if it names one; the first who does so counts."""
    place = {"channel": credit.channel, "channel_group": credit.channel_group}
    for at, row in _inside(issue):
        if row.get("complaint_about_agent_id") is not None:
            return crew.credit(row["source_system"], row["complaint_about_agent_id"], at, place, credit.queue_id)
    return Credit(credit.channel, credit.channel_group, credit.queue_id, None, None)
