"""Working days of a random world: shifts with breaks and meetings, night shifts, states that do not keep to them, missing logouts."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.oracle.world_staff import Stage, local_midnight

WITH_SHIFTS = ("A1", "A2", "A3", "A9")
WITH_STATES = ("A1", "A2", "A3", "A4", "A7", "ext-1")
STATES = (
    "available",
    "busy",
    "acw",
    "break",
    "meal",
    "training",
    "meeting",
    "offline",
    "ringing",
    "dancing",
    "空闲",
    "Available",
)
REASONS = (None, None, "lunch", "training", "anything")


def working_days(stage: Stage) -> None:
    """Every agent's plan and states, day by day."""
    for agent in dict.fromkeys([*WITH_SHIFTS, *WITH_STATES]):
        for day in range(stage.days):
            hours = stage.random.choice([8, 9, 13.5, 22])
            begin = local_midnight(stage.start, day, stage.zone) + timedelta(hours=hours)
            if agent in WITH_SHIFTS and stage.random.random() < 0.7:
                _plan(stage, agent, begin)
            if agent in WITH_STATES and stage.random.random() < 0.7:
                _log(stage, agent, begin + timedelta(minutes=stage.random.choice([-20, 0, 0, 7])))


def _plan(stage: Stage, agent: str, begin: datetime) -> None:
    """A shift in pieces, or one piece of work with other things laid over it; now and then a gap."""
    random = stage.random
    end = begin + timedelta(hours=random.choice([4, 8]))
    if random.random() < 0.5:
        _shift(stage, agent, "work", begin, end)
        for _ in range(2):
            start = begin + timedelta(minutes=random.randrange(200))
            _shift(stage, agent, random.choice(["meal", "break", "training", "meeting"]), start, start + timedelta(minutes=30))
        return
    while begin < end:
        until = begin + timedelta(minutes=random.choice([30, 60, 90]), microseconds=random.choice([0, 1]))
        _shift(stage, agent, random.choice(["work", "work", "meal", "break", "training", "meeting"]), begin, until)
        begin = until + timedelta(minutes=random.choice([0, 0, 0, 15]))


def _shift(stage: Stage, agent: str, activity: str, start: datetime, end: datetime) -> None:
    key = (agent, start, activity)
    if all((row["agent_id"], row["starts_at"], row["activity"]) != key for row in stage.rows.get("shifts", [])):
        stage.add("shifts", agent_id=agent, activity=activity, starts_at=start, ends_at=end)


def _log(stage: Stage, agent: str, at: datetime) -> None:
    """States one after the other; some overlap the next, some have no end, the last is sometimes never left."""
    random = stage.random
    for number in range(random.choice([1, 3, 8])):
        lasting = timedelta(minutes=random.choice([1, 20, 45, 120]), microseconds=random.choice([0, 0, 1, 999_999]))
        until = at + lasting
        if at >= stage.end:
            return
        stage.add(
            "agent_states", agent_id=agent, state=random.choice(STATES if number else STATES[:4]), reason=random.choice(REASONS),
            started_at=at, ended_at=None if random.random() < 0.2 else until + timedelta(minutes=random.choice([0, 0, 0, 3])),
        )  # fmt: skip
        at = until + timedelta(minutes=random.choice([0, 0, 0, 10]))


def costs(stage: Stage) -> None:
    """What the months cost; each world has a cost centre of its own, and one in fifty pays somebody in a currency without a rate."""
    months = sorted({f"{day:%Y-%m}" for day in (stage.start.astimezone(stage.zone), stage.end.astimezone(stage.zone))})
    for month in months:
        for center in ("people", "lines"):
            amount = stage.random.choice([0.1, 100.0, 1234.56, None if stage.random.random() < 0.02 else 7.0])
            stage.add("costs", month=month, cost_center=f"{stage.prefix}{center}", amount=amount, currency="CNY")
    if stage.seed % 50 == 49:
        stage.add("costs", month=months[-1], cost_center=f"{stage.prefix}abroad", amount=5.0, currency="XXX")
