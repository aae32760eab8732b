"""Later moves: what became of refused records after the gate, as the ledger tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deskmart.settings import Settings
from expectations import ledger

RELEASED, WAIVED = "released", "waived"


@dataclass(slots=True)
class Moves:
    """`waived` holds the hashes of given-up records by source, stream and batch, so that the same bytes landed again in the
    batch stay given up; `waived_attempts` the stopped attempts that were given up whole; `released` the addresses (page,
    position) that were let back in, by attempt."""

    waived: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)
    waived_attempts: set[str] = field(default_factory=set)
    released: dict[str, set[tuple[int, int]]] = field(default_factory=dict)

    def is_waived(self, source: str, stream: str, batch: str, sha256: str) -> bool:
        return sha256 in self.waived.get((source, stream, batch), ())


def moves(settings: Settings) -> Moves:
    """All later moves of a home."""
    found = Moves()
    for one in ledger.records(settings):
        if one["step"] == WAIVED:
            _waived(found, one)
        elif one["step"] == RELEASED:
            addresses = {(item["page"], item["position"]) for item in one["records"] if item["became"] == "accepted"}
            found.released.setdefault(one["subject"], set()).update(addresses)
    return found


def _waived(found: Moves, one: Mapping[str, Any]) -> None:
    source, stream, batch, _ = one["subject"].split("/")
    if one["is_whole"]:
        found.waived_attempts.add(one["subject"])
    found.waived.setdefault((source, stream, batch), set()).update(item["sha256"] for item in one["records"])
