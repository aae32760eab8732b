"""Complaint issues (Satisfaction) and complex issues (Resolution), dated received_at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tests.oracle.crew import Crew
from tests.oracle.issues import Issue
from tests.oracle.parts import Credit, Part, one, share, waiting
from tests.oracle.world import EARLY, LATE, Row, World, grouped


def complaint_parts(world: World, crew: Crew, issues: list[Issue]) -> Iterator[Part]:
    """complaint_rate of all issues, complaints by whom they are about, complaint_resolution_rate at R."""
    for issue in issues:
        on, credit = world.day(issue.received_at), issue.credit()
        is_complaint = any(_complains(world, row) for row in _rows(issue))
        if world.passed(issue.received_at, world.policy.resolution_window, issue.source):
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
        rows = [leg for contact in issue.contacts for leg in contact.legs]
        replied = min((handling.over_at for handling in issue.handlings if handling.rank == 1), default=LATE)
        for ticket in issue.tickets:
            rows += _before(versions[ticket.id], replied)
        if any(row.get("is_complex") or row.get("topic") in world.policy.complex for row in rows):
            yield from _solved_at_window(world, issue, "complex_resolution_rate")


def _before(versions: list[Row], replied: datetime) -> list[Row]:
    """The versions up to the first agent reply; when none so old is known, the oldest."""
    ordered = sorted(versions, key=lambda row: row.get("version") or EARLY)
    return [row for row in ordered if (row.get("version") or EARLY) <= replied] or ordered[:1]


def _solved_at_window(world: World, issue: Issue, kpi: str) -> Iterator[Part]:
    on, credit, solved = world.day(issue.received_at), issue.credit(), issue.is_solved()
    if not world.passed(issue.received_at, world.policy.resolution_window, issue.source):
        yield waiting(kpi, on, credit)
    elif solved is not None:
        yield share(kpi, on, credit, solved)


def _rows(issue: Issue) -> list[Row]:
    """Tickets, then legs in order: the later row knows better."""
    return [ticket.row for ticket in issue.tickets] + [leg for contact in issue.contacts for leg in contact.legs]


def _complains(world: World, row: Row) -> bool:
    return bool(row.get("is_complaint")) or row.get("topic") in world.policy.complaints


def _about(crew: Crew, issue: Issue, credit: Credit) -> Credit:
    """Never to who took it: to the agent it is about, if it names one."""
    named = [
        (row["source_system"], row["complaint_about_agent_id"]) for row in _rows(issue) if row.get("complaint_about_agent_id")
    ]
    source, agent = named[-1] if named else ("", None)
    place = {"channel": credit.channel, "channel_group": credit.channel_group}
    return crew.credit(source, agent, issue.received_at, place, credit.queue_id)
