"""The thematic marts against mart_kpi_daily: the same figures, side by side."""

from __future__ import annotations

from typing import Any

import duckdb

KEY = ("service_date", "scope", "scope_id", "channel_group")
Cells = dict[tuple[Any, ...], tuple[Any, Any, Any]]

MARTS = {
    "resolution": "mart_daily_resolution",
    "satisfaction": "mart_daily_satisfaction",
    "quality": "mart_daily_satisfaction",
    "compliance": "mart_daily_compliance",
    "moods": "mart_daily_compliance",
    "sales": "mart_daily_conversion",
}
"""Golden worlds that fill a thematic mart."""


def side_by_side(warehouse: duckdb.DuckDBPyConnection, mart: str) -> tuple[Cells, Cells]:
    """What the mart shows (both parts and the value by its key and KPI), and what mart_kpi_daily tells of the mart's KPIs."""
    wide = _rows(warehouse, f"select * from {mart}")
    kpis = {name for name in wide[0] if name not in KEY and not name.endswith(("_numerator", "_denominator"))}
    shown = {(*(row[name] for name in KEY), kpi): _figures(row, kpi) for row in wide for kpi in kpis}
    daily = _rows(
        warehouse,
        "select * replace (case when variant in ('critical', 'major', 'minor') then kpi || '_' || variant else kpi end as kpi) "
        "from mart_kpi_daily where variant in (case kpi when 'aov' then 'CNY' else 'default' end, 'critical', 'major', 'minor')",
    )
    told = {(*(row[name] for name in KEY), row["kpi"]): row for row in daily if row["kpi"] in kpis}
    expected = {key: (row["numerator"], row["denominator"], row["value"]) for key, row in told.items()}
    return {key: found for key, found in shown.items() if any(part is not None for part in found)}, expected


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _figures(row: dict[str, Any], kpi: str) -> tuple[Any, Any, Any]:
    """Both parts and the value; of a count the value is its numerator."""
    if f"{kpi}_numerator" not in row:
        return row[kpi], None, row[kpi]
    return row[f"{kpi}_numerator"], row[f"{kpi}_denominator"], row[kpi]
