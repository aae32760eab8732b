"""What `deskmart kpi` reads of the published marts."""

from __future__ import annotations

from pathlib import Path

from deskmart.kpi import kpi_lines
from deskmart.lake import Lake
from deskmart.settings import Settings
from tests.oracle.golden import load_golden
from tests.oracle.worlds import RawWorld
from tests.warehouse.quick import quick_warehouse


def test_a_variant_with_a_row_of_its_own_is_not_told_again_by_the_pattern_of_the_others(tmp_path: Path) -> None:
    golden = load_golden("compliance")
    (as_of,) = set(golden.as_of.values())
    marts = Lake(tmp_path).marts
    marts.parent.mkdir(parents=True)
    with quick_warehouse(RawWorld(golden.records, golden.first_day, as_of, golden.site_timezone)) as connection:
        connection.execute(f"attach '{marts}' as published")
        for table in ("marts.mart_kpi_daily", "seeds.kpi_catalog"):
            connection.execute(f"create table published.{table.split('.')[1]} as select * from {table}")
        connection.execute("detach published")
    lines = kpi_lines(Settings(tmp_path), ["compliance_findings"], "company")
    found = {(line.variant, line.channel_group): line.numerator for line in lines}
    assert len(found) == len(lines)
    assert (found["default", "chat"], found["critical", "chat"], found["off_platform", "chat"]) == (5, 3, 2)
