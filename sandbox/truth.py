"""What really happened, so that tests can ask: one record per leg, chat contact, ticket and issue.

All times are epoch seconds, all durations seconds. None means it did not happen or nobody could know.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem of one person, in however many contacts."""

    issue_id: int
    person_id: int
    topic: str
    order_id: str | None


@dataclass(frozen=True, slots=True)
class CallLeg:
    """One stay in a queue with its handling, or one direct, transfer or outbound connection.

    `talk_seconds` is what the phone system shows, connect to end, and includes `hold_seconds`. `acw_seconds` is None when
    no wrap-up pause was written. `team_id` is the agent's team at `answered_at`. `missed_by` let it ring before. Outcome flow_out: the
    caller left by a key, or (`disconnected_by` system) the queue's last agent did.
    """

    leg_id: str
    call_id: str
    callid: str
    leg_kind: str
    direction: str
    queue_id: str | None
    offered_at: int
    outcome: str
    wait_seconds: int
    ended_at: int
    agent_id: str | None = None
    team_id: str | None = None
    answered_at: int | None = None
    ring_seconds: int | None = None
    talk_seconds: int | None = None
    hold_seconds: int | None = None
    acw_seconds: int | None = None
    disconnected_by: str | None = None
    transfer_kind: str | None = None
    transferred_to_queue: str | None = None
    transferred_to_agent: str | None = None
    missed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call: its legs in order. `phone` is what the switch saw, None when the number was withheld."""

    call_id: str
    direction: str
    issue: Issue
    phone: str | None
    legs: tuple[CallLeg, ...]
    is_resolved: bool


@dataclass(frozen=True, slots=True)
class ChatContact:
    """One contact inside a Chatwoot conversation.

    `handed_over_at` is when the bot gave way (None: no bot), `answered_at` the first manual public reply of a human.
    `agent_id` is who had it
    last, `first_replier_id` who replied first. `outcome` is answered, abandoned (the customer left first), missed, self_service (the bot closed it) or open.
    """

    conversation_id: int
    number: int
    issue: Issue
    inbox_id: int
    started_at: int
    handed_over_at: int | None
    answered_at: int | None
    ended_at: int | None
    outcome: str
    agent_id: str | None
    team_id: str | None
    is_resolved: bool
    has_bot: bool
    first_replier_id: str | None = None


@dataclass(frozen=True, slots=True)
class TicketStory:
    """A ticket. `solves` are (moment, agent id) of every solve event, `merged_into` and `followup_of` other ticket ids."""

    ticket_id: int
    issue: Issue
    created_at: int
    channel: str
    first_reply_at: int | None
    first_replier_id: str | None
    public_replies: tuple[tuple[int, str], ...]
    solves: tuple[tuple[int, str], ...]
    reopened_at: tuple[int, ...]
    merged_into: int | None
    followup_of: int | None
    deleted_at: int | None
    escalated_at: int | None
    is_resolved: bool


@dataclass(frozen=True, slots=True)
class HotlineCall:
    """One call the partner took, as the partner's file finally has it; `talk_seconds` includes `hold_seconds`.

    `complaint_about` is the agent of ours whom a complaint names.
    """

    call_id: str
    issue: Issue
    queue: str
    agent_id: str | None
    phone: str | None
    offered_at: int
    answered_at: int | None
    ended_at: int
    talk_seconds: int | None
    outcome: str
    score: int | None
    is_test: bool
    is_resolved: bool
    hold_seconds: int | None = None
    disposition: str = ""
    has_lead: bool = False
    complaint_about: str | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """One invitation after a call, answered (`score` 1 to 5) or not."""

    survey_id: str
    call_id: str
    agent_id: str
    invited_at: int
    responded_at: int | None
    score: int | None
    comment: str


@dataclass(slots=True)
class Truth:
    """Everything that happened in a world."""

    calls: list[Call] = field(default_factory=list)
    chats: list[ChatContact] = field(default_factory=list)
    tickets: list[TicketStory] = field(default_factory=list)
    hotline: list[HotlineCall] = field(default_factory=list)
    surveys: list[Survey] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    @property
    def legs(self) -> list[CallLeg]:
        return [leg for call in self.calls for leg in call.legs]
