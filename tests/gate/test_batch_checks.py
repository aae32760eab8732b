"""Against the recent past: fields that come, go and change, hours and days without rows. Things are named, values never."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskmart.batch import Batch
from deskmart.errors import GateError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.batch_checks import BATCH_RULES
from expectations.gate import Admission, admit
from ingestion.landing import Attempt
from ingestion.source import Mode
from tests.made_once import MadeOnce
from tests.unit.gate_world import a_book, a_call, a_home, a_stream, landed

FIRST = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
STREAM = a_stream(Mode.EVENTS)


def a_day(settings: Settings, day: int, calls: Sequence[dict[str, Any]]) -> Attempt:
    since = FIRST + timedelta(days=day)
    return landed(settings, calls, batch=Batch("shop", "calls", since, since + timedelta(days=1)))


def busy(day: int, hours: Sequence[int], per_hour: int = 12, **changed: Any) -> list[dict[str, Any]]:
    """Calls of a day: so many in each of the hours."""
    found = []
    for hour in hours:
        for number in range(per_hour):
            offered = FIRST + timedelta(days=day, hours=hour, minutes=number)
            ended = offered + timedelta(minutes=3)
            call = a_call(number, offered_at=offered.isoformat(), ended_at=ended.isoformat(), **changed)
            found.append(call | {"call_id": f"{day}-{hour}-{number}"})
    return found


def usual(settings: Settings, days: Sequence[int], hours: Sequence[int] = range(9, 17), **changed: Any) -> None:
    """Days as they always are."""
    for day in days:
        admit(a_day(settings, day, busy(day, hours, **changed)), settings, a_book(STREAM))


def usual_days(folder: Path, days: Sequence[int]) -> None:
    usual(replace(a_home(folder), site_timezone="UTC"), days)


def admitted(settings: Settings, day: int, calls: Sequence[dict[str, Any]]) -> Admission:
    return admit(a_day(settings, day, calls), settings, a_book(STREAM))


def named(settings: Settings, admission: Admission) -> dict[str, list[str]]:
    """What the batch rules of an admission named, by rule."""
    batch = Batch(admission.source, admission.stream, None, None, admission.batch)
    result = json.loads(Lake(settings.home).validation(batch, admission.attempt).read_bytes())
    assert all(rule["owner"] and rule["zh"] and rule["en"] for rule in result["batch_rules"])
    return {rule["code"]: rule["names"] for rule in result["batch_rules"]}


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return replace(a_home(tmp_path), site_timezone="UTC")


@pytest.fixture
def home_after(home: Settings, made_once: MadeOnce) -> Callable[..., Settings]:
    """Fills the home with days as they always are."""

    def after(*days: int) -> Settings:
        made_once.copy(usual_days, home.home, days)
        return home

    return after


def test_a_day_like_the_others_is_unlike_nothing(home_after: Callable[..., Settings]) -> None:
    home = home_after(0, 7, 14, 21)
    assert admitted(home, 28, busy(28, range(9, 17))).warnings == {}


def test_hours_without_rows_are_named(home_after: Callable[..., Settings]) -> None:
    home = home_after(0, 7, 14)
    admission = admitted(home, 21, busy(21, [9, 10, 14, 15, 16]))
    assert named(home, admission) == {"hours_without_rows": ["2024-01-22 11:00 – 14:00"]}
    assert admission.warnings == {"hours_without_rows": 1} and admission.accepted == 60


def test_hours_are_those_of_the_same_weekday_and_of_the_site(home: Settings) -> None:
    site = replace(home, site_timezone="Asia/Shanghai")
    usual(site, [0, 7, 14])
    assert admitted(site, 22, busy(22, [9, 10])).warnings == {}  # a Tuesday, of which nothing is known
    assert named(site, admitted(site, 21, busy(21, [9, *range(11, 17)]))) == {"hours_without_rows": ["2024-01-22 18:00 – 19:00"]}


def test_a_stream_that_shows_the_latest_change_only_has_no_hours_to_miss(home: Settings) -> None:
    book = a_book(a_stream(Mode.CHANGES))
    for day in (0, 7, 14):
        admit(a_day(home, day, busy(day, range(9, 17))), home, book)
    assert admit(a_day(home, 21, busy(21, [9])), home, book).warnings == {}


def test_an_hour_that_is_often_empty_is_not_missed(home_after: Callable[..., Settings]) -> None:
    home = home_after(0, 14, 28)
    usual(home, [7, 21], range(9, 16))
    assert admitted(home, 35, busy(35, range(9, 16))).warnings == {}


@pytest.mark.parametrize(
    ("per_hour", "found"),
    [
        pytest.param(5, {"volume_unusual": ["2024-01-22: 40, usually 96"]}, id="less than half"),
        pytest.param(6, {}, id="half"),
        pytest.param(24, {}, id="twice"),
        pytest.param(25, {"volume_unusual": ["2024-01-22: 200, usually 96"]}, id="more than twice"),
    ],
)
def test_a_day_of_unusual_volume_is_named(
    per_hour: int, found: dict[str, list[str]], home_after: Callable[..., Settings]
) -> None:
    home = home_after(0, 7, 14)
    assert named(home, admitted(home, 21, busy(21, range(9, 17), per_hour))) == found


def test_a_month_in_one_batch_is_compared_with_itself(home: Settings) -> None:
    calls = [call for day in range(28) for call in busy(day, range(9, 17) if day != 15 else [9, 10, 11])]
    month = Batch("shop", "calls", FIRST, FIRST + timedelta(days=28))
    admission = admit(landed(home, calls, batch=month), home, a_book(STREAM))
    assert named(home, admission) == {
        "hours_without_rows": ["2024-01-16 12:00 – 17:00"],
        "volume_unusual": ["2024-01-16: 36, usually 96"],
    }


def test_a_batch_that_ends_far_earlier_than_ever_is_stale(home: Settings) -> None:
    usual(home, [1, 2, 3], range(16, 24))
    assert named(home, admitted(home, 4, busy(4, range(4, 8))))["ends_early"] == [
        "17 h, of late at most 1 h"
    ]  # 16:53 after the last call at 07:07, as against 0:53


def test_rows_later_than_their_landing_are_counted(home: Settings) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    batch = Batch("shop", "calls", tomorrow - timedelta(days=2), tomorrow + timedelta(days=1))
    calls = [a_call(1, offered_at=tomorrow.isoformat(), ended_at=None)]
    admission = admit(landed(home, calls, batch=batch), home, a_book(STREAM))
    assert named(home, admission) == {"rows_ahead_of_time": ["1 rows"]} and admission.accepted == 1


def test_a_field_that_comes_is_named_once(home_after: Callable[..., Settings]) -> None:
    home = home_after(0, 1)
    assert named(home, admitted(home, 2, busy(2, [9], tier="gold"))) == {"field_added": ["tier"]}
    assert named(home, admitted(home, 3, busy(3, [9], tier="gold"))) == {}


def test_a_field_that_is_read_and_goes_stops_the_batch(home_after: Callable[..., Settings]) -> None:
    home = home_after(0, 1)
    calls = [{name: value for name, value in call.items() if name != "agent_id"} for call in busy(2, range(9, 13))]
    attempt = a_day(home, 2, [call | {"outcome": "abandoned"} for call in calls])
    with pytest.raises(GateError, match="a field that is read is gone from all records: agent_id"):
        admit(attempt, home, a_book(STREAM))


def test_a_field_that_is_not_read_and_goes_is_told(home: Settings) -> None:
    usual(home, [0, 1], tier="gold")
    assert named(home, admitted(home, 2, busy(2, range(9, 17)))) == {"field_gone": ["tier"]}


def test_a_field_that_some_records_lack_does_not_go(home: Settings) -> None:
    admitted(home, 0, [*busy(0, range(9, 16), tier="gold"), *busy(0, [16])])
    assert named(home, admitted(home, 1, busy(1, range(9, 17)))) == {}


def test_a_field_of_another_type_is_named_with_both(home: Settings) -> None:
    usual(home, [0, 1], tier=None)
    assert named(home, admitted(home, 2, busy(2, [9], tier=3))) == {}  # null has no type
    calls = busy(3, [9], tier="gold", version="1")
    assert named(home, admitted(home, 3, calls)) == {"field_retyped": ["tier: number → text", "version: number → text"]}


def test_fields_inside_objects_are_named_by_their_path(home: Settings) -> None:
    usual(home, [0, 1], via={"channel": "web"})
    assert named(home, admitted(home, 2, busy(2, [9], via={"channel": 1, "rel": "x"}))) == {
        "field_added": ["via.rel"],
        "field_retyped": ["via.channel: text → number"],
    }


def test_a_name_that_may_be_somebodys_data_is_not_shown(home_after: Callable[..., Settings]) -> None:
    home = home_after(0)
    calls = [call | {"13812345678": 1, "li@shop.cn": 2} for call in busy(1, [9])]
    admission = admitted(home, 1, calls)
    assert named(home, admission) == {"field_added": ["(a name that is not shown)"]}
    kept = b"".join(path.read_bytes() for path in (home.home / "audit").rglob("*") if path.is_file())
    assert b"13812345678" not in kept and b"li@shop.cn" not in kept


def test_a_line_of_the_past_that_was_cut_off_does_not_matter(home_after: Callable[..., Settings]) -> None:
    home = home_after(0, 7, 14)
    with Lake(home.home).profiles("shop", "calls").open("a") as stream:
        stream.write('{"group": ""')
    assert named(home, admitted(home, 21, busy(21, [9, 10, 14, 15, 16]))) != {}


def test_every_batch_rule_has_two_sentences() -> None:
    assert all(rule.zh and rule.en and rule.code == code for code, rule in BATCH_RULES.items())
