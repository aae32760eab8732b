"""The frozen inputs inside a warehouse file: views of the accepted rows, and tables that say what the build reads and since when."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskmart.freeze import Inputs
from deskmart.lake import Lake, private_folder
from expectations.screening_schema import MARKERS, VIEWS
from ingestion.registry import all_sources
from ingestion.schema import accepted_schema

if TYPE_CHECKING:
    import duckdb

TABLES = {
    "build_inputs": "source varchar, stream varchar, batch varchar, attempt varchar, path varchar, sha256 varchar, "
    "since timestamptz, until timestamptz, mode varchar, landed_at timestamptz, feeds varchar",
    "build_sources": "source varchar, covered_from timestamptz, as_of timestamptz, has_cadence boolean, "
    "last_landed_at timestamptz, accepted_rows bigint",
    "build_feeds": "source varchar, stream varchar, as_of timestamptz, has_cadence boolean",
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


def write_inputs(lake: Lake, inputs: Inputs, build_id: str, path: Path) -> None:
    """Begin a warehouse file at `path` with these inputs."""
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
