"""Contacts: a call or chat with its legs, and each customer turn of a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.oracle.crew import Crew
from tests.oracle.identity import Persons
from tests.oracle.legs import (
    OFFERED_KINDS,
    handler,
    in_order,
    is_handled,
    is_inbound,
    is_short,
    is_taken_by_bot,
)
from tests.oracle.parts import Credit
from tests.oracle.response_kpis import is_replied
from tests.oracle.tickets import Ticket
from tests.oracle.turns import Conversation, Turn
from tests.oracle.world import Row, World, grouped


@dataclass(frozen=True, slots=True)
class Handling:
    """One stretch of human work: who is credited, and when it was over (for "the last")."""

    credit: Credit
    over_at: datetime
    rank: int  # at the same moment a solve is later than a reply, a reply later than a leg
    id: str

    @property
    def order(self) -> tuple[datetime, int, int, str]:
        """At the same moment replies and solves by id, a shorter one first, as everywhere; legs by id alone."""
        return (self.over_at, self.rank, len(self.id) if self.rank else 0, self.id)


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact. `end` None: not over yet. `reached`: it came to a human queue and was no short abandon."""

    id: str
    source: str
    place: Row
    start: datetime
    end: datetime | None
    person: str | None
    topic: str | None
    ticket_id: str | None
    is_inbound: bool
    reached: bool
    is_resolved: bool | None
    last_queue: str | None
    handlings: tuple[Handling, ...]
    legs: tuple[Row, ...]
    window: Decimal

    @property
    def subject(self) -> str | None:
        """What an adjustment names: its id; of a written contact its ticket."""
        return self.id if self.legs else self.ticket_id

    @property
    def last(self) -> Handling | None:
        return max(self.handlings, key=lambda handling: handling.order, default=None)

    @property
    def credit(self) -> Credit | None:
        """That of the last handling, in the contact's channel."""
        return None if self.last is None else self.last.credit.at(self.place)


def last_known(legs: Sequence[Row], name: str) -> Any:
    """The last leg's value that is not null."""
    return next((leg[name] for leg in reversed(legs) if leg.get(name) is not None), None)


def contacts_of(world: World, crew: Crew, persons: Persons, found: list[Conversation]) -> list[Contact]:
    """Every contact of the world."""
    legged = grouped(world["contact_legs"], "contact_id").items()
    calls = [_of_legs(world, crew, persons, contact_id, in_order(legs)) for contact_id, legs in legged]
    written = [
        _of_turn(world, crew, persons, conversation, conversation.ticket, turn, number)
        for conversation in found
        if conversation.ticket is not None and conversation.customer_first
        for number, turn in enumerate(conversation.turns)
        if is_replied(world, conversation, turn) or not turn.is_closing_only
    ]
    return sorted([*calls, *written], key=lambda contact: (contact.start, contact.id))


def _of_legs(world: World, crew: Crew, persons: Persons, contact_id: str, legs: list[Row]) -> Contact:
    handled = [leg for leg in legs if is_handled(crew, leg)]
    work = [Handling(handler(crew, leg), leg["ended_at"], 0, leg["contact_leg_id"]) for leg in handled]
    is_over = all(leg["outcome"] != "open" and leg.get("ended_at") is not None for leg in legs)
    known = [person for leg in legs if (person := persons.person(leg)) is not None]
    last_queue = max(handled, key=lambda leg: (leg["ended_at"], leg["contact_leg_id"]), default={}).get("queue_id")
    resolved, topic, ticket = (last_known(legs, name) for name in ("is_resolved", "topic", "ticket_id"))
    end = max(leg["ended_at"] for leg in legs) if is_over else None
    seen = max(leg.get("ended_at") or leg["offered_at"] for leg in legs)
    return Contact(
        id=contact_id,
        source=legs[0]["source_system"],
        place=legs[0],
        start=legs[0]["offered_at"],
        end=end,
        person=known[-1] if known else None,
        topic=None if topic is None else str(topic),
        ticket_id=None if ticket is None else str(ticket),
        is_inbound=any(map(is_inbound, legs)),
        reached=any(_reaches(world, crew, leg) for leg in legs),
        is_resolved=None if resolved is None else bool(resolved),
        last_queue=last_queue,
        handlings=tuple(work),
        legs=tuple(legs),
        window=world.policy.repeat_window(last_queue, legs[0]["channel_group"], world.day(end or seen)),
    )


def _reaches(world: World, crew: Crew, leg: Row) -> bool:
    """FCR: 'reached a human queue (answered, or abandoned > S)'."""
    if leg["leg_kind"] not in OFFERED_KINDS or not is_inbound(leg) or is_taken_by_bot(crew, leg):
        return False
    return leg["outcome"] == "answered" or (leg["outcome"] == "abandoned" and not is_short(world, leg))


def _of_turn(
    world: World, crew: Crew, persons: Persons, conversation: Conversation, ticket: Ticket, turn: Turn, number: int
) -> Contact:
    reply = turn.reply if is_replied(world, conversation, turn) else None
    end = turn.messages[-1]["sent_at"] if reply is None else reply["sent_at"]
    queue = conversation.queue(end)
    work = () if reply is None else (Handling(conversation.credit_reply(crew, reply), end, 1, reply["message_id"]),)
    return Contact(
        id=f"{ticket.id}#{number}",
        source=conversation.source,
        place=conversation.place,
        start=turn.start,
        end=end,
        person=persons.person(ticket.row),
        topic=ticket.row.get("topic"),
        ticket_id=ticket.id,
        is_inbound=True,
        reached=True,
        is_resolved=None,
        last_queue=queue if work else None,
        handlings=work,
        legs=(),
        window=world.policy.repeat_window(queue if work else None, conversation.place["channel_group"], world.day(end)),
    )
