"""What `deskmart kpi` reads of the published marts."""

from __future__ import annotations

import pytest

from deskmart.kpi import kpi_lines
from deskmart.kpi_glossary import seed
from deskmart.lake import Lake
from deskmart.settings import Settings
from tests.oracle.golden import load_golden
from tests.oracle.worlds import RawWorld
from tests.warehouse.quick import quick_warehouse


@pytest.fixture(scope="module")
def a_home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A golden world, published as far as the command reads it."""
    golden = load_golden("compliance")
    (as_of,) = set(golden.as_of.values())
    settings = Settings(tmp_path_factory.mktemp("home"))
    marts = Lake(settings.home).marts
    marts.parent.mkdir(parents=True)
    world = RawWorld(golden.records, golden.first_day, as_of, golden.site_timezone)
    with quick_warehouse(world, stop_at="mart_kpi_daily") as connection:
        connection.execute(f"attach '{marts}' as published")
        for table in ("marts.mart_kpi_daily", "seeds.kpi_catalog"):
            connection.execute(f"create table published.{table.split('.')[1]} as select * from {table}")
        connection.execute("detach published")
    return settings


def test_a_variant_with_a_row_of_its_own_is_not_told_again_by_the_pattern_of_the_others(a_home: Settings) -> None:
    lines = kpi_lines(a_home, ["compliance_findings"], "company")
    found = {(line.variant, line.channel_group): line.numerator for line in lines}
    assert len(found) == len(lines)
    assert (found["default", "chat"], found["critical", "chat"], found["off_platform", "chat"]) == (5, 3, 2)


def test_lines_come_in_the_order_of_the_catalogue(a_home: Settings) -> None:
    told = list(dict.fromkeys(line.kpi for line in kpi_lines(a_home, [], "company")))
    assert len(told) > 50
    assert told == [kpi for kpi in dict.fromkeys(row["kpi"] for row in seed("kpi_catalog")) if kpi in told]
