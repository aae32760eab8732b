"""What a Chatwoot account knows at a moment, as the JSON objects its API shows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from random import Random
from uuid import NAMESPACE_OID, uuid5

from sandbox.chat import (
    ACTIVITY,
    APP_INBOX,
    BOT_ID,
    BOT_NAME,
    INCOMING,
    OUTGOING,
    TEAM_NAMES,
    TEMPLATE,
    WEB_INBOX,
    Conversation,
    Message,
)
from sandbox.dirt import soil_record
from sandbox.people import Agent
from sandbox.world import World

ACCOUNT_ID = 1
INBOXES = {WEB_INBOX: ("网站在线客服", "Channel::WebWidget"), APP_INBOX: ("小程序", "Channel::Api")}
DISPOSITIONS, UNNOTED = ("已解答", "已登记", "转工单"), 16
"""How a chat may be closed, and every how manieth is closed without a word about it."""

Record = dict[str, object]


@dataclass(eq=False)
class ChatwootState:
    """The account at `now`, nothing later. Each resource is built when it is first asked for."""

    world: World
    now: int

    @cached_property
    def visible(self) -> list[Conversation]:
        return [talk for talk in self.world.conversations if talk.created_at <= self.now]

    def messages(self, talk: Conversation) -> list[Message]:
        return [message for message in talk.messages if message.at <= self.now]

    @cached_property
    def conversations(self) -> list[tuple[int, int, Record]]:
        """(last activity, id, record) of each, the last active first."""
        found = [(self.messages(talk)[-1].at, talk.conversation_id, self.conversation(talk)) for talk in self.visible]
        return sorted(found, key=lambda one: (-one[0], -one[1]))

    def conversations_of(self, status: str) -> list[Record]:
        """Conversations of one status, or of "all"."""
        return [record for _, _, record in self.conversations if status in ("all", record["status"])]

    def assigned_count(self, status: str) -> int:
        held = self._assigned
        return len(held) if status == "all" else sum(1 for one in held if one == status)

    @cached_property
    def _assigned(self) -> list[str]:
        """The status of every conversation that somebody has."""
        return [
            str(record["status"])
            for _, _, record in self.conversations
            if isinstance(meta := record["meta"], dict) and "assignee" in meta
        ]

    def conversation(self, talk: Conversation) -> Record:
        """A conversation as lists and single reads show it, its last message inside."""
        messages = self.messages(talk)
        values: Record = {"status": "open", "assignee_id": None, "team_id": None}
        values.update({name: value for at, name, value in talk.changes if at <= self.now})
        agent = self.world.roster.by_id.get(str(values["assignee_id"]))
        replies = [
            one.at
            for one in messages
            if one.message_type == OUTGOING and not one.private and one.sender in self.world.roster.by_id
        ]
        spoken = [one for one in messages if one.message_type != ACTIVITY]
        meta: Record = {"sender": self.contact(talk), "channel": INBOXES[talk.inbox_id][1]}
        if agent is not None:
            meta["assignee"] = self.agent(agent)
        if isinstance(team_id := values["team_id"], int):
            meta["team"] = team(team_id)
        return {
            "meta": {**meta, "hmac_verified": False},
            "id": talk.conversation_id,
            "messages": [self.message(talk, messages[-1])],
            "account_id": ACCOUNT_ID,
            "uuid": str(uuid5(NAMESPACE_OID, f"{self.world.seed}/{talk.conversation_id}")),
            "additional_attributes": {"browser_language": talk.person.language},
            "agent_last_seen_at": replies[-1] if replies else 0,
            "assignee_last_seen_at": replies[-1] if replies else 0,
            "can_reply": True,
            "contact_last_seen_at": messages[-1].at,
            "custom_attributes": self._attributes(talk, str(values["status"])),
            "inbox_id": talk.inbox_id,
            "labels": ["complaint"] if talk.issue.topic == "complaint" else [],
            "muted": False,
            "snoozed_until": None,
            "status": values["status"],
            "created_at": talk.created_at,
            "updated_at": float(messages[-1].at),
            "timestamp": messages[-1].at,
            "first_reply_created_at": replies[0] if replies else 0,
            "unread_count": 0,
            "last_non_activity_message": self.message(talk, spoken[-1]),
            "last_activity_at": messages[-1].at,
            "priority": None,
            "waiting_since": _waiting_since(spoken, str(values["status"])),
            "sla_policy_id": None,
        }

    def _attributes(self, talk: Conversation, status: str) -> Record:
        """What the shop keeps beside a conversation: its topic, order and ticket; and once closed, mostly how."""
        found: Record = {"topic": talk.issue.topic}
        if talk.issue.order_id is not None:
            found["order_id"] = talk.issue.order_id
        if talk.ticket is not None and talk.ticket.created_at < talk.created_at:
            found["ticket_id"] = talk.ticket.ticket_id
        if status == "resolved" and talk.conversation_id % UNNOTED:
            found["disposition"] = DISPOSITIONS[talk.conversation_id % len(DISPOSITIONS)]
        return found

    def message(self, talk: Conversation, message: Message) -> Record:
        record: Record = {
            "id": message.message_id,
            "content": message.content,
            "inbox_id": talk.inbox_id,
            "conversation_id": talk.conversation_id,
            "message_type": message.message_type,
            "content_type": message.content_type,
            "status": "sent",
            "content_attributes": message.attributes,
            "created_at": message.at,
            "private": message.private,
            "source_id": None,
        }
        if (sender := self._sender(talk, message)) is not None:
            record["sender"] = sender
        kinds = self.world.dirt
        return soil_record(record, kinds, Random(f"{self.world.seed}/{message.message_id}")) if kinds else record

    def _sender(self, talk: Conversation, message: Message) -> Record | None:
        if message.sender == "contact":
            contact = self.contact(talk)
            names = (
                "additional_attributes",
                "custom_attributes",
                "email",
                "id",
                "identifier",
                "name",
                "phone_number",
                "thumbnail",
            )
            return {**{name: contact[name] for name in names}, "blocked": False, "type": "contact"}
        if message.sender == "agent_bot":
            return {"id": BOT_ID, "name": BOT_NAME, "avatar_url": "", "type": "agent_bot"}
        if (agent := self.world.roster.by_id.get(message.sender)) is not None:
            names_of = {"name": agent.name, "available_name": agent.name, "avatar_url": "", "thumbnail": ""}
            return {"id": agent.chatwoot_id, **names_of, "type": "user", "availability_status": "online"}
        return None

    def contact(self, talk: Conversation) -> Record:
        """The contact of a conversation; a visitor who did not say who they are has no phone, e-mail or identifier."""
        person, known = talk.person, talk.is_known
        return {
            "additional_attributes": {},
            "availability_status": "offline",
            "email": person.email if known else None,
            "id": talk.contact_id,
            "name": person.name if known else f"visitor-{talk.contact_id}",
            "phone_number": person.phone if known else None,
            "blocked": False,
            "identifier": person.platform_id if known else None,
            "thumbnail": "",
            "custom_attributes": {},
            "last_activity_at": talk.created_at,
            "created_at": talk.created_at,
        }

    @cached_property
    def contacts(self) -> dict[int, Record]:
        """Contacts by id, as of their first conversation, with the time of their last."""
        found: dict[int, Record] = {}
        for talk in self.visible:
            record = found.setdefault(talk.contact_id, self.contact(talk))
            record["last_activity_at"] = self.messages(talk)[-1].at
        return dict(sorted(found.items()))

    def agent(self, agent: Agent) -> Record:
        return {
            "id": agent.chatwoot_id,
            "account_id": ACCOUNT_ID,
            "availability_status": "online",
            "auto_offline": True,
            "confirmed": True,
            "email": agent.email,
            "provider": "email",
            "available_name": agent.name,
            "name": agent.name,
            "role": "administrator" if agent.role == "supervisor" else "agent",
            "thumbnail": "",
            "custom_role_id": None,
        }

    @cached_property
    def agents(self) -> list[Record]:
        agents = [agent for agent in self.world.roster.agents if "chatwoot" in agent.systems]
        return [self.agent(agent) for agent in agents if agent.left_at is None or agent.left_at > self.now]

    def members(self, team_id: int) -> list[Record]:
        """Who is in a team now: every chat agent is in both teams."""
        found = [one for one in self.world.roster.by_kind["chat"] if one.kind_at(self.now) == "chat"]
        return [self.agent(agent) for agent in found] if team_id in TEAM_NAMES else []

    @cached_property
    def inboxes(self) -> list[Record]:
        return [
            {
                "id": inbox_id,
                "avatar_url": "",
                "channel_id": inbox_id,
                "name": name,
                "channel_type": channel,
                "greeting_enabled": True,
                "enable_auto_assignment": True,
                "csat_survey_enabled": True,
                "working_hours_enabled": False,
                "timezone": self.world.timezone,
                "allow_messages_after_resolved": True,
            }
            for inbox_id, (name, channel) in INBOXES.items()
        ]

    @cached_property
    def reporting_events(self) -> list[Record]:
        """Reporting events, the newest first. Business hours are off, so that value is 0."""
        found = sorted(
            (at, talk.conversation_id, place, name, start, agent_id, talk.inbox_id)
            for talk in self.world.conversations
            for place, (at, name, start, agent_id) in enumerate(talk.events)
        )
        records = [self._event(number, *one) for number, one in enumerate(found, start=1) if one[0] <= self.now]
        return records[::-1]

    def _event(
        self,
        number: int,
        at: int,
        conversation_id: int,
        _: int,
        name: str,
        start: int,
        agent_id: str | None,
        inbox_id: int,
    ) -> Record:
        agent = self.world.roster.by_id.get(agent_id or "")
        return {
            "id": number,
            "name": name,
            "value": float(at - start),
            "value_in_business_hours": 0.0,
            "event_start_time": _iso(start),
            "event_end_time": _iso(at),
            "account_id": ACCOUNT_ID,
            "conversation_id": conversation_id,
            "inbox_id": inbox_id,
            "user_id": agent.chatwoot_id if agent else None,
            "created_at": _iso(at),
            "updated_at": _iso(at),
        }

    @cached_property
    def csat(self) -> list[Record]:
        """Answered surveys, the newest first; an invitation is only seen as a message of type `input_csat`."""
        answered = sorted(
            (talk.rating[1], talk.conversation_id, talk)
            for talk in self.visible
            if talk.rating is not None and talk.rating[1] is not None and talk.rating[1] <= self.now
        )
        records = []
        for number, (at, _, talk) in enumerate(answered, start=1):
            sent, _, score, feedback, agent_id = talk.rating or (0, None, None, "", "")
            asked = next(one for one in talk.messages if one.content_type == "input_csat" and one.at == sent)
            record: Record = {
                "id": number,
                "rating": score,
                "feedback_message": feedback or None,
                "account_id": ACCOUNT_ID,
                "message_id": asked.message_id,
                "contact": self.contact(talk),
                "conversation_id": talk.conversation_id,
                "assigned_agent": self.agent(self.world.roster.by_id[agent_id]),
                "created_at": at,
            }
            records.append(record)
        return records[::-1]


def team(team_id: int) -> Record:
    """A team as the API shows it."""
    name = TEAM_NAMES[team_id]
    return {
        "id": team_id,
        "name": name,
        "description": name,
        "allow_auto_assign": True,
        "account_id": ACCOUNT_ID,
        "is_member": False,
    }


def _waiting_since(spoken: list[Message], status: str) -> int:
    """Since when the customer waits: the first of their lines that nobody has answered, 0 for none."""
    since = 0
    for message in spoken:
        if message.message_type == INCOMING and not since:
            since = message.at
        elif message.message_type in (OUTGOING, TEMPLATE) and not message.private and message.sender != "system":
            since = 0
    return 0 if status == "resolved" else since


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
