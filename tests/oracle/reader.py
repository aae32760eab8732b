"""Rows out of a warehouse: canonical records for the oracle, and the mart to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar, get_type_hints

import pyarrow as pa
from duckdb import DuckDBPyConnection

from ingestion.canonical import CANONICAL
from tests.oracle.calendar_periods import PeriodRow
from tests.oracle.judgement import Judgement
from tests.oracle.periods import KpiRow

Measured = TypeVar("Measured", KpiRow, PeriodRow)
SQL_TYPES = {date: "date", int: "bigint", str: "varchar", str | None: "varchar", bool: "boolean"}
NEVER_NULL = ("numerator", "sample_size", "pending_size")
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
    return list(map(KpiRow._make, zip(*_columns(connection, relation, KpiRow), strict=True)))


def judged_rows(connection: DuckDBPyConnection, relation: str, kind: type[Measured]) -> tuple[list[Measured], list[Judgement]]:
    """A KPI mart as the oracle's rows, and how it judges each of them."""
    columns = _columns(connection, relation, kind, Judgement)
    width = len(kind._fields)
    rows = map(kind._make, zip(*columns[:width], strict=True))
    return list(rows), list(map(Judgement._make, zip(*columns[width:], strict=True)))


def _columns(connection: DuckDBPyConnection, relation: str, *kinds: type[KpiRow | PeriodRow | Judgement]) -> list[list[Any]]:
    """The columns named as the fields, in their order: dates, counts, texts, and amounts with 6 decimals."""
    asked = []
    for name, python in (field for kind in kinds for field in get_type_hints(kind).items()):
        column = f"cast({name} as {SQL_TYPES.get(python, 'decimal(38, 6)')})"
        asked.append(f"coalesce({column}, 0)" if name in NEVER_NULL else column)
    return [_values(column) for column in connection.execute(f"select {', '.join(asked)} from {relation}").to_arrow_table()]


def _values(column: pa.ChunkedArray) -> list[Any]:
    """The values of a column. Most occur often: each becomes a Python object once."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    once = encoded.dictionary.to_pylist()
    return [once[place] for place in encoded.indices.to_numpy().tolist()]


def _rows(connection: DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    connection.execute("set TimeZone = 'UTC'")
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value
