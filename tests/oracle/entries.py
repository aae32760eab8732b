"""The section Queue of KPIS.md, contact by contact: from the first entry to the first human, over all queues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tests.oracle.contact_handling import came_again, starts_of
from tests.oracle.contacts import Contact
from tests.oracle.crew import Crew
from tests.oracle.identity import Persons
from tests.oracle.legs import HUMAN_KINDS, in_order, is_offered, is_short, owner, wait
from tests.oracle.parts import Credit, Part, about, amount, one, share, waiting
from tests.oracle.tickets import ticket_of
from tests.oracle.world import Row, World, grouped, seconds_between


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact that came to a human queue or straight to an agent."""

    first: Row
    legs: tuple[Row, ...]
    answered_at: datetime | None

    @property
    def waited(self) -> Decimal | None:
        """First entry to first human; None when nobody answered, or before the entry."""
        if self.answered_at is None or self.answered_at < self.first["offered_at"]:
            return None
        return seconds_between(self.first["offered_at"], self.answered_at)

    @property
    def is_timeless(self) -> bool:
        """Answered or left, but nobody knows when."""
        last = self.legs[-1]
        if self.answered_at is None and any(leg["outcome"] == "answered" and leg.get("answered_at") is None for leg in self.legs):
            return True
        return self.answered_at is None and last["outcome"] == "abandoned" and wait(last) is None

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and any(leg["outcome"] == "open" for leg in self.legs)

    def is_short(self, world: World) -> bool:
        """Left within S of the first entry, without a human."""
        last = self.legs[-1]
        if self.answered_at is not None or last["outcome"] != "abandoned":
            return False
        if len(self.legs) == 1:
            return is_short(world, last)
        ended = last.get("ended_at")
        on = world.day(self.first["offered_at"])
        limit = world.policy.short(self.first["channel_group"], self.first.get("queue_id"), on)
        return ended is not None and 0 <= seconds_between(self.first["offered_at"], ended) <= limit


def entries_of(world: World, crew: Crew) -> list[Entry]:
    """All contacts with an offered leg."""
    found = []
    for legs in grouped(world["contact_legs"], "contact_id").values():
        legs = in_order(legs)
        offered = tuple(leg for leg in legs if is_offered(leg))
        if offered:
            answers = [leg["answered_at"] for leg in legs if _is_answer(crew, leg)]
            found.append(Entry(offered[0], offered, min(answers, default=None)))
    return found


def _is_answer(crew: Crew, leg: Row) -> bool:
    """A human and the customer began to speak, whoever is still talking."""
    human = leg["leg_kind"] in HUMAN_KINDS and (leg["leg_kind"] in ("transfer", "callback") or leg.get("direction") != "outbound")
    if not human or leg["outcome"] != "answered" or leg.get("answered_at") is None:
        return False
    return not crew.is_bot(leg["source_system"], leg.get("agent_id"), leg["answered_at"])


def entry_parts(world: World, crew: Crew, persons: Persons, contacts: list[Contact]) -> Iterator[Part]:
    """contacts_offered, service_level_contact, customer_wait, call_volume, abandon_return_rate, excluded_contacts."""
    for entry in entries_of(world, crew):
        yield from about(_entry(world, crew, entry), entry.first["contact_id"])
    for legs in grouped(world["contact_legs"], "contact_id").values():
        calls = [leg for leg in in_order(legs) if leg["channel_group"] == "voice" and leg["leg_kind"] != "consult"]
        if calls:
            yield from about(
                [one("call_volume", world.day(calls[0]["offered_at"]), owner(crew, calls[0]))], calls[0]["contact_id"]
            )
    for legs in grouped(world["excluded_legs"], "contact_id").values():
        first = in_order(legs)[0]
        yield one("excluded_contacts", world.day(first["offered_at"]), owner(crew, first))
    for row in world["excluded_tickets"]:
        yield _excluded_ticket(world, crew, row)
    yield from _returns(world, crew, persons, contacts)


def _excluded_ticket(world: World, crew: Crew, row: Row) -> Part:
    """A spam ticket, where it was when it was created."""
    ticket = ticket_of(world, row)
    queue_id, created = ticket.group(ticket.created_at), ticket.created_at
    queue = crew.queue(queue_id, created)
    team = None if queue is None else queue.get("owner_team_id")
    return one("excluded_contacts", world.day(created), Credit(row.get("channel"), "written", queue_id, team, None))


def _entry(world: World, crew: Crew, entry: Entry) -> Iterator[Part]:
    on, credit = world.day(entry.first["offered_at"]), owner(crew, entry.first)
    yield one("contacts_offered", on, credit)
    if entry.is_open:
        yield waiting("service_level_contact", on, credit)
        yield waiting("customer_wait", on, credit)
        return
    waited = entry.waited
    if waited is not None:
        yield amount("customer_wait", on, credit, waited)
    known = waited is not None or (entry.answered_at is None and not entry.is_timeless)
    if known and not entry.is_short(world):
        limit = world.policy.threshold(entry.first["channel_group"], entry.first.get("queue_id"), on)
        yield share("service_level_contact", on, credit, waited is not None and waited <= limit)


def _returns(world: World, crew: Crew, persons: Persons, contacts: list[Contact]) -> Iterator[Part]:
    """Abandoned legs of identified customers, and whether that customer came again in any channel."""
    starts, window = starts_of(contacts), world.policy.return_window
    for leg in world["contact_legs"]:
        if not is_offered(leg) or leg["outcome"] != "abandoned" or leg.get("ended_at") is None:
            continue
        person, ended = persons.person(leg), leg["ended_at"]
        if person is None:
            continue
        part = waiting("abandon_return_rate", world.day(leg["offered_at"]), owner(crew, leg))
        if world.passed(ended, window, leg["source_system"]):
            again = came_again(starts, person, leg["contact_id"], ended, window)
            part = share(part.kpi, part.on, part.credit, again)
        yield from about([part], leg["contact_leg_id"], leg["contact_id"])
