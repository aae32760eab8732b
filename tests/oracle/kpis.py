"""The oracle: canonical records in, the rows of mart_kpi_daily out. Written from KPIS.md, not from the warehouse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.oracle.adjustments import adjusted
from tests.oracle.calendar_periods import PeriodRow, by_period, month_of, week_of
from tests.oracle.cells import cells_of
from tests.oracle.chat_time import chat_time_parts
from tests.oracle.complaint_kpis import complaint_parts, complex_parts
from tests.oracle.compliance_kpis import compliance_parts
from tests.oracle.contact_handling import contact_handling_parts
from tests.oracle.contacts import contacts_of
from tests.oracle.cost_kpis import cost_parts
from tests.oracle.crew import Crew
from tests.oracle.entries import entry_parts
from tests.oracle.fcr_kpis import fcr_parts
from tests.oracle.handling_kpis import handling_parts
from tests.oracle.identity import Persons
from tests.oracle.issues import issues_of
from tests.oracle.parts import NONE, Part
from tests.oracle.periods import KpiRow, daily
from tests.oracle.policy import Policy
from tests.oracle.queue_kpis import queue_parts
from tests.oracle.record_kpis import record_parts
from tests.oracle.resolution_kpis import backlog_parts, issue_parts, open_age_parts
from tests.oracle.response_kpis import response_parts
from tests.oracle.review_kpis import review_parts
from tests.oracle.sales_kpis import sales_parts
from tests.oracle.satisfaction_kpis import satisfaction_parts
from tests.oracle.sla_kpis import sla_parts
from tests.oracle.solved_kpis import reopen_parts, solved_parts
from tests.oracle.tickets import tickets_of
from tests.oracle.turns import Conversation, conversations
from tests.oracle.workforce_kpis import workforce_parts
from tests.oracle.world import Row, World, world_of


@dataclass(frozen=True, slots=True)
class Marts:
    """The rows of the three KPI marts."""

    daily: list[KpiRow]
    weekly: list[PeriodRow]
    monthly: list[PeriodRow]


@dataclass(frozen=True, slots=True)
class Facts:
    """All parts of a world, the published days, and the days on which an agent has a row."""

    parts: list[Part]
    first: date
    last: date
    agent_days: Mapping[str, set[date]]


def compute(records: Mapping[str, Sequence[Row]], as_of: Mapping[str, datetime], policy: Policy | None = None) -> list[KpiRow]:
    """All KPIs of these canonical records, per day and member.

    `records` maps a canonical stream to its rows as they stand behind the gate (times aware and UTC, durations in
    seconds); `as_of` says for each source up to when, exclusively, it is covered. Raises KeyError for a row whose source
    has no as_of, ValueError when there is nothing to compute from.
    """
    facts = facts_of(records, as_of, policy)
    return list(daily(cells_of(facts.parts), facts.first, facts.last, facts.agent_days))


def compute_marts(records: Mapping[str, Sequence[Row]], as_of: Mapping[str, datetime], policy: Policy | None = None) -> Marts:
    """The same per day, ISO week and month."""
    facts = facts_of(records, as_of, policy)
    cells, days = cells_of(facts.parts), (facts.first, facts.last, facts.agent_days)
    return Marts(list(daily(cells, *days)), list(by_period(cells, *days, week_of)), list(by_period(cells, *days, month_of)))


def facts_of(records: Mapping[str, Sequence[Row]], as_of: Mapping[str, datetime], policy: Policy | None = None) -> Facts:
    """What every fact row adds to every KPI."""
    world = world_of(records, policy or Policy(), as_of)
    crew, persons, tickets = Crew(world), Persons(world), tickets_of(world)
    talks = conversations(world, crew, tickets)
    contacts = contacts_of(world, crew, persons, talks)
    issues = issues_of(world, crew, tickets, contacts)
    first, last = published_days(world, talks)
    every = [
        *queue_parts(world, crew),
        *entry_parts(world, crew, contacts),
        *handling_parts(world, crew),
        *contact_handling_parts(world, crew, contacts, tickets),
        *cost_parts(world, crew, contacts, first, last),
        *chat_time_parts(world, crew),
        *workforce_parts(world, crew, tickets),
        *response_parts(world, crew, talks),
        *sla_parts(world, crew, talks, tickets),
        *record_parts(world, contacts, tickets),
        *issue_parts(world, crew, issues),
        *solved_parts(world, crew, issues),
        *reopen_parts(world, crew, issues),
        *complaint_parts(world, crew, issues),
        *complex_parts(world, crew, issues),
        *fcr_parts(world, crew, contacts, issues),
        *satisfaction_parts(world, crew, tickets, contacts),
        *sales_parts(world, crew, persons, contacts),
        *review_parts(world, crew, contacts),
        *compliance_parts(world, crew, tickets, talks, contacts, issues),
        *backlog_parts(world, crew, tickets, first, last),
        *open_age_parts(world, issues, first, last),
    ]
    parts = adjusted(world, every)
    return Facts(parts, first, last, agent_days(world, crew, parts))


def published_days(world: World, talks: list[Conversation]) -> tuple[date, date]:
    """From the earliest day of any fact to the last day of which something is covered."""
    moments = [leg["offered_at"] for leg in world["contact_legs"]]
    moments += [ticket["created_at"] for ticket in world["tickets"]]
    moments += [turn.start for talk in talks for turn in talk.turns]
    moments += [survey["responded_at"] for survey in world["surveys"] if survey.get("responded_at") is not None]
    if not moments:
        raise ValueError("a world without a single fact has no published day")
    return world.day(min(moments)), world.day(max(world.as_of.values()) - timedelta(microseconds=1))


def agent_days(world: World, crew: Crew, parts: list[Part]) -> dict[str, set[date]]:
    """The days an agent has a row: with a shift, a state, or any fact."""
    found: dict[str, set[date]] = defaultdict(set)
    for part in parts:
        if part.scopes is None or "agent" in part.scopes:
            found[part.credit.agent_id or NONE].add(part.on)
    for stream, start, end in (("shifts", "starts_at", "ends_at"), ("agent_states", "started_at", "ended_at")):
        for row in world[stream]:
            agent = crew.person(row["source_system"], row["agent_id"], row[start])
            day, until = world.day(row[start]), world.day(row.get(end) or row[start])
            while day <= until:
                found[agent or NONE].add(day)
                day += timedelta(days=1)
    return dict(found)
