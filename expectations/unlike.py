"""Unlike the past: what an attempt's profile has that the recent past had not. Fields, hours and days are named, values never."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from statistics import median
from zoneinfo import ZoneInfo

from expectations.profile import HOUR, Profile

LEAST_SEEN = 20  # records that tell whether a field is always there
WEEKS = 8
LEAST_WEEKS = 3
LEAST_PER_HOUR, LEAST_PER_DAY = 12, 20
_WEEK_HOURS = 168
_LATE = 6 * HOUR
_PAST = 10  # profiles that fields are compared with


def fields_added(now: Profile, before: Sequence[Profile]) -> list[str]:
    """Fields that no earlier batch had."""
    known = {name for profile in before[-_PAST:] for name in profile.fields}
    return sorted(name for name in now.fields if name not in known) if known else []


def fields_removed(now: Profile, before: Sequence[Profile]) -> list[str]:
    """Fields that were in every record of the last batches, and are in none of this one."""
    if max((seen.looked_at for seen in now.fields.values()), default=0) < LEAST_SEEN:
        return []
    told = [profile for profile in before if profile.fields][-LEAST_WEEKS:]
    gone = {name for profile in told for name in profile.fields} - set(now.fields)
    return sorted(name for name in gone if all(_always_there(profile, name) for profile in told))


def _always_there(profile: Profile, name: str) -> bool:
    seen = profile.fields.get(name)
    return seen is not None and seen.present == seen.looked_at >= LEAST_SEEN


def fields_retyped(now: Profile, before: Sequence[Profile]) -> list[str]:
    """Fields with a type that they never had, each as `name: old → new`."""
    found = []
    for name, seen in sorted(now.fields.items()):
        known = {one for profile in before[-_PAST:] if name in profile.fields for one in profile.fields[name].types}
        if known and (new := seen.types - known):
            found.append(f"{name}: {', '.join(sorted(known))} → {', '.join(sorted(new))}")
    return found


def hours_without_rows(now: Profile, before: Sequence[Profile], zone: ZoneInfo) -> list[str]:
    """Stretches of hours of the batch without a row that had rows on the same weekday in all weeks around, a dozen as a rule."""
    own = {_local(hour, zone): count for hour, count in now.hours.items()}
    if not own:
        return []
    pool = _pool(now, before, zone)
    span = (min(pool), max(pool))
    first, last = _span(now, zone)
    empty = [hour for hour in range(first, last) if hour not in own and _is_busy(hour, pool, span)]
    return [_stretch(hours) for hours in _runs(empty)]


def _is_busy(hour: int, pool: Mapping[int, int], span: tuple[int, int]) -> bool:
    around = [hour + weeks * _WEEK_HOURS for weeks in range(-WEEKS, WEEKS + 1) if weeks]
    known = [one for one in around if span[0] <= one <= span[1]]
    counts = [pool[one] for one in known if one in pool]
    return LEAST_WEEKS <= len(counts) == len(known) and median(counts) >= LEAST_PER_HOUR


def days_of_unusual_volume(now: Profile, before: Sequence[Profile], zone: ZoneInfo) -> list[str]:
    """Whole days with less than half or more than twice the rows that the same weekday has in the weeks around."""
    days = _by_day(_pool(now, before, zone))
    first, last = _span(now, zone)
    found = []
    for day in range(-(-first // 24), last // 24):
        around = [days[day + weeks * 7] for weeks in range(-WEEKS, WEEKS + 1) if weeks and day + weeks * 7 in days]
        usual, count = median(around) if len(around) >= LEAST_WEEKS else 0, days.get(day, 0)
        if usual >= LEAST_PER_DAY and not 0.5 * usual <= count <= 2 * usual:
            found.append(f"{_date(day)}: {count}, usually {usual:g}")
    return found


def ends_early(now: Profile, before: Sequence[Profile]) -> list[str]:
    """The hours between the newest row and the batch's end, when these are far more than ever of late."""
    lags = [profile.lag for profile in before[-WEEKS:] if profile.lag is not None]
    if now.lag is None or len(lags) < LEAST_WEEKS or now.lag <= max(_LATE, 2 * max(lags)):
        return []
    return [f"{now.lag / HOUR:.0f} h, of late at most {max(lags) / HOUR:.0f} h"]


def _pool(now: Profile, before: Sequence[Profile], zone: ZoneInfo) -> dict[int, int]:
    """Rows by local hour, of this batch and of those around it; of batches that overlap the larger count."""
    first = min(now.hours, default=0) - WEEKS * _WEEK_HOURS
    pool: dict[int, int] = {}
    for profile in (*before, now):
        for hour, count in profile.hours.items():
            if hour >= first:
                local = _local(hour, zone)
                pool[local] = max(pool.get(local, 0), count)
    return pool


def _span(now: Profile, zone: ZoneInfo) -> tuple[int, int]:
    """The first whole local hour of the batch and the one after its last; of a file without days, those of its rows."""
    if now.start is not None and now.end is not None:
        return _local(-(-int(now.start) // HOUR), zone), _local(int(now.end) // HOUR, zone)
    return (_local(min(now.hours), zone), _local(max(now.hours), zone)) if now.hours else (0, 0)


def _by_day(hours: Mapping[int, int]) -> dict[int, int]:
    days: dict[int, int] = {}
    for hour, count in hours.items():
        days[hour // 24] = days.get(hour // 24, 0) + count
    return days


def _local(hour: int, zone: ZoneInfo) -> int:
    """An hour since 1970 as the hour on the clock, counted the same way."""
    return hour + _offset(hour // 24, zone)


@lru_cache(maxsize=20_000)
def _offset(day: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(day * 24 * HOUR, zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / HOUR)


def _runs(hours: Sequence[int]) -> Iterator[list[int]]:
    for _, run in groupby(enumerate(hours), lambda pair: pair[1] - pair[0]):
        yield [hour for _, hour in run]


def _stretch(hours: Sequence[int]) -> str:
    start, end = (datetime.fromtimestamp(hour * HOUR, UTC) for hour in (hours[0], hours[-1] + 1))
    return (
        f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}"
        if start.date() != end.date()
        else f"{start:%Y-%m-%d %H:%M} – {end:%H:%M}"
    )


def _date(day: int) -> str:
    return f"{datetime.fromtimestamp(day * 24 * HOUR, UTC):%Y-%m-%d}"
