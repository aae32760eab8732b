"""What was said in a contact: the public words of customers and humans in order, and what screening found in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.oracle.contacts import Contact
from tests.oracle.crew import Crew
from tests.oracle.tickets import Ticket
from tests.oracle.turns import Conversation, spoken
from tests.oracle.world import Row, World, grouped

ADDRESS = ("_batch", "_attempt", "_page", "_position")


@dataclass(frozen=True, slots=True)
class Line:
    """One message at its place (from 1) in the chat or ticket; `markers` are those of rules about its sender, in order."""

    message: Row
    place: int
    contact: Contact | None
    contact_id: str | None
    is_screened: bool
    markers: tuple[Row, ...]

    @property
    def is_agent(self) -> bool:
        return bool(self.message["sender_type"] == "agent")

    def meant(self, kind: str) -> list[Row]:
        """Markers of a kind, neither negated nor quoted."""
        return [row for row in self.markers if row["kind"] == kind and not row["is_negated"] and not row["is_quoted"]]


@dataclass(frozen=True, slots=True)
class Thread:
    """A chat, a call with a transcript, or a ticket, with its lines."""

    source: str
    ticket: Ticket | None
    conversation: Conversation | None
    lines: tuple[Line, ...]

    @property
    def ticket_id(self) -> str | None:
        """Of a ticket, known or not."""
        row = self.lines[0].message
        found: str | None = row.get("ticket_id") if row.get("contact_id") is None else None
        return found


@dataclass(frozen=True, slots=True)
class Screening:
    """Rows of screening by the version of the message they were found in."""

    rows: dict[tuple[object, ...], list[Row]] = field(default_factory=lambda: defaultdict(list))

    def line(self, message: Row, place: int, contact: Contact | None, contact_id: str | None) -> Line:
        found = self.rows.get(_version(message, message["message_id"]), [])
        about = [row for row in found if row.get("marker_id") and row["speaker"] in ("any", message["sender_type"])]
        ordered = sorted(about, key=lambda row: (row["position"], row["rule_id"] != "identity_check"))
        return Line(message, place, contact, contact_id, bool(found), tuple(ordered))


def _version(row: Row, name: str) -> tuple[object, ...]:
    return (name, *(row.get(column) for column in ADDRESS))


def threads_of(
    world: World, crew: Crew, tickets: dict[str, Ticket], talks: Sequence[Conversation], contacts: Sequence[Contact]
) -> Iterator[Thread]:
    """Every chat, call and ticket in which a customer or human wrote."""
    screening = Screening()
    for row in world["markers"]:
        if row["subject_kind"] == "message":
            screening.rows[_version(row, row["subject_id"])].append(row)
    by_id = {contact.id: contact for contact in contacts}
    by_ticket = {talk.ticket.id: talk for talk in talks if talk.ticket is not None}
    by_chat = {talk.legs[0]["contact_id"]: talk for talk in talks if talk.legs}
    for contact_id, rows in grouped(world["messages"], "contact_id").items():
        contact = by_id.get(contact_id)
        said = spoken(crew, rows)
        lines = [screening.line(row, place, contact, contact_id) for place, row in enumerate(said, 1)]
        if lines:
            yield Thread(said[0]["source_system"], None, by_chat.get(contact_id), tuple(lines))
    on_tickets = [row for row in world["messages"] if row.get("contact_id") is None]
    for ticket_id, rows in grouped(on_tickets, "ticket_id").items():
        talk, said = by_ticket.get(ticket_id), spoken(crew, rows)
        if said:
            lines = list(_ticket_lines(screening, talk, by_id, ticket_id, said))
            yield Thread(said[0]["source_system"], tickets.get(ticket_id), talk, tuple(lines))


def _ticket_lines(
    screening: Screening, talk: Conversation | None, by_id: dict[str, Contact], ticket_id: str, said: Sequence[Row]
) -> Iterator[Line]:
    """A ticket's messages belong to the contact begun last: the customer's turn, where that is a contact."""
    begun: dict[str, Contact] = {}
    if talk is not None and talk.customer_first:
        for number, turn in enumerate(talk.turns):
            if known := by_id.get(f"{ticket_id}#{number}"):
                begun[turn.messages[0]["message_id"]] = known
    contact: Contact | None = None
    contact_id: str | None = None
    for place, row in enumerate(said, 1):
        if row["message_id"] in begun:
            contact, contact_id = begun[row["message_id"]], f"{ticket_id}#{place}"
        yield screening.line(row, place, contact, contact_id)
