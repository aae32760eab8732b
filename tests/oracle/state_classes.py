"""What a state counts as, from the policy seed."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from deskmart.freeze import PROJECT
from tests.oracle.world import Row

UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class StateClass:
    """`counts_as`: available, busy, acw, offline ...; `keeps`: the planned class that this state keeps, if any."""

    counts_as: str
    keeps: str


@cache
def _seed() -> Mapping[tuple[str, str, str], StateClass]:
    with (PROJECT / "seeds" / "state_classes.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["kind"], row["name"], row["reason"]): StateClass(row["state_class"], row["planned_class"])
            for row in csv.DictReader(file)
        }


def class_of(state: Row) -> StateClass:
    """A row with the state's reason goes before `*`; a state that no row names is online, and nothing else."""
    name, reason = (state.get("state") or "").strip().lower(), (state.get("reason") or "").strip().lower()
    found = _seed().get(("state", name, reason)) or _seed().get(("state", name, "*"))
    return found or StateClass(UNMAPPED, "")


def planned_class(activity: str) -> str:
    """The class that a planned activity asks for."""
    return _seed()[("activity", activity, "*")].keeps
