"""Journeys of a random world over several legs: overflow, flow-out, callback, voicemail, IVR, bot, and customers who come again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.oracle.world_staff import QUEUES, TOPICS, Raw, Stage

DAY = timedelta(days=1)
EDGE = timedelta(microseconds=1)


class _Journey:
    """A contact that goes on, leg by leg."""

    def __init__(self, stage: Stage, channel: str, group: str) -> None:
        self.stage, self.at = stage, stage.moment()
        self.contact: Raw = {"contact_id": stage.id("J"), "channel": channel, "channel_group": group, "direction": "inbound"}
        self.contact |= {"topic": stage.random.choice(TOPICS), "is_test": stage.random.random() < 0.03} | stage.customer()

    def leg(self, outcome: str, seconds: float, kind: str = "queue", queue: str | None = None) -> Raw:
        """One more leg that lasts so long; the next one begins where it ends."""
        start, self.at = self.at, self.at + timedelta(seconds=seconds)
        if queue is None and kind == "queue":
            queue = self.stage.random.choice(QUEUES)
        waited = seconds if self.stage.random.random() < 0.7 and kind == "queue" else None
        return self.stage.add(
            "contact_legs", contact_leg_id=self.stage.id("L"), leg_kind=kind, outcome=outcome, offered_at=start,
            ended_at=None if outcome == "open" else self.at, queue_id=queue, wait_seconds=waited, **self.contact,
        )  # fmt: skip

    def talk(self, kind: str = "queue", queue: str | None = None, agent: str | None = None) -> Raw:
        """A leg that a human, or whoever is named, takes after some ringing; ACW of one kind or another."""
        random = self.stage.random
        waited, talked = self.stage.wait(), round(random.expovariate(1 / 300), 6)
        leg = self.leg("answered", waited + talked, kind, queue)
        acw = random.choice(["measured", "measured", "pending", "missing", "not_measured", None])
        leg |= {
            "agent_id": agent or self.stage.agent(), "answered_at": leg["offered_at"] + timedelta(seconds=waited),
            "wait_seconds": waited if leg["wait_seconds"] is not None else None, "acw_status": acw,
            "ring_seconds": random.choice([None, 0.0, waited, round(waited / 2, 6)]), "talk_seconds": talked,
            "acw_seconds": random.choice([0.0, 12.25]) if acw == "measured" else None,
        }  # fmt: skip
        return leg


def _overflown(journey: _Journey) -> None:
    """Through two queues, sometimes both in vain."""
    journey.leg(journey.stage.random.choice(["overflow", "flow_out"]), journey.stage.wait())
    if journey.stage.random.random() < 0.6:
        journey.talk()
    else:
        journey.leg(journey.stage.random.choice(["abandoned", "missed", "overflow", "open"]), journey.stage.wait())


def _called_back(journey: _Journey) -> None:
    """A callback or voicemail, answered later or never."""
    journey.leg(journey.stage.random.choice(["callback", "voicemail"]), journey.stage.wait())
    journey.at += timedelta(minutes=journey.stage.random.choice([0, 3, 90]))
    if journey.stage.random.random() < 0.7:
        journey.talk("callback", queue=journey.stage.random.choice([None, *QUEUES]))
    else:
        journey.leg("missed", 30, "callback")


def _ivr(journey: _Journey) -> None:
    """Self-service first; contained, or on to a queue."""
    journey.leg("self_service", 25, "self_service", journey.stage.random.choice([None, "Q1"]))
    if journey.stage.random.random() < 0.4:
        journey.talk()
    elif journey.stage.random.random() < 0.3:
        journey.leg("abandoned", journey.stage.wait())


def _bot(journey: _Journey) -> None:
    """A bot's own answered leg; contained, or handed over."""
    journey.talk(agent="BOT")
    if journey.stage.random.random() < 0.4:
        journey.talk("transfer")


def _blocked(journey: _Journey) -> None:
    journey.leg("blocked", 0, queue=journey.stage.random.choice(QUEUES))


def _back_and_forth(journey: _Journey) -> None:
    """Handed to another queue and back, each time blind or attended."""
    for _ in range(3):
        leg = journey.talk()
        leg |= {"transfer_kind": journey.stage.random.choice(["blind", "attended"]), "transferred_to_queue": "Q2"}
    journey.talk()


def _over_midnight(journey: _Journey) -> None:
    """A talk that begins shortly before a local midnight and ends after it."""
    day = journey.at + DAY
    journey.at = day - timedelta(hours=day.astimezone(journey.stage.zone).hour, minutes=5)
    journey.talk()["ended_at"] += timedelta(hours=1)


JOURNEYS: tuple[Callable[[_Journey], None], ...] = (
    _overflown, _overflown, _called_back, _ivr, _bot, _blocked, _back_and_forth, _over_midnight,
)  # fmt: skip


def journeys(stage: Stage, count: int) -> None:
    """`count` contacts over several legs; some customers come again within 24 h, at its edge, or just after."""
    for _ in range(count):
        channel, group = stage.random.choice([("phone", "voice"), ("phone", "voice"), ("wechat", "chat")])
        journey = _Journey(stage, channel, group)
        stage.random.choice(JOURNEYS)(journey)
        if stage.random.random() < 0.3:
            _come_again(stage, journey)


def _come_again(stage: Stage, first: _Journey) -> None:
    again = _Journey(stage, "phone", "voice")
    again.contact |= {name: value for name, value in first.contact.items() if name.startswith("customer_")}
    again.at = first.at + stage.random.choice([DAY, DAY + EDGE, EDGE, timedelta(hours=2)])
    if again.at < stage.end - timedelta(hours=6):
        again.talk()
