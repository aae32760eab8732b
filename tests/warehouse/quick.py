"""The warehouse of a small world in seconds: the real models in an in-memory DuckDB, without landing, gate and dbt's start-up.

For tests of what the models compute. That the pipeline and dbt bring the same there is tested elsewhere. As a command,
`python -m tests.warehouse.quick NAME` builds a golden world and says where it differs; `--sql` asks its warehouse a question,
`--home PATH` takes the accepted files of a home instead.
"""

from __future__ import annotations

import argparse
import graphlib
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import yaml

from deskmart.freeze import PROJECT
from deskmart.frozen_tables import create_screening_views, create_tables
from expectations.screening_schema import MARKERS
from ingestion.registry import all_sources
from ingestion.schema import accepted_schema
from ingestion.source import Source
from tests.oracle.gate import behind_the_gate, markers_of
from tests.oracle.worlds import RawWorld
from tests.warehouse.rendering import SEEDS, Rendered, rendered

SCHEMAS = ("staging", "intermediate", "core", "marts", "seeds")
Records = Mapping[str, Sequence[Mapping[str, Any]]]


def quick_warehouse(world: RawWorld, stop_at: str = "", seeds: Path = SEEDS) -> duckdb.DuckDBPyConnection:
    """All models over a raw world of file drop; the connection's schemas are those of a candidate.

    With `stop_at`, only that model and what it reads; `seeds` is a folder of policies instead of the project's. DuckDB's error, with
    the model's name noted, where a model fails.
    """
    connection = _opened()
    records = behind_the_gate(world.rows)
    for source in all_sources().values():
        for stream in source.streams:
            given = records.get(stream.name, []) if source.name == "file_drop" else []
            schema = accepted_schema(stream)
            connection.register(
                "given_rows", pa.Table.from_pylist([_row(schema, row, n) for n, row in enumerate(given)], schema=schema)
            )
            connection.execute(f'create table inputs."{source.name}__{stream.name}" as select * from given_rows')
            connection.unregister("given_rows")
        if any(stream.texts for stream in source.streams):
            _screen(connection, source, world if source.name == "file_drop" else None)
    _describe(connection, world, [stream for stream in records if records[stream]])
    return _build(connection, ordered(world.site_timezone, seeds, drops_only=True), stop_at, seeds)


def warehouse_of_home(home: Path, stop_at: str = "") -> duckdb.DuckDBPyConnection:
    """All models over the accepted files of a home."""
    from deskmart.freeze import freeze
    from deskmart.frozen_tables import create_views
    from deskmart.lake import Lake
    from deskmart.settings import load_settings

    settings = load_settings(home)
    inputs = freeze(settings)
    connection = _opened()
    create_views(connection, Lake(home), inputs)
    create_tables(connection)
    for name, cover in inputs.sources.items():
        connection.execute(
            "insert into inputs.build_sources values (?, ?, ?, ?, null, 0)",
            [name, cover.covered_from, cover.as_of, cover.has_cadence],
        )
    for (name, stream), cover in inputs.feeds.items():
        connection.execute("insert into inputs.build_feeds values (?, ?, ?, ?)", [name, stream, cover.as_of, cover.has_cadence])
    connection.execute(
        "insert into inputs.build_info values ('quick', ?, ?, ?)", [inputs.as_of, inputs.first_day, inputs.last_day]
    )
    return _build(connection, ordered(settings.site_timezone, SEEDS), stop_at)


def _opened() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for schema in ("inputs", *SCHEMAS):
        connection.execute(f"create schema {schema}")
    connection.execute(f"set search_path = 'main,{','.join(SCHEMAS)}'")
    return connection


def _screen(connection: duckdb.DuckDBPyConnection, source: Source, world: RawWorld | None) -> None:
    """What screening finds in the world's raw texts, as the gate would write it."""
    tables = [MARKERS.empty_table()]
    for stream in source.streams if world else ():
        given, schema = world.rows.get(stream.name, []) if world else [], accepted_schema(stream)
        accepted = pa.Table.from_pylist([_row(schema, {}, n) for n in range(len(given))], schema=schema)
        tables.append(markers_of(stream, given, accepted, world.site_timezone if world else "UTC"))
    connection.register("given_markers", pa.concat_tables(tables))
    connection.execute(f"create table inputs.{source.name}__markers_files as select * from given_markers")
    connection.unregister("given_markers")
    create_screening_views(connection, source.name, f"inputs.{source.name}__markers_files")


def _row(schema: pa.Schema, row: Mapping[str, Any], position: int) -> dict[str, Any]:
    address = {
        "_batch": "quick", "_attempt": "1", "_page": 1, "_position": position, "_part": 0, "_record_sha256": f"{position:064x}",
        "_landed_at": datetime(2000, 1, 1, tzinfo=UTC), "_admitted_at": datetime(2000, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    given = {name: row.get(name, address.get(name)) for name in schema.names}
    exact = {field.name for field in schema if pa.types.is_decimal(field.type) and given[field.name] is not None}
    return given | {name: Decimal(str(given[name])) for name in exact}


def _describe(connection: duckdb.DuckDBPyConnection, world: RawWorld, streams: Sequence[str]) -> None:
    """What freezing tells the models: one source with a cadence, which covers the world's days."""
    create_tables(connection)
    zone = ZoneInfo(world.site_timezone)
    connection.execute(
        "insert into inputs.build_sources values ('file_drop', ?, ?, true, ?, 0)", [world.since, world.as_of, world.as_of]
    )
    for stream in streams:
        connection.execute("insert into inputs.build_feeds values ('file_drop', ?, ?, true)", [stream, world.as_of])
    last = (world.as_of - timedelta(microseconds=1)).astimezone(zone).date()
    connection.execute(
        "insert into inputs.build_info values ('quick', ?, ?, ?)", [world.as_of, world.since.astimezone(zone).date(), last]
    )


@cache
def ordered(site_timezone: str, seeds: Path, *, drops_only: bool = False) -> tuple[Rendered, ...]:
    """The models, each after those it reads; with `drops_only` as if file drop were the only source there is."""
    variables: dict[str, Any] = {"site_timezone": site_timezone}
    if drops_only:
        variables["canonical_sources"] = {stream.name: ["file_drop"] for stream in all_sources()["file_drop"].streams}
    models = {model.name: model for model in rendered("duckdb", variables, seeds)}
    order = graphlib.TopologicalSorter({name: model.reads & models.keys() for name, model in models.items()})
    return tuple(models[name] for name in order.static_order())


@cache
def _seed_types() -> dict[str, dict[str, str]]:
    """The column types the project declares, by seed."""
    files = sorted((PROJECT / "seeds").glob("*.yml"))
    declared = [seed for path in files for seed in yaml.safe_load(path.read_text(encoding="utf-8"))["seeds"]]
    return {seed["name"]: seed["config"]["column_types"] for seed in declared}


def load_seeds(connection: duckdb.DuckDBPyConnection, seeds: Path = SEEDS) -> None:
    """The seeds with the column types the project declares, as dbt loads them: an empty cell is null."""
    types = _seed_types()
    for path in sorted(seeds.rglob("*.csv")):
        names = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        columns = {name: types[path.stem].get(name, "varchar") for name in names}
        connection.execute(
            f"create table seeds.{path.stem} as select * from read_csv('{path}', auto_detect = false, delim = ',', quote = '\"', "
            f"escape = '\"', header = true, nullstr = '', columns = {columns})"
        )


def _build(
    connection: duckdb.DuckDBPyConnection, models: Sequence[Rendered], stop_at: str, seeds: Path = SEEDS
) -> duckdb.DuckDBPyConnection:
    load_seeds(connection, seeds)
    wanted = needed(models, [stop_at] if stop_at else [model.name for model in models if model.layer != "staging"])
    for model in models:
        if model.name in wanted:
            make(connection, model, f"{model.layer}.{model.name}")
    return connection


def make(connection: duckdb.DuckDBPyConnection, model: Rendered, name: str) -> None:
    """The model under this name: a view where staging is inlined, else a table."""
    kind = "view" if model.layer == "staging" and model.materialized != "table" else "table"
    try:
        connection.execute(f"create {kind} {name} as {model.sql}")
    except duckdb.Error as error:
        error.add_note(f"in the model {model.name}")
        raise


def needed(models: Sequence[Rendered], names: Iterable[str]) -> set[str]:
    """These models and all that they read."""
    by_name = {model.name: model for model in models}
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        here = waiting.pop()
        if here in by_name and here not in found:
            found.add(here)
            waiting.extend(by_name[here].reads)
    return found


def _main() -> None:
    from tests.oracle.golden import differences, load_golden
    from tests.oracle.reader import mart_rows

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("golden", nargs="?", help="a golden world's name")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--sql", action="append", default=[])
    parser.add_argument("--stop-at", default="")
    asked = parser.parse_args()
    if asked.home:
        connection = warehouse_of_home(asked.home, asked.stop_at)
    else:
        golden = load_golden(asked.golden)
        (as_of,) = set(golden.as_of.values())
        world = RawWorld(golden.records, golden.first_day, as_of, golden.site_timezone)
        with tempfile.TemporaryDirectory() as folder:
            connection = quick_warehouse(world, asked.stop_at, golden.seeds(Path(folder) / "seeds"))
        if not asked.stop_at:
            sys.stdout.write("\n".join(differences(golden, mart_rows(connection))) or "as worked out by hand")
            sys.stdout.write("\n")
    for query in asked.sql:
        sys.stdout.write(f"{connection.sql(query)}\n")


if __name__ == "__main__":
    _main()
