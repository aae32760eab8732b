"""The ticket desk: replies, escalations, merges, reopens, follow-ups, deletions, closing by automation."""

import itertools
from dataclasses import dataclass, field
from random import Random

from sandbox import texts
from sandbox.clock import DAY, HOUR, MINUTE
from sandbox.people import Agent, Person, Roster
from sandbox.staffing import Rota
from sandbox.truth import Issue, TicketStory

FIRST_LINE, EXPERTS, COMPLAINTS = 3_800_000_000_001, 3_800_000_000_002, 3_800_000_000_003
GROUPS = {FIRST_LINE: "一线工单", EXPERTS: "专家支持", COMPLAINTS: "投诉处理"}
KINDS_OF_GROUP = {FIRST_LINE: ("ticket",), EXPERTS: ("expert",), COMPLAINTS: ("ticket",)}
CLOSE_AFTER = 4 * DAY
SYSTEM = -1


@dataclass(slots=True)
class Audit:
    """One update: what changed at once, by whom. `author` is an agent id, "requester" or "system".

    `merged` says of a merge which ticket came in ("from") or took this one in ("to").
    """

    at: int
    author: str
    changes: list[tuple[str, object]]
    comment: tuple[str, bool] | None = None
    via: str = "Web form"
    audit_id: int = 0
    merged: "tuple[str, Ticket] | None" = None


@dataclass(slots=True)
class Rating:
    """A satisfaction survey: sent, and perhaps answered good or bad."""

    rating_id: int
    sent_at: int
    answered_at: int | None
    is_good: bool
    comment: str
    assignee_id: str


@dataclass(slots=True)
class Ticket:
    """A ticket with everything that will ever happen to it. Values of group_id are ids, of assignee_id our agent ids."""

    person: Person
    issue: Issue
    channel: str
    audits: list[Audit]
    ticket_id: int = 0
    touches: list[int] = field(default_factory=list)
    deleted_at: int | None = None
    merged_into: "Ticket | None" = None
    followup_of: "Ticket | None" = None
    rating: Rating | None = None
    escalated_at: int | None = None
    is_resolved: bool = False

    @property
    def created_at(self) -> int:
        return self.audits[0].at

    def value(self, name: str, at: int) -> object:
        """What a field held at a moment."""
        found: object = None
        for audit in self.audits:
            if audit.at > at:
                break
            for changed, value in audit.changes:
                if changed == name:
                    found = value
        return found


@dataclass(slots=True)
class TicketDesk:
    """Plays tickets to their end."""

    rota: Rota
    roster: Roster
    rng: Random
    tickets: list[Ticket] = field(default_factory=list)

    def receive(
        self, at: int, person: Person, issue: Issue, followup_of: Ticket | None = None, twin: Ticket | None = None
    ) -> Ticket:
        """A new ticket, played to its end; it may bring a follow-up, or a duplicate (`twin` is what it repeats) with it."""
        rng = self.rng
        group = COMPLAINTS if issue.topic == "complaint" else FIRST_LINE
        priority = rng.choices(("low", "normal", "high", "urgent"), (15, 60, 18, 7))[0]
        channel = rng.choices(("email", "web", "mobile"), (50, 35, 15))[0] if person.email else "web"
        changes: list[tuple[str, object]] = [
            ("status", "new"),
            ("group_id", group),
            ("priority", priority),
            ("tags", (issue.topic, person.language)),
        ]
        comment = (texts.ASKS[issue.topic][person.language == "en"], True)
        ticket = Ticket(
            person,
            issue,
            channel,
            [Audit(at, "requester", changes, comment, "Mail" if channel == "email" else "Web form")],
        )
        ticket.followup_of = followup_of
        self.tickets.append(ticket)
        if twin is not None and self._merge(ticket, twin, at):
            return ticket
        self._work(ticket, group)
        if followup_of is None and twin is None and rng.random() < 0.03:
            self.receive(at + rng.randint(MINUTE, 20 * MINUTE), person, issue, twin=ticket)
        return ticket

    def _merge(self, ticket: Ticket, other: Ticket, at: int) -> bool:
        """Folds a duplicate into the person's other ticket, if that one is still open then."""
        moment = at + self.rng.randint(5 * MINUTE, 2 * HOUR)
        agent = self._somebody(("ticket",), moment)
        if agent is None or other.value("status", moment) in ("solved", "closed") or other.deleted_at is not None:
            return False
        tags = (ticket.issue.topic, ticket.person.language, "closed_by_merge")
        changes: list[tuple[str, object]] = [("status", "closed"), ("assignee_id", agent.agent_id), ("tags", tags)]
        closing, taking = (
            ("This request was closed and merged into another request.", False),
            ("Another request was closed and merged into this request.", False),
        )
        ticket.audits.append(Audit(moment, agent.agent_id, changes, closing, merged=("to", other)))
        other.audits.append(Audit(moment, agent.agent_id, [], taking, merged=("from", ticket)))
        other.audits.sort(key=lambda audit: audit.at)
        ticket.merged_into = other
        return True

    def _somebody(self, kinds: tuple[str, ...], at: int) -> Agent | None:
        duties = self.rota.on_duty(kinds, at)
        return self.rng.choice(duties).agent if duties else None

    def _attend(self, at: int, kinds: tuple[str, ...], delay: float) -> tuple[int, Agent] | None:
        """When somebody of these teams gets to it, and who; None when that lies beyond the plan."""
        moment = at + max(60, int(self.rng.lognormvariate(delay, 0.9)))
        agent = self._somebody(kinds, moment)
        if agent is None:
            duty = self.rota.next_duty(kinds, moment)
            if duty is None:
                return None
            return duty.starts_at + self.rng.randint(60, 5_400), duty.agent
        return moment, agent

    def _work(self, ticket: Ticket, group: int) -> None:
        rng, now, language = self.rng, ticket.created_at, ticket.person.language
        if rng.random() < 0.015:
            ticket.deleted_at = now + rng.randint(10 * MINUTE, DAY)
            return
        for turn in range(6):
            found = self._attend(now, KINDS_OF_GROUP[group], 7.3 if turn == 0 else 7.8)
            if found is None:
                return
            now, agent = found
            if turn < 2 and group != EXPERTS and rng.random() < 0.09:
                group = EXPERTS
                ticket.escalated_at = now
                changes: list[tuple[str, object]] = [("group_id", EXPERTS), ("assignee_id", None), ("status", "open")]
                ticket.audits.append(Audit(now, agent.agent_id, changes, (texts.NOTES[language], False)))
                continue
            if rng.random() < 0.55 or turn == 5:
                self._solve(ticket, now, agent)
                return
            state = rng.choices(("pending", "open", "hold"), (75, 18, 7))[0]
            line = rng.choice(texts.REPLIES[language])
            ticket.audits.append(Audit(now, agent.agent_id, [("assignee_id", agent.agent_id), ("status", state)], (line, True)))
            now += int(rng.lognormvariate(8.5, 1.2))
            ticket.audits.append(Audit(now, "requester", [("status", "open")], (rng.choice(texts.MORE[language]), True), "Mail"))

    def _solve(self, ticket: Ticket, now: int, agent: Agent) -> None:
        rng, language = self.rng, ticket.person.language
        silent = rng.random() < 0.1 and len(ticket.audits) > 1
        comment = None if silent else (rng.choice(texts.REPLIES[language]), True)
        ticket.audits.append(Audit(now, agent.agent_id, [("assignee_id", agent.agent_id), ("status", "solved")], comment))
        ticket.is_resolved = rng.random() < 0.85
        solved = now
        if not ticket.is_resolved and rng.random() < 0.5:
            now += rng.randint(30 * MINUTE, 3 * DAY)
            line = rng.choice(texts.ANGRY[language])
            ticket.audits.append(Audit(now, "requester", [("status", "open")], (line, True), "Mail"))
            if (again := self._attend(now, ("ticket",), 8.0)) is None:
                return
            solved, agent = again
            changes: list[tuple[str, object]] = [("assignee_id", agent.agent_id), ("status", "solved")]
            ticket.audits.append(Audit(solved, agent.agent_id, changes, (rng.choice(texts.REPLIES[language]), True)))
            ticket.is_resolved = rng.random() < 0.9
        elif rng.random() < 0.03:
            now += rng.randint(5 * MINUTE, 10 * HOUR)
            ticket.audits.append(Audit(now, "requester", [("status", "open")], (texts.CLOSINGS[language][0], True), "Mail"))
            if (again := self._attend(now, ("ticket",), 8.0)) is None:
                return
            solved = again[0]
            ticket.audits.append(Audit(solved, again[1].agent_id, [("status", "solved")]))
        self._aftermath(ticket, solved, agent)

    def _aftermath(self, ticket: Ticket, solved: int, agent: Agent) -> None:
        rng, closed = self.rng, solved + CLOSE_AFTER
        ticket.audits.append(Audit(closed, "system", [("status", "closed")], None, "Rule"))
        if rng.random() < 0.8:
            sent = solved + DAY
            good = rng.random() < (0.88 if ticket.is_resolved else 0.35)
            answered = sent + rng.randint(MINUTE, 2 * DAY) if rng.random() < 0.4 else None
            ticket.rating = Rating(0, sent, answered, good, rng.choice(texts.FEEDBACK[good]), agent.agent_id)
            ticket.touches += [sent] if answered is None else [sent, answered]
        if not ticket.is_resolved and rng.random() < 0.4 and ticket.followup_of is None:
            following = closed + rng.randint(HOUR, 3 * DAY)
            ticket.touches.append(following)
            self.receive(following, ticket.person, ticket.issue, ticket)


def part_with(agent: Agent, heir: Agent, tickets: list[Ticket]) -> None:
    """When an agent leaves, what is still theirs goes to another assignee."""
    if agent.left_at is None:
        return
    for ticket in tickets:
        if ticket.created_at >= agent.left_at or ticket.deleted_at is not None:
            continue
        status, holder = ticket.value("status", agent.left_at), ticket.value("assignee_id", agent.left_at)
        if holder == agent.agent_id and status != "closed":
            ticket.audits.append(Audit(agent.left_at, "system", [("assignee_id", heir.agent_id)], None, "Web service"))
            ticket.audits.sort(key=lambda audit: audit.at)


def number_all(tickets: list[Ticket]) -> None:
    """Gives tickets, audits and ratings their ids, in the order they came to be."""
    tickets.sort(key=lambda ticket: ticket.created_at)
    for number, ticket in enumerate(tickets, start=1):
        ticket.ticket_id = number
    audits = sorted((audit.at, ticket.ticket_id, place) for ticket in tickets for place, audit in enumerate(ticket.audits))
    for position, (_, ticket_id, place) in enumerate(audits):
        tickets[ticket_id - 1].audits[place].audit_id = 4_000_000_000_000 + 20 * position
    rated = [ticket.rating for ticket in tickets if ticket.rating is not None]
    for number, rating in enumerate(sorted(rated, key=lambda rating: rating.sent_at), start=1):
        rating.rating_id = 3_900_000_000_000 + number


def story(ticket: Ticket) -> TicketStory:
    """The truth about a ticket."""
    human = [audit for audit in ticket.audits if audit.author not in ("requester", "system")]
    replies = tuple((audit.at, audit.author) for audit in human if audit.comment is not None and audit.comment[1])
    statuses = [(audit.at, audit.author, value) for audit in ticket.audits for name, value in audit.changes if name == "status"]
    reopened = [now[0] for before, now in itertools.pairwise(statuses) if before[2] == "solved" and now[2] == "open"]
    return TicketStory(
        ticket.ticket_id,
        ticket.issue,
        ticket.created_at,
        ticket.channel,
        replies[0][0] if replies else None,
        replies[0][1] if replies else None,
        replies,
        tuple((at, author) for at, author, value in statuses if value == "solved"),
        tuple(reopened),
        ticket.merged_into.ticket_id if ticket.merged_into else None,
        ticket.followup_of.ticket_id if ticket.followup_of else None,
        ticket.deleted_at,
        ticket.escalated_at,
        ticket.is_resolved,
    )
