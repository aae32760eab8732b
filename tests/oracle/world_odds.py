"""Contacts of a random world whose legs are at odds: nothing of them fits together but what the gate insists on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.oracle.world_staff import QUEUES, TOPICS, Raw, Stage

KINDS = (*("queue",) * 5, *("transfer",) * 2, "direct", "callback", "outbound", "consult", "self_service", "self_service")
OUTCOMES = (*("answered",) * 6, *("abandoned",) * 3, "overflow", "flow_out", "missed", "callback", "voicemail", "open")
AGENTS = ("A1", "A2", "A4", "A7", "ext-1", "BOT", "BOT", "BOT-2")
STEPS = (0.0, 0.0, 2.0, 4.0, 5.0, 19.0, 60.0)


def odds(stage: Stage, count: int) -> None:
    """`count` contacts of one to four legs: several at once, of several bots and channels, with waits that contradict
    their times, without ends."""
    stage.add("agents", agent_id="BOT-2", name="Robot 2", team_id="T2", role="agent", is_bot=True, valid_from=stage.start)
    for _ in range(count):
        group = stage.random.choice(("voice", "chat", "chat"))
        contact: Raw = {"contact_id": stage.id("X"), "channel": "phone" if group == "voice" else "chat", "channel_group": group}
        customer, start = stage.customer(), stage.moment()
        at = start
        for _ in range(stage.random.choice((1, 2, 2, 3, 4))):
            if stage.random.random() < 0.1:
                contact |= {"channel": stage.random.choice(("phone", "chat", "wechat"))}
            _leg(stage, contact | (customer if stage.random.random() < 0.7 else {}), at)
            at += timedelta(seconds=stage.random.choice(STEPS))
        if group == "chat":
            _words(stage, contact["contact_id"], start)


def _leg(stage: Stage, contact: Raw, offered: datetime) -> None:
    random = stage.random
    kind = random.choice(KINDS)
    outcome = random.choice(("self_service", "flow_out", "open")) if kind == "self_service" else random.choice(OUTCOMES)
    agent = random.choice(AGENTS) if outcome == "answered" or random.random() < 0.3 else None
    waited = timedelta(seconds=stage.wait())
    has_answer = random.random() < (0.85 if outcome == "answered" else 0.5 if outcome == "flow_out" and agent else 0)
    ended = offered + waited + timedelta(seconds=random.choice(STEPS) if has_answer else 0)
    stage.add(
        "contact_legs", contact_leg_id=stage.id("L"), leg_kind=kind, outcome=outcome, agent_id=agent, offered_at=offered,
        direction="outbound" if kind == "outbound" or random.random() < 0.1 else random.choice(("inbound", None)),
        queue_id=random.choice((*QUEUES, None)), topic=random.choice(TOPICS), is_test=random.random() < 0.03,
        assigned_at=offered if agent and random.random() < 0.5 else None, answered_at=offered + waited if has_answer else None,
        ended_at=None if outcome == "open" or random.random() < 0.1 else ended,
        wait_seconds=stage.wait() if outcome != "open" and random.random() < 0.4 else None, **_told(stage, outcome, has_answer), **contact,
    )  # fmt: skip


def _told(stage: Stage, outcome: str, has_answer: bool) -> dict[str, Any]:
    """What is measured of an answered leg, or some of it."""
    if outcome != "answered" or not has_answer:
        return {}
    acw = stage.random.choice(("measured", "pending", "missing", "not_measured", None))
    return {
        "talk_seconds": stage.random.choice((None, 0.0, 33.5)), "ring_seconds": stage.random.choice((None, 0.0, 2.0)),
        "acw_status": acw, "acw_seconds": 7.25 if acw == "measured" else None,
        "transfer_kind": stage.random.choice((None, "blind", "consult")), "is_resolved": stage.random.choice((True, False, None)),
    }  # fmt: skip


def _words(stage: Stage, contact_id: str, start: datetime) -> None:
    """Customer, humans and bots in any order, from before the first leg on."""
    random, at = stage.random, start - timedelta(seconds=stage.random.choice((3, 90)))
    for _ in range(random.randrange(7)):
        at += timedelta(seconds=random.choice((*STEPS, 180.0, 86_400.0)))
        sender = random.choice(("customer", "customer", "customer", "agent", "agent", "bot"))
        stage.add(
            "messages", message_id=stage.id("M"), contact_id=contact_id, sender_type=sender, sent_at=at, is_public=True,
            sender_id=None if sender == "customer" else "BOT" if sender == "bot" else random.choice(AGENTS),
            is_automatic=False, text=random.choice(("在吗", "好的，谢谢", "怎么退款")),
        )  # fmt: skip
