"""A canonical digest of marts: equal rows give equal digests, whatever the file looks like."""

from __future__ import annotations

from pathlib import Path

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


def digests(path: Path, prefix: str = "mart_") -> dict[str, str]:
    """SHA-256 per table of a published DuckDB file: its sorted rows as text, without the columns that name a publish."""
    import duckdb

    found: dict[str, str] = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        tables = [row[0] for row in connection.execute("select table_name from duckdb_tables() order by 1").fetchall()]
        for table in tables:
            if not table.startswith(prefix) or table in OPERATIONAL:
                continue
            columns = connection.execute(
                "select column_name from duckdb_columns() where table_name = ? order by column_index", [table]
            )
            texts = [f"coalesce(\"{name}\"::varchar, '∅')" for (name,) in columns.fetchall() if name not in _VOLATILE]
            row = connection.execute(
                f'select sha256(string_agg(line, chr(10) order by line)) from (select concat_ws(chr(31), {", ".join(texts)}) as line from "{table}")'
            ).fetchone()
            found[table] = str(row[0]) if row else ""
    return found
