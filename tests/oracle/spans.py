"""Stretches of time: disjoint unions, what two have in common, cuts at moments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.oracle.world import seconds_between

Span = tuple[datetime, datetime]


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time as disjoint spans in order; empty and negative ones are none."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def common(some: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """The time in both."""
    others = union(others)
    return [
        (max(start, begin), min(end, until))
        for start, end in union(some)
        for begin, until in others
        if max(start, begin) < min(end, until)
    ]


def without(some: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """The time in the first and not in the second."""
    left = union(some)
    for begin, until in union(others):
        left = [
            piece for start, end in left for piece in ((start, min(end, begin)), (max(start, until), end)) if piece[0] < piece[1]
        ]
    return left


def cut(spans: Iterable[Span], moments: Iterable[datetime]) -> list[Span]:
    """The spans in pieces, each wholly before or wholly after every moment."""
    pieces = list(spans)
    for moment in moments:
        pieces = [
            piece
            for start, end in pieces
            for piece in ([(start, moment), (moment, end)] if start < moment < end else [(start, end)])
        ]
    return pieces


def midnights(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """The local midnights between two moments."""
    found, day = [], start.astimezone(zone).date() + timedelta(days=1)
    while (moment := datetime.combine(day, time(), zone).astimezone(UTC)) < end:
        found.append(moment)
        day += timedelta(days=1)
    return found


def by_day(spans: Iterable[Span], zone: ZoneInfo) -> list[Span]:
    """The spans cut at local midnight."""
    return [piece for span in spans for piece in cut([span], midnights(*span, zone))]


def total(spans: Iterable[Span]) -> Decimal:
    """Seconds of disjoint spans."""
    return sum((seconds_between(start, end) for start, end in spans), Decimal(0))
