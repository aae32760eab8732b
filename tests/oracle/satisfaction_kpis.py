"""The section Satisfaction of KPIS.md: answers to csat surveys, dated responded_at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor

from tests.oracle.contacts import Contact
from tests.oracle.crew import Crew
from tests.oracle.legs import is_handled
from tests.oracle.parts import Credit, Part, amount, share
from tests.oracle.tickets import Ticket
from tests.oracle.world import Row, World

RATINGS = {1: "bad", 2: "bad", 3: "neutral", 4: "good", 5: "good"}


def mapped(survey: Row) -> int | None:
    """Mapping to 1–5: ⌊(8(s′ − min) + 3(max − min)) / (2(max − min))⌋; None where score or scale do not allow it."""
    score, low, high = survey.get("score"), survey.get("scale_min"), survey.get("scale_max")
    if score is None or low is None or high is None or high <= low or not low <= score <= high:
        return None
    exact = Fraction(str(score))
    if survey.get("is_reversed"):
        exact = low + high - exact
    points: int = floor((8 * (exact - low) + 3 * (high - low)) / (2 * (high - low)))
    return points


def satisfaction_parts(world: World, crew: Crew, tickets: dict[str, Ticket], contacts: list[Contact]) -> Iterator[Part]:
    """csat, its mean and its ratings; an automatic rating is no response."""
    by_id = {contact.id: contact for contact in contacts}
    for survey in world["surveys"]:
        if survey["kind"] != "csat" or survey.get("responded_at") is None or survey.get("is_automatic"):
            continue
        points = mapped(survey)
        if points is None:
            continue
        on = world.day(survey["responded_at"])
        credit = _credit(crew, survey, by_id.get(survey.get("contact_id") or ""), tickets.get(survey.get("ticket_id") or ""))
        yield share("csat", on, credit, points >= 4)
        yield amount("csat_mean", on, credit, Decimal(points))
        for rating in ("good", "neutral", "bad"):
            yield share(f"rating_{rating}", on, credit, RATINGS[points] == rating)


def _credit(crew: Crew, survey: Row, contact: Contact | None, ticket: Ticket | None) -> Credit:
    """rated_agent_id, else the last handled leg at invitation, or the assignee at the last solve before it."""
    moment: datetime = survey.get("invited_at") or survey["responded_at"]
    if contact is not None and contact.legs:
        return _of_contact(crew, survey, contact, moment)
    if ticket is not None:
        return _of_ticket(crew, survey, ticket, moment)
    place = {"channel": survey.get("survey_channel"), "channel_group": None}
    return crew.credit(survey["source_system"], survey.get("rated_agent_id"), moment, place, None)


def _of_contact(crew: Crew, survey: Row, contact: Contact, moment: datetime) -> Credit:
    handled = [leg for leg in contact.legs if is_handled(crew, leg)]
    end = contact.end or moment
    at_invitation = sorted(
        (leg for leg in handled if leg["answered_at"] <= moment),
        key=lambda leg: (leg["answered_at"], leg["contact_leg_id"]),
    )
    leg = at_invitation[-1] if at_invitation else None
    queue = contact.legs[-1].get("queue_id") if leg is None else leg.get("queue_id")
    rated = survey.get("rated_agent_id")
    if rated is None:
        agent = None if leg is None else leg.get("agent_id")
        return crew.credit(contact.source, agent, end, contact.place, queue)
    person = crew.person(survey["source_system"], rated, end)
    own = [leg for leg in handled if crew.person(contact.source, leg.get("agent_id"), end) == person]
    if own:
        queue = max(own, key=lambda leg: (leg["answered_at"], leg["contact_leg_id"])).get("queue_id")
    return crew.credit(survey["source_system"], rated, end, contact.place, queue)


def _of_ticket(crew: Crew, survey: Row, ticket: Ticket, moment: datetime) -> Credit:
    solves = [event["occurred_at"] for event in ticket.solves() if event["occurred_at"] <= moment]
    at = solves[-1] if solves else moment
    agent = survey.get("rated_agent_id") or (ticket.assignee(at) if solves else None)
    source = survey["source_system"] if survey.get("rated_agent_id") else ticket.row["source_system"]
    return crew.credit(source, agent, at, ticket.place, ticket.group(at))
