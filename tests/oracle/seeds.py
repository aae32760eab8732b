"""The policy seeds as files: the oracle shares the shop's policies with the warehouse, not its reading of them."""

from __future__ import annotations

import csv

from deskmart.freeze import PROJECT


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a policy seed, as text."""
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
