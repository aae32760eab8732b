"""Business time as DESIGN.md (Time) tells it: the overlap with a calendar of weekly hours, holidays and make-up days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from tests.oracle.seeds import seed
from tests.oracle.world import seconds_between


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Hours by ISO weekday of each effective_from, and the days that are not as their weekday."""

    hours: Mapping[date, Mapping[int, list[tuple[str, str]]]]
    days: Mapping[date, int | None]

    def open(self, day: date) -> list[tuple[str, str]]:
        weekday = self.days.get(day, day.isoweekday())
        since = max((begin for begin in self.hours if begin <= day), default=None)
        return [] if weekday is None or since is None else self.hours[since].get(weekday, [])


def business_seconds(start: datetime, end: datetime, queue_id: str | None, group: str | None, zone: ZoneInfo) -> Decimal:
    """Seconds of [start, end) in which the calendar of a queue or channel group is open; 0 where there is none."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    calendar = _calendars().get(_assigned(queue_id or "", group or "", first) or "")
    found = Decimal(0)
    for number in range((last - first).days + 1):
        for opens, closes in _stretches(calendar, first + timedelta(days=number), zone):
            if min(closes, end) > max(opens, start):
                found += seconds_between(max(opens, start), min(closes, end))
    return found


def business_due(start: datetime, target: int, queue_id: str | None, group: str | None, zone: ZoneInfo) -> datetime | None:
    """The first moment by which the calendar was open for `target` seconds since start; None where there is no calendar."""
    day, left = start.astimezone(zone).date(), timedelta(seconds=target)
    calendar = _calendars().get(_assigned(queue_id or "", group or "", day) or "")
    for number in range(400 if calendar is not None else 0):
        for opens, closes in sorted(_stretches(calendar, day + timedelta(days=number), zone)):
            begin = max(opens, start)
            if closes > begin and left <= closes - begin:
                return begin + left
            left -= max(closes - begin, timedelta(0))
    return None


def _stretches(calendar: _Calendar | None, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for opens, closes in [] if calendar is None else calendar.open(day):
        yield _moment(day, opens, zone), _moment(day, closes, zone)


def _moment(day: date, wall: str, zone: ZoneInfo) -> datetime:
    """A wall time of a day; 24:00 is the next midnight. (Compared as a moment: aware times of one zone compare by the wall.)"""
    hour, minute = (int(part) for part in wall.split(":")[:2])
    local = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24, minute), zone)
    return local.astimezone(UTC)


@cache
def _calendars() -> Mapping[str, _Calendar]:
    hours: dict[str, dict[date, dict[int, list[tuple[str, str]]]]] = {}
    days: dict[str, dict[date, int | None]] = {}
    for row in seed("calendars"):
        of_weekday = hours.setdefault(row["calendar_id"], {}).setdefault(date.fromisoformat(row["effective_from"]), {})
        of_weekday.setdefault(int(row["weekday"]), []).append((row["opens_at"], row["closes_at"]))
    for row in seed("calendar_days"):
        as_weekday = int(row["works_as_weekday"]) if row["works_as_weekday"] else None
        days.setdefault(row["calendar_id"], {})[date.fromisoformat(row["calendar_date"])] = as_weekday
    return {name: _Calendar(found, days.get(name, {})) for name, found in hours.items()}


@cache
def _assigned(queue_id: str, group: str, day: date) -> str | None:
    """The most specific row in force: the queue's before the channel group's before everybody's."""
    fitting = [
        row
        for row in seed("calendar_assignments")
        if row["queue_id"] in ("*", queue_id) and row["channel_group"] in ("*", group) and row["effective_from"] <= str(day)
    ]
    best = max(
        fitting, key=lambda row: (row["queue_id"] != "*", row["channel_group"] != "*", row["effective_from"]), default=None
    )
    return None if best is None else best["calendar_id"]
