"""FCR as KPIS.md (Resolution, FCR) tells it, contact by contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from tests.oracle.contacts import Contact
from tests.oracle.crew import Crew
from tests.oracle.issues import Issue
from tests.oracle.parts import Part, about, share, waiting
from tests.oracle.tickets import Ticket
from tests.oracle.turns import spoken
from tests.oracle.world import Row, World, grouped, seconds_between

REAL, THANKS, UNDECIDED = "real", "thanks", "undecided"


def fcr_parts(world: World, crew: Crew, contacts: list[Contact], issues: list[Issue]) -> Iterator[Part]:
    """fcr (repeats in the same channel) and ocr (in any), dated the contact's end, credited to its last handled leg."""
    of_person: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        if contact.person is not None and contact.is_inbound:
            of_person[contact.person].append(contact)
    family = {contact.id: issue.tickets for issue in issues for contact in issue.contacts}
    unresolved = _marked_by_customers(world)
    gone_wrong, undecided = undone(world, crew, issues), undone(world, crew, issues, verdict=UNDECIDED)
    for own in of_person.values():
        for contact in own:
            credit, end = contact.credit, contact.end
            if credit is None or end is None or any(_comes_before(other, contact) for other in own):
                continue
            on = world.day(end)
            repeats = [other for other in own if other.reached and _comes_after(contact, other)]
            tickets = family.get(contact.id, ())
            again = _came(gone_wrong, tickets, end, contact.window)
            is_undecided = _came(undecided, tickets, end, contact.window)
            told = contact.is_resolved is False or contact.id in unresolved or (contact.ticket_id or "") in unresolved
            in_channel = [other for other in repeats if other.place["channel"] == contact.place["channel"]]
            for kpi, found in (("fcr", in_channel), ("ocr", repeats)):
                part = waiting(kpi, on, credit)
                if world.passed(end, contact.window, contact.source) and not is_undecided:
                    part = share(kpi, on, credit, not (found or again or told))
                yield from about([part], contact.subject)


def _came(moments: dict[str, list[datetime]], tickets: Iterable[Ticket], end: datetime, window: Decimal) -> bool:
    """Whether one of these moments of a ticket lies within W after the end."""
    return any(0 < seconds_between(end, at) <= window for ticket in tickets for at in moments.get(ticket.id, ()))


def _same_topic(one: Contact, other: Contact) -> bool:
    """A null topic matches any."""
    return one.topic is None or other.topic is None or one.topic == other.topic


def _within(earlier: Contact, later: Contact) -> bool:
    if earlier.end is None or later.start < earlier.end or earlier.id == later.id:
        return False
    return seconds_between(earlier.end, later.start) <= earlier.window


def _comes_before(other: Contact, contact: Contact) -> bool:
    return _within(other, contact) and _same_topic(other, contact)


def _comes_after(contact: Contact, other: Contact) -> bool:
    return _within(contact, other) and _same_topic(other, contact)


def _marked_by_customers(world: World) -> set[str]:
    """Contacts and tickets whose customer answered 'not resolved'."""
    found = set()
    for survey in world["surveys"]:
        if survey["kind"] == "resolved" and survey.get("score") is not None and not survey.get("is_automatic"):
            worst = survey["scale_max"] if survey.get("is_reversed") else survey["scale_min"]
            if survey["score"] == worst:
                found.add(survey.get("contact_id") or survey.get("ticket_id") or "")
    return found - {""}


def undone(world: World, crew: Crew, issues: list[Issue], verdict: str = REAL) -> dict[str, list[datetime]]:
    """When each ticket was reopened (but not by a thank-you) or followed up; or the reopens that may still prove thank-yous."""
    found: dict[str, list[datetime]] = defaultdict(list)
    messages = grouped([row for row in world["messages"] if row.get("contact_id") is None], "ticket_id")
    for ticket in (ticket for issue in issues for ticket in issue.tickets):
        said = spoken(crew, messages.get(ticket.id, []))
        for event in ticket.reopens():
            if _judged(world, ticket, event, said) == verdict:
                found[ticket.id].append(event["occurred_at"])
        origin = ticket.row.get("followup_of_id")
        if origin is not None and verdict == REAL:
            found[origin].append(ticket.created_at)
    return found


def _judged(world: World, ticket: Ticket, reopen: Row, said: list[Row]) -> str:
    """A thank-you is a reopen by closing-only messages, solved again without a reply within 24 h; undecided while these run."""
    at = reopen["occurred_at"]
    limit = at + timedelta(seconds=world.policy.thank_you_window)
    again = next((event["occurred_at"] for event in ticket.solves() if at < event["occurred_at"] <= limit), None)
    solved = max((event["occurred_at"] for event in ticket.solves() if event["occurred_at"] < at), default=None)
    if again is None and world.passed(at, world.policy.thank_you_window, ticket.row["source_system"]):
        return REAL
    since = [row for row in said if (solved is None or row["sent_at"] > solved) and (again is None or row["sent_at"] <= again)]
    thanks = [row for row in since if row["sender_type"] == "customer"]
    replied = any(row["sender_type"] == "agent" and row["sent_at"] > thanks[0]["sent_at"] for row in since if thanks)
    if not thanks or replied or not all(row.get("text_is_closing_only") for row in thanks):
        return REAL
    return UNDECIDED if again is None else THANKS
