"""A wrong seed stops the build before dbt starts, with a sentence that says where and why."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from deskmart.errors import BuildError
from deskmart.freeze import PROJECT
from expectations.policies import KEYS, check_policies
from expectations.policies_kpi import scorecard_faults, scorecard_warnings
from expectations.policy_rows import SeedRow, read_seeds


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A copy of the project's seeds."""
    return Path(shutil.copytree(PROJECT / "seeds", tmp_path / "seeds"))


def change(folder: Path, seed: str, where: Mapping[str, str], cells: Mapping[str, str], *, again: bool = False) -> None:
    """Change cells of the first row that is so, or (`again`) add that row once more with these cells."""
    path = folder / f"{seed}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    row = next(row for row in rows if where.items() <= row.items())
    if again:
        row = dict(row)
        rows.append(row)
    row.update(cells)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_the_shipped_policies_are_sound(seeds: Path) -> None:
    check_policies(seeds)


def test_every_shipped_seed_has_a_key() -> None:
    assert read_seeds(PROJECT / "seeds").keys() - KEYS.keys() == set()


@pytest.mark.parametrize(
    ("seed", "where", "cells", "again", "said"),
    [
        pytest.param("kpi_targets", {"kpi": "csat"}, {"kpi": "scat"}, False, "no KPI is called 'scat'", id="an unknown KPI"),
        pytest.param(
            "kpi_targets", {"kpi": "abandon_rate"}, {"variant": "sead"}, False, "has no variant 'sead'", id="an unknown variant"
        ),
        pytest.param(
            "resolution_policies",
            {"queue_id": "*"},
            {"queue_id": "VIP"},
            False,
            "no line is for every queue",
            id="no default window",
        ),
        pytest.param(
            "fcr_policies", {"queue_id": "*"}, {"effective_from": "2026-10-01"}, False, "from 1970-01-01 on", id="a late window"
        ),
        pytest.param(
            "response_window_policies",
            {"queue_id": "*"},
            {"window_seconds": "0"},
            False,
            "some seconds long",
            id="no seconds at all",
        ),
        pytest.param("kpi_targets", {"kpi": "csat"}, {"pass_value": "85 %"}, False, "which is no number", id="a percent sign"),
        pytest.param(
            "kpi_targets", {"kpi": "csat"}, {"effective_from": "1.10.2026"}, False, "which is no date", id="a date of other form"
        ),
        pytest.param(
            "kpi_targets",
            {"kpi": "csat"},
            {"excellent_value": "0.80"},
            False,
            "excellent (0.80) must lie above pass (0.85)",
            id="excellent below pass",
        ),
        pytest.param(
            "kpi_targets",
            {"kpi": "frt", "channel_group": "chat"},
            {"excellent_value": "40"},
            False,
            "less of frt is better",
            id="excellent above pass of a KPI that should be low",
        ),
        pytest.param("kpi_targets", {"kpi": "csat"}, {"pass_value": "0.9"}, True, "it says again what line", id="two targets"),
        pytest.param(
            "kpi_targets",
            {"kpi": "csat"},
            {"target_source": ""},
            False,
            "does not say where it comes from",
            id="no target source",
        ),
        pytest.param(
            "service_level_policies", {"channel_group": "voice"}, {}, True, "voice from 1970-01-01 on", id="overlapping policies"
        ),
        pytest.param(
            "service_level_policies",
            {"channel_group": "voice"},
            {"threshold_seconds": "twenty"},
            False,
            "which is no whole number",
            id="a threshold in words",
        ),
        pytest.param(
            "kpi_catalog", {"kpi": "asa"}, {"numerator_column": "wait"}, False, "has no such column", id="no such column"
        ),
        pytest.param("kpi_catalog", {"kpi": "asa"}, {"fact": "fct_calls"}, False, "there is no such fact", id="no such fact"),
        pytest.param("kpi_catalog", {"kpi": "asa"}, {"denominator_column": ""}, False, "is a ratio", id="a ratio over nothing"),
        pytest.param("kpi_catalog", {"kind": "stock"}, {"additive": "true"}, False, "cannot be additive", id="a stock to sum"),
        pytest.param("kpi_catalog", {"kpi": "asa"}, {"kind": "mean"}, False, "kind is 'mean'", id="an unknown kind"),
        pytest.param("kpi_catalog", {"kpi": "asa"}, {"name_zh": ""}, False, "asa has no name_zh", id="no Chinese name"),
        pytest.param(
            "kpi_catalog", {"kpi": "asa"}, {"version": "2"}, True, "must begin after version 1", id="versions of the same day"
        ),
        pytest.param(
            "kpi_catalog",
            {"kpi": "asa"},
            {"version": "2", "effective_from": "2026-10-01", "unit": "minutes"},
            True,
            "changes its unit",
            id="a version in another unit",
        ),
        pytest.param(
            "kpi_catalog",
            {"kpi": "time_to_resolve", "variant": "p90"},
            {"variant": "ninety"},
            False,
            "must be a percentile",
            id="a percentile in words",
        ),
        pytest.param(
            "calendars", {"weekday": "1"}, {"closes_at": "08:00"}, False, "a night is two rows", id="closing before opening"
        ),
        pytest.param(
            "calendar_assignments", {}, {"calendar_id": "night"}, False, "no calendar called 'night'", id="an unknown calendar"
        ),
    ],
)
def test_a_wrong_seed_stops_the_build(
    seeds: Path, seed: str, where: dict[str, str], cells: dict[str, str], again: bool, said: str
) -> None:
    change(seeds, seed, where, cells, again=again)
    with pytest.raises(BuildError, match="a policy is wrong") as stopped:
        check_policies(seeds)
    assert said in str(stopped.value)
    assert f"{seed}.csv, line " in str(stopped.value)


def test_a_seed_that_nobody_declared_stops_the_build(seeds: Path) -> None:
    (seeds / "my_targets.csv").write_text("kpi\ncsat\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"my_targets\.csv is not declared"):
        check_policies(seeds)


def test_a_comma_too_many_stops_the_build(seeds: Path) -> None:
    with (seeds / "topics.csv").open("a", encoding="utf-8") as stream:
        stream.write("gift,礼物,Gift,false,false,false,really\n")
    with pytest.raises(BuildError, match="more cells than columns"):
        check_policies(seeds)


def card(**cells: str) -> SeedRow:
    usual = {"scope": "*", "team_id": "*", "weight": "0.5", "effective_from": "2026-10-01"}
    usual |= {"floor_value": "0.6", "target_value": "0.85", "cap_value": "0.95"}
    return SeedRow("scorecard_policies", 2, usual | cells)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param([card(kpi="csat"), card(kpi="fcr")], [], id="weights of 1"),
        pytest.param(
            [card(kpi="frt", weight="1", floor_value="120", target_value="30", cap_value="10")], [], id="thresholds that fall"
        ),
        pytest.param([card(kpi="csat"), card(kpi="fcr", weight="0.4")], ["add up to 0.9, not to 1"], id="weights of 0.9"),
        pytest.param(
            [card(kpi="csat", weight="1", cap_value="0.85")], ["strictly rise or strictly fall"], id="a cap at the target"
        ),
        pytest.param(
            [card(kpi="csat", weight="1", floor_value="0.9")], ["strictly rise or strictly fall"], id="a floor above the target"
        ),
        pytest.param(
            [card(kpi="csat", weight="1", effective_from="2026-10-15")], ["first of a month"], id="a change inside a month"
        ),
    ],
)
def test_a_scorecard_must_be_fair(rows: list[SeedRow], said: list[str]) -> None:
    faults = list(scorecard_faults(rows))
    assert len(faults) == len(said)
    assert all(words in fault for words, fault in zip(said, faults, strict=True))


def test_a_scorecard_of_six_kpis_is_warned_about() -> None:
    codes = ("csat", "fcr", "frt", "aht", "asa", "ocr")
    assert list(scorecard_warnings([card(kpi=code) for code in codes[:5]])) == []
    assert ["has 6 KPIs" in words for words in scorecard_warnings([card(kpi=code) for code in codes])] == [True]
