"""Tables of a warehouse into a file of their own for readers: rows, comments, and Parquet beside it."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from deskmart.lake import quoted, sync_file

if TYPE_CHECKING:
    import duckdb

STORAGE_VERSION = "v1.2.0"  # what BI drivers from DuckDB 1.2 on can read
_PUBLISHED = ("marts", "core")  # schemas of the candidate whose tables readers get; intermediate stays private
_SEEDS = ("kpi_catalog", "kpi_targets")


def copy_marts(candidate: Path, folder: Path, publish_id: str, threads: int = 2) -> dict[str, int]:
    """The candidate's tables for readers as `marts.duckdb` and `marts/*.parquet` in a folder that is there; rows by table.

    Every row carries the publish's id. Durable when it returns; `duckdb.Error` or `OSError` when the disk refuses.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"set threads = {threads}")
        connection.execute(f"attach '{quoted(candidate)}' as built (read_only)")
        connection.execute(f"attach '{quoted(folder / 'marts.duckdb')}' as out (storage_version '{STORAGE_VERSION}')")
        tables = _tables(connection)

        def one(schema: str, table: str) -> int:
            with connection.cursor() as own:
                return _copy(own, schema, table, folder / "marts" / f"{table}.parquet", publish_id)

        with ThreadPoolExecutor(threads) as pool:
            counts = list(pool.map(one, *zip(*tables, strict=True)))
        copy_comments(connection, ((schema, table, "main") for schema, table in tables))
        connection.execute("checkpoint out")
        connection.execute("detach out")
    sync_file(folder / "marts.duckdb")
    return {table: count for (_, table), count in zip(tables, counts, strict=True)}


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, table: str, parquet: Path, publish_id: str) -> int:
    order = "" if schema == "seeds" else "order by all"  # a seed keeps the order it was written in
    connection.execute("set TimeZone = 'UTC'")
    made = connection.execute(
        f'create table out.main."{table}" as select *, ?::varchar as publish_id from built."{schema}"."{table}" {order}',
        [publish_id],
    ).fetchone()
    connection.execute(f"copy out.main.\"{table}\" to '{quoted(parquet)}' (format parquet, compression zstd)")
    sync_file(parquet)
    return int(made[0]) if made else 0


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of each table for readers, the largest first: so that no thread is left with it in the end."""
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'built' order by estimated_size desc, table_name"
    ).fetchall()
    return [(schema, table) for schema, table in found if schema in _PUBLISHED or (schema == "seeds" and table in _SEEDS)]


def copy_comments(connection: duckdb.DuckDBPyConnection, tables: Iterable[tuple[str, str, str]]) -> None:
    """The comments of these tables of the attached database `built` and of their columns, onto their copies in `out`.

    A table is given by its schema, its name and the schema of its copy.
    """
    copies = {(schema, table): to for schema, table, to in tables}
    found = connection.execute(
        "select schema_name, table_name, null, comment from duckdb_tables() where database_name = 'built' and comment is not null "
        "union all "
        "select schema_name, table_name, column_name, comment from duckdb_columns() where database_name = 'built' and comment is not null"
    ).fetchall()
    connection.begin()
    for schema, table, column, comment in found:
        if (schema, table) in copies:
            copy = f'out."{copies[schema, table]}"."{table}"'
            thing = f"table {copy}" if column is None else f'column {copy}."{column}"'
            connection.execute(f"comment on {thing} is {_literal(comment)}")
    connection.commit()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
