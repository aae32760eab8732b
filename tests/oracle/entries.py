"""The section Queue of KPIS.md, contact by contact: from the first entry to the first human, over all queues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tests.oracle.contact_handling import came_again, starts_of
from tests.oracle.contacts import Contact
from tests.oracle.crew import Crew
from tests.oracle.legs import in_order, is_of_bot, is_offered, is_taken, is_unfinished, owner, wait, waited_until
from tests.oracle.parts import Credit, Part, about, amount, one, share, waiting
from tests.oracle.tickets import ticket_of
from tests.oracle.world import Row, World, grouped, seconds_between


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact that came to a human queue or straight to an agent."""

    place: Row  # the contact's first leg
    first: Row
    last: Row  # the offered leg that was left last
    answer: Row | None  # the leg that a human answered first
    is_unfinished: bool

    @property
    def waited(self) -> Decimal | None:
        """First entry to first human; None when nobody answered, before the entry, or nobody knows when."""
        return None if self.answer is None else self._until(self.answer)

    @property
    def given_up(self) -> Decimal | None:
        """First entry to the leaving of who left without a human; None when nobody did, or nobody knows when."""
        return self._until(self.last) if self.is_abandoned else None

    @property
    def is_abandoned(self) -> bool:
        return self.answer is None and self.last["outcome"] == "abandoned"

    @property
    def is_open(self) -> bool:
        return self.answer is None and self.is_unfinished

    def is_short(self, world: World) -> bool:
        """Left within S of the first entry, without a human."""
        on = world.day(self.first["offered_at"])
        limit = world.policy.short(self.first["channel_group"], self.first.get("queue_id"), on)
        return self.given_up is not None and self.given_up <= limit

    def _until(self, leg: Row) -> Decimal | None:
        """First entry to the end of this leg's wait."""
        waited = wait(leg)
        found = None if waited is None else seconds_between(self.first["offered_at"], leg["offered_at"]) + waited
        return None if found is None or found < 0 else found


def entries_of(world: World, crew: Crew) -> list[Entry]:
    """All contacts with an offered leg."""
    found = []
    for legs in grouped(world["contact_legs"], "contact_id").values():
        legs = in_order(legs)
        offered = [leg for leg in legs if is_offered(crew, leg)]
        if offered:
            answer = min((leg for leg in legs if _is_answer(crew, leg)), key=waited_until, default=None)
            found.append(Entry(legs[0], offered[0], sorted(offered, key=waited_until)[-1], answer, any(map(is_unfinished, legs))))
    return found


def _is_answer(crew: Crew, leg: Row) -> bool:
    """A human and the customer began to speak, whoever is still talking."""
    return is_taken(leg) and leg["outcome"] == "answered" and not is_of_bot(crew, leg)


def entry_parts(world: World, crew: Crew, contacts: list[Contact]) -> Iterator[Part]:
    """contacts_offered, service_level_contact, customer_wait, call_volume, abandon_return_rate, excluded_contacts."""
    for entry in entries_of(world, crew):
        yield from about(_entry(world, crew, entry), entry.first["contact_id"])
    for legs in grouped(world["contact_legs"], "contact_id").values():
        legs = in_order(legs)
        calls = [leg for leg in legs if leg["channel_group"] == "voice" and leg["leg_kind"] != "consult"]
        if calls:
            on, credit = world.day(calls[0]["offered_at"]), owner(crew, calls[0]).at(legs[0])
            yield from about([one("call_volume", on, credit)], calls[0]["contact_id"])
    for legs in grouped(world["excluded_legs"], "contact_id").values():
        first = in_order(legs)[0]
        yield one("excluded_contacts", world.day(first["offered_at"]), owner(crew, first))
    for row in world["excluded_tickets"]:
        yield _excluded_ticket(world, crew, row)
    yield from _returns(world, crew, contacts)


def _excluded_ticket(world: World, crew: Crew, row: Row) -> Part:
    """A spam ticket, where it was when it was created."""
    ticket = ticket_of(world, row)
    queue_id, created = ticket.group(ticket.created_at), ticket.created_at
    queue = crew.queue(queue_id, created)
    team = None if queue is None else queue.get("owner_team_id")
    return one("excluded_contacts", world.day(created), Credit(row.get("channel"), "written", queue_id, team, None))


def _entry(world: World, crew: Crew, entry: Entry) -> Iterator[Part]:
    on, credit = world.day(entry.first["offered_at"]), owner(crew, entry.first).at(entry.place)
    yield one("contacts_offered", on, credit)
    if entry.is_open:
        yield waiting("service_level_contact", on, credit)
        yield waiting("customer_wait", on, credit)
        return
    waited = entry.waited
    if waited is not None:
        yield amount("customer_wait", on, credit, waited)
    known = waited is not None or (entry.answer is None and (entry.given_up is not None or not entry.is_abandoned))
    if known and not entry.is_short(world):
        limit = world.policy.threshold(entry.first["channel_group"], entry.first.get("queue_id"), on)
        yield share("service_level_contact", on, credit, waited is not None and waited <= limit)


def _returns(world: World, crew: Crew, contacts: list[Contact]) -> Iterator[Part]:
    """Abandoned legs of identified customers, and whether that customer came again in any channel."""
    starts, window = starts_of(contacts), world.policy.return_window
    person_of = {contact.id: contact.person for contact in contacts}
    for leg in world["contact_legs"]:
        if not is_offered(crew, leg) or leg["outcome"] != "abandoned":
            continue
        person, ended = person_of[leg["contact_id"]], leg.get("ended_at") or (None if wait(leg) is None else waited_until(leg))
        if person is None or ended is None:
            continue
        part = waiting("abandon_return_rate", world.day(leg["offered_at"]), owner(crew, leg))
        if world.passed(ended, window, leg["source_system"]):
            again = came_again(starts, person, leg["contact_id"], ended, window)
            part = share(part.kpi, part.on, part.credit, again)
        yield from about([part], leg["contact_leg_id"], leg["contact_id"])
