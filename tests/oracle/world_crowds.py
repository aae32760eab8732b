"""Crowds of a random world: one agent in 1, 2 or 5 chats at once, with after-call work that reaches into the next."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.oracle.world_staff import QUEUES, Raw, Stage


def crowds(stage: Stage, count: int) -> None:
    """`count` times an agent has several chats open; some of them over midnight."""
    for _ in range(count):
        agent, start = stage.agent(), stage.moment()
        if stage.random.random() < 0.3:
            local = start.astimezone(stage.zone)
            start += timedelta(days=1) - timedelta(hours=local.hour, minutes=local.minute + 10)
        for _ in range(stage.random.choice([1, 2, 2, 3, 5])):
            if start < stage.end - timedelta(hours=2):
                _chat(stage, agent, start)
            start += timedelta(seconds=stage.random.choice([0.0, 0.000001, 59.999999, 241.333333]))


def _chat(stage: Stage, agent: str, start: datetime) -> Raw:
    random = stage.random
    contact: Raw = {"contact_id": stage.id("K"), "channel": "wechat", "channel_group": "chat", "direction": "inbound"}
    talked = random.choice([0.0, 100.0, 600.000001, 1800.5, 3600.0])
    status = random.choice(["measured", "measured", "pending", "missing", "not_measured"])
    return stage.add(
        "contact_legs", contact_leg_id=stage.id("L"), leg_kind="queue", outcome="answered", queue_id=random.choice(QUEUES),
        agent_id=None if random.random() < 0.05 else agent, offered_at=start, answered_at=start, assigned_at=start,
        ended_at=start + timedelta(seconds=talked), wait_seconds=0.0, talk_seconds=talked, acw_status=status,
        acw_seconds=random.choice([0.0, 45.000001, 300.0]) if status == "measured" else None, **(contact | stage.customer()),
    )  # fmt: skip
