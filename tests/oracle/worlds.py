"""Random worlds: canonical records as a shop might send them, small, seeded, and full of awkward cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.canonical import CANONICAL
from tests.oracle.world_calls import calls
from tests.oracle.world_chats import chats
from tests.oracle.world_staff import Raw, Stage, staff
from tests.oracle.world_tickets import tickets

STAFF = ("agents", "agent_logins", "queues", "shifts")
SCALES = ((1, 5), (1, 10), (0, 1), (1, 3), (1, 4), (0, 10), (1, 7))


@dataclass(frozen=True, slots=True)
class RawWorld:
    """Raw canonical rows by stream (identifiers and texts in the clear), and up to when they are complete."""

    rows: Mapping[str, list[Raw]]
    since: datetime
    as_of: datetime
    site_timezone: str


def random_world(
    seed: int, contacts: int = 300, days: int = 17, site_timezone: str = "Asia/Shanghai", start: datetime | None = None
) -> RawWorld:
    """A world of about this many contacts. The same arguments give the same world; of different seeds (below
    10,000) only the staff is the same."""
    zone = ZoneInfo(site_timezone)
    first = start or datetime.combine(datetime(2026, 3, 2), time(), zone).astimezone(UTC)
    stage = Stage(Random(seed), seed, zone, first, days)
    staff(stage)
    calls(stage, contacts // 2)
    chats(stage, contacts // 4)
    tickets(stage, contacts // 6)
    surveys(stage)
    return RawWorld(
        {stream: _seen(stream, rows, stage.end) for stream, rows in stage.rows.items()}, first, stage.end, site_timezone
    )


def packed(worlds: Sequence[RawWorld]) -> RawWorld:
    """Several worlds of the same days in one: their staff stands in it once, nothing else meets."""
    first = worlds[0]
    rows = {stream: list(first.rows[stream]) for stream in first.rows}
    for world in worlds[1:]:
        for stream in set(world.rows) - set(STAFF):
            rows.setdefault(stream, []).extend(world.rows[stream])
    return RawWorld(rows, first.since, first.as_of, first.site_timezone)


def _seen(stream: str, rows: list[Raw], as_of: datetime) -> list[Raw]:
    """The rows that a source covered up to as_of can have shown."""
    dated = CANONICAL[stream].dated
    return [row for row in rows if dated is None or row.get(dated) is None or row[dated] < as_of]


def surveys(stage: Stage) -> None:
    """Answers on every scale, reversed, automatic, repeated, unsolicited, unanswered; to contacts and to tickets."""
    for leg in list(stage.rows["contact_legs"]):
        if leg.get("ended_at") is not None and stage.random.random() < 0.3:
            _survey(stage, leg["ended_at"], leg.get("agent_id"), contact_id=leg["contact_id"])
    for event in stage.rows.get("ticket_events", []):
        if event["new_value"] == "solved" and stage.random.random() < 0.5:
            _survey(stage, event["occurred_at"], event["actor_id"], ticket_id=event["ticket_id"])


def _survey(stage: Stage, ended: datetime, agent: str | None, **judged: Any) -> None:
    random = stage.random
    low, high = random.choice(SCALES)
    kind = random.choice(["csat", "csat", "csat", "nps", "ces", "resolved"])
    if kind != "csat":
        low, high = {"nps": (0, 10), "ces": (1, 7), "resolved": (0, 1)}[kind]
    invited = ended + timedelta(seconds=random.choice([0, 5]))
    row: Raw = {
        "survey_id": stage.id("S"), "kind": kind, "scale_min": low, "scale_max": high, "survey_channel": "sms",
        "is_reversed": random.random() < 0.1, "is_automatic": random.random() < 0.1,
        "rated_agent_id": agent if random.random() < 0.3 else None,
        "invited_at": None if random.random() < 0.1 else invited, **judged,
    }  # fmt: skip
    if random.random() < 0.2:
        stage.add("surveys", **row)
        return
    for number in range(2 if random.random() < 0.2 else 1):
        responded = invited + timedelta(minutes=1 + 7 * number)
        if responded < stage.end:
            stage.add("surveys", **row, score=float(random.randint(low, high)), responded_at=responded)
