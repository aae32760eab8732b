"""The section Satisfaction of KPIS.md as far as surveys tell it: answers dated responded_at, invitations invited_at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor

from tests.oracle.contacts import Contact, last_known
from tests.oracle.crew import Crew
from tests.oracle.legs import is_handled
from tests.oracle.parts import Credit, Part, about, amount, one, share, waiting
from tests.oracle.tickets import Ticket
from tests.oracle.world import Row, World, seconds_between

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


def exact_score(survey: Row, low: int, high: int) -> Fraction | None:
    """The score of a manual answer on exactly this scale, turned round if reversed; None where there is none."""
    score = survey.get("score")
    if survey.get("responded_at") is None or survey.get("is_automatic") or score is None or not low <= score <= high:
        return None
    if (survey.get("scale_min"), survey.get("scale_max")) != (low, high):
        return None
    return low + high - Fraction(str(score)) if survey.get("is_reversed") else Fraction(str(score))


def is_response(survey: Row) -> bool:
    """A manual answer whose score lies on its scale."""
    return survey.get("responded_at") is not None and not survey.get("is_automatic") and mapped(survey) is not None


def satisfaction_parts(world: World, crew: Crew, tickets: dict[str, Ticket], contacts: list[Contact]) -> Iterator[Part]:
    """csat, its mean and ratings, nps, ces, and who answers; an automatic rating is no response."""
    by_id = {contact.id: contact for contact in contacts}
    for survey in world["surveys"]:
        contact, ticket = by_id.get(survey.get("contact_id") or ""), tickets.get(survey.get("ticket_id") or "")
        parts = _survey(world, survey, _credit(crew, survey, contact, ticket))
        yield from about(parts, survey["survey_id"], survey.get("contact_id"), survey.get("ticket_id"))


def _survey(world: World, survey: Row, credit: Credit) -> Iterator[Part]:
    yield from _invitation(world, survey, credit)
    if survey["kind"] == "csat" and is_response(survey):
        yield from _rating(world, survey, credit)
    elif survey["kind"] == "nps" and (score := exact_score(survey, 0, 10)) is not None:
        point = (score >= 9) - (score <= 6)
        yield amount("nps", world.day(survey["responded_at"]), credit, Decimal(point))
    elif survey["kind"] == "ces" and (score := exact_score(survey, 1, 7)) is not None:
        yield share("ces", world.day(survey["responded_at"]), credit, score >= 5)


def _rating(world: World, survey: Row, credit: Credit) -> Iterator[Part]:
    """A csat response mapped to 1–5."""
    on, points = world.day(survey["responded_at"]), mapped(survey) or 0
    yield share("csat", on, credit, points >= 4)
    yield amount("csat_mean", on, credit, Decimal(points))
    for rating in ("good", "neutral", "bad"):
        yield share(f"rating_{rating}", on, credit, RATINGS[points] == rating)
    yield one(f"rating_{RATINGS[points]}_count", on, credit)
    if RATINGS[points] == "bad":
        yield share("low_score_no_reason", on, credit, not survey.get("comment_length"))


def _invitation(world: World, survey: Row, credit: Credit) -> Iterator[Part]:
    """survey_response_rate, dated invited_at; an answer that nobody asked for is not in it."""
    invited: datetime | None = survey.get("invited_at")
    if invited is None:
        return
    on, window = world.day(invited), world.policy.survey_window
    if not world.passed(invited, window, survey["source_system"]):
        yield waiting("survey_response_rate", on, credit)
        return
    answered = is_response(survey) and seconds_between(invited, survey["responded_at"]) <= window
    yield share("survey_response_rate", on, credit, answered)


def _credit(crew: Crew, survey: Row, contact: Contact | None, ticket: Ticket | None) -> Credit:
    """rated_agent_id, else the last handled leg at invitation, or the assignee at the last solve before it."""
    moment: datetime | None = survey.get("invited_at") or survey.get("responded_at")
    if moment is None:
        return Credit(None, None, None, None, None)
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
    queue = last_known(contact.legs, "queue_id") if leg is None else leg.get("queue_id")
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
