"""Building the warehouse: frozen inputs go in, a candidate file comes out; readers see nothing of it yet."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from deskmart.dbt import dbt_build
from deskmart.freeze import Inputs, freeze
from deskmart.lake import Lake, private_folder, write_json
from deskmart.settings import Settings
from expectations.policies import check_policies
from ingestion.registry import all_sources
from ingestion.schema import accepted_schema

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Build:
    """A built candidate. `is_new` is false when the published marts were already made of the same inputs."""

    build_id: str
    inputs_digest: str
    is_new: bool
    models: int = 0
    tests: int = 0


def build(settings: Settings, *, force: bool = False) -> Build:
    """Check the policies, freeze the inputs and run `dbt build` on them into `warehouse/candidate.duckdb`.

    Nothing is built when what is published was made of the same inputs (unless `force`). Raises `BuildError` naming the
    policy, model or test that failed; the candidate is then thrown away, and what is published stays.
    """
    lake = Lake(settings.home)
    check_policies()
    with lake.lock("warehouse"):
        inputs = freeze(settings)
        build_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{inputs.digest[:8]}"
        if not force and published_digest(lake) == inputs.digest:
            return Build(build_id, inputs.digest, is_new=False)
        discard(lake)
        private_folder(lake.warehouse)
        try:
            _write_inputs(lake, inputs, build_id)
            counts = dbt_build(settings)
        except BaseException:
            discard(lake)
            raise
        done = Build(build_id, inputs.digest, True, **counts)
        write_json(lake.warehouse / "candidate.json", _manifest(done, inputs, lake))
        return done


def discard(lake: Lake) -> None:
    """Throw the candidate away."""
    for path in (lake.candidate, lake.warehouse / "candidate.duckdb.wal", lake.warehouse / "candidate.json"):
        with suppress(FileNotFoundError):
            path.unlink()


def published_digest(lake: Lake) -> str | None:
    """The inputs that the published marts were made of; None where nothing is published."""
    path = lake.published_current / "manifest.json"
    if not path.exists():
        return None
    return str(json.loads(path.read_bytes())["build"]["inputs_digest"])


def _write_inputs(lake: Lake, inputs: Inputs, build_id: str) -> None:
    import duckdb

    with duckdb.connect(str(lake.candidate)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema inputs")
        _create_views(connection, lake, inputs)
        connection.execute(
            "create table inputs.build_inputs (source varchar, stream varchar, batch varchar, attempt varchar, path varchar, "
            "sha256 varchar, since timestamptz, until timestamptz, mode varchar, landed_at timestamptz)"
        )
        _insert(
            connection,
            "inputs.build_inputs",
            [
                (
                    i.source,
                    i.stream,
                    i.batch,
                    i.attempt,
                    str(i.path.relative_to(lake.home)),
                    i.sha256,
                    i.since,
                    i.until,
                    i.mode.value,
                    i.landed_at,
                )
                for i in inputs.files
            ],
        )
        connection.execute(
            "create table inputs.build_sources (source varchar, covered_from timestamptz, as_of timestamptz, has_cadence boolean, "
            "last_landed_at timestamptz, accepted_rows bigint)"
        )
        _insert(connection, "inputs.build_sources", [_source_row(connection, name, inputs) for name in inputs.sources])
        connection.execute(
            "create table inputs.build_feeds (source varchar, stream varchar, as_of timestamptz, has_cadence boolean)"
        )
        _insert(
            connection,
            "inputs.build_feeds",
            [(source, stream, cover.as_of, cover.has_cadence) for (source, stream), cover in inputs.feeds.items()],
        )
        connection.execute("create table inputs.build_info (build_id varchar, as_of timestamptz, first_day date, last_day date)")
        _insert(connection, "inputs.build_info", [(build_id, inputs.as_of, inputs.first_day, inputs.last_day)])


def _create_views(connection: duckdb.DuckDBPyConnection, lake: Lake, inputs: Inputs) -> None:
    import pyarrow.parquet as pq

    empty = private_folder(lake.warehouse / "empty")
    for source in all_sources().values():
        for stream in source.streams:
            name = f"{source.name}__{stream.name}"
            typed = empty / f"{name}.parquet"
            pq.write_table(accepted_schema(stream).empty_table(), typed)
            paths = [typed, *(i.path for i in inputs.files if (i.source, i.stream) == (source.name, stream.name))]
            listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
            connection.execute(
                f'create view inputs."{name}" as select * from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)'
            )


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


def _manifest(done: Build, inputs: Inputs, lake: Lake) -> dict[str, Any]:
    return {
        "build_id": done.build_id,
        "inputs_digest": inputs.digest,
        "built_at": datetime.now(UTC).isoformat(),
        "as_of": inputs.as_of.isoformat(),
        "first_day": inputs.first_day.isoformat(),
        "last_day": inputs.last_day.isoformat(),
        "sources": {name: cover.as_of.isoformat() for name, cover in inputs.sources.items()},
        "inputs": [{"path": str(item.path.relative_to(lake.home)), "sha256": item.sha256} for item in inputs.files],
        "models": done.models,
        "tests": done.tests,
    }
