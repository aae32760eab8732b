"""The models against the oracle on many random worlds: every row of the daily, weekly and monthly marts.

Several worlds at a time are packed into one warehouse: they share queues and teams, their customers and agents are their own. Some are
on a coarse clock, on which much happens in the same moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from tests.oracle.check import differences_in_marts
from tests.oracle.compare import by_kpi
from tests.oracle.own_policies import random_policies, seeds_with
from tests.oracle.policy import Policy
from tests.oracle.reader import source_as_of
from tests.oracle.world_ties import on_a_coarse_clock
from tests.oracle.worlds import RawWorld, packed, random_world
from tests.warehouse import quick

AUTUMN = datetime(2026, 10, 18, 22, tzinfo=UTC)
NATIONAL_DAY = datetime(2026, 9, 19, 16, tzinfo=UTC)
LATE_FEBRUARY = datetime(2026, 2, 24, 16, tzinfo=UTC)
ON_A_COARSE_CLOCK = (201, 205, 233)


pytestmark = pytest.mark.slow


def _world(seed: int, days: int, site_timezone: str, start: datetime | None) -> RawWorld:
    world = random_world(seed, 120, days, site_timezone, start)
    return on_a_coarse_clock(world) if seed in ON_A_COARSE_CLOCK else world


@pytest.mark.parametrize(
    ("seeds", "site_timezone", "start", "days"),
    [
        pytest.param(range(200, 212), "Asia/Shanghai", None, 12, id="in Shanghai"),
        pytest.param(
            (110, 113, *range(225, 234)), "America/New_York", None, 12, id="over the spring change of clocks in New York"
        ),
        pytest.param(range(240, 249), "Europe/Berlin", AUTUMN, 12, id="over the autumn change in Berlin"),
        pytest.param(range(255, 259), "Asia/Shanghai", NATIONAL_DAY, 17, id="over a make-up day and National Day"),
        pytest.param(range(261, 263), "Asia/Shanghai", LATE_FEBRUARY, 40, id="a whole month and its costs"),
    ],
)
def test_every_row_of_the_kpi_marts_is_as_the_oracle_has_it(
    seeds: Sequence[int], site_timezone: str, start: datetime | None, days: int
) -> None:
    world = packed([_world(seed, days, site_timezone, start) for seed in seeds])
    with quick.quick_warehouse(world) as connection:
        found = differences_in_marts(connection, source_as_of(connection), Policy(site_timezone=site_timezone))
    assert found == [], by_kpi(found)


@pytest.mark.parametrize("seeds", [range(264, 270), range(274, 280)], ids=str)
def test_queues_channels_and_days_with_policies_of_their_own_are_judged_by_them(seeds: range, tmp_path: Path) -> None:
    world = packed([random_world(seed, 120) for seed in seeds])
    folder = seeds_with(random_policies(seeds.start, world.since.date()), tmp_path / "seeds")
    with quick.quick_warehouse(world, seeds=folder) as connection:
        found = differences_in_marts(connection, source_as_of(connection), Policy(seeds=folder))
    assert found == [], by_kpi(found)


def test_runs_with_any_number_of_threads_give_the_same_rows(is_soak: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_soak:
        pytest.skip("ten whole builds: in `make soak`")
    world, opened = packed([random_world(seed, 120) for seed in range(200, 208)]), quick._opened
    found = set()
    for threads in (1, 2, 4, 4, 2, 1, 1, 2, 4, 4):

        def with_threads(threads: int = threads) -> duckdb.DuckDBPyConnection:
            connection = opened()
            connection.execute(f"set threads = {threads}; set preserve_insertion_order = false")
            return connection

        monkeypatch.setattr(quick, "_opened", with_threads)
        with quick.quick_warehouse(world) as connection:
            tables = (
                "select table_schema || '.' || table_name from information_schema.tables where table_schema in ('core', 'marts')"
            )
            names = sorted(name for (name,) in connection.execute(tables).fetchall())
            sums = (
                (name, connection.execute(f"select count(*), sum(hash(t)::hugeint) from {name} as t").fetchone())
                for name in names
            )
            found.add(tuple(sums))
    assert len(found) == 1
    assert len(next(iter(found))) >= 50
