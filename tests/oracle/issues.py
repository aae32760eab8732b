"""Issues: a ticket's family with all contacts naming it, or contacts of one person and topic close together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.contacts import Contact, Handling
from tests.oracle.crew import Crew
from tests.oracle.legs import in_order
from tests.oracle.parts import Credit
from tests.oracle.tickets import SOLVED, Ticket
from tests.oracle.turns import spoken
from tests.oracle.world import Row, World, grouped, seconds_between


@dataclass(frozen=True, slots=True)
class Issue:
    """`handlings` are all of the issue's, in order; the state is asked at `judged_at` = received_at + R (`window`, that of the
    queue it was received in)."""

    id: str
    source: str
    received_at: datetime
    judged_at: datetime
    window: int
    place: Row
    queue_id: str | None
    tickets: tuple[Ticket, ...]
    contacts: tuple[Contact, ...]
    handlings: tuple[Handling, ...]

    def handled_by(self, moment: datetime) -> list[Handling]:
        return [handling for handling in self.handlings if handling.over_at <= moment]

    def is_solved(self) -> bool | None:
        """Solved at R; None when nothing tells."""
        return tickets_solved(self.tickets, self.judged_at) if self.tickets else self._legs_solved()

    def _legs_solved(self) -> bool | None:
        told = self.told(self.judged_at)
        return bool(told[-1]["is_resolved"]) if told else None

    def told(self, moment: datetime) -> list[Row]:
        """The legs, over by then, that say whether it was resolved, in order."""
        legs = [leg for contact in self.contacts for leg in contact.legs]
        told = [leg for leg in legs if leg.get("is_resolved") is not None and leg.get("ended_at") is not None]
        return in_order([leg for leg in told if leg["ended_at"] <= moment])

    def credit(self) -> Credit:
        """The last who handled or solved it by R; nobody: the queue alone."""
        handled = self.handled_by(self.judged_at)
        if handled:
            last = handled[-1].credit
            return Credit(self.place["channel"], self.place["channel_group"], last.queue_id, last.team_id, last.agent_id)
        return Credit(self.place["channel"], self.place["channel_group"], self._queue(), None, None)

    def _queue(self) -> str | None:
        if self.tickets:
            found: str | None = self.tickets[0].group(self.judged_at)
            return found
        legs = [leg for contact in self.contacts for leg in contact.legs if leg["offered_at"] <= self.judged_at]
        return in_order(legs)[-1].get("queue_id") if legs else None


def tickets_solved(tickets: Iterable[Ticket], moment: datetime) -> bool | None:
    live = [ticket for ticket in tickets if ticket.created_at <= moment and not ticket.is_gone(moment)]
    states = [ticket.status(moment) for ticket in live]
    if any(state is not None and state not in SOLVED for state in states):
        return False
    if None in states:
        return None
    return bool(states)


def roots(tickets: dict[str, Ticket]) -> dict[str, str]:
    """Each ticket's issue: merged ones under the survivor, a follow-up under its origin, transitively."""
    found = {}
    for ticket_id in tickets:
        root, seen = ticket_id, {ticket_id}
        while root in tickets:
            row = tickets[root].row
            above = row.get("merged_into_id") or row.get("followup_of_id")
            if above is None or above in seen:
                break
            root = above
            seen.add(root)
        found[ticket_id] = root
    return found


def issues_of(world: World, crew: Crew, tickets: dict[str, Ticket], contacts: list[Contact]) -> list[Issue]:
    """Every issue of the world."""
    root = roots(tickets)
    families: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets.values():
        families[root[ticket.id]].append(ticket)
    named: dict[str, list[Contact]] = defaultdict(list)
    loose = []
    for contact in contacts:
        if contact.ticket_id is not None:
            named[root.get(contact.ticket_id, contact.ticket_id)].append(contact)
        elif contact.is_inbound:
            loose.append(contact)
    replies = grouped([row for row in world["messages"] if row.get("contact_id") is None], "ticket_id")
    found = []
    for issue_id in sorted({*families, *named}):
        family = sorted(families[issue_id], key=lambda ticket: (ticket.id != issue_id, ticket.created_at, ticket.id))
        inbound = [contact for contact in named[issue_id] if contact.is_inbound]
        if family or inbound:
            found.append(_issue(world, crew, issue_id, family, named[issue_id], replies))
    for group in _groups(world, loose):
        found.append(_issue(world, crew, group[0].id, [], group, {}))
    return found


def _groups(world: World, loose: list[Contact]) -> list[list[Contact]]:
    """Contacts without a ticket: of one person and topic, each within W of the previous; of nobody known: alone."""
    groups: list[list[Contact]] = []
    latest: dict[tuple[str, str | None], list[Contact]] = {}
    for contact in loose:
        key = (contact.person or "", contact.topic)
        group = latest.get(key) if contact.person is not None else None
        if group is not None and _gap_is_short(group[-1], contact):
            group.append(contact)
        else:
            latest[key] = [contact]
            groups.append(latest[key])
    return groups


def _gap_is_short(previous: Contact, contact: Contact) -> bool:
    """Within W, the previous contact's."""
    end = previous.end or max(leg.get("ended_at") or leg["offered_at"] for leg in previous.legs)
    return seconds_between(end, contact.start) <= previous.window


def _issue(
    world: World,
    crew: Crew,
    issue_id: str,
    family: list[Ticket],
    contacts: list[Contact],
    replies: dict[str, list[Row]],
) -> Issue:
    inbound = [contact for contact in contacts if contact.is_inbound]
    place = inbound[0].place if inbound else family[0].place
    queue = _received_in(family, inbound)
    received = min([ticket.created_at for ticket in family] + [contact.start for contact in inbound])
    window = world.policy.resolution_window(queue, place["channel_group"], world.day(received))
    work = [handling for contact in contacts if contact.legs for handling in contact.handlings]
    for ticket in family:
        work += _on_ticket(crew, ticket, replies.get(ticket.id, []))
    return Issue(
        id=issue_id,
        source=family[0].row["source_system"] if family else inbound[0].source,
        received_at=received,
        judged_at=received + timedelta(seconds=window),
        window=window,
        place=place,
        queue_id=queue,
        tickets=tuple(family),
        contacts=tuple(contacts),
        handlings=tuple(sorted(work, key=lambda handling: handling.order)),
    )


def _received_in(family: list[Ticket], inbound: list[Contact]) -> str | None:
    """The first contact's first queue; of a written contact, or without any, the queue that its ticket tells, else the
    ticket's first group."""
    found: str | None
    if inbound and inbound[0].legs:
        found = inbound[0].legs[0].get("queue_id")
        return found
    own = {ticket.id: ticket for ticket in family}
    ticket = own[inbound[0].ticket_id or ""] if inbound else family[0]
    found = ticket.row.get("queue_id") or ticket.group(ticket.created_at)
    return found


def _on_ticket(crew: Crew, ticket: Ticket, messages: list[Row]) -> list[Handling]:
    """Work on a ticket: manual public human replies, and solves by an agent."""
    source = ticket.row["source_system"]

    def credit(agent: str | None, moment: datetime) -> Credit:
        return crew.credit(source, agent, moment, ticket.place, ticket.group(moment))

    work = [
        Handling(credit(message.get("sender_id"), message["sent_at"]), message["sent_at"], 1, message["message_id"])
        for message in spoken(crew, messages)
        if message["sender_type"] == "agent"
    ]
    for event in ticket.solves():
        moment, actor = event["occurred_at"], event.get("actor_id")
        if event.get("actor_type") == "agent" and actor is not None and not crew.is_bot(source, actor, moment):
            work.append(Handling(credit(actor, moment), moment, 2, event["event_id"]))
    return work
