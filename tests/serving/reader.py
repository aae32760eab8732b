"""A reader without pause, as a process of its own: `python -m tests.serving.reader KIND STOP`, with WHERE as a line on its input.

KIND is `duckdb` (WHERE is `published/current/marts.duckdb`), `parquet` (WHERE is `published/current`), `postgres` or `postgres_pages`
(WHERE is an address). Reads all tables again and again, says "reading" on its error output after the first time, and reads once more
when the file STOP is there. Then it prints a line of JSON: what went wrong, and for each read when it began and ended (the machine's
monotonic clock), and which of the `distinct` sets of publish, number and count of rows the tables had.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

# Each table of `small_home` holds the same number in every row.
NUMBERS = {"mart_kpi_daily": "value", "dim_customers": "links", "fct_orders": "n"}
Seen = list[tuple[str, int, int]]


def _query(relation: Callable[[str], str]) -> str:
    """Publish, number and count of rows, of each table in one statement."""
    return " union all ".join(
        f"select publish_id, cast({column} as bigint), count(*) from {relation(table)} group by 1, 2"
        for table, column in NUMBERS.items()
    )


def seen_in_duckdb(where: str) -> Seen:
    import duckdb

    with duckdb.connect(where, read_only=True) as connection:
        return connection.execute(_query(str)).fetchall()


def seen_in_postgres(connection: psycopg.Connection[Any]) -> Seen:
    return connection.execute(_query(lambda table: f"marts.{table}").encode()).fetchall()


def _duckdb(where: str) -> Callable[[], Seen]:
    return lambda: seen_in_duckdb(where)


def _parquet(where: str) -> Callable[[], Seen]:
    import duckdb

    connection = duckdb.connect()

    def read() -> Seen:
        folder = Path(where).resolve()  # many files: all of the same version
        return connection.execute(_query(lambda table: f"read_parquet('{folder}/marts/{table}.parquet')")).fetchall()

    return read


def _postgres(where: str) -> Callable[[], Seen]:
    import psycopg

    connection = psycopg.connect(where, autocommit=True)
    return lambda: seen_in_postgres(connection)


def _each_in_turn(where: str) -> Callable[[], Seen]:
    """A transaction of several statements, as a tool builds a page."""
    import psycopg

    connection = psycopg.connect(where)

    def read() -> Seen:
        with connection.transaction():
            return [
                row
                for table, column in NUMBERS.items()
                for row in connection.execute(
                    f"select publish_id, cast({column} as bigint), count(*) from marts.{table} group by 1, 2".encode()
                ).fetchall()
            ]

    return read


KINDS = {"duckdb": _duckdb, "parquet": _parquet, "postgres": _postgres, "postgres_pages": _each_in_turn}


def main(kind: str, where: str, stop: Path) -> None:
    read = KINDS[kind](where)
    distinct: dict[tuple[Any, ...], int] = {}
    reads: list[tuple[float, float, int]] = []
    errors: list[str] = []
    is_last = False
    while not is_last and len(errors) < 100:
        is_last = stop.exists()
        began = time.monotonic()
        try:
            seen = read()
        except Exception as error:  # noqa: BLE001 -- every error of a reader is a finding, told below
            errors.append(f"{kind}: {type(error).__name__}: {error}")
            continue
        reads.append((began, time.monotonic(), distinct.setdefault(tuple(sorted(set(seen))), len(distinct))))
        if len(reads) == 1:
            sys.stderr.write("reading\n")
            sys.stderr.flush()
    sys.stdout.write(json.dumps({"kind": kind, "reads": reads, "distinct": list(distinct), "errors": errors}))


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.readline().strip(), Path(sys.argv[2]))
