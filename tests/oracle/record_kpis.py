"""Of each handled contact: record_completeness (Quality), fcr_identified_share (FCR) and lead_rate (Sales)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tests.oracle.contacts import Contact, last_known
from tests.oracle.parts import Part, about, share, waiting
from tests.oracle.tickets import Ticket
from tests.oracle.world import World


def record_parts(world: World, contacts: list[Contact], tickets: dict[str, Ticket]) -> Iterator[Part]:
    """Dated the contact's end, credited to its last handled leg or reply."""
    for contact in contacts:
        yield from about(_contact(world, contact, tickets), contact.subject)


def _contact(world: World, contact: Contact, tickets: dict[str, Ticket]) -> Iterator[Part]:
    credit, end = contact.credit, contact.end
    if credit is None or end is None:
        return
    on = world.day(end)
    if not world.passed(end, world.policy.record_window, contact.source):
        yield waiting("record_completeness", on, credit)
    else:
        yield share("record_completeness", on, credit, _is_complete(world, contact, on, tickets))
    if contact.is_inbound:
        yield share("fcr_identified_share", on, credit, contact.person is not None)
        if any(leg.get("has_lead") is not None for leg in contact.legs):
            yield share("lead_rate", on, credit, any(leg.get("has_lead") for leg in contact.legs))


def _is_complete(world: World, contact: Contact, on: date, tickets: dict[str, Ticket]) -> bool:
    """Every field that its channel group requires is filled in: on a leg, or on the ticket of a written contact."""
    required = world.policy.record_fields(contact.place["channel_group"], on)
    if contact.legs:
        return all(last_known(list(contact.legs), name) is not None for name in required)
    row = tickets[contact.ticket_id or ""].row
    return all(row.get(name) is not None for name in required)
