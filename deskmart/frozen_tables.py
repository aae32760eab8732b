"""The frozen inputs inside a warehouse file: views of the accepted rows, and tables that say what the build reads and since when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskmart.freeze import Inputs
from deskmart.lake import Lake, private_folder
from expectations.screening_schema import MARKERS, VIEWS
from ingestion.registry import all_sources
from ingestion.schema import accepted_columns, accepted_schema
from ingestion.source import Stream

if TYPE_CHECKING:
    import duckdb

TABLES = {
    "build_inputs": "source varchar, stream varchar, batch varchar, attempt varchar, path varchar, sha256 varchar, "
    "since timestamptz, until timestamptz, mode varchar, landed_at timestamptz, feeds varchar",
    "build_sources": "source varchar, covered_from timestamptz, as_of timestamptz, has_cadence boolean, "
    "last_landed_at timestamptz, accepted_rows bigint",
    "build_feeds": "source varchar, stream varchar, as_of timestamptz, has_cadence boolean",
    "build_streams": "source varchar, stream varchar, covered_from timestamptz, as_of timestamptz, has_cadence boolean",
    "build_attempts": "source varchar, stream varchar, batch varchar, attempt varchar, feeds varchar, status varchar, is_current boolean, "
    "first_day date, last_day date, landed_at timestamptz, admitted_at timestamptz, rules_version varchar, source_count bigint, "
    "landed bigint, accepted bigint, accepted_rows bigint, quarantined bigint, duplicates bigint, outside bigint, held_back bigint, "
    "waived bigint, erased bigint, released bigint, accepted_erased bigint, unexplained bigint, accepted_current bigint",
    "build_info": "build_id varchar, as_of timestamptz, first_day date, last_day date",
    "closed_kpis": "month varchar, period_start date, scope varchar, scope_id varchar, channel_group varchar, kpi varchar, "
    "variant varchar, kpi_version integer, numerator decimal(38, 6), denominator decimal(38, 6), value double, "
    "sample_size bigint, pending_size bigint, is_settled boolean, closed_at timestamptz, closed_by varchar",
    "closed_scorecards": "month varchar, scope varchar, scope_id varchar, team_id varchar, score decimal(5, 2), band varchar, "
    "rank bigint, kpis bigint, kpis_with_sample bigint, is_settled boolean, closed_at timestamptz, closed_by varchar",
}


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """The empty tables of the schema `inputs`, which must be there."""
    for name, columns in TABLES.items():
        connection.execute(f"create table inputs.{name} ({columns})")


def write_inputs(lake: Lake, inputs: Inputs, build_id: str, path: Path, attempts: Sequence[tuple[object, ...]] = ()) -> None:
    """Begin a warehouse file at `path` with these inputs; `attempts` are the rows of `build_attempts`."""
    import duckdb

    feeds = {(source.name, stream.name): "|".join(stream.feeds) for source in all_sources().values() for stream in source.streams}
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema inputs")
        create_views(connection, lake, inputs)
        create_tables(connection)
        files = [
            (
                *(i.source, i.stream, i.batch, i.attempt, str(i.path.relative_to(lake.home)), i.sha256),
                *(i.since, i.until, i.mode.value, i.landed_at, feeds[i.source, i.stream]),
            )
            for i in inputs.files
        ]
        _insert(connection, "inputs.build_inputs", files)
        _insert(connection, "inputs.build_sources", [_source_row(connection, name, inputs) for name in inputs.sources])
        _insert(
            connection,
            "inputs.build_feeds",
            [(source, stream, cover.as_of, cover.has_cadence) for (source, stream), cover in inputs.feeds.items()],
        )
        covers = [(*stream, cover.covered_from, cover.as_of, cover.has_cadence) for stream, cover in inputs.streams.items()]
        _insert(connection, "inputs.build_streams", covers)
        current = current_records(connection, inputs)
        _insert(connection, "inputs.build_attempts", [(*row, current.get(row[:4], 0)) for row in attempts])
        _insert(connection, "inputs.build_info", [(build_id, inputs.as_of, inputs.first_day, inputs.last_day)])
        for table in ("closed_kpis", "closed_scorecards"):
            for folder in inputs.closings:
                connection.execute(
                    f"insert into inputs.{table} by name select * from read_parquet(?)", [str(folder / f"{table}.parquet")]
                )


def create_views(connection: duckdb.DuckDBPyConnection, lake: Lake, inputs: Inputs) -> None:
    """One view per source and stream over the accepted files that count; only rows admitted `before`, where that is said."""
    import pyarrow.parquet as pq

    empty = private_folder(lake.warehouse / "empty")
    for source in all_sources().values():
        for stream in source.streams:
            name = f"{source.name}__{stream.name}"
            typed = empty / f"{name}.parquet"
            pq.write_table(accepted_schema(stream).empty_table(), typed)
            paths = [typed, *(i.path for i in inputs.files if (i.source, i.stream) == (source.name, stream.name))]
            connection.execute(f'create view inputs."{name}" as select * from {_files(paths)}{_admitted(inputs.before)}')
        if any(stream.texts for stream in source.streams):
            typed = empty / f"{source.name}__markers.parquet"
            pq.write_table(MARKERS.empty_table(), typed)
            paths = [typed, *(i.markers for i in inputs.files if i.source == source.name and i.markers)]
            create_screening_views(connection, source.name, f"{_files(paths)}{_admitted(inputs.before)}")


def create_screening_views(connection: duckdb.DuckDBPyConnection, source: str, rows: str) -> None:
    """The texts that were screened, and what was found: both stand in the markers files, which `rows` gives (SQL behind `from`)."""
    for view, (columns, condition, _) in VIEWS.items():
        connection.execute(
            f'create view inputs."{source}__{view}" as select {", ".join(columns)} from (select * from {rows}) where {condition}'
        )


def _files(paths: list[Path]) -> str:
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def current_records(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> dict[tuple[object, ...], int]:
    """By source, stream, batch and attempt: how many source records of the build hold the newest version of something."""
    counted: dict[tuple[object, ...], int] = {}
    files = Counter((item.source, item.stream) for item in inputs.files)
    for (source, stream), attempts in sorted(files.items()):
        declared = all_sources()[source].stream(stream)
        has_older = attempts > 1 or declared.version is not None  # within an attempt the gate lets no copy pass
        rows = f'select _batch, _attempt, _page, _position from inputs."{source}__{stream}"'
        newest = f"{rows} qualify {is_newest(declared)}" if has_older else rows
        counts = connection.execute(
            f"select _batch, _attempt, count(distinct (_page, _position)) from ({newest}) group by all"
        ).fetchall()
        counted |= {(source, stream, batch, attempt): count for batch, attempt, count in counts}
    return counted


def is_newest(stream: Stream) -> str:
    """The condition that a row is the newest of its key, as staging picks it."""
    key = ", ".join(_behind_the_gate(stream, name) for name in stream.key)
    version = f"{_behind_the_gate(stream, stream.version)} desc nulls last, " if stream.version else ""
    order = f"{version}_landed_at desc, _page desc, _position desc, _part desc, _batch desc"
    return f"row_number() over (partition by {key} order by {order}) = 1"


def _behind_the_gate(stream: Stream, name: str) -> str:
    return str(accepted_columns(stream.field(name))[0].name)


def _admitted(before: datetime | None) -> str:
    return f" where _admitted_at < timestamptz '{before.isoformat()}'" if before else ""


def _source_row(connection: duckdb.DuckDBPyConnection, name: str, inputs: Inputs) -> tuple[Any, ...]:
    cover = inputs.sources[name]
    mine = [item for item in inputs.files if item.source == name]
    rows = connection.execute(
        "select count(*) from read_parquet(?, union_by_name = true)", [[str(i.path) for i in mine]]
    ).fetchone()
    return (name, cover.covered_from, cover.as_of, cover.has_cadence, max(i.landed_at for i in mine), rows[0] if rows else 0)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"insert into {table} values ({marks})", rows)
