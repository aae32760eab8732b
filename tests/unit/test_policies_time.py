"""A wrong calendar or state class stops the build with a sentence that says where and why."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import pytest

from deskmart.freeze import PROJECT
from expectations.policies_time import calendar_faults, state_class_faults
from expectations.policy_rows import SeedRow, Seeds, read_seeds

MONDAY = {"calendar_id": "standard", "weekday": "1", "opens_at": "09:00", "closes_at": "18:00", "effective_from": "1970-01-01"}
LUNCH = {**MONDAY, "opens_at": "13:00", "closes_at": "19:00"}
HOLIDAY = {"calendar_id": "standard", "calendar_date": "2026-10-01", "works_as_weekday": ""}
EVERYWHERE = {"queue_id": "*", "channel_group": "*", "calendar_id": "standard", "effective_from": "1970-01-01"}
STATE = {"kind": "state", "name": "available", "reason": "*", "state_class": "available", "planned_class": "work"}
ACTIVITY = {"kind": "activity", "name": "meal", "reason": "*", "state_class": "", "planned_class": "rest"}


def said(**seeds: list[dict[str, str]]) -> list[str]:
    given: Seeds = {
        name: [SeedRow(name, line, cells) for line, cells in enumerate(rows, start=2)] for name, rows in seeds.items()
    }
    return list(chain(calendar_faults(given), state_class_faults(given)))


def test_the_shipped_calendars_and_classes_are_sound() -> None:
    seeds = read_seeds(PROJECT / "seeds")
    assert [*calendar_faults(seeds), *state_class_faults(seeds)] == []


def test_a_split_shift_and_a_night_in_two_rows_are_sound() -> None:
    split = [{**MONDAY, "closes_at": "12:00"}, LUNCH, {**MONDAY, "opens_at": "22:00", "closes_at": "24:00"}]
    assert said(calendars=split, calendar_days=[HOLIDAY], calendar_assignments=[EVERYWHERE]) == []


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        pytest.param({"weekday": "0"}, "weekday is '0'", id="weekday 0"),
        pytest.param({"weekday": "12"}, "weekday is '12'", id="two weekdays"),
        pytest.param({"opens_at": "9:00"}, "no time like 09:30", id="an hour of one digit"),
        pytest.param({"closes_at": "25:00"}, "no time like 09:30", id="an hour after midnight"),
        pytest.param({"closes_at": "08:00"}, "a night is two rows", id="closing before opening"),
    ],
)
def test_hours_that_no_day_has_are_named(cells: Mapping[str, str], sentence: str) -> None:
    assert sentence in said(calendars=[{**MONDAY, **cells}])[0]


def test_hours_that_would_count_twice_are_named() -> None:
    assert "overlaps with line 2" in said(calendars=[MONDAY, LUNCH])[0]


def test_a_make_up_day_of_no_weekday_is_named() -> None:
    assert "works_as_weekday is 8" in said(calendars=[MONDAY], calendar_days=[{**HOLIDAY, "works_as_weekday": "8"}])[0]


def test_a_calendar_that_is_not_there_is_named() -> None:
    assert (
        "no calendar called 'night'" in said(calendars=[MONDAY], calendar_assignments=[{**EVERYWHERE, "calendar_id": "night"}])[0]
    )


def test_queues_without_a_calendar_are_named() -> None:
    assert "no line is for every queue" in said(calendars=[MONDAY], calendar_assignments=[{**EVERYWHERE, "queue_id": "Q1"}])[0]


@pytest.mark.parametrize(
    ("row", "cells", "sentence"),
    [
        pytest.param(STATE, {"state_class": "idle"}, "only these count: available", id="a class nothing counts"),
        pytest.param(STATE, {"planned_class": "meal"}, "only these count: work", id="a state of no planned class"),
        pytest.param(STATE, {"name": "Available"}, "write it in lower case", id="capitals"),
        pytest.param(STATE, {"kind": "status"}, "it is state or activity", id="an unknown kind"),
        pytest.param(ACTIVITY, {"name": "nap"}, "no plan has an activity called 'nap'", id="an unknown activity"),
        pytest.param(ACTIVITY, {"planned_class": ""}, "only these count: work", id="an activity without a class"),
    ],
)
def test_classes_that_nothing_counts_are_named(row: dict[str, str], cells: Mapping[str, str], sentence: str) -> None:
    assert sentence in said(state_classes=[{**row, **cells}])[0]
