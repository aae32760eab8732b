"""Adjustments of a random world: rows of every kind left out of one KPI, of several, of all; and some that name nothing."""

from __future__ import annotations

from datetime import timedelta

from ingestion.canonical import CANONICAL
from tests.oracle.catalogue import CATALOGUE
from tests.oracle.world_staff import Raw, Stage

IDS = {
    "contact_legs": ("contact_leg_id", "contact_id"),
    "tickets": ("ticket_id",),
    "surveys": ("survey_id",),
    "reviews": ("review_id",),
    "orders": ("order_id",),
    "costs": ("month",),
}


def adjustments(stage: Stage) -> None:
    """A few of each stream's rows, some agents' days, and names that nobody bears."""
    random = stage.random
    for stream, names in IDS.items():
        rows = stage.rows.get(stream, [])
        for row in random.sample(rows, k=min(len(rows), 1 + len(rows) // (4 if stream == "orders" else 25))):
            _adjust(stage, _subject(stream, row, random.choice(names)))
    for number in range(4):
        _adjust(stage, f"A{number}@{(stage.start + timedelta(days=random.randrange(stage.days))):%Y-%m-%d}")
    _adjust(stage, "nobody-1")
    stage.add(
        "adjustments",
        subject="nobody-2",
        kpi="no_such_kpi",
        reason="a slip of the pen",
        approved_by="Wang Min",
        approved_at=stage.start,
    )


def _subject(stream: str, row: Raw, name: str) -> str:
    kind = next(field.kind for field in CANONICAL[stream].fields if field.name == name)
    return f"{kind}:k1:{row[name]}" if stream == "orders" else str(row[name])


def _adjust(stage: Stage, subject: str) -> None:
    """Out of all KPIs, or out of a third of them, one adjustment each."""
    random = stage.random
    kpis = ["*"] if random.random() < 0.4 else [kpi for kpi in CATALOGUE if random.random() < 0.3]
    for kpi in kpis:
        stage.add(
            "adjustments", subject=subject, kpi=kpi, reason="the trunk was down", approved_by="Wang Min", approved_at=stage.start
        )  # fmt: skip
