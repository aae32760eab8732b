"""Random worlds: canonical records as a shop might send them, small, seeded, and full of awkward cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from random import Random
from zoneinfo import ZoneInfo

from ingestion.canonical import CANONICAL
from tests.oracle.world_adjustments import adjustments
from tests.oracle.world_calls import calls
from tests.oracle.world_chats import chats
from tests.oracle.world_crowds import crowds
from tests.oracle.world_customers import notes, orders, reviews
from tests.oracle.world_days import costs, working_days
from tests.oracle.world_journeys import journeys
from tests.oracle.world_odds import odds
from tests.oracle.world_staff import Raw, Stage, staff
from tests.oracle.world_surveys import surveys
from tests.oracle.world_tickets import tickets
from tests.oracle.world_words import words

SHARED = ("queues",)
AGENT_COLUMNS = ("agent_id", "login", "sender_id", "rated_agent_id", "transferred_to_agent", "complaint_about_agent_id",
                 "assignee_id", "actor_id")  # fmt: skip


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
    journeys(stage, contacts // 6)
    tickets(stage, contacts // 6)
    crowds(stage, contacts // 40)
    working_days(stage)
    costs(stage)
    surveys(stage)
    notes(stage)
    orders(stage)
    reviews(stage)
    words(stage)
    odds(stage, contacts // 6)
    adjustments(stage)
    return RawWorld(
        {stream: _seen(stream, rows, stage.end) for stream, rows in stage.rows.items()}, first, stage.end, site_timezone
    )


def packed(worlds: Sequence[RawWorld]) -> RawWorld:
    """Several worlds of the same days in one: they share queues and teams, the agents of each are its own."""
    first = worlds[0]
    rows: dict[str, list[Raw]] = {stream: list(first.rows[stream]) for stream in SHARED}
    for number, world in enumerate(worlds):
        for stream in set(world.rows) - set(SHARED):
            rows.setdefault(stream, []).extend(_of_own_agents(stream, row, f"P{number}-") for row in world.rows[stream])
    return RawWorld(rows, first.since, first.as_of, first.site_timezone)


def _of_own_agents(stream: str, row: Raw, prefix: str) -> Raw:
    names = {name for name in AGENT_COLUMNS if row.get(name) is not None}
    if stream == "ticket_events" and row["field"] == "assignee":
        names |= {name for name in ("old_value", "new_value") if row.get(name) is not None}
    if stream == "adjustments" and "@" in row["subject"]:
        names.add("subject")  # an agent's day
    return row | {name: f"{prefix}{row[name]}" for name in names}


def _seen(stream: str, rows: list[Raw], as_of: datetime) -> list[Raw]:
    """The rows that a source covered up to as_of can have shown: nothing of them is later."""
    dates = {CANONICAL[stream].dated, "answered_at", "ended_at"} if stream == "contact_legs" else {CANONICAL[stream].dated}
    return [row for row in rows if all(row.get(name or "") is None or row[name or ""] < as_of for name in dates)]
