"""A canonical digest of marts: equal rows give equal digests, whatever the file looks like."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# What says when and by whom something was published or landed, not what was measured.
_VOLATILE = ("publish_id", "_batch", "_attempt", "_page", "_position")
# Operational marts: outside the promise that the same inputs give the same digest.
OPERATIONAL = (
    "mart_data_freshness",
    "mart_stream_freshness",
    "mart_audit_reconciliation",
    "mart_kpi_coverage",
    "mart_settled_changes",
)


def digests(path: Path, prefix: str = "mart_", threads: int = 2) -> dict[str, str]:
    """SHA-256 per table of a published DuckDB file: its sorted rows as text, without the columns that name a publish.

    Tables are taken `threads` at a time, the largest first.
    """
    import duckdb

    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("select table_name from duckdb_tables() order by estimated_size desc, table_name").fetchall()
        tables = [name for (name,) in found if name.startswith(prefix) and name not in OPERATIONAL]

        def one(table: str) -> str:
            with connection.cursor() as own:
                return _digest(own, table)

        with ThreadPoolExecutor(threads) as pool:
            return dict(sorted(zip(tables, pool.map(one, tables), strict=True)))


def _digest(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    connection.execute("set TimeZone = 'UTC'")
    columns = connection.execute("select column_name from duckdb_columns() where table_name = ? order by column_index", [table])
    texts = [f"coalesce(\"{name}\"::varchar, '∅')" for (name,) in columns.fetchall() if name not in _VOLATILE]
    row = connection.execute(
        f'select sha256(string_agg(line, chr(10) order by line)) from (select concat_ws(chr(31), {", ".join(texts)}) as line from "{table}")'
    ).fetchone()
    return str(row[0]) if row else ""
