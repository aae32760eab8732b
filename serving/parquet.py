"""A table of the marts as Parquet: one file with every row, and beside it one per month, in folders as Hive names them.

`marts/<table>.parquet` has the whole table, `marts/<table>/data_month=2026-09/<table>.parquet` the rows of a month. Each file's
footer says which publish wrote it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from deskmart.lake import private_folder, quoted, sync_file

if TYPE_CHECKING:
    import duckdb

DATED = ("mart_", "fct_")  # tables that grow with time; dimensions and seeds are one file
MONTH = "data_month"
UNDATED = "__HIVE_DEFAULT_PARTITION__"  # what readers of such folders take for null
_NOT_A_ROWS_DAY = ("policy_from", "effective_from", "settles_on")


def month_columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The local dates of a table of `out`, in their order: a row is in the month of the first that it has (of a mart, of the first)."""
    if not table.startswith(DATED):
        return []
    found = connection.execute(
        "select column_name from duckdb_columns() where database_name = 'out' and table_name = ? and data_type = 'DATE' "
        "order by column_index",
        [table],
    )
    days = [str(name) for (name,) in found.fetchall() if name not in _NOT_A_ROWS_DAY]
    return days[:1] if table.startswith("mart_") else days


def write_parquet(connection: duckdb.DuckDBPyConnection, table: str, folder: Path, footer: Mapping[str, str]) -> None:
    """Write a table of `out` below `folder`, whole and by month; durable when it returns.

    A table of a single month is written once: both names are the same file.
    """
    whole = folder / f"{table}.parquet"
    _copy(connection, f'out.main."{table}"', whole, footer)
    columns = ", ".join(f'"{name}"' for name in month_columns(connection, table))
    if not columns:
        return
    month = f"strftime(coalesce({columns}, null), '%Y-%m')"
    months = [name for (name,) in connection.execute(f'select distinct {month} from out.main."{table}" order by 1').fetchall()]
    for name in months:
        part = private_folder(folder / table / f"{MONTH}={name or UNDATED}") / whole.name
        if len(months) == 1:
            _same(whole, part)
        else:
            condition = f"{month} = '{name}'" if name else f"{month} is null"
            _copy(connection, f'(select * from out.main."{table}" where {condition})', part, footer)


def footer_of(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """What the footer of a file says of its publish."""
    found = connection.execute("select key, value from parquet_kv_metadata(?)", [str(path)]).fetchall()
    told = {bytes(key).decode(): bytes(value).decode() for key, value in found}
    return {key: value for key, value in told.items() if key.startswith("deskmart.")}


def metadata(footer: Mapping[str, str]) -> str:
    """The option of DuckDB's `copy` that writes a footer."""
    pairs = ", ".join(f"{_literal(key)}: {_literal(value)}" for key, value in footer.items())
    return f", kv_metadata {{{pairs}}}" if pairs else ""


def _copy(connection: duckdb.DuckDBPyConnection, what: str, path: Path, footer: Mapping[str, str]) -> None:
    connection.execute(f"copy {what} to '{quoted(path)}' (format parquet, compression zstd{metadata(footer)})")
    sync_file(path)


def _same(path: Path, other: Path) -> None:
    with suppress(OSError):  # a file system without hard links
        os.link(path, other)
        return
    shutil.copyfile(path, other)
    sync_file(other)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
