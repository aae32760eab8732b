"""The chat: bots, hand-over, agents with several chats at once, customers who leave."""

from dataclasses import dataclass, field
from random import Random

from sandbox import texts
from sandbox.clock import DAY, HOUR, MINUTE
from sandbox.manners import Manners
from sandbox.people import Agent, Person, Roster
from sandbox.staffing import Duty, Rota
from sandbox.tickets import Ticket
from sandbox.truth import ChatContact, Issue

INCOMING, OUTGOING, ACTIVITY, TEMPLATE = range(4)
WEB_INBOX, APP_INBOX = 1, 2
PRESALES, AFTERSALES = 1, 2
TEAM_NAMES = {PRESALES: "售前", AFTERSALES: "售后"}
BOT_ID, BOT_NAME = 1, "小德"
MOST_CHATS = 5


@dataclass(slots=True)
class Message:
    """One line of a conversation; `sender` is contact, agent_bot, system, or an agent's id. Its id is given at the end."""

    at: int
    message_type: int
    sender: str
    content: str
    private: bool = False
    content_type: str = "text"
    attributes: dict[str, object] = field(default_factory=dict)
    message_id: int = 0


@dataclass(slots=True)
class Conversation:
    """A Chatwoot conversation with everything that will ever happen to it.

    `changes` are (moment, field, value) of status, assignee_id (our agent id) and team_id. `events` are reporting events
    (moment, name, start, agent id). `rating` is (sent at, answered at, score, feedback, agent id).
    """

    conversation_id: int
    person: Person
    contact_id: int
    inbox_id: int
    issue: Issue
    messages: list[Message] = field(default_factory=list)
    changes: list[tuple[int, str, object]] = field(default_factory=list)
    events: list[tuple[int, str, int, str | None]] = field(default_factory=list)
    rating: tuple[int, int | None, int | None, str, str] | None = None
    ticket: Ticket | None = None
    is_known: bool = True

    @property
    def created_at(self) -> int:
        return self.messages[0].at


@dataclass(slots=True)
class ChatRoom:
    """Gives chats to agents and plays them to their end."""

    rota: Rota
    roster: Roster
    rng: Random
    manners: Manners

    def play(self, conversation: Conversation, at: int, number: int) -> ChatContact:
        """One contact of a conversation, from the customer's first line on; appends what happens to `conversation`."""
        stage = _Stage(conversation, self.rng, at)
        self.manners.begin(stage.language)
        asks = texts.ASKS[conversation.issue.topic]
        if number > 1:
            stage.activity("System reopened the conversation due to a new incoming message.")
        stage.customer(asks[conversation.person.language == "en"])
        stage.change("status", "pending" if self._has_bot(conversation) and number == 1 else "open")
        has_bot, handed_over = self._has_bot(conversation) and number == 1, None
        if has_bot:
            if self._bot(stage):
                return self._contact(stage, number, at, None, None, None, "self_service", has_bot=True)
            handed_over = stage.now
        return self._human(stage, number, at, handed_over)

    def _has_bot(self, conversation: Conversation) -> bool:
        return conversation.inbox_id == WEB_INBOX

    def _bot(self, stage: "_Stage") -> bool:
        """The bot's part. True when it closed the matter alone."""
        rng, lines = self.rng, texts.BOT[stage.language]
        for line in lines[: rng.randint(1, 2)]:
            stage.wait(rng.randint(1, 3))
            stage.say(OUTGOING, "agent_bot", line)
            stage.wait(rng.randint(8, 60))
            stage.customer(rng.choice(texts.MORE[stage.language]))
        stage.wait(2)
        if rng.random() < 0.3:
            stage.wait(10 * MINUTE)
            stage.change("status", "resolved")
            stage.activity(f"Conversation was marked resolved by {BOT_NAME}")
            stage.event("conversation_bot_resolved", stage.begin, None)
            stage.event("conversation_resolved", stage.begin, None)
            return True
        stage.change("status", "open")
        stage.event("conversation_bot_handoff", stage.begin, None)
        return False

    def _human(self, stage: "_Stage", number: int, at: int, handed_over: int | None) -> ChatContact:
        rng, waiting_since, has_bot = self.rng, stage.now, handed_over is not None
        team = PRESALES if stage.talk.issue.topic in ("product", "promotion") else AFTERSALES
        stage.change("team_id", team)
        duty = self._free(stage.now)
        if duty is None:
            stage.wait(1)
            stage.say(TEMPLATE, "system", texts.AWAY[stage.language])
            duty = self.rota.next_duty(("chat",), stage.now) if rng.random() < 0.6 else None
            if duty is None:
                return self._nobody(stage, number, at, handed_over, "missed")
            stage.now = duty.starts_at + rng.randint(30, 1_200)
        agent = duty.agent
        self._assign(stage, agent, team)
        if rng.random() < 0.3:
            stage.say(TEMPLATE, "system", texts.GREETING[stage.language])
        delay = max(3, int(rng.lognormvariate(3.2, 0.8) * (1 + duty.open_chats(stage.now) / 2)))
        if rng.random() < 0.04 or delay > rng.lognormvariate(5.8, 0.8):
            return self._nobody(stage, number, at, handed_over, "abandoned", agent)
        stage.wait(delay)
        if rng.random() < 0.03:
            return self._nobody(stage, number, at, handed_over, "missed", agent)
        answered, stage.replier_id = stage.now, agent.agent_id
        stage.event("first_response", max(waiting_since, at), agent.agent_id)
        last = self._converse(stage, agent, duty)
        return self._close(stage, number, at, handed_over, answered, last, has_bot)

    def _free(self, at: int) -> Duty | None:
        duties = [duty for duty in self.rota.on_duty(("chat",), at) if duty.open_chats(at) < MOST_CHATS]
        return min(duties, key=lambda duty: (duty.open_chats(at), duty.agent.number), default=None)

    def _assign(self, stage: "_Stage", agent: Agent, team: int) -> None:
        stage.change("assignee_id", agent.agent_id)
        if self.rng.random() < 0.85:
            stage.activity(f"Assigned to {agent.name} via {TEAM_NAMES[team]} by Automation System")

    def _converse(self, stage: "_Stage", agent: Agent, duty: Duty) -> Agent:
        """Human turns; returns the agent who had it last."""
        rng = self.rng
        turns = min(12, 1 + int(rng.expovariate(0.35)))
        for turn in range(turns):
            line = self.manners.agent(self._line(stage), is_first=turn == 0, is_last=turn == turns - 1)
            stage.say(OUTGOING, agent.agent_id, line)
            if rng.random() < 0.08:
                stage.say(OUTGOING, agent.agent_id, texts.NOTES[stage.language], private=True)
            if turn == 1 and rng.random() < 0.08 and (other := self._free(stage.now)) and other.agent != agent:
                stage.change("assignee_id", other.agent.agent_id)
                stage.activity(f"Assigned to {other.agent.name} by {agent.name}")
                agent = other.agent
            if turn == turns - 1:
                break
            stage.wait(rng.randint(5, 90))
            asked = stage.now
            stage.customer(self.manners.customer(rng.choice(texts.MORE[stage.language])))
            if rng.random() < 0.3:
                stage.wait(rng.randint(1, 20))
                stage.customer(rng.choice(texts.MORE[stage.language] + texts.ANGRY[stage.language]))
            stage.wait(max(2, int(rng.lognormvariate(3.3, 0.9))))
            stage.event("reply_time", asked, agent.agent_id)
        if rng.random() < 0.5:
            stage.wait(rng.randint(5, 60))
            stage.customer(rng.choice(texts.CLOSINGS[stage.language]))
        duty.chats.append(stage.now)
        return agent

    def _line(self, stage: "_Stage") -> str:
        lines = texts.BREACHES if self.rng.random() < 0.004 else texts.REPLIES
        return self.rng.choice(lines[stage.language])

    def _close(
        self, stage: "_Stage", number: int, at: int, handed_over: int | None, answered: int, agent: Agent, has_bot: bool
    ) -> ChatContact:
        rng = self.rng
        stage.wait(rng.randint(20, 15 * MINUTE))
        if rng.random() < 0.02:
            return self._contact(stage, number, at, handed_over, answered, agent, "answered", has_bot, closed=False)
        stage.change("status", "resolved")
        by_agent = rng.random() < 0.9
        stage.activity(f"Conversation was marked resolved by {agent.name if by_agent else 'Automation System'}")
        stage.event("conversation_resolved", stage.begin, agent.agent_id)
        if rng.random() < 0.7:
            self._survey(stage, agent)
        return self._contact(stage, number, at, handed_over, answered, agent, "answered", has_bot)

    def _survey(self, stage: "_Stage", agent: Agent) -> None:
        rng, sent = self.rng, stage.now
        stage.say(TEMPLATE, "system", texts.CSAT[stage.language], content_type="input_csat")
        if stage.talk.rating is not None:
            return
        score = rng.choices((5, 4, 3, 2, 1), (46, 30, 11, 6, 7))[0]
        answered = sent + rng.randint(10, 2 * HOUR) if rng.random() < 0.45 else None
        feedback = rng.choice(texts.FEEDBACK[score > 3]) if answered else ""
        stage.talk.rating = (sent, answered, score if answered else None, feedback, agent.agent_id)

    def _nobody(
        self, stage: "_Stage", number: int, at: int, handed_over: int | None, outcome: str, agent: Agent | None = None
    ) -> ChatContact:
        """The customer gets no human answer: they leave, or nobody ever comes."""
        left_at = stage.now
        if outcome == "abandoned":
            stage.wait(self.rng.randint(20, 300))
            left_at = stage.now
            stage.activity(f"Conversation was resolved by {stage.talk.person.name}")
            stage.change("status", "resolved")
        else:
            if self.rng.random() < 0.5:
                stage.wait(self.rng.randint(60, 900))
                stage.customer(self.rng.choice(texts.ANGRY[stage.language]))
            stage.wait(DAY)
            stage.change("status", "resolved")
            stage.activity("Conversation was marked resolved by system due to 24 hours of inactivity")
            left_at = stage.now
        stage.event("conversation_resolved", stage.begin, agent.agent_id if agent else None)
        return self._contact(stage, number, at, handed_over, None, agent, outcome, handed_over is not None, ended=left_at)

    def _contact(
        self,
        stage: "_Stage",
        number: int,
        at: int,
        handed_over: int | None,
        answered: int | None,
        agent: Agent | None,
        outcome: str,
        has_bot: bool,
        closed: bool = True,
        ended: int | None = None,
    ) -> ChatContact:
        talk = stage.talk
        resolved = outcome == "self_service" or (outcome == "answered" and self.rng.random() < 0.78)
        return ChatContact(
            talk.conversation_id,
            number,
            talk.issue,
            talk.inbox_id,
            at,
            handed_over,
            answered,
            (ended or stage.now) if closed else None,
            outcome,
            agent.agent_id if agent else None,
            agent.team_at(answered or at) if agent else None,
            resolved,
            has_bot,
            stage.replier_id,
        )


@dataclass(slots=True)
class _Stage:
    """A conversation being played: the moment, and short ways to let something happen."""

    talk: Conversation
    rng: Random
    now: int
    begin: int = 0
    replier_id: str | None = None

    def __post_init__(self) -> None:
        self.begin = self.now

    @property
    def language(self) -> str:
        return self.talk.person.language

    def wait(self, seconds: int) -> None:
        self.now += seconds

    def say(self, kind: int, sender: str, content: str, private: bool = False, content_type: str = "text") -> None:
        self.talk.messages.append(Message(self.now, kind, sender, content, private, content_type))

    def customer(self, content: str) -> None:
        self.say(INCOMING, "contact", content)

    def activity(self, content: str) -> None:
        self.say(ACTIVITY, "system", content)

    def change(self, name: str, value: object) -> None:
        self.talk.changes.append((self.now, name, value))

    def event(self, name: str, start: int, agent_id: str | None) -> None:
        self.talk.events.append((self.now, name, start, agent_id))
