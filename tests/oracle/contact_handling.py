"""The section Handling of KPIS.md where it counts more than single legs: contacts, tickets and bots."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from tests.oracle.contacts import Contact
from tests.oracle.crew import Crew
from tests.oracle.handling_kpis import acw_state, handle_seconds
from tests.oracle.legs import (
    credited_at,
    handler,
    is_for_human,
    is_handled,
    is_inbound,
    is_taken_by_bot,
    is_unfinished,
    last_seen,
)
from tests.oracle.parts import Credit, Part, about, amount, one, share, waiting
from tests.oracle.tickets import Ticket
from tests.oracle.world import Row, World


def contact_handling_parts(world: World, crew: Crew, contacts: list[Contact], tickets: Mapping[str, Ticket]) -> Iterator[Part]:
    """contacts_handled, aht_contact, bot_containment_rate, tickets_worked."""
    starts = starts_of(contacts)
    for contact in contacts:
        yield from about(_contact(world, crew, contact), contact.id)
        yield from about(_bot(world, crew, contact, starts), contact.id)
    for moment, credit, ticket_id in tickets_worked(world, crew, tickets):
        yield from about([one("tickets_worked", world.day(moment), credit)], ticket_id)


def _contact(world: World, crew: Crew, contact: Contact) -> Iterator[Part]:
    handled = sorted(
        (leg for leg in contact.legs if is_handled(crew, leg)), key=lambda leg: (leg["ended_at"], leg["contact_leg_id"])
    )
    if handled:
        yield one("contacts_handled", world.day(handled[-1]["ended_at"]), handler(crew, handled[-1]).at(contact.place))
        yield from _handle_time(world, contact, handled)


def _handle_time(world: World, contact: Contact, handled: list[Row]) -> Iterator[Part]:
    """Σ of the contact's handled legs once all are final; dated the end of its last talk, in its first queue.

    `talk_hold`: none of them is of a system that measures ACW.
    """
    first = next((leg["queue_id"] for leg in contact.legs if leg.get("queue_id") is not None), None)
    credit = Credit(contact.place["channel"], contact.place["channel_group"], first, None, None)
    on, times = world.day(handled[-1]["ended_at"]), [handle_seconds(world, leg) for leg in handled]
    known = [time for time in times if time is not None]
    if len(known) < len(times):
        return
    states = {acw_state(world, leg) for leg in handled}
    variant = "talk_hold" if states == {"not_measured"} else "default"
    if "pending" in states or any(map(is_unfinished, contact.legs)):
        yield waiting("aht_contact", on, credit, variant)
    else:
        yield amount("aht_contact", on, credit, sum(known, Decimal(0)), variant)


def starts_of(contacts: list[Contact]) -> dict[str, list[tuple[datetime, str]]]:
    """When each person came, in order."""
    found: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for contact in contacts:
        if contact.person is not None and contact.is_inbound:
            found[contact.person].append((contact.start, contact.id))
    return {person: sorted(entries) for person, entries in found.items()}


def came_again(
    starts: Mapping[str, list[tuple[datetime, str]]], person: str | None, contact_id: str, end: datetime, window: int
) -> bool:
    """Whether another contact of this person began at the end or later, and within the window."""
    entries = starts.get(person or "", [])
    later = entries[bisect_left(entries, (end, "")) :]
    return any(start <= end + timedelta(seconds=window) and other != contact_id for start, other in later)


def _bot(world: World, crew: Crew, contact: Contact, starts: Mapping[str, list[tuple[datetime, str]]]) -> Iterator[Part]:
    """Contacts that begin with self-service or a bot: without a hand-over, and without coming back within 24 h."""
    last = last_of_bot(crew, contact)
    if last is None:
        return
    handed = is_handed_over(crew, contact)
    over_at, window = last_seen(last), world.policy.return_window
    on, credit = (
        world.day(over_at),
        crew.credit(contact.source, last.get("agent_id"), credited_at(last), contact.place, last.get("queue_id")),
    )
    if is_running(crew, contact) or not world.passed(over_at, window, contact.source):
        yield waiting("bot_containment_rate", on, credit)
        return
    again = came_again(starts, contact.person, contact.id, over_at, window)
    yield share("bot_containment_rate", on, credit, not handed and not again)


def last_of_bot(crew: Crew, contact: Contact) -> Row | None:
    """The leg of a bot that was over last, in an inbound contact that begins with a bot; of two at once the later one."""
    bots = _bot_legs(crew, contact)
    if not bots or bots[0] is not contact.legs[0] or not is_inbound(bots[0]):
        return None
    return sorted(bots, key=last_seen)[-1]


def is_running(crew: Crew, contact: Contact) -> bool:
    """Some bot is still at it."""
    return any(map(is_unfinished, _bot_legs(crew, contact)))


def is_handed_over(crew: Crew, contact: Contact) -> bool:
    """A leg for humans came, or the bot sent the customer on."""
    to_human = any(is_for_human(crew, leg) for leg in contact.legs)
    return to_human or any(leg["outcome"] == "flow_out" for leg in _bot_legs(crew, contact))


def _bot_legs(crew: Crew, contact: Contact) -> list[Row]:
    """Self-service, and legs that a bot answered."""

    def is_its(leg: Row) -> bool:
        return leg["leg_kind"] == "self_service" or is_taken_by_bot(crew, leg)

    return [leg for leg in contact.legs if is_its(leg)]


def tickets_worked(world: World, crew: Crew, tickets: Mapping[str, Ticket]) -> Iterator[tuple[datetime, Credit, str]]:
    """Distinct ticket × agent × day with a manual public reply or a solve; where the ticket was at the first of the day."""
    done: list[tuple[datetime, str, Row, str | None, str]] = []
    for row in world["messages"]:
        ticket = tickets.get(row.get("ticket_id") or "")
        if ticket is None or row.get("contact_id") is not None or row["sender_type"] != "agent":
            continue
        if not row.get("is_automatic") and row.get("is_public") is not False:
            done.append((row["sent_at"], row["message_id"], row, row.get("sender_id"), ticket.id))
    for ticket in tickets.values():
        for event in ticket.solves():
            if event.get("actor_type") == "agent":
                done.append((event["occurred_at"], event["event_id"], event, event.get("actor_id"), ticket.id))
    seen = set()
    for moment, _, row, agent, ticket_id in sorted(done, key=lambda found: found[:2]):
        person = crew.person(row["source_system"], agent, moment)
        key = (ticket_id, person, world.day(moment))
        if key not in seen and not crew.is_bot(row["source_system"], agent, moment):
            seen.add(key)
            ticket = tickets[ticket_id]
            yield moment, crew.credit(row["source_system"], agent, moment, ticket.place, ticket.group(moment)), ticket_id
