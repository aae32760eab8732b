"""Rows out of a warehouse: canonical records for the oracle, and the mart to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

from ingestion.canonical import CANONICAL
from tests.oracle.calendar_periods import PeriodRow
from tests.oracle.periods import SIX, KpiRow
from tests.oracle.world import Row

RELATIONS: Mapping[str, str] = {stream: f"intermediate.int_{stream}_unioned" for stream in CANONICAL}


def canonical_records(
    connection: DuckDBPyConnection, relations: Mapping[str, str] = RELATIONS
) -> dict[str, list[dict[str, Any]]]:
    """Every row of these relations by canonical stream; times are aware and UTC. DuckDB's error when a relation is absent."""
    return {stream: _rows(connection, f"select * from {relation}") for stream, relation in relations.items()}


def existing_relations(connection: DuckDBPyConnection, schema: str = "intermediate") -> dict[str, str]:
    """The canonical unions that this warehouse has; of tickets by file every version, for their union has the newest alone."""
    found = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
    relations = {stream: f"{schema}.int_{stream}_unioned" for stream in CANONICAL if (schema, f"int_{stream}_unioned") in found}
    if ("inputs", "file_drop__tickets") in found:
        relations["tickets"] = "(select *, 'file_drop' as source_system from inputs.file_drop__tickets)"
    return relations


def source_as_of(connection: DuckDBPyConnection) -> dict[str, datetime]:
    """Up to when each source of this build is covered, exclusively."""
    rows = _rows(connection, "select source, as_of from inputs.build_sources")
    return {row["source"]: row["as_of"] for row in rows}


def mart_rows(connection: DuckDBPyConnection, relation: str = "marts.mart_kpi_daily") -> list[KpiRow]:
    """mart_kpi_daily as the oracle's rows; amounts are brought to 6 decimals."""
    names = list(KpiRow.__dataclass_fields__)
    return [KpiRow(**_measured(row)) for row in _rows(connection, f"select {', '.join(names)} from {relation}")]


def period_rows(connection: DuckDBPyConnection, relation: str) -> list[PeriodRow]:
    """mart_kpi_weekly or mart_kpi_monthly likewise."""
    names = list(PeriodRow.__dataclass_fields__)
    return [PeriodRow(**_measured(row)) for row in _rows(connection, f"select {', '.join(names)} from {relation}")]


def _rows(connection: DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    connection.execute("set TimeZone = 'UTC'")
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value


def _measured(row: Row) -> dict[str, Any]:
    return {name: _measure(name, value) for name, value in row.items()}


def _measure(name: str, value: Any) -> Any:
    if name in ("service_date", "period_start", "period_end"):
        return date(value.year, value.month, value.day)
    if name in ("sample_size", "pending_size"):
        return int(value or 0)
    if name == "numerator" and value is None:
        return Decimal(0).quantize(SIX)
    return Decimal(str(value)).quantize(SIX) if isinstance(value, int | float | Decimal) else value
