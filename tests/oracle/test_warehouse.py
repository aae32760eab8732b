"""The warehouse against the oracle: random worlds and golden worlds through the whole pipeline."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.oracle.check import differences_in_marts
from tests.oracle.compare import by_kpi
from tests.oracle.golden import Golden, differences, golden_names, load_golden
from tests.oracle.pipeline import build_world
from tests.oracle.policy import Policy
from tests.oracle.reader import mart_rows, source_as_of
from tests.oracle.worlds import RawWorld, packed, random_world
from tests.warehouse import thematic
from tests.warehouse.quick import quick_warehouse

pytestmark = pytest.mark.slow

NEW_YORK = "America/New_York"


def test_the_warehouse_agrees_with_the_oracle_on_random_worlds_over_the_spring_change_of_clocks(tmp_path: Path) -> None:
    world = packed([random_world(seed, site_timezone=NEW_YORK) for seed in (110, 112, 115)])
    with duckdb.connect(str(build_world(world, tmp_path)), read_only=True) as connection:
        found = differences_in_marts(connection, source_as_of(connection), Policy(site_timezone=NEW_YORK))
    assert found == [], by_kpi(found)


@pytest.mark.parametrize("name", golden_names())
def test_the_models_give_the_figures_worked_out_by_hand(name: str, tmp_path: Path) -> None:
    golden, mart = load_golden(name), thematic.MARTS.get(name)
    stop_at = "" if mart else "mart_kpi_daily"
    with quick_warehouse(raw_world(golden), stop_at, seeds=golden.seeds(tmp_path / "seeds")) as connection:
        assert differences(golden, mart_rows(connection)) == []
        if mart:
            shown, told = thematic.side_by_side(connection, mart)
            assert shown == told


def test_the_whole_way_gives_the_figures_worked_out_by_hand(tmp_path: Path) -> None:
    golden = load_golden("resolution")
    with duckdb.connect(str(build_world(raw_world(golden), tmp_path)), read_only=True) as connection:
        rows = mart_rows(connection)
    assert differences(golden, rows) == []


def raw_world(golden: Golden) -> RawWorld:
    (as_of,) = set(golden.as_of.values())
    return RawWorld(golden.records, golden.first_day, as_of, golden.site_timezone)
