"""Chats of a random world: bot first, agent first, auto-replies, private notes, closing turns, nobody ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.oracle.world_staff import CLOSINGS, QUEUES, TOPICS, Raw, Stage

SHAPES = ("human", "human", "bot_first", "agent_first", "auto_reply", "nobody", "bot_only", "left")


def chats(stage: Stage, count: int) -> None:
    for _ in range(count):
        chat(stage, stage.random.choice(SHAPES))


def chat(stage: Stage, shape: str) -> None:
    """One chat contact with its legs and messages."""
    random, start = stage.random, stage.moment()
    contact: Raw = {"contact_id": stage.id("H"), "channel": random.choice(["chat", "wechat"]), "channel_group": "chat"}
    contact |= {"direction": "inbound", "topic": random.choice(TOPICS), "is_internal": random.random() < 0.03}
    contact |= stage.customer()
    say = _Talk(stage, contact["contact_id"])
    say("customer", start, text=random.choice(["你好", "where is my parcel"]))
    offered = start
    if shape.startswith("bot"):
        offered = _bot(stage, contact, say, start)
    if shape == "bot_only":
        return
    agent = stage.agent()
    if shape == "agent_first":
        say("agent", start - timedelta(seconds=10), sender_id=agent, text="有什么可以帮您")
        offered = start - timedelta(seconds=12)
    if shape == "auto_reply":
        say("agent", start + timedelta(seconds=1), sender_id=agent, is_automatic=True, text="稍等")
        say("agent", start + timedelta(seconds=2), sender_id=agent, is_public=False, text="note")
    if shape in ("nobody", "left"):
        _unanswered(stage, contact, offered, shape, agent)
    else:
        _answered(stage, contact, say, offered, agent)


def _bot(stage: Stage, contact: Raw, say: _Talk, start: datetime) -> datetime:
    """The bot's part; returns the hand-over. The customer's second message is before it."""
    say("bot", start + timedelta(seconds=1), sender_id="BOT", text="robot")
    say("agent", start + timedelta(seconds=2), sender_id="BOT", text="a robot under an agent's name")
    say("customer", start + timedelta(seconds=15), text="人工")
    handed = start + timedelta(seconds=20)
    _leg(stage, contact, start, leg_kind="self_service", outcome="self_service", ended_at=handed)
    return handed


class _Talk:
    """Adds messages to a chat."""

    def __init__(self, stage: Stage, contact_id: str) -> None:
        self._stage, self._contact_id = stage, contact_id

    def __call__(self, sender_type: str, at: datetime, **more: Any) -> None:
        row = {"message_id": self._stage.id("M"), "contact_id": self._contact_id, "sender_type": sender_type}
        self._stage.add("messages", sent_at=at, **(row | {"is_public": True, "is_automatic": False} | more))


def _leg(stage: Stage, contact: Raw, start: datetime, **more: Any) -> Raw:
    return stage.add("contact_legs", contact_leg_id=stage.id("L"), offered_at=start, **(contact | more))


def _unanswered(stage: Stage, contact: Raw, offered: datetime, shape: str, agent: str) -> None:
    assigned = agent if stage.random.random() < 0.5 else None
    outcome = "abandoned" if shape == "left" else stage.random.choice(["open", "missed"])
    waited = stage.wait()
    ended = None if outcome == "open" else offered + timedelta(seconds=waited)
    _leg(
        stage, contact, offered, leg_kind="queue", queue_id=stage.random.choice(QUEUES), agent_id=assigned, outcome=outcome,
        ended_at=ended, assigned_at=offered if assigned else None, wait_seconds=None if outcome == "open" else waited,
    )  # fmt: skip


def _answered(stage: Stage, contact: Raw, say: _Talk, offered: datetime, agent: str) -> None:
    """Some turns with replies; the last may be a thank-you, or a question nobody answers."""
    random = stage.random
    answered = offered + timedelta(seconds=stage.wait() + 12)
    at = answered
    say("agent", at, sender_id=agent, text="您好")
    for _ in range(random.randrange(3)):
        at += timedelta(seconds=random.choice([60.0, 180.0, 180.000001, 7.25]))
        say("customer", at, text="再问一下")
        at += timedelta(seconds=random.choice([30.0, 180.0, 180.000001, 59.5]))
        say("agent", at, sender_id=agent, text="好了")
    if random.random() < 0.5:
        at += timedelta(seconds=5)
        say("customer", at, text=random.choice([*CLOSINGS, "还有一个问题"]))
    ended = at + timedelta(seconds=random.choice([1.0, 900.0]))
    _leg(
        stage, contact, offered, leg_kind="queue", queue_id=random.choice(QUEUES), agent_id=agent, outcome="answered",
        assigned_at=offered, answered_at=answered, ended_at=ended, wait_seconds=(answered - offered).total_seconds(),
        talk_seconds=(ended - answered).total_seconds(), acw_status="not_measured",
        is_resolved=random.choice([True, False, None]),
    )  # fmt: skip
