"""What really happened in the pretend shop as canonical records: true persons, true agents, what was really said.

The modules of this folder are written from the world's objects alone; no source system's answer and no model of the warehouse is
read. A person's number stands where the source systems have phones, addresses and accounts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Raw = dict[str, Any]


def at_utc(moment: int) -> datetime:
    """Epoch seconds as canonical records have them."""
    return datetime.fromtimestamp(moment, UTC)


def person(person_id: int) -> str:
    """The true person, where systems have a customer's id."""
    return f"person {person_id}"
