"""Tables of a warehouse into a file of their own for readers: rows, comments, and Parquet beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from deskmart.lake import quoted, sync_file
from serving.parquet import write_parquet
from serving.stamp import FRESHNESS, PUBLISH_INFO, Stamp, added_columns

if TYPE_CHECKING:
    import duckdb

STORAGE_VERSION = "v1.2.0"  # what BI drivers from DuckDB 1.2 on can read
_PUBLISHED = ("marts", "core")  # schemas of the candidate whose tables readers get; intermediate stays private
_SEEDS = ("kpi_catalog", "kpi_targets")


def copy_marts(candidate: Path, folder: Path, stamp: Stamp, threads: int = 2) -> dict[str, int]:
    """The candidate's tables for readers as `marts.duckdb` and Parquet in a folder with `marts/` in it; rows by table.

    Every row carries the publish's id, and `publish_info` what else is known of it. Durable when it returns; `duckdb.Error` or
    `OSError` when the disk refuses.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"set threads = {threads}")
        connection.execute(f"set temp_directory = '{quoted(folder / '.spill')}'")
        connection.execute(f"attach '{quoted(candidate)}' as built (read_only)")
        connection.execute(f"attach '{quoted(folder / 'marts.duckdb')}' as out (storage_version '{STORAGE_VERSION}')")
        tables = _tables(connection)

        def one(schema: str, table: str) -> int:
            with connection.cursor() as own:
                return _copy(own, schema, table, folder / "marts", stamp)

        with ThreadPoolExecutor(threads) as pool:
            counts = list(pool.map(one, *zip(*tables, strict=True)))
        copy_comments(connection, ((schema, table, "main") for schema, table in tables))
        _write_info(connection, stamp)
        _comment(connection, [(table, name, text) for _, table in tables for name, text in added_columns(table).items()])
        connection.execute("checkpoint out")
        connection.execute("detach out")
    shutil.rmtree(folder / ".spill", ignore_errors=True)
    sync_file(folder / "marts.duckdb")
    return {table: count for (_, table), count in zip(tables, counts, strict=True)}


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, table: str, folder: Path, stamp: Stamp) -> int:
    order = "" if schema == "seeds" else "order by all"  # a seed keeps the order it was written in
    age = "$moment as published_at, cast((epoch_us($moment) - epoch_us(as_of)) / 1e6 as decimal(18, 6)) as age_seconds, "
    connection.execute("set TimeZone = 'UTC'")
    is_aged = table in FRESHNESS
    made = connection.execute(
        f'create table out.main."{table}" as '
        f'select *, {age if is_aged else ""}$publish_id::varchar as publish_id from built."{schema}"."{table}" {order}',
        {"publish_id": stamp.publish_id, **({"moment": stamp.published_at} if is_aged else {})},
    ).fetchone()
    write_parquet(connection, table, folder, stamp.footer)
    return int(made[0]) if made else 0


def _write_info(connection: duckdb.DuckDBPyConnection, stamp: Stamp) -> None:
    columns = ", ".join(f"{name} {type_}" for name, (type_, _) in PUBLISH_INFO.items())
    connection.execute(f"create table out.main.publish_info ({columns})")
    connection.execute(
        f"insert into out.main.publish_info values ({', '.join('?' for _ in PUBLISH_INFO)})", [*stamp.info.values()]
    )
    connection.execute("comment on table out.main.publish_info is 'One row: the publish that this file is.'")
    _comment(connection, [("publish_info", name, text) for name, (_, text) in PUBLISH_INFO.items()])


def _comment(connection: duckdb.DuckDBPyConnection, comments: Iterable[tuple[str, str, str]]) -> None:
    connection.begin()
    for table, column, text in comments:
        connection.execute(f'comment on column out.main."{table}"."{column}" is {_literal(text)}')
    connection.commit()


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
