"""Adjustments: a row whose id is named stays out of the sums of a KPI, or of all (`*`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from tests.oracle.parts import Part
from tests.oracle.world import World


def adjusted(world: World, parts: Iterable[Part]) -> list[Part]:
    """The parts that no adjustment takes out. What a row means for other rows (a repeat, a window) stays as it was."""
    named: Mapping[str, set[str]] = _named(world)
    return [part for part in parts if not any({part.kpi, "*"} & named.get(subject, set()) for subject in part.subjects)]


def _named(world: World) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in world["adjustments"]:
        found[row["subject"]].add(row["kpi"])
    return dict(found)
