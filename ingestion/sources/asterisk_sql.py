"""Reading a PBX's tables through SQLAlchemy: one ordered select per batch, rows landed as JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from deskmart.batch import Batch
from deskmart.errors import SourceError
from ingestion.source import Page
from ingestion.sources.asterisk_times import EARLIEST, LATEST, bounds, cdr_times, epoch_of

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Select, Table

ROWS_PER_PAGE = 5_000
# A wall clock may be an hour off the zone's rule; a call whose end lies in the interval began at most a day earlier.
CLOCK_SLACK = 3_600.0
LONGEST_CALL = 86_400.0


def read_table(dsn: str, table: str, batch: Batch, zone: ZoneInfo) -> Iterator[Page]:
    """Pages of the table's rows that belong to the batch's interval, and of those without a readable time.

    One select, so no row is lost between pages; times in order, ties by `id` where there is one. Raises `SourceError`
    when the database cannot be reached, refuses, or has no such table.
    """
    import sqlalchemy
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

    try:
        engine = sqlalchemy.create_engine(dsn, poolclass=sqlalchemy.NullPool)
        with engine.connect().execution_options(stream_results=True, max_row_buffer=ROWS_PER_PAGE) as connection:
            found = sqlalchemy.Table(table, sqlalchemy.MetaData(), autoload_with=connection)
            rows = (dict(row) for row in connection.execute(_select(found, batch, zone)).mappings())
            yield from _pages(rows, table, batch, zone)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise _trouble(
            batch, "the dsn is no database address", "write one such as mysql+pymysql://user:password@host/asteriskcdrdb"
        ) from error
    except NoSuchTableError as error:
        raise _trouble(
            batch, f"the database has no table {table}", f"name it with {batch.stream}_table under [sources.asterisk]"
        ) from error
    except SQLAlchemyError as error:
        kind = type(getattr(error, "orig", None) or error).__name__  # its text may hold the address
        raise _trouble(
            batch, f"the database did not answer ({kind})", "check that it is up and that this user may read it"
        ) from error


def _select(table: Table, batch: Batch, zone: ZoneInfo) -> Select[Any]:
    import sqlalchemy

    time_column = _time_column(table, batch)
    ordered = [time_column, *([table.c["id"]] if "id" in table.c else [])]
    since, until = bounds(batch)
    lead = CLOCK_SLACK + (LONGEST_CALL if batch.stream == "cdr" else 0)
    within = sqlalchemy.or_(*_within(time_column, since - lead, until + CLOCK_SLACK, zone))
    return sqlalchemy.select(table).where(within).order_by(*ordered)


def _time_column(table: Table, batch: Batch) -> Column[Any]:
    for name in ("time",) if batch.stream == "queue_log" else ("calldate", "start"):
        if name in table.c:
            return table.c[name]
    raise _trouble(batch, f"the table {table.name} has no column for the time", "name the right table")


def _within(column: Column[Any], low: float, high: float, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """What a row of the interval looks like in this column, for each way of writing a time; and what is no time at all."""
    import sqlalchemy
    from sqlalchemy import and_

    kind = column.type
    if isinstance(kind, sqlalchemy.DateTime):
        edges = [datetime.fromtimestamp(edge, UTC if kind.timezone else zone) for edge in (low, high, EARLIEST, LATEST)]
        if not kind.timezone:
            edges = [edge.replace(tzinfo=None) for edge in edges]
        return [column.is_(None), and_(column >= edges[0], column < edges[1]), column < edges[2], column >= edges[3]]
    if isinstance(kind, sqlalchemy.Integer | sqlalchemy.Numeric):
        return [column.is_(None), and_(column >= int(low), column < high), column < EARLIEST, column >= LATEST]
    walls = [datetime.fromtimestamp(edge, zone).strftime("%Y-%m-%d %H:%M:%S") for edge in (low, high)]
    return [
        column.is_(None),
        and_(column >= str(int(low)), column < str(int(high) + 1)),
        and_(column >= walls[0], column < walls[1]),
        column < "1",
        column >= "3",
        sqlalchemy.func.length(column) < 10,
    ]


def _pages(rows: Iterator[dict[str, Any]], table: str, batch: Batch, zone: ZoneInfo) -> Iterator[Page]:
    since, until = bounds(batch)
    date_of = _dater(batch, zone)
    lines: list[bytes] = []
    for row in rows:
        plain = {name: _plain(value) for name, value in row.items()}
        at = date_of(plain)
        if at is None or since <= at < until:
            lines.append(json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace"))
        if len(lines) == ROWS_PER_PAGE:
            yield _page(lines, table, zone)
            lines = []
    if lines:
        yield _page(lines, table, zone)


def _page(lines: list[bytes], table: str, zone: ZoneInfo) -> Page:
    return Page(b"".join(line + b"\n" for line in lines), "jsonl", {"table": table, "records": len(lines), "timezone": zone.key})


def _dater(batch: Batch, zone: ZoneInfo) -> Callable[[Mapping[str, Any]], float | None]:
    if batch.stream == "cdr":
        return lambda row: cdr_times(row, zone)[2]
    return lambda row: epoch_of("" if row.get("time") is None else str(row["time"]), zone)


def _plain(value: Any) -> Any:
    """A database's value as JSON can hold it, without loss."""
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value


def _trouble(batch: Batch, message: str, todo: str) -> SourceError:
    return SourceError(message, source=batch.source, stream=batch.stream, batch=batch.id, todo=todo)
