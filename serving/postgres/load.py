"""The tables of a published version into a schema of PostgreSQL that nobody reads yet: rows over ADBC, keys, indexes, comments."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deskmart.dictionary import Table, published_tables
from deskmart.errors import ServingError
from serving.postgres.server import fetch, name, run, text

if TYPE_CHECKING:
    import duckdb

    from serving.postgres.server import Connection

log = logging.getLogger(__name__)
_TYPES = {"VARCHAR": "text", "TIMESTAMP WITH TIME ZONE": "timestamptz", "DOUBLE": "double precision", "HUGEINT": "numeric(38)"}
_ROWS_AT_ONCE = 50_000
_DATES = ("service_date", "period_start", "month")


@dataclass(frozen=True, slots=True)
class Loading:
    """A table of a published file: its columns with their PostgreSQL types, its comments, and what the project says of it."""

    table: str
    columns: Mapping[str, str]
    comment: str | None
    column_comments: Mapping[str, str]
    key: Sequence[str]


def load(file: Path, connection: Connection, address: str, schema: str) -> dict[str, int]:
    """Every table of a published DuckDB file into an empty schema; rows by table.

    Rows carry their types over (decimals stay exact, times stay UTC). Foreign keys that do not hold are left out with a warning;
    a key that does not hold is a `ServingError`.
    """
    import adbc_driver_postgresql.dbapi as adbc
    import duckdb

    declared = {table.name: table for table in published_tables()}
    with duckdb.connect(str(file), read_only=True) as marts, adbc.connect(address) as bulk:
        marts.execute("set TimeZone = 'UTC'")
        tables = _tables(marts, declared)
        for each in tables:
            columns = ", ".join(f"{name(column)} {type_}" for column, type_ in each.columns.items())
            run(connection, f"create table {name(schema, each.table)} ({columns})")
        for each in tables:
            rows = marts.execute(f"select * from {name(each.table)}").to_arrow_reader(_ROWS_AT_ONCE)
            with bulk.cursor() as cursor:
                cursor.adbc_ingest(each.table, rows, mode="append", db_schema_name=schema)
            bulk.commit()
        counts = {each.table: _count(marts, each.table) for each in tables}
    for each in tables:
        _finish(connection, schema, each, counts[each.table])
    _refer(connection, schema, tables, declared)
    return counts


def _tables(marts: duckdb.DuckDBPyConnection, declared: Mapping[str, Table]) -> list[Loading]:
    found = marts.execute("select table_name, comment from duckdb_tables() order by estimated_size desc, table_name").fetchall()
    columns = marts.execute(
        "select table_name, column_name, data_type, comment from duckdb_columns() where not internal order by column_index"
    ).fetchall()
    tables = []
    for table, comment in found:
        own = [(column, type_, said) for of, column, type_, said in columns if of == table]
        key = declared[table].key if table in declared else ()
        names = {column for column, _, _ in own}
        tables.append(
            Loading(
                table,
                {column: _TYPES.get(type_, type_.lower()) for column, type_, _ in own},
                comment,
                {column: said for column, _, said in own if said},
                key if set(key) <= names else (),
            )
        )
    return tables


def _count(marts: duckdb.DuckDBPyConnection, table: str) -> int:
    row = marts.execute(f"select count(*) from {name(table)}").fetchone()
    return int(row[0]) if row else 0


def _finish(connection: Connection, schema: str, each: Loading, expected: int) -> None:
    """Keys, indexes, comments and statistics of one table; `ServingError` when rows are missing or its key does not hold."""
    import psycopg

    table = name(schema, each.table)
    ((arrived,),) = connection.execute(f"select count(*) from {table}".encode()).fetchall()
    if arrived != expected:
        raise ServingError(
            f"{arrived} of {expected} rows of {each.table} arrived", source="postgres", todo="this is a defect: tell us"
        )
    if each.key:
        try:
            run(connection, f"alter table {table} add primary key ({', '.join(name(one) for one in each.key)})")
        except psycopg.errors.IntegrityError as error:
            raise ServingError(
                f"the key {', '.join(each.key)} of {each.table} does not hold: {error.diag.message_primary}",
                source="postgres",
                todo="the build's own check of that key was passed over: build again",
            ) from error
    dates = [column for column in _DATES if column in each.columns]
    if {"scope", "kpi", "variant"} <= set(each.columns) and dates:
        run(connection, f"create index on {table} (kpi, variant, scope, {name(dates[0])})")
    if each.comment:
        run(connection, f"comment on table {table} is {text(each.comment)}")
    for column, said in each.column_comments.items():
        run(connection, f"comment on column {table}.{name(column)} is {text(said)}")
    run(connection, f"vacuum (analyze) {table}")


def _refer(connection: Connection, schema: str, tables: Sequence[Loading], declared: Mapping[str, Table]) -> None:
    """Foreign keys where the project declares them and the rows bear them out, each with an index for the way back."""
    import psycopg

    loaded = {each.table: each for each in tables}
    for each in tables:
        for one in declared[each.table].refers if each.table in declared else ():
            to = loaded.get(one.table)
            if to is None or len(to.key) != len(one.columns) or not set(one.columns) <= set(each.columns):
                continue
            own, key = (", ".join(map(name, columns)) for columns in (one.columns, to.key))
            table = name(schema, each.table)
            try:
                run(connection, f"alter table {table} add foreign key ({own}) references {name(schema, to.table)} ({key})")
            except psycopg.errors.IntegrityError as error:
                log.warning("%s has no foreign key to %s: %s", each.table, to.table, error.diag.message_detail)
            else:
                run(connection, f"create index on {table} ({own})")


def clear(connection: Connection, schema: str) -> None:
    """Remove what an earlier, killed load left in its schema; nothing of anybody else can hang on it."""
    tables = fetch(connection, "select tablename from pg_tables where schemaname = %s", schema)
    if tables:
        run(connection, f"drop table {', '.join(name(schema, str(table)) for (table,) in tables)}")
