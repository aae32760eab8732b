"""The thematic marts show the figures of mart_kpi_daily, side by side."""

from __future__ import annotations

from functools import cache
from typing import Any

import duckdb
import pytest

from tests.oracle.golden import load_golden
from tests.oracle.worlds import RawWorld
from tests.warehouse.quick import quick_warehouse

pytestmark = pytest.mark.slow

KEY = ("service_date", "scope", "scope_id", "channel_group")


@cache
def a_golden_warehouse(name: str) -> duckdb.DuckDBPyConnection:
    golden = load_golden(name)
    (as_of,) = set(golden.as_of.values())
    return quick_warehouse(RawWorld(golden.records, golden.first_day, as_of, golden.site_timezone))


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize(
    ("mart", "golden"),
    [
        pytest.param("mart_daily_resolution", "resolution", id="resolution"),
        pytest.param("mart_daily_satisfaction", "satisfaction", id="satisfaction"),
        pytest.param("mart_daily_satisfaction", "quality", id="quality"),
        pytest.param("mart_daily_compliance", "compliance", id="compliance"),
        pytest.param("mart_daily_compliance", "moods", id="moods"),
        pytest.param("mart_daily_conversion", "sales", id="sales, in the reporting currency"),
    ],
)
def test_a_thematic_mart_shows_every_figure_of_the_daily_mart_and_no_other(mart: str, golden: str) -> None:
    warehouse = a_golden_warehouse(golden)
    wide = rows(warehouse, f"select * from {mart}")
    kpis = {name for name in wide[0] if name not in KEY and not name.endswith(("_numerator", "_denominator"))}
    shown = {(*(row[name] for name in KEY), kpi): figures(row, kpi) for row in wide for kpi in kpis}
    daily = rows(
        warehouse,
        "select * replace (case when variant in ('critical', 'major', 'minor') then kpi || '_' || variant else kpi end as kpi) "
        "from mart_kpi_daily where variant in (case kpi when 'aov' then 'CNY' else 'default' end, 'critical', 'major', 'minor')",
    )
    told = {(*(row[name] for name in KEY), row["kpi"]): row for row in daily if row["kpi"] in kpis}
    expected = {key: (row["numerator"], row["denominator"], row["value"]) for key, row in told.items()}
    assert {key: found for key, found in shown.items() if any(part is not None for part in found)} == expected


def figures(row: dict[str, Any], kpi: str) -> tuple[Any, Any, Any]:
    """Both parts and the value; of a count the value is its numerator."""
    if f"{kpi}_numerator" not in row:
        return row[kpi], None, row[kpi]
    return row[f"{kpi}_numerator"], row[f"{kpi}_denominator"], row[kpi]
