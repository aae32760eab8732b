"""One simulated world, and the truth about it."""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

from sandbox import texts
from sandbox.chat import APP_INBOX, WEB_INBOX, ChatRoom, Conversation
from sandbox.clock import DAY, HOUR, MINUTE, Days, arrivals
from sandbox.dirt import DIRT
from sandbox.manners import Manners
from sandbox.orders import Order, Shopping
from sandbox.people import Person, Roster, hire, invent_people
from sandbox.phone import Switchboard
from sandbox.staffing import Rota, draw_rota
from sandbox.tickets import Ticket, TicketDesk, number_all, part_with, story
from sandbox.truth import HotlineCall, Issue, Survey, Truth

HOTLINE_QUEUES = ("合作一线", "合作二线")
SHUT = 0.98
"""How often the chat is shut while nobody is there for it; who would chat then writes a ticket."""
BROWSING, AFTER_SALES_ORDERS = 0.03, 0.25
"""How often somebody buys without having asked, per contact; how often a contact after a sale names its order."""


@dataclass(slots=True)
class World:
    """A shop's customer service over some days: deterministic, the same for the same arguments.

    `days` local days from `first_day`, about `contacts_per_day` contacts each: 62.5 % calls, 15 % chats (at night mostly
    tickets instead), 20 % tickets, the rest on a partner's hotline. `dirt` names kinds of damage (`sandbox.dirt.DIRT`) done to what is written out; the truth
    is never damaged. Raises `ValueError` for an unknown kind of dirt or an empty world.
    """

    seed: int
    first_day: date
    days: int
    contacts_per_day: int
    timezone: str = "Asia/Shanghai"
    dirt: frozenset[str] = frozenset()
    truth: Truth = field(init=False, repr=False)
    calendar: Days = field(init=False, repr=False)
    roster: Roster = field(init=False, repr=False)
    rota: Rota = field(init=False, repr=False)
    tickets: list[Ticket] = field(init=False, repr=False)
    conversations: list[Conversation] = field(init=False, repr=False)
    orders: list[Order] = field(init=False, repr=False)
    people: list[Person] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if unknown := self.dirt - DIRT.keys():
            raise ValueError(f"unknown dirt {', '.join(sorted(unknown))}: choose from {', '.join(sorted(DIRT))}")
        if self.days < 1 or self.contacts_per_day < 1:
            raise ValueError("a world needs at least one day and one contact a day")
        self.calendar = Days(self.first_day, self.days, ZoneInfo(self.timezone))
        self.roster = hire(self.calendar, self.contacts_per_day, self.random("roster"))
        self.rota = draw_rota(self.roster, self.calendar, self.random("rota"))
        self.people = invent_people(max(20, int(self.days * self.contacts_per_day * 0.45)), self.random("people"))
        _Story(self).tell()

    def random(self, part: str) -> Random:
        """A stream of chance of its own for each part, so that one part's draws never shift another's."""
        return Random(f"{self.seed}/{part}")

    @property
    def end(self) -> int:
        """The first moment after the world, in epoch seconds: the default `now` of everything served."""
        return self.calendar.end


@dataclass(slots=True)
class _Story:
    """One pass over all arrivals in order; who comes back, and where, depends on what happened before."""

    world: World
    rng: Random = field(init=False)
    notes: Random = field(init=False)
    phone: Switchboard = field(init=False)
    room: ChatRoom = field(init=False)
    desk: TicketDesk = field(init=False)
    shopping: Shopping = field(init=False)
    truth: Truth = field(init=False)
    unresolved: list[tuple[int, Issue]] = field(default_factory=list)
    chats_of_issue: dict[int, Conversation] = field(default_factory=dict)
    ticket_of_issue: dict[int, Ticket] = field(default_factory=dict)
    contacts: dict[int, int] = field(default_factory=dict)
    conversations: list[Conversation] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = self.world
        self.rng, self.notes, self.truth = world.random("story"), world.random("notes"), Truth()
        self.phone = Switchboard(world.rota, world.calendar, world.random("phone"))
        self.room = ChatRoom(world.rota, world.roster, world.random("chat"), Manners(world.random("manners")))
        self.desk = TicketDesk(world.rota, world.roster, world.random("tickets"))
        self.shopping = Shopping(world.random("orders"))

    def tell(self) -> None:
        """Plays everything and leaves it in the world."""
        world = self.world
        scenes = {"call": self._call, "chat": self._chat, "ticket": self._ticket, "hotline": self._hotline}
        for at, channel in arrivals(world.calendar, world.contacts_per_day, world.random("arrivals")):
            scenes[channel](at)
            if self.rng.random() < BROWSING:
                self.shopping.place(self.rng.choice(world.people), at + self.rng.randrange(HOUR))
        for agent in world.roster.agents:
            part_with(agent, world.roster.supervisor("ticket"), self.desk.tickets)
        number_all(self.desk.tickets)
        _number_messages(self.conversations)
        self.truth.tickets = [story(ticket) for ticket in self.desk.tickets]
        world.truth, world.tickets, world.conversations = self.truth, self.desk.tickets, self.conversations
        world.orders = self.shopping.orders

    def _person(self, issue: Issue) -> Person:
        return self.world.people[issue.person_id - 1]

    def _issue(self, at: int) -> Issue:
        """Why this contact is made: an old, unresolved matter, or a new one."""
        rng = self.rng
        if self.unresolved and rng.random() < 0.45:
            place = rng.randrange(len(self.unresolved))
            ready_at, issue = self.unresolved[place]
            if ready_at <= at:
                self.unresolved[place] = self.unresolved[-1]
                self.unresolved.pop()
                if at - ready_at < 12 * DAY:
                    return issue
        person = self.world.people[min(int(rng.random() ** 1.6 * len(self.world.people)), len(self.world.people) - 1)]
        topic = rng.choices(texts.TOPICS, texts.TOPIC_SHARES)[0]
        names_order = topic in texts.AFTER_SALES and rng.random() < AFTER_SALES_ORDERS
        order = self.shopping.recent(person, at).order_id if names_order else None
        issue = Issue(len(self.truth.issues) + 1, person.person_id, topic, order)
        self.truth.issues.append(issue)
        return issue

    def _settle(self, issue: Issue, at: int, is_resolved: bool, soon: bool) -> None:
        """After a contact: whoever has no solution may come back; whoever asked before buying may buy."""
        if not is_resolved and self.rng.random() < 0.7:
            delay = self.rng.randint(3 * MINUTE, HOUR) if soon else int(self.rng.lognormvariate(10.8, 1.1))
            self.unresolved.append((at + delay, issue))
        elif is_resolved and issue.topic in ("product", "promotion") and self.rng.random() < 0.3:
            self.shopping.place(self._person(issue), at + int(self.rng.expovariate(1 / (20 * HOUR))))

    def _call(self, at: int) -> None:
        rng, issue = self.rng, self._issue(at)
        person = self._person(issue)
        phone = person.phone if rng.random() < 0.98 else None
        duties = self.world.rota.on_duty(("voice_a", "voice_b"), at)
        resting = [duty for duty in duties if duty.free_from(at) == at]
        if rng.random() < 0.04 and resting and person.phone is not None:
            self.truth.calls.append(self.phone.call_out(at, issue, person.phone, rng.choice(resting)))
            return
        call = self.phone.receive(at, issue, phone, person.person_id % 40 == 0)
        self.truth.calls.append(call)
        last = call.legs[-1]
        self._settle(issue, last.ended_at, call.is_resolved, last.outcome == "abandoned")
        if last.outcome == "answered" and last.agent_id is not None and rng.random() < 0.5:
            score = rng.choices((5, 4, 3, 2, 1), (50, 26, 10, 6, 8) if call.is_resolved else (15, 20, 25, 15, 25))[0]
            sent, answered = last.ended_at + 30, rng.random() < 0.35
            responded = sent + rng.randint(10, 20 * HOUR) if answered else None
            comment = rng.choice(texts.FEEDBACK[score > 3]) if answered else ""
            number = f"CS{len(self.truth.surveys) + 1:07d}"
            self.truth.surveys.append(
                Survey(number, call.call_id, last.agent_id, sent, responded, score if answered else None, comment)
            )

    def _chat(self, at: int) -> None:
        rng = self.rng
        if not self.world.rota.on_duty(("chat",), at) and rng.random() < SHUT:
            return self._ticket(at)
        issue = self._issue(at)
        talk = self.chats_of_issue.get(issue.issue_id)
        if talk is None or talk.changes[-1][2] != "resolved" or talk.messages[-1].at >= at:
            talk = self._conversation(issue)
            self.chats_of_issue[issue.issue_id] = talk
            number = 1
        else:
            number = 2 + sum(1 for message in talk.messages if message.content.startswith("System reopened"))
        contact = self.room.play(talk, at, number)
        self.truth.chats.append(contact)
        self._settle(issue, contact.ended_at or at, contact.is_resolved, contact.outcome == "abandoned" and rng.random() < 0.5)

    def _conversation(self, issue: Issue) -> Conversation:
        person, rng = self._person(issue), self.rng
        known = rng.random() < 0.75
        if known:
            contact_id = self.contacts.setdefault(person.person_id, len(self.contacts) + 1)
        else:
            contact_id = len(self.contacts) + 1
            self.contacts[-contact_id] = contact_id
        inbox = WEB_INBOX if rng.random() < 0.6 else APP_INBOX
        talk = Conversation(len(self.conversations) + 1, person, contact_id, inbox, issue, is_known=known)
        talk.ticket = self.ticket_of_issue.get(issue.issue_id)
        self.conversations.append(talk)
        return talk

    def _ticket(self, at: int) -> None:
        issue = self._issue(at)
        ticket = self.desk.receive(at, self._person(issue), issue)
        self.ticket_of_issue[issue.issue_id] = ticket
        self._settle(issue, ticket.audits[-1].at, ticket.is_resolved or ticket.merged_into is not None, False)

    def _hotline(self, at: int) -> None:
        rng, issue = self.rng, self._issue(at)
        person, number = self._person(issue), f"HL{len(self.truth.hotline) + 1:06d}"
        duties = self.world.rota.on_duty(("hotline",), at)
        outcome = rng.choices(("answered", "abandoned", "overflow", "voicemail"), (84, 10, 4, 2))[0] if duties else "voicemail"
        wait = max(1, int(rng.lognormvariate(2.8, 0.9)))
        talk = max(8, int(rng.lognormvariate(5.0, 0.6))) if outcome == "answered" else None
        resolved = talk is not None and rng.random() < 0.75
        score = rng.choices((5, 4, 3, 2, 1), (40, 30, 15, 8, 7))[0] if talk and rng.random() < 0.4 else None
        self.truth.hotline.append(
            HotlineCall(
                number,
                issue,
                HOTLINE_QUEUES[issue.topic in ("tech", "complaint")],
                rng.choice(duties).agent.agent_id if talk else None,
                person.phone,
                at,
                at + wait if talk else None,
                at + wait + (talk or 0),
                talk,
                outcome,
                score,
                rng.random() < 0.01,
                resolved,
                *self._noted(talk, issue),
            )
        )
        self._settle(issue, at + wait + (talk or 0), resolved, False)

    def _noted(self, talk: int | None, issue: Issue) -> tuple[int | None, str, bool, str | None]:
        """What the partner writes down beside a call: seconds on hold, how it was closed, whether contact data was won, and about
        which of our agents the caller complains."""
        if talk is None:
            return None, "", False, None
        rng = self.notes
        hold = int(talk * rng.uniform(0.1, 0.4)) if rng.random() < 0.25 else 0
        closed = rng.choice(("已解答", "已登记", "转后台")) if rng.random() < 0.94 else ""
        lead = issue.topic in ("product", "promotion") and rng.random() < 0.4
        named = rng.choice(self.world.roster.by_kind["voice_b"]).agent_id if issue.topic == "complaint" else None
        return hold, closed, lead, named


def _number_messages(conversations: list[Conversation]) -> None:
    """Gives messages their ids in the order they were written, over all conversations."""
    lines = [(message.at, talk.conversation_id, place) for talk in conversations for place, message in enumerate(talk.messages)]
    for number, (_, conversation_id, place) in enumerate(sorted(lines), start=1):
        conversations[conversation_id - 1].messages[place].message_id = number
