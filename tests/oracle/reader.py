"""Rows out of a warehouse: canonical records for the oracle, and the mart to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from duckdb import DuckDBPyConnection

from ingestion.canonical import CANONICAL
from tests.oracle.calendar_periods import PeriodRow
from tests.oracle.judgement import Judgement
from tests.oracle.periods import KpiRow

RELATIONS: Mapping[str, str] = {stream: f"intermediate.int_{stream}_unioned" for stream in CANONICAL}


def canonical_records(
    connection: DuckDBPyConnection, relations: Mapping[str, str] = RELATIONS
) -> dict[str, list[dict[str, Any]]]:
    """Every row of these relations by canonical stream; times are aware and UTC. DuckDB's error when a relation is absent."""
    return {stream: _rows(connection, f"select * from {relation}") for stream, relation in relations.items()}


def existing_relations(connection: DuckDBPyConnection, schema: str = "intermediate") -> dict[str, str]:
    """The canonical unions that this warehouse has, and by file the accepted rows where it has none (dbt inlines some unions);
    of tickets by file every version, for their union has the newest alone."""
    found = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
    relations = {}
    for stream in (*CANONICAL, "markers"):
        union = f"{schema}.int_{stream}_unioned" if (schema, f"int_{stream}_unioned") in found else ""
        by_file = ("inputs", f"file_drop__{stream}") in found
        dropped = f"select *, 'file_drop' as source_system from inputs.file_drop__{stream}"
        if stream == "tickets" and union and by_file:
            relations[stream] = f"(select * from {union} where source_system <> 'file_drop' union all by name {dropped})"
        elif union or by_file:
            relations[stream] = union or f"({dropped})"
    return relations


def source_as_of(connection: DuckDBPyConnection) -> dict[str, datetime]:
    """Up to when each source of this build is covered, exclusively."""
    rows = _rows(connection, "select source, as_of from inputs.build_sources")
    return {row["source"]: row["as_of"] for row in rows}


def mart_rows(connection: DuckDBPyConnection, relation: str = "marts.mart_kpi_daily") -> list[KpiRow]:
    """mart_kpi_daily as the oracle's rows; amounts are brought to 6 decimals."""
    return [KpiRow(*row) for row in _measures(connection, KpiRow, relation)]


def period_rows(connection: DuckDBPyConnection, relation: str) -> list[PeriodRow]:
    """mart_kpi_weekly or mart_kpi_monthly likewise."""
    return [PeriodRow(*row) for row in _measures(connection, PeriodRow, relation)]


def judged_rows(connection: DuckDBPyConnection, relation: str, dated: str) -> dict[tuple[Any, ...], Judgement]:
    """How a mart judges its rows, by their key."""
    ends = "cast(target_low as decimal(38, 6)), cast(target_high as decimal(38, 6))"
    rows = connection.execute(
        f"select cast({dated} as date), scope, scope_id, channel_group, kpi, variant, is_settled, cast(settles_on as date), "
        f"is_partial, {ends}, band, verdict from {relation}"
    ).fetchall()
    return {row[:6]: Judgement(*row[6:]) for row in rows}


def _measures(connection: DuckDBPyConnection, row: type[KpiRow] | type[PeriodRow], relation: str) -> list[tuple[Any, ...]]:
    """The columns of a row in the order of its fields: dates, counts, texts, and amounts with 6 decimals."""
    casts = {"date": "date", "int": "bigint", "str": "varchar"}
    columns = [f"cast({field.name} as {casts.get(str(field.type), 'decimal(38, 6)')})" for field in fields(row)]
    columns = [f"coalesce({column}, 0)" if _is_never_null(column) else column for column in columns]
    return connection.execute(f"select {', '.join(columns)} from {relation}").fetchall()


def _is_never_null(column: str) -> bool:
    return any(name in column for name in ("numerator", "sample_size", "pending_size"))


def _rows(connection: DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    connection.execute("set TimeZone = 'UTC'")
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value
