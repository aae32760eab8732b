"""Scorecards and wide marts of random worlds against the oracle, with small minimum samples so that many members have a score."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from tests.oracle.crew import Crew
from tests.oracle.kpis import compute, compute_marts
from tests.oracle.policy import Policy
from tests.oracle.reader import canonical_records, existing_relations, source_as_of
from tests.oracle.scorecards import Item, Member, Score, scorecards
from tests.oracle.sums import differences_in_sums
from tests.oracle.world import world_of
from tests.oracle.worlds import packed, random_world
from tests.warehouse import quick

pytestmark = pytest.mark.slow

KNOWN = {
    ("csat", "all"): ("0.4", "0.60", "0.85", "0.95"),
    ("resolution_rate", "all"): ("0.3", "0.50", "0.80", "0.95"),
    ("frt", "chat"): ("0.2", "120", "30", "10"),
}
ITEMS = [
    Item(kpi, group, Fraction(weight), Fraction(floor), Fraction(target), Fraction(cap), minimum_sample=2)
    for (kpi, group), (weight, floor, target, cap) in KNOWN.items()
]


@pytest.fixture(scope="module")
def a_warehouse() -> DuckDBPyConnection:
    load = quick.load_seeds

    def with_small_samples(connection: DuckDBPyConnection, seeds: Path) -> None:
        load(connection, seeds)
        connection.execute("update seeds.scorecard_policies set minimum_sample = 2")
        connection.execute("delete from seeds.scorecard_policies where kpi = 'compliance_pass_rate'")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick, "load_seeds", with_small_samples)
        return quick.quick_warehouse(packed([random_world(seed, 120) for seed in range(264, 272)]))


def _marts(connection: DuckDBPyConnection) -> dict[Member, Score]:
    rows = connection.execute(
        "select month, 'agent', agent_id, score, band, rank_in_team, weight_with_sample from marts.mart_monthly_agent_scorecard "
        "union all select month, 'team', team_id, score, band, rank_of_teams, weight_with_sample "
        "from marts.mart_monthly_team_scorecard"
    ).fetchall()
    return {row[:3]: Score(row[3], row[4], row[5], Fraction(row[6])) for row in rows}


def test_every_scored_agent_and_team_has_the_score_band_and_rank_of_the_oracle(a_warehouse: DuckDBPyConnection) -> None:
    records, as_of = canonical_records(a_warehouse, existing_relations(a_warehouse)), source_as_of(a_warehouse)
    world = world_of(records, Policy(), as_of)
    oracle = scorecards(ITEMS, compute_marts(records, as_of).monthly, world, Crew(world))
    marts = _marts(a_warehouse)
    empty = Score(None, None, None, Fraction(0))
    assert sum(score.score is not None for score in marts.values()) > 30
    assert {key: (oracle.get(key, empty), marts.get(key, empty)) for key in oracle | marts
            if oracle.get(key, empty) != marts.get(key, empty)} == {}  # fmt: skip


@pytest.mark.parametrize(
    ("x", "points"),
    [
        pytest.param("0.60", 0, id="at the floor"),
        pytest.param("0.50", 0, id="below the floor"),
        pytest.param("0.725", 40, id="halfway to the target"),
        pytest.param("0.85", 80, id="at the target"),
        pytest.param("0.90", 90, id="halfway to the cap"),
        pytest.param("0.95", 100, id="at the cap"),
        pytest.param("1", 100, id="beyond the cap"),
    ],
)
def test_points_run_straight_from_floor_to_target_to_cap(x: str, points: int) -> None:
    assert ITEMS[0].points(Fraction(x)) == points


def test_points_of_a_kpi_that_is_better_when_it_is_less() -> None:
    assert [ITEMS[2].points(Fraction(x)) for x in (130, 120, 75, 30, 20, 10, 5)] == [0, 0, 40, 80, 90, 100, 100]


def test_the_wide_marts_add_up_to_the_rows_of_every_scope(a_warehouse: DuckDBPyConnection) -> None:
    rows = compute(canonical_records(a_warehouse, existing_relations(a_warehouse)), source_as_of(a_warehouse))
    assert differences_in_sums(a_warehouse, rows) == []
    one_more = [row._replace(numerator=row.numerator + 1) for row in rows if row.scope == "agent" and row.kpi == "aht"]
    told = {line.split()[0] for line in differences_in_sums(a_warehouse, one_more)}
    assert told == {"mart_wide_daily", "mart_daily_agent_performance"}
