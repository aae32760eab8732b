"""Calls of a random world: every outcome, thresholds met exactly, transfers of each kind, repeats at the window's edge."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.oracle.world_staff import QUEUES, TOPICS, Raw, Stage

OUTCOMES = ("abandoned", "overflow", "flow_out", "callback", "voicemail", "missed", "blocked", "open", "self_service")
WEEK = timedelta(days=7)


def call(stage: Stage, start: datetime | None = None, **given: Any) -> Raw:
    """One call: its legs, sometimes a transfer with a second leg; returns its last leg."""
    random = stage.random
    contact: Raw = {"contact_id": stage.id("V"), "channel": "phone", "channel_group": "voice", "direction": "inbound"}
    contact |= {"topic": random.choice(TOPICS), "is_test": random.random() < 0.03, "is_spam": random.random() < 0.02}
    contact |= stage.customer() | given
    start = start or stage.moment()
    outcome = "answered" if random.random() < 0.6 else random.choice(OUTCOMES)
    if outcome == "answered":
        return _answered(stage, contact, start)
    if outcome == "self_service":
        return _leg(stage, contact, start, leg_kind="self_service", outcome=outcome, ended_at=start + timedelta(seconds=40))
    waited = stage.wait()
    ended = None if outcome == "open" else start + timedelta(seconds=waited)
    return _leg(
        stage, contact, start, leg_kind="queue", queue_id=random.choice(QUEUES), outcome=outcome, ended_at=ended,
        wait_seconds=None if outcome == "open" or random.random() < 0.2 else waited,
    )  # fmt: skip


def _leg(stage: Stage, contact: Raw, start: datetime, **more: Any) -> Raw:
    return stage.add("contact_legs", contact_leg_id=stage.id("L"), offered_at=start, **(contact | more))


def _answered(stage: Stage, contact: Raw, start: datetime) -> Raw:
    random = stage.random
    kind = "direct" if random.random() < 0.1 else "queue"
    queue = None if kind == "direct" else random.choice(QUEUES)
    shape = random.random()
    if shape < 0.06:
        contact = contact | {"direction": "outbound"}
        kind, queue = "outbound", None
    leg = _talk(stage, contact, start, kind, queue)
    if shape > 0.8 and kind != "outbound":
        return _transferred(stage, contact, leg)
    return leg


def _talk(stage: Stage, contact: Raw, start: datetime, kind: str, queue: str | None) -> Raw:
    """An answered leg: ACW measured, pending, missing or never measured; talk or hold sometimes not measured."""
    random = stage.random
    waited, talk = stage.wait(), round(random.expovariate(1 / 200), 6)
    hold = random.choice([None, 0.0, 0.0, 12.5])
    answered = start + timedelta(seconds=waited)
    acw = random.choice(["measured", "measured", "pending", "missing", "not_measured"])
    return _leg(
        stage, contact, start, leg_kind=kind, queue_id=queue, outcome="answered", agent_id=stage.agent(),
        answered_at=answered, ended_at=answered + timedelta(seconds=talk + (hold or 0)), ring_seconds=min(waited, 3.0),
        wait_seconds=None if random.random() < 0.2 else waited, talk_seconds=None if random.random() < 0.05 else talk,
        hold_seconds=hold, acw_seconds=round(random.uniform(0, 90), 6) if acw == "measured" else None, acw_status=acw,
        is_resolved=random.choice([True, True, False, None]), is_suspect=False,
    )  # fmt: skip


def _transferred(stage: Stage, contact: Raw, leg: Raw) -> Raw:
    """A hand-over to a queue or an agent, blind or attended, or only a consult."""
    random = stage.random
    leg["transfer_kind"] = random.choice(["blind", "attended", "consult"])
    to_queue = random.random() < 0.6
    target = random.choice(QUEUES) if to_queue else random.choice(["A4", "A5", "A1"])
    leg["transferred_to_queue" if to_queue else "transferred_to_agent"] = target
    ended: datetime = leg["ended_at"]
    if leg["transfer_kind"] == "consult":
        return _talk(stage, contact, ended - timedelta(seconds=1), "consult", target if to_queue else None)
    next_leg = _talk(stage, contact, ended, "queue" if to_queue else "transfer", target if to_queue else None)
    if not to_queue:
        next_leg["agent_id"] = target
    return next_leg


def calls(stage: Stage, count: int) -> None:
    """`count` calls, and some that come back exactly W after, a microsecond later, or in another topic."""
    call(stage, stage.start + timedelta(hours=1), is_test=False, is_spam=False)
    for _ in range(count):
        leg = call(stage)
        if leg.get("ended_at") is None or stage.random.random() > 0.15:
            continue
        again = leg["ended_at"] + stage.random.choice([WEEK, WEEK + timedelta(microseconds=1), timedelta(hours=3)])
        if again < stage.end:
            same = {name: leg[name] for name in ("customer_id", "customer_phone", "customer_email") if name in leg}
            call(stage, again, **same)
