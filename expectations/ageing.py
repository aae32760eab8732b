"""Ageing: how long refused records have been waiting for somebody to decide about them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from deskmart.settings import Settings
from expectations.quarantine import list_refusals

AGES = ("under 1 day", "1 to 7 days", "7 to 30 days", "30 days and more")
_FROM_DAYS = (1, 7, 30)


@dataclass(frozen=True, slots=True)
class Ageing:
    """The open records of a stream; `by_age` counts them in the classes of `AGES`, each from its first to before its last day."""

    source: str
    stream: str
    records: int
    by_age: tuple[int, ...]
    oldest_days: int


def ageing(settings: Settings, at: datetime) -> list[Ageing]:
    """Per stream how old its open records are at a moment, counted in whole days since they were first refused."""
    days: dict[tuple[str, str], list[int]] = {}
    for one in list_refusals(settings, only_open=True):
        days.setdefault((one.source, one.stream), []).append((at - one.first_seen).days)
    found = []
    for (source, stream), ages in sorted(days.items()):
        classes = [bisect_right(_FROM_DAYS, age) for age in ages]
        found.append(Ageing(source, stream, len(ages), tuple(classes.count(each) for each in range(len(AGES))), max(ages)))
    return found
