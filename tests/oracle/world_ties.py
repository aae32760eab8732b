"""Worlds on a coarse clock: very much happens in the same moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.oracle.world_staff import Raw
from tests.oracle.worlds import RawWorld

STEP = 20 * 60
MOMENTS = (
    *("sent_at", "occurred_at", "created_at", "paid_at", "invited_at", "responded_at", "started_at"),
    *("offered_at", "assigned_at", "answered_at", "ended_at"),
)


def on_a_coarse_clock(world: RawWorld) -> RawWorld:
    """The world with its moments cut down to whole steps: messages, changes, legs, surveys, orders and states coincide.

    Waiting times are left to the moments, and a state is told once, for what of two rows with one key counts is told by files.
    """
    rows = {stream: [_coarse(row) for row in found] for stream, found in world.rows.items()}
    rows["contact_legs"] = [leg | {"wait_seconds": None} for leg in rows["contact_legs"]]
    states = {(row["agent_id"], row["started_at"], row["state"]): row for row in rows["agent_states"]}
    return replace(world, rows=rows | {"agent_states": list(states.values())})


def _coarse(row: Raw) -> Raw:
    moments = {name: row[name] for name in MOMENTS if isinstance(row.get(name), datetime)}
    return row | {name: datetime.fromtimestamp(int(at.timestamp()) // STEP * STEP, UTC) for name, at in moments.items()}
