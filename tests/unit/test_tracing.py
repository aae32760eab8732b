"""What a trace reckons with: parts, versions, values; and that it knows every fact and every mart."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pytest

from deskmart.freeze import PROJECT
from expectations.tracing.catalogue import KpiRow, Parts, catalogue_rows, parts_of
from expectations.tracing.facts import Recomputed
from expectations.tracing.figures import Figure, differences, value_of, wanted
from expectations.tracing.links import links
from expectations.tracing.marts import marts
from expectations.tracing.marts_figures import figures_of
from expectations.tracing.score import points_of, score_differences

DAY = date(2026, 3, 3)


def a_kpi(**changed: Any) -> KpiRow:
    given: dict[str, Any] = {
        "kpi": "asa", "variant": "default", "version": 1, "kind": "ratio", "fact": "fct_contact_legs", "date_column": "on",
        "numerator": "wait_seconds", "denominator": "is_measured", "pending": "is_open", "channel_group_column": "channel_group",
        "members": {"queue": "queue_id"}, "scopes": frozenset({"company", "queue"}), "channel_groups": frozenset({"voice", "chat"}),
        "has_all": False, "since": date(2026, 1, 1), "until": date(2026, 4, 1),
    }  # fmt: skip
    return KpiRow(**{**given, **changed})


def a_figure(**changed: Any) -> Figure:
    given: dict[str, Any] = {"scope": "company", "members": {}, "channel_group": "voice"}
    return Figure("asa", "default", DAY, DAY, **{**given, **changed})


def a_leg(**changed: Any) -> dict[str, Any]:
    given = {"on": DAY, "wait_seconds": Decimal("10.5"), "is_measured": True, "is_open": False, "channel_group": "voice"}
    return {**given, "queue_id": "Q1", **changed}


def test_a_ratio_counts_its_amount_where_the_denominator_holds() -> None:
    legs = [a_leg(), a_leg(wait_seconds=Decimal(4)), a_leg(is_measured=False), a_leg(is_measured=None, is_open=True)]
    # 10.5 + 4 over 2; the third is not measured, the fourth is pending
    assert parts_of(legs, a_kpi()) == Parts(Decimal("14.5"), Decimal(2), 2, 1)
    assert value_of(parts_of(legs, a_kpi()), a_kpi()) == Decimal("7.25")


def test_a_ratio_of_sums_counts_rows_whose_denominator_is_there() -> None:
    kpi = a_kpi(numerator="above", denominator="below", pending=None)
    rows = [{"above": 3, "below": Decimal(4)}, {"above": 9, "below": None}, {"above": 1, "below": Decimal(0)}]
    # 3 + 1 over 4 + 0; the row without a denominator is not in it, and one of 0 is no sample
    assert parts_of(rows, kpi) == Parts(Decimal(4), Decimal(4), 1, 0)


def test_a_count_is_its_flags() -> None:
    kpi = a_kpi(kind="count", numerator="is_measured", denominator=None)
    parts = parts_of([a_leg(), a_leg(is_measured=False), a_leg(is_measured=None)], kpi)
    assert parts == Parts(Decimal(1), None, 1, 0)
    assert value_of(parts, kpi) == 1


@pytest.mark.parametrize(
    ("percent", "value"),
    [
        pytest.param(50, 2, id="the second of four: 2 of 4 do not exceed it"),
        pytest.param(90, 9, id="the last of four: 3.6 is rounded up"),
        pytest.param(25, 1, id="exactly the first"),
    ],
)
def test_a_percentile_is_the_nearest_rank(percent: int, value: int) -> None:
    kpi = a_kpi(kind="distribution")
    legs = [a_leg(wait_seconds=Decimal(each)) for each in (9, 1, 4, 2)]
    parts = parts_of([*legs, a_leg(is_measured=False)], kpi)
    assert parts.sample == 4
    assert value_of(parts, kpi, percent) == value


def test_a_value_is_rounded_half_away_from_zero() -> None:
    assert value_of(Parts(Decimal("0.000005"), Decimal(10)), a_kpi()) == Decimal("0.000001")
    assert value_of(Parts(Decimal("-0.000005"), Decimal(10)), a_kpi()) == Decimal("-0.000001")
    assert value_of(Parts(Decimal(2), Decimal(3)), a_kpi()) == Decimal("0.666667")
    assert value_of(Parts(Decimal(0), Decimal(0)), a_kpi()) is None


@pytest.mark.parametrize(
    ("leg", "figure"),
    [
        pytest.param(a_leg(on=date(2026, 4, 1)), a_figure(), id="a later version counts"),
        pytest.param(a_leg(channel_group="chat"), a_figure(), id="another channel group"),
        pytest.param(a_leg(channel_group="written"), a_figure(channel_group="all"), id="a group the KPI is not about"),
        pytest.param(a_leg(), a_figure(scope="queue", members={"queue": "Q2"}), id="another queue"),
        pytest.param(a_leg(), a_figure(scope="queue", members={"queue": "(none)"}), id="a queue where nobody's is asked for"),
        pytest.param(a_leg(), a_figure(scope="agent", members={}), id="a scope the KPI has not"),
        pytest.param(a_leg(counted_scopes="team"), a_figure(), id="a row that counts for teams alone"),
        pytest.param(
            a_leg(offered_at=datetime(2026, 3, 3, 2, 30, tzinfo=UTC)),
            a_figure(since=datetime(2026, 3, 3, 2, tzinfo=UTC), until=datetime(2026, 3, 3, 2, 30, tzinfo=UTC)),
            id="the next half hour",
        ),
    ],
)
def test_a_row_of_something_else_is_not_in_a_figure(leg: dict[str, Any], figure: Figure) -> None:
    assert not wanted(leg, figure, a_kpi())


def test_a_row_is_in_the_figures_of_its_company_queue_and_group() -> None:
    assert wanted(a_leg(), a_figure(), a_kpi())
    assert wanted(a_leg(channel_group=None), a_figure(channel_group="all"), a_kpi())
    assert wanted(a_leg(), a_figure(scope="queue", members={"queue": "Q1"}), a_kpi())
    assert wanted(a_leg(queue_id=None), a_figure(scope="queue", members={"queue": "(none)"}), a_kpi())


def test_each_part_in_which_a_mart_differs_is_told() -> None:
    told = {"numerator": Decimal(14), "denominator": Decimal(2), "value": 7.25, "sample_size": 2, "pending_size": None}
    found = differences(a_figure(told=told), Parts(Decimal("14.5"), Decimal(2), 2, 1), Decimal("7.25"))
    assert found == ["numerator: mart says 14, recomputed 14.5", "pending_size: mart says –, recomputed 1"]


def test_versions_of_a_kpi_follow_each_other() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema seeds")
        catalogue = PROJECT / "seeds" / "kpi_catalog.csv"
        connection.execute(f"create table seeds.kpi_catalog as from read_csv('{catalogue}', all_varchar = true)")
        connection.execute("insert into seeds.kpi_catalog select * replace ('2' as version, '2026-03-03' as effective_from) "
                           "from seeds.kpi_catalog where kpi = 'asa'")  # fmt: skip
        connection.execute("create table seeds.kpi_restatements (kpi varchar, variant varchar, version int, restated_from date)")
        first, second = catalogue_rows(connection, "asa", "default")
        assert (first.until, second.since) == (DAY, DAY)
        connection.execute("insert into seeds.kpi_restatements values ('asa', 'default', 2, date '1970-01-01')")
        (only,) = catalogue_rows(connection, "asa", "default")
        assert only.version == 2, "it was decided that the second counts from the first day: the first has none left"


def test_every_fact_of_the_catalogue_leads_to_records() -> None:
    facts = set(re.findall(r"'(fct_\w+)': ref", (PROJECT / "macros" / "kpi_parts.sql").read_text(encoding="utf-8")))
    assert len(facts) > 10
    assert facts == set(links().facts)
    assert all(found.records and found.key for found in links().facts.values())


def test_the_subjects_of_adjustments_are_those_of_the_models() -> None:
    text = (PROJECT / "macros" / "adjustments.sql").read_text(encoding="utf-8")
    of_models = dict(re.findall(r"'(fct_\w+)': \[(.*)\]", text))
    for fact, found in links().facts.items():
        asked = ", ".join(found.adjusted_by)
        told = of_models.get(fact, "").replace("month_name('fact.month_start')", "strftime(fact.month_start, '%Y-%m')")
        assert re.sub(r"['\" ]", "", asked) == re.sub(r"['\" ]", "", told), fact


def test_every_mart_can_be_traced() -> None:
    assert {path.stem for path in (PROJECT / "models" / "marts").glob("*.sql")} | {"mart_settled_changes"} == set(marts())


def an_item(weight: str, floor: str, target: str, cap: str) -> dict[str, Any]:
    given = {"weight": weight, "floor_value": floor, "target_value": target, "cap_value": cap}
    return {**{name: Decimal(value) for name, value in given.items()}, "minimum_sample": 20}


@pytest.mark.parametrize(
    ("value", "marks", "points"),
    [
        pytest.param("0.6", ("0.6", "0.85", "0.95"), 0, id="at the floor"),
        pytest.param("0.725", ("0.6", "0.85", "0.95"), 40, id="half way to the target"),
        pytest.param("0.9", ("0.6", "0.85", "0.95"), 90, id="half way to the cap"),
        pytest.param("1", ("0.6", "0.85", "0.95"), 100, id="beyond the cap"),
        pytest.param("75", ("120", "30", "10"), 40, id="less is better: half way to the target"),
        pytest.param("130", ("120", "30", "10"), 0, id="less is better: worse than the floor"),
    ],
)
def test_points_rise_straight_from_floor_to_target_to_cap(value: str, marks: tuple[str, str, str], points: int) -> None:
    assert points_of(Fraction(value), an_item("1", *marks)) == points


def test_a_score_is_the_weighted_mean_of_what_has_a_sample() -> None:
    items = [an_item("0.4", "0.6", "0.85", "0.95"), an_item("0.3", "120", "30", "10"), an_item("0.3", "0", "0.5", "1")]
    parts = [Parts(Decimal(29), Decimal(40), 40), Parts(Decimal(2250), Decimal(30), 30), Parts(Decimal(1), Decimal(1), 1)]
    figures = [Recomputed(a_figure(), (), (), each, Decimal(1), ()) for each in parts]
    # 29 of 40 is 0.725: 40 points; 2250 s over 30 is 75 s: 40 points; the third has a sample of 1. (0.4 x 40 + 0.3 x 40) / 0.7
    assert score_differences({"score": Decimal("40.00")}, items, figures) == []
    assert score_differences({"score": Decimal("40.01")}, items, figures) == ["score: mart says 40.01, recomputed 40.00"]
    assert score_differences({"score": None}, items[1:], figures[1:]) == [], "0.3 of the weight is not enough"


@pytest.mark.parametrize(
    ("row", "days"),
    [
        pytest.param({"service_date": DAY}, (DAY, DAY), id="a day"),
        pytest.param({"month": "2026-12"}, (date(2026, 12, 1), date(2026, 12, 31)), id="a month by its name"),
        pytest.param({"grain": "day", "period_start": DAY}, (DAY, DAY), id="a settled day"),
        pytest.param(
            {"grain": "week", "period_start": date(2026, 3, 2)}, (date(2026, 3, 2), date(2026, 3, 8)), id="a settled week"
        ),
        pytest.param(
            {"grain": "month", "period_start": date(2026, 2, 1)}, (date(2026, 2, 1), date(2026, 2, 28)), id="a settled month"
        ),
    ],
)
def test_a_row_is_about_the_days_it_names(row: dict[str, Any], days: tuple[date, date]) -> None:
    with duckdb.connect() as connection:
        (figure,) = figures_of(connection, marts()["mart_settled_changes"], {"kpi": "asa", "variant": "default", **row, **NEW})
    assert (figure.first, figure.last) == days
    assert figure.told["numerator"] == 1


def test_a_figure_that_is_not_there_any_more_says_nothing() -> None:
    row = {"kpi": "asa", "variant": "default", "service_date": DAY, **dict.fromkeys(NEW)}
    with duckdb.connect() as connection:
        (figure,) = figures_of(connection, marts()["mart_settled_changes"], row)
    assert figure.told == {}


NEW = {f"{name}_new": 1 for name in ("numerator", "denominator", "value", "sample_size", "pending_size")}
