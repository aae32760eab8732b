"""Customer turns and the replies to them, in chats and on tickets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.crew import Crew
from tests.oracle.legs import credited_at, in_order, is_for_human
from tests.oracle.parts import Credit
from tests.oracle.tickets import Ticket
from tests.oracle.world import Row, World, grouped, in_time


@dataclass(frozen=True, slots=True)
class Turn:
    """'The customer's consecutive messages since the last human reply', and that reply."""

    start: datetime
    messages: tuple[Row, ...]
    reply: Row | None

    @property
    def is_closing_only(self) -> bool:
        """Nothing but thanks and the like."""
        return all(message.get("text_is_closing_only") for message in self.messages)

    def deadline(self, close: datetime | None, window: int) -> datetime:
        """When it is decided whether there was a reply: at the close or when the window ends."""
        limit = self.start + timedelta(seconds=window)
        return limit if close is None else min(close, limit)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One chat contact or one ticket: its turns, its close, and who held it when."""

    source: str
    place: Row
    turns: tuple[Turn, ...]
    legs: tuple[Row, ...]
    human: tuple[Row, ...]
    ticket: Ticket | None
    customer_first: bool

    @property
    def id(self) -> str:
        """The contact's or the ticket's."""
        return str(self.legs[0]["contact_id"]) if self.ticket is None else self.ticket.id

    def close(self, start: datetime) -> datetime | None:
        """The close at or after a moment, if there was one."""
        if self.ticket is not None:
            return self.ticket.closed_after(start)
        if any(leg["outcome"] == "open" or leg.get("ended_at") is None for leg in self.legs):
            return None
        end: datetime = max(leg["ended_at"] for leg in self.legs)
        return end if end >= start else None

    def _leg(self, moment: datetime) -> Row:
        offered = [leg for leg in self.human if leg["offered_at"] <= moment]
        return offered[-1] if offered else self.human[0]

    def queue(self, moment: datetime) -> str | None:
        """Queue of the latest human leg by then, or the ticket's group then."""
        found: str | None = self._leg(moment).get("queue_id") if self.ticket is None else self.ticket.group(moment)
        return found

    def holder(self, crew: Crew, moment: datetime) -> str | None:
        """The agent who had taken the latest human leg by then, or whose login the ticket's assignee was then."""
        if self.ticket is not None:
            return crew.person(self.source, self.ticket.assignee(moment), moment)
        leg = self._leg(moment)
        return crew.person(self.source, leg.get("agent_id"), credited_at(leg))

    def credit_reply(self, crew: Crew, reply: Row) -> Credit:
        moment = reply["sent_at"]
        return crew.credit(self.source, reply.get("sender_id"), moment, self.place, self.queue(moment))

    def credit_holder(self, crew: Crew, moment: datetime) -> Credit:
        person = self.holder(crew, moment)
        return Credit(self.place["channel"], self.place["channel_group"], self.queue(moment), crew.team(person, moment), person)


def spoken(crew: Crew, messages: list[Row]) -> list[Row]:
    """In order, without bot, system, automatic and private messages."""

    def counts(message: Row) -> bool:
        if message.get("is_automatic") or message.get("is_public") is False:
            return False
        if message["sender_type"] == "agent":
            return not crew.is_bot(message["source_system"], message.get("sender_id"), message["sent_at"])
        return bool(message["sender_type"] == "customer")

    return sorted(filter(counts, messages), key=lambda message: in_time(message, "sent_at", "message_id"))


def turns_of(messages: list[Row], hand_over: datetime | None) -> Iterator[Turn]:
    """Cut spoken messages into turns; a turn begun before the hand-over starts at the hand-over."""
    said: list[Row] = []
    for message in [*messages, None]:
        if message is not None and message["sender_type"] == "customer":
            said.append(message)
        elif said:
            first: datetime = said[0]["sent_at"]
            yield Turn(first if hand_over is None else max(first, hand_over), tuple(said), message)
            said = []


def conversations(world: World, crew: Crew, tickets: dict[str, Ticket]) -> list[Conversation]:
    """All chats with messages and a human leg, and all tickets with messages."""
    by_contact = grouped(world["messages"], "contact_id")
    on_tickets = grouped([row for row in world["messages"] if row.get("contact_id") is None], "ticket_id")
    chats = [leg for leg in world["contact_legs"] if leg["channel_group"] in ("chat", "written")]
    found = []
    for contact_id, legs in grouped(chats, "contact_id").items():
        legs = in_order(legs)
        human = tuple(leg for leg in legs if is_for_human(crew, leg))
        messages = spoken(crew, by_contact.get(contact_id, []))
        if human and messages:
            turns = tuple(turns_of(messages, human[0]["offered_at"]))
            found.append(Conversation(legs[0]["source_system"], legs[0], turns, tuple(legs), human, None, True))
    for ticket_id, rows in on_tickets.items():
        messages, ticket = spoken(crew, rows), tickets.get(ticket_id)
        if ticket is not None and messages:
            first = messages[0]["sender_type"] == "customer"
            turns = tuple(turns_of(messages, None))
            found.append(Conversation(ticket.row["source_system"], ticket.place, turns, (), (), ticket, first))
    return found
