"""Batches and intervals: names that can be read back, and days that are 23, 24 or 25 hours long."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskmart.batch import Batch, Interval
from deskmart.errors import UsageError

SECONDS = st.integers(0, 4_000_000_000)
NAMES = st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True)


@given(NAMES, NAMES, SECONDS, st.integers(1, 10_000_000))
def test_an_interval_batch_reads_back_from_its_name(source: str, stream: str, start: int, length: int) -> None:
    since = datetime.fromtimestamp(start, UTC)
    batch = Batch(source, stream, since, since + timedelta(seconds=length))
    assert Batch.parse(str(batch)) == batch


@given(NAMES, NAMES, st.from_regex(r"[a-z0-9_]+-[a-z0-9_.-]*-[0-9a-f]{12}", fullmatch=True))
def test_a_files_batch_reads_back_from_its_name_without_its_interval(source: str, stream: str, part: str) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    named = str(Batch(source, stream, since, since + timedelta(days=1), part))
    assert Batch.parse(named) == Batch(source, stream, None, None, part)
    assert str(Batch.parse(named)) == named


@pytest.mark.parametrize(
    ("since", "until"),
    [
        pytest.param(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), id="turned round"),
        pytest.param(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), id="empty"),
        pytest.param(None, None, id="no interval and no part"),
    ],
)
def test_a_batch_that_covers_nothing_is_a_usage_error(since: datetime | None, until: datetime | None) -> None:
    with pytest.raises(UsageError):
        Batch("a", "b", since, until)


def test_a_batch_knows_only_utc() -> None:
    china = timezone(timedelta(hours=8))
    with pytest.raises(ValueError, match="UTC"):
        Batch("a", "b", datetime(2026, 1, 1, tzinfo=china), datetime(2026, 1, 2, tzinfo=china))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        pytest.param("Asia/Shanghai", date(2026, 3, 8), 24, id="no change of clocks"),
        pytest.param("America/New_York", date(2026, 3, 8), 23, id="spring forward"),
        pytest.param("America/New_York", date(2026, 11, 1), 25, id="fall back"),
        pytest.param("Australia/Lord_Howe", date(2026, 4, 5), 24.5, id="half an hour back"),
        pytest.param("America/Sao_Paulo", date(2018, 11, 4), 23, id="a day whose midnight does not exist"),
    ],
)
def test_a_local_day_is_as_long_as_its_clocks_make_it(zone: str, day: date, hours: float) -> None:
    there = ZoneInfo(zone)
    interval = Interval.of_days(day, day + timedelta(days=1), there)
    assert interval.until - interval.since == timedelta(hours=hours)
    assert interval.since.astimezone(there).date() == day
    assert (interval.since - timedelta(microseconds=1)).astimezone(there).date() == day - timedelta(days=1)
    assert interval.until.utcoffset() == timedelta(0)


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(1, 40), st.integers(1, 40))
def test_days_meet_without_gap_or_overlap(first: date, length: int, more: int) -> None:
    zone = ZoneInfo("America/New_York")
    middle, last = first + timedelta(days=length), first + timedelta(days=length + more)
    parts = Interval.of_days(first, middle, zone), Interval.of_days(middle, last, zone)
    assert parts[0].until == parts[1].since
    assert Interval.of_days(first, last, zone) == Interval(parts[0].since, parts[1].until)


@pytest.mark.parametrize("until", [date(2026, 1, 1), date(2025, 12, 31)])
def test_an_until_that_is_not_after_since_is_a_usage_error(until: date) -> None:
    with pytest.raises(UsageError, match="first day that is not wanted"):
        Interval.of_days(date(2026, 1, 1), until, ZoneInfo("Asia/Shanghai"))
