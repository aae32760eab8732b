"""The policy seeds as files: the oracle shares the shop's policies with the warehouse, not its reading of them."""

from __future__ import annotations

import csv
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from deskmart.freeze import PROJECT

SEEDS = PROJECT / "seeds"
ANY = "*"
SeedRow = dict[str, str]


def seed(name: str, folder: Path = SEEDS) -> list[SeedRow]:
    """The rows of a policy seed, as text."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(slots=True)
class Rules:
    """The rows of a seed with queue, channel group and the like, each in force from a day on."""

    rows: list[SeedRow]
    _fitting: dict[Hashable, list[SeedRow]] = field(default_factory=dict)

    def in_force(self, on: date, **place: str | None) -> SeedRow | None:
        """The most specific row of a day: the first word of `place` weighs most; of equals the newest. None: no row fits."""
        day = on.isoformat()
        return next((row for row in self.fitting(**place) if row["effective_from"] <= day), None)

    def all_in_force(self, on: date, **place: str | None) -> list[SeedRow]:
        """The same where a policy is several rows of one day."""
        best = self.in_force(on, **place)
        return [] if best is None else [row for row in self.fitting(**place) if _weight(row, place) == _weight(best, place)]

    def fitting(self, **place: str | None) -> list[SeedRow]:
        """The rows of a place, whenever they come into force: the most specific first, of equals the newest."""
        key = tuple(place.items())
        if key not in self._fitting:
            rows = [row for row in self.rows if _fits(row, place)]
            self._fitting[key] = sorted(rows, key=lambda row: _weight(row, place), reverse=True)
        return self._fitting[key]


def _fits(row: SeedRow, place: dict[str, str | None]) -> bool:
    return all(row[name] in (ANY, value) for name, value in place.items())


def _weight(row: SeedRow, place: dict[str, str | None]) -> tuple[list[bool], str]:
    return [row[name] != ANY for name in place], row["effective_from"]
