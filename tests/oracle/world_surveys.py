"""Surveys of a random world: every kind and scale, reversed, automatic, rated again, unsolicited, late, unanswered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.oracle.world_staff import Raw, Stage

SCALES = ((1, 5), (1, 10), (0, 1), (1, 3), (1, 4), (0, 10), (1, 7))
KINDS = ("csat", "csat", "csat", "csat", "nps", "ces", "resolved")
WEEK = timedelta(days=7)


def surveys(stage: Stage) -> None:
    """About contacts, about tickets, and about nothing known."""
    for leg in list(stage.rows["contact_legs"]):
        if leg.get("ended_at") is not None and stage.random.random() < 0.3:
            _survey(stage, leg["ended_at"], leg.get("agent_id"), contact_id=leg["contact_id"])
    for event in stage.rows.get("ticket_events", []):
        if event["new_value"] == "solved" and stage.random.random() < 0.5:
            _survey(stage, event["occurred_at"], event["actor_id"], ticket_id=event["ticket_id"])
    for _ in range(3):
        _survey(stage, stage.moment(), stage.random.choice([None, "A1"]))


def _scale(stage: Stage) -> tuple[str, int, int]:
    """A kind and its scale; now and then nps or ces on a scale that is not theirs."""
    random = stage.random
    kind = random.choice(KINDS)
    low, high = random.choice(SCALES)
    if kind != "csat" and random.random() < 0.9:
        low, high = {"nps": (0, 10), "ces": (1, 7), "resolved": (0, 1)}[kind]
    return kind, low, high


def _survey(stage: Stage, ended: datetime, agent: str | None, **judged: Any) -> None:
    random = stage.random
    kind, low, high = _scale(stage)
    invited = ended + timedelta(seconds=random.choice([0, 5]))
    row: Raw = {
        "survey_id": stage.id("S"), "kind": kind, "scale_min": low, "scale_max": high, "survey_channel": "sms",
        "is_reversed": random.random() < 0.1, "rated_agent_id": agent if random.random() < 0.3 else None,
        "invited_at": None if random.random() < 0.1 else invited, **judged,
    }  # fmt: skip
    shape = random.random()
    if shape < 0.2:
        if row["invited_at"] is not None:
            stage.add("surveys", **row, is_automatic=False)
        return
    late = random.choice([WEEK, WEEK + timedelta(microseconds=1)]) if shape < 0.3 else timedelta(minutes=1)
    _answer(stage, row, invited + late, is_automatic=shape > 0.85)
    if shape > 0.75:
        _answer(stage, row, invited + late + timedelta(minutes=7), is_automatic=False)


def _answer(stage: Stage, row: Raw, responded: datetime, is_automatic: bool) -> None:
    """An answer; some leave a word with it, an empty one, or none."""
    random = stage.random
    if responded < stage.end:
        stage.add(
            "surveys", **row, score=float(random.randint(row["scale_min"], row["scale_max"])), responded_at=responded,
            is_automatic=is_automatic, comment=random.choice(["太慢了", None, None, "not solved"]),
        )  # fmt: skip
