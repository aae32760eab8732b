"""Calls and chats as canonical legs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.chat import AFTERSALES, INCOMING, OUTGOING, PRESALES, Conversation, Message
from sandbox.truth import CallLeg, ChatContact, HotlineCall
from sandbox.world import World
from tests.e2e.truth.raw import Raw, at_utc, person

IDLE_CUT = 900  # KPIS.md: a chat that nobody closes ends 15 minutes after its last word


@dataclass(frozen=True, slots=True)
class Stay:
    """What one human did in a chat: from the first word on, until somebody else takes over or it ends."""

    agent_id: str
    answered_at: int
    ended_at: int


def call_legs(world: World, until: int) -> Iterator[Raw]:
    """The legs of the shop's own calls that were offered before `until`; who still speaks then has an open one."""
    for call in world.truth.calls:
        for leg in call.legs:
            if leg.offered_at < until:
                about: Raw = {"customer_id": person(call.issue.person_id), "topic": call.issue.topic}
                yield {"source_system": "asterisk", "contact_id": f"asterisk:{call.call_id}", **about, **_call_leg(leg, until)}


def _call_leg(leg: CallLeg, until: int) -> Raw:
    raw: Raw = {
        "contact_leg_id": leg.leg_id,
        "channel": "phone",
        "channel_group": "voice",
        "leg_kind": leg.leg_kind,
        "direction": leg.direction,
        "queue_id": None if leg.queue_id is None else f"asterisk:{leg.queue_id}",
        "offered_at": at_utc(leg.offered_at),
    }
    if leg.ended_at >= until:
        return {**raw, "outcome": "open"}
    raw |= {"outcome": leg.outcome, "ended_at": at_utc(leg.ended_at), "wait_seconds": leg.wait_seconds}
    if leg.answered_at is None:
        return raw
    measured = "not_measured" if leg.queue_id is None else "missing" if leg.acw_seconds is None else "measured"
    return raw | {
        "agent_id": leg.agent_id,
        "answered_at": at_utc(leg.answered_at),
        "ring_seconds": leg.ring_seconds,
        "talk_seconds": leg.talk_seconds,
        "acw_seconds": leg.acw_seconds,
        "acw_status": measured,
        "transfer_kind": leg.transfer_kind,
    }


def hotline_legs(world: World, until: int) -> Iterator[Raw]:
    """The partner's calls, tests left out."""
    for call in world.truth.hotline:
        if not call.is_test and call.offered_at < until:
            yield _hotline_leg(call)


def _hotline_leg(call: HotlineCall) -> Raw:
    raw = {
        "source_system": "file_drop",
        "contact_leg_id": f"hotline:{call.call_id}",
        "contact_id": f"hotline:{call.call_id}",
        "customer_id": person(call.issue.person_id),
        "topic": call.issue.topic,
        "channel": "phone",
        "channel_group": "voice",
        "leg_kind": "queue",
        "direction": "inbound",
        "queue_id": call.queue,
        "offered_at": at_utc(call.offered_at),
        "ended_at": at_utc(call.ended_at),
        "outcome": call.outcome,
        "acw_status": "not_measured",
    }
    if call.answered_at is None:
        return raw
    hold = call.hold_seconds or 0
    return raw | {
        "agent_id": call.agent_id,
        "answered_at": at_utc(call.answered_at),
        "talk_seconds": (call.talk_seconds or 0) - hold,
        "hold_seconds": hold,
        "is_resolved": call.is_resolved,
    }


def chat_legs(world: World, until: int) -> Iterator[Raw]:
    """The bot's part of a chat and what each human did in it; of chats that are still open at `until`, what was over by then."""
    talks = {talk.conversation_id: talk for talk in world.conversations}
    for chat in world.truth.chats:
        if chat.started_at < until:
            yield from _chat_legs(chat, talks[chat.conversation_id], until)


def chat_id(chat: ChatContact, talk: Conversation) -> str:
    """The contact as the chat numbers it: by the customer's first line."""
    first = next(line for line in talk.messages if line.message_type == INCOMING and line.at == chat.started_at)
    return f"chatwoot:{talk.conversation_id}:{first.message_id}"


def _chat_legs(chat: ChatContact, talk: Conversation, until: int) -> Iterator[Raw]:
    contact_id = chat_id(chat, talk)
    ticket = talk.ticket if talk.ticket is not None and talk.ticket.created_at < talk.created_at else None
    common: Raw = {
        "source_system": "chatwoot",
        "contact_id": contact_id,
        "customer_id": person(chat.issue.person_id),
        "topic": chat.issue.topic,
        "ticket_id": None if ticket is None else f"zendesk:{ticket.ticket_id}",
        "channel": "chat",
        "channel_group": "chat",
        "direction": "inbound",
        "acw_status": "not_measured",
    }
    if chat.has_bot:
        end = chat.ended_at if chat.handed_over_at is None else chat.handed_over_at
        outcome = "self_service" if chat.handed_over_at is None else "flow_out"
        times = {"offered_at": at_utc(chat.started_at), "ended_at": None if end is None else at_utc(end)}
        yield {**common, "contact_leg_id": f"{contact_id}:bot", "leg_kind": "self_service", "outcome": outcome, **times}
    if chat.outcome == "self_service":
        return
    offered = chat.started_at if chat.handed_over_at is None else chat.handed_over_at
    team = PRESALES if chat.issue.topic in ("product", "promotion") else AFTERSALES
    common["queue_id"] = f"chatwoot:team:{team}"
    yield from _human_legs(chat, talk, common, offered, until)


def _human_legs(chat: ChatContact, talk: Conversation, common: Raw, offered: int, until: int) -> Iterator[Raw]:
    found = stays(chat, talk)
    for number, stay in enumerate(found):
        if stay.answered_at >= until:
            break
        since = offered if number == 0 else found[number - 1].ended_at
        raw = {
            **common,
            "contact_leg_id": f"{common['contact_id']}:{number + 1}",
            "leg_kind": "queue" if number == 0 else "transfer",
            "offered_at": at_utc(since),
            "answered_at": at_utc(stay.answered_at),
            "agent_id": stay.agent_id,
            "outcome": "answered",
            "transfer_kind": "blind" if number + 1 < len(found) else None,
        }
        over = {"ended_at": at_utc(stay.ended_at), "talk_seconds": stay.ended_at - stay.answered_at}
        yield raw | over if stay.ended_at < until else raw
    if not found or found[0].answered_at >= until:
        is_over = chat.ended_at is not None and chat.ended_at < until
        over = {"outcome": chat.outcome, "ended_at": at_utc(chat.ended_at or 0)} if is_over else {"outcome": "open"}
        ids = {"contact_leg_id": f"{common['contact_id']}:1", "leg_kind": "queue", "offered_at": at_utc(offered)}
        yield {**common, **ids, **over}


def stays(chat: ChatContact, talk: Conversation) -> list[Stay]:
    """Who spoke with the customer, in order. An agent takes over when the chat is assigned to them, and speaks later."""
    if chat.answered_at is None:
        return []
    words = [line for line in talk.messages if _is_word(line) and chat.started_at <= line.at <= (chat.ended_at or line.at)]
    spoken = [line for line in words if line.message_type == OUTGOING and line.at >= chat.answered_at]
    begins = [line for place, line in enumerate(spoken) if place == 0 or spoken[place - 1].sender != line.sender]
    found = []
    for place, line in enumerate(begins):
        taken = None if place + 1 == len(begins) else _assigned_at(talk, begins[place + 1])
        last = max(word.at for word in words if taken is None or word.at <= taken)
        ends = [moment for moment in (taken if taken is not None else chat.ended_at, last + IDLE_CUT) if moment is not None]
        found.append(Stay(line.sender, line.at, min(ends)))
    return found


def _is_word(line: Message) -> bool:
    is_human = line.message_type == OUTGOING and not line.private and line.sender not in ("agent_bot", "system")
    return line.message_type == INCOMING or is_human


def _assigned_at(talk: Conversation, line: Message) -> int:
    return max(at for at, name, value in talk.changes if name == "assignee_id" and value == line.sender and at <= line.at)
