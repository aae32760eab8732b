"""What the pretend shop's world knows of itself, against what the marts say after the whole way through its source systems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import pytest

from sandbox.truth import CallLeg, HotlineCall
from sandbox.world import World
from tests.e2e.conftest import DAYS, Place, day

pytestmark = pytest.mark.slow

SHORT_ABANDON = 5
HANDLED = ("queue", "direct", "transfer")
OFFERED = ("answered", "abandoned", "overflow", "callback", "voicemail", "missed")
Parts = dict[date, tuple[int, int]]
SETTLED = [day(index) for index in range(DAYS - 2)]  # wrap-up may come a day late


@pytest.fixture(scope="module")
def marts(all_at_once: Place) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(all_at_once.lake.marts.resolve()), read_only=True) as connection:
        yield connection


def parts_of(marts: duckdb.DuckDBPyConnection, kpi: str, variant: str, channel_group: str) -> Parts:
    rows = marts.execute(
        "select service_date, numerator, denominator from mart_kpi_daily "
        "where scope = 'company' and kpi = ? and variant = ? and channel_group = ?",
        [kpi, variant, channel_group],
    ).fetchall()
    return {service_date: (int(numerator), int(denominator)) for service_date, numerator, denominator in rows}


def local_day(world: World, moment: int) -> date:
    return world.calendar.local(moment).date()


def handled_legs(world: World) -> list[CallLeg]:
    return [
        leg for leg in world.truth.legs if leg.direction == "inbound" and leg.leg_kind in HANDLED and leg.outcome == "answered"
    ]


def hotline_calls(world: World) -> list[HotlineCall]:
    return [call for call in world.truth.hotline if not call.is_test]


def summed(amounts: Iterator[tuple[date, int]]) -> Parts:
    seconds, legs = Counter[date](), Counter[date]()
    for on, amount in amounts:
        seconds[on] += amount
        legs[on] += 1
    return {on: (seconds[on], legs[on]) for on in SETTLED}


def test_handle_time_of_calls_is_the_worlds(the_world: World, marts: duckdb.DuckDBPyConnection) -> None:
    truth = summed(
        (local_day(the_world, leg.ended_at), (leg.talk_seconds or 0) + (leg.acw_seconds or 0))
        for leg in handled_legs(the_world)
        if leg.queue_id is not None
    )
    found = parts_of(marts, "aht", "default", "voice")
    assert {on: found[on] for on in SETTLED} == truth
    assert sum(legs for _, legs in truth.values()) > 100


def test_handle_time_where_no_wrap_up_is_told_is_the_worlds(the_world: World, marts: duckdb.DuckDBPyConnection) -> None:
    """The partner tells none, nor does the switch of calls that went straight to an agent."""
    direct = [(leg.ended_at, leg.talk_seconds or 0) for leg in handled_legs(the_world) if leg.queue_id is None]
    partner = [(call.ended_at, call.talk_seconds or 0) for call in hotline_calls(the_world) if call.outcome == "answered"]
    truth = summed((local_day(the_world, ended_at), talk) for ended_at, talk in (*direct, *partner))
    found = parts_of(marts, "aht", "talk_hold", "voice")
    assert {on: found[on] for on in SETTLED} == truth
    assert sum(legs for _, legs in truth.values()) > 5


def test_abandonment_of_calls_is_the_worlds(the_world: World, marts: duckdb.DuckDBPyConnection) -> None:
    abandoned, base = Counter[date](), Counter[date]()
    offers = [
        (leg.offered_at, leg.outcome, leg.wait_seconds)
        for leg in the_world.truth.legs
        if leg.direction == "inbound" and leg.leg_kind in ("queue", "direct") and leg.outcome in OFFERED
    ] + [(call.offered_at, call.outcome, call.ended_at - call.offered_at) for call in hotline_calls(the_world)]
    for offered_at, outcome, wait in offers:
        on = local_day(the_world, offered_at)
        is_short = outcome == "abandoned" and wait <= SHORT_ABANDON
        abandoned[on] += outcome == "abandoned" and not is_short
        base[on] += not is_short and outcome != "overflow"
    found = parts_of(marts, "abandon_rate", "default", "voice")
    assert {on: found[on] for on in SETTLED} == {on: (abandoned[on], base[on]) for on in SETTLED}
    assert sum(abandoned.values()) > 5


def test_the_worlds_days_are_the_marts_days(marts: duckdb.DuckDBPyConnection) -> None:
    assert parts_of(marts, "abandon_rate", "default", "voice").keys() == {day(0) + timedelta(days=index) for index in range(DAYS)}
