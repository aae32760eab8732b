"""Business time: what the models and macros of calendars count, against opening hours added up in plain Python."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import pytest

from deskmart.freeze import PROJECT
from tests.warehouse.quick import load_seeds
from tests.warehouse.rendering import rendered_text

HOLIDAY, MAKE_UP, CHANGE = date(2026, 3, 27), date(2026, 3, 28), date(2026, 4, 13)
BETWEEN = """
    select {{ business_seconds('a', 'w.started_at', 'b', 'w.ended_at') }}
    from waits as w
    {{ join_business_slot('a', 'w.calendar_id', 'w.started_at') }}
    {{ join_business_slot('b', 'w.calendar_id', 'w.ended_at') }}
    order by w.id
"""
DUE = """
    select {{ business_due('stretch', 'begun.reading') }}
    from (
        select w.*, {{ business_clock('a', 'w.started_at') }} + w.target as reading
        from waits as w
        {{ join_business_slot('a', 'w.calendar_id', 'w.started_at') }}
    ) as begun
    {{ join_business_due('stretch', 'begun.calendar_id', 'begun.reading') }}
    order by begun.id
"""


class Wait(NamedTuple):
    calendar: str
    start: datetime
    end: datetime


def hours(calendar: str, day: date) -> list[tuple[str, str]]:
    """The opening hours of the test's calendars, as its seeds below say."""
    if calendar == "always":
        return [("00:00", "24:00")]
    if day == HOLIDAY:
        return []
    weekday = 1 if day == MAKE_UP else day.isoweekday()
    if day >= CHANGE:
        return [("10:00", "16:00")] if weekday == 7 else []
    return [("09:00", "12:00"), ("13:30", "18:00")] if weekday <= 5 else []


@cache
def openings(calendar: str, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    days = [date(2026, 3, 1) + timedelta(number) for number in range(200)]
    return [(wall(day, opens, zone), wall(day, closes, zone)) for day in days for opens, closes in hours(calendar, day)]


def wall(day: date, text: str, zone: ZoneInfo) -> datetime:
    if text == "24:00":
        return datetime.combine(day + timedelta(1), time(), zone).astimezone(UTC)
    return datetime.combine(day, time.fromisoformat(text), zone).astimezone(UTC)


def overlap(calendar: str, zone: ZoneInfo, start: datetime, end: datetime) -> timedelta:
    return sum(
        (max(min(closes, end) - max(opens, start), timedelta()) for opens, closes in openings(calendar, zone)), timedelta()
    )


@pytest.fixture(scope="module")
def shipped() -> duckdb.DuckDBPyConnection:
    """The calendars of the project's seeds."""
    connection = opened("2027-12-31")
    connection.execute("create schema seeds")
    connection.execute("set search_path = 'main,seeds'")
    load_seeds(connection)
    return laid_out(connection, "Asia/Shanghai")


@pytest.fixture(scope="module", params=["Asia/Shanghai", "Europe/Berlin", "America/New_York"])
def a_site(request: pytest.FixtureRequest) -> tuple[duckdb.DuckDBPyConnection, ZoneInfo]:
    """Three calendars laid out in a zone: a split shift that changes on a Monday, holidays, and one that never closes."""
    connection = opened("2026-05-10")
    connection.execute(
        "create table calendars (calendar_id varchar, weekday int, opens_at varchar, closes_at varchar, effective_from date)"
    )
    for weekday in range(1, 8):
        connection.execute("insert into calendars values ('always', ?, '00:00', '24:00', '1970-01-01')", [weekday])
        for opens, closes in [("09:00", "12:00"), ("13:30", "18:00")] if weekday <= 5 else []:
            connection.execute("insert into calendars values ('split', ?, ?, ?, '1970-01-01')", [weekday, opens, closes])
    connection.execute("insert into calendars values ('split', 7, '10:00', '16:00', ?)", [CHANGE])
    connection.execute("create table calendar_days (calendar_id varchar, calendar_date date, works_as_weekday int)")
    connection.execute("insert into calendar_days values ('split', ?, null), ('split', ?, 1)", [HOLIDAY, MAKE_UP])
    return laid_out(connection, request.param), ZoneInfo(request.param)


def opened(last_day: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("create schema inputs")
    connection.execute(f"create table inputs.build_info as select date '{last_day}' as last_day")
    return connection


def laid_out(connection: duckdb.DuckDBPyConnection, zone: str) -> duckdb.DuckDBPyConnection:
    for name in ("int_calendars_laid_out", "int_calendars_opened", "int_calendars_accrued"):
        sql = (PROJECT / "models" / "intermediate" / f"{name}.sql").read_text(encoding="utf-8")
        connection.execute(f"create table main.{name} as {rendered_text(sql, variables={'site_timezone': zone})}")
    connection.execute(
        "create table main.waits (id int, calendar_id varchar, started_at timestamptz, ended_at timestamptz, target decimal(18, 6))"
    )
    return connection


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param("2026-11-06 17:00", "2026-11-09 09:30", 3600 + 1800, id="a weekend"),
        pytest.param("2026-09-18 17:30", "2026-09-21 09:30", 1800 + 32400 + 1800, id="a weekend with a make-up Sunday"),
        pytest.param("2026-09-30 17:00", "2026-10-08 10:00", 3600 + 3600, id="National Day 2026, seven days closed"),
        pytest.param("2026-10-09 18:00", "2026-10-12 09:00", 32400, id="the make-up Saturday after it"),
        pytest.param("2026-02-13 18:00", "2026-02-24 09:00", 32400, id="Spring Festival 2026 and the Saturday before"),
        pytest.param("2026-02-27 18:00", "2026-03-02 09:00", 32400, id="the Saturday after it"),
        pytest.param(
            "2025-01-24 18:00", "2025-02-05 09:00", 32400 + 32400, id="Spring Festival 2025, Sunday 26th and Monday 27th open"
        ),
        pytest.param("2025-10-01 00:00", "2025-10-13 00:00", 3 * 32400, id="October 2025, the 9th, 10th and Saturday 11th"),
        pytest.param("2026-12-31 18:00", "2027-01-04 09:00", 0, id="New Year 2027"),
        pytest.param("2027-02-04 17:59", "2027-02-09 09:01", 60 + 60, id="Spring Festival 2027, the four days of the law"),
        pytest.param("2026-11-04 23:00", "2026-11-05 02:00", 0, id="a night"),
        pytest.param("2026-11-05 10:00", "2026-11-05 09:00", -3600, id="an end before the start"),
    ],
)
def test_the_shipped_calendar_knows_holidays_and_make_up_days(
    shipped: duckdb.DuckDBPyConnection, start: str, end: str, expected: int
) -> None:
    shipped.execute("delete from waits")
    shipped.execute("insert into waits values (1, 'standard', ?, ?, 0)", [f"{start}:00+08:00", f"{end}:00+08:00"])
    assert asked(shipped, BETWEEN, ZoneInfo("Asia/Shanghai")) == [Decimal(expected)]


def test_a_moment_outside_the_laid_out_days_has_no_business_time(shipped: duckdb.DuckDBPyConnection) -> None:
    shipped.execute("delete from waits")
    shipped.execute("insert into waits values (1, 'standard', '2014-12-01 10:00:00+08:00', '2026-11-05 10:00:00+08:00', 0)")
    assert asked(shipped, BETWEEN, ZoneInfo("Asia/Shanghai")) == [None]


def test_business_seconds_are_the_overlap_with_the_opening_hours(a_site: tuple[duckdb.DuckDBPyConnection, ZoneInfo]) -> None:
    connection, zone = a_site
    connection.execute("delete from waits")
    ends = [(calendar, moment(number), moment(-number)) for number in range(1, 150) for calendar in ("always", "split")]
    waits = [Wait(calendar, min(one, other), max(one, other)) for calendar, one, other in ends]
    for place, wait in enumerate(waits):
        connection.execute("insert into waits values (?, ?, ?, ?, 0)", [place, *wait])

    found = asked(connection, BETWEEN, zone)

    assert found == [seconds(overlap(calendar, zone, start, end)) for calendar, start, end in waits]


def test_a_deadline_is_the_first_moment_at_which_its_business_seconds_have_passed(
    a_site: tuple[duckdb.DuckDBPyConnection, ZoneInfo],
) -> None:
    connection, zone = a_site
    connection.execute("delete from waits")
    starts = [(calendar, moment(number)) for number in range(1, 60) for calendar in ("always", "split")]
    targets = [random.Random(place).choice([1800, 3600, 27000, 86400, 259200]) for place in range(len(starts))]
    for place, ((calendar, start), target) in enumerate(zip(starts, targets, strict=True)):
        connection.execute("insert into waits values (?, ?, ?, null, ?)", [place, calendar, start, target])

    found = asked(connection, DUE, zone)

    for (calendar, start), target, due in zip(starts, targets, found, strict=True):
        assert overlap(calendar, zone, start, due) == timedelta(seconds=target)
        assert overlap(calendar, zone, start, due - timedelta(microseconds=1)) < timedelta(seconds=target)


def moment(number: int) -> datetime:
    """A moment in March or April 2026, often on a full hour, else with microseconds."""
    chance = random.Random(number)
    at = datetime(2026, 3, 20, tzinfo=UTC) + timedelta(hours=chance.randrange(24 * 35), minutes=chance.choice([0, 30]))
    return at + chance.choice([timedelta(), timedelta(microseconds=chance.randrange(10**9))])


def asked(connection: duckdb.DuckDBPyConnection, sql: str, zone: ZoneInfo) -> list[Any]:
    rows = connection.execute(rendered_text(sql, variables={"site_timezone": zone.key})).fetchall()
    return [value for (value,) in rows]


def seconds(duration: timedelta) -> Decimal:
    return Decimal(duration // timedelta(microseconds=1)).scaleb(-6)
