"""Publishing: a new version beside the old ones, then one atomic swap of `published/current`."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskmart.build import Build, published_digest
from deskmart.errors import PublishError
from deskmart.lake import Lake, private_folder, sha256_of, sync_file, sync_folder, write_json
from deskmart.settings import Settings
from expectations.ledger import seal
from serving.digest import digests

if TYPE_CHECKING:
    import duckdb

STORAGE_VERSION = "v1.2.0"  # what BI drivers from DuckDB 1.2 on can read
KEPT_VERSIONS = 10
_PUBLISHED = ("marts", "core")  # schemas of the candidate whose tables readers get; intermediate stays private
_SEEDS = ("kpi_catalog", "kpi_targets")


@dataclass(frozen=True, slots=True)
class Publish:
    """One published version: its id, its tables with their row counts, and a digest per mart."""

    publish_id: str
    tables: dict[str, int]
    digests: dict[str, str]


def publish(build: Build, settings: Settings) -> Publish:
    """Copy the candidate's marts into a new version and swing `published/current` to it.

    Durable when it returns; a crash before the swap leaves readers with the old version, and the next publish sweeps the rest
    away. A repeated call for a build that is published already returns what is published. Raises `PublishError`; what is
    published stays.
    """
    import duckdb

    lake = Lake(settings.home)
    with lake.lock("warehouse"):
        if not lake.candidate.exists() and published_digest(lake) == build.inputs_digest:
            return _current(lake)
        if not lake.candidate.exists():
            raise PublishError("there is no candidate to publish", todo="run `deskmart build` first")
        manifest = json.loads((lake.warehouse / "candidate.json").read_bytes())
        publish_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{build.inputs_digest[:8]}"
        working = lake.published / "versions" / f".{publish_id}.part"
        try:
            shutil.rmtree(working, ignore_errors=True)
            private_folder(working / "marts")
            tables = _copy_marts(lake.candidate, working, publish_id)
            done = Publish(publish_id, tables, digests(working / "marts.duckdb"))
            version = lake.published / "versions" / publish_id
            files = {
                path.relative_to(working).as_posix(): sha256_of(path) for path in sorted(working.rglob("*")) if path.is_file()
            }
            named = {(version / name).relative_to(lake.home).as_posix(): sha256 for name, sha256 in files.items()}
            entry = {"publish_id": publish_id, "digests": done.digests, "build": build.build_id, "files": named}
            head = seal(settings, "publish", entry)
            _write_manifest(working, done, manifest, head, files)
            working.rename(version)
            sync_folder(version.parent)
            _swing(lake, publish_id)
            lake.candidate.replace(lake.current)
            (lake.warehouse / "candidate.json").unlink()
        except (OSError, duckdb.Error) as error:
            shutil.rmtree(working, ignore_errors=True)
            said = getattr(error, "strerror", None) or error
            raise PublishError(f"could not be written: {said}", todo="free space or mend the disk, then publish again") from error
        prune(settings)
        return done


def candidate_build(settings: Settings) -> Build:
    """The build that lies ready as a candidate; `PublishError` when there is none."""
    path = Lake(settings.home).warehouse / "candidate.json"
    if not path.exists():
        raise PublishError("there is no candidate to publish", todo="run `deskmart build` first")
    manifest = json.loads(path.read_bytes())
    return Build(manifest["build_id"], manifest["inputs_digest"], True, manifest["models"], manifest["tests"])


def published_anchors(settings: Settings) -> list[str]:
    """The ledger heads that the kept versions were published with; of a manifest that cannot be read `verify` tells."""
    folder = Lake(settings.home).published / "versions"
    found = []
    for name in versions(settings):
        with suppress(OSError, ValueError, AttributeError):
            found.append(json.loads((folder / name / "manifest.json").read_bytes()).get("ledger_head"))
    return [str(head) for head in found if head]


def rollback(settings: Settings, publish_id: str) -> None:
    """Swing `published/current` back to an earlier version; `PublishError` names the versions that are there."""
    lake = Lake(settings.home)
    known = versions(settings)
    if publish_id not in known:
        raise PublishError(f"no version {publish_id!r}", todo=f"there are: {', '.join(known) or 'none'}")
    with lake.lock("warehouse"):
        _swing(lake, publish_id)


def versions(settings: Settings) -> list[str]:
    """Ids of the published versions that are kept, oldest first."""
    folder = Lake(settings.home).published / "versions"
    return sorted(path.name for path in folder.glob("[!.]*")) if folder.is_dir() else []


def prune(settings: Settings, keep: int = KEPT_VERSIONS) -> list[str]:
    """Remove all but the newest `keep` versions and what is current, and what crashed publishes left; returns their ids."""
    lake = Lake(settings.home)
    current = lake.published_current.resolve().name if lake.published_current.exists() else ""
    gone = [name for name in versions(settings)[:-keep] if name != current]
    for name in gone:
        shutil.rmtree(lake.published / "versions" / name)
    for leftover in (lake.published / "versions").glob(".*.part"):
        shutil.rmtree(leftover, ignore_errors=True)
    return gone


def _current(lake: Lake) -> Publish:
    manifest = json.loads((lake.published_current / "manifest.json").read_bytes())
    return Publish(manifest["publish_id"], manifest["tables"], manifest["digests"])


def _swing(lake: Lake, publish_id: str) -> None:
    link = lake.published / f".current.{os.getpid()}"
    with suppress(FileNotFoundError):
        link.unlink()
    link.symlink_to(Path("versions") / publish_id)
    link.replace(lake.published_current)
    sync_folder(lake.published)


def _copy_marts(candidate: Path, folder: Path, publish_id: str) -> dict[str, int]:
    import duckdb

    counts: dict[str, int] = {}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{quoted(candidate)}' as built (read_only)")
        connection.execute(f"attach '{quoted(folder / 'marts.duckdb')}' as out (storage_version '{STORAGE_VERSION}')")
        for schema, table in _tables(connection):
            order = "" if schema == "seeds" else "order by all"  # a seed keeps the order it was written in
            connection.execute(
                f'create table out.main."{table}" as select *, ?::varchar as publish_id from built."{schema}"."{table}" {order}',
                [publish_id],
            )
            copy_comments(connection, schema, table)
            path = folder / "marts" / f"{table}.parquet"
            connection.execute(f"copy out.main.\"{table}\" to '{quoted(path)}' (format parquet, compression zstd)")
            sync_file(path)
            row = connection.execute(f'select count(*) from out.main."{table}"').fetchone()
            counts[table] = int(row[0]) if row else 0
        connection.execute("checkpoint out")
        connection.execute("detach out")
    sync_file(folder / "marts.duckdb")
    return counts


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = 'built' order by all"
    ).fetchall()
    return [(schema, table) for schema, table in found if schema in _PUBLISHED or (schema == "seeds" and table in _SEEDS)]


def copy_comments(connection: duckdb.DuckDBPyConnection, schema: str, table: str, to: str = "main") -> None:
    """The comments of a table of the attached database `built` and its columns, onto its copy in `out`."""
    for row in connection.execute(
        "select comment from duckdb_tables() where database_name = 'built' and schema_name = ? and table_name = ? and comment is not null",
        [schema, table],
    ).fetchall():
        connection.execute(f'comment on table out."{to}"."{table}" is {_literal(row[0])}')
    columns = connection.execute(
        "select column_name, comment from duckdb_columns() where database_name = 'built' and schema_name = ? and table_name = ? "
        "and comment is not null",
        [schema, table],
    ).fetchall()
    for column, comment in columns:
        connection.execute(f'comment on column out."{to}"."{table}"."{column}" is {_literal(comment)}')


def _write_manifest(folder: Path, done: Publish, build_manifest: dict[str, Any], ledger_head: str, files: dict[str, str]) -> None:
    write_json(
        folder / "manifest.json",
        {
            "publish_id": done.publish_id,
            "published_at": datetime.now(UTC).isoformat(),
            "tables": done.tables,
            "digests": done.digests,
            "ledger_head": ledger_head,
            "files": files,
            "build": build_manifest,
        },
    )


def quoted(path: Path) -> str:
    """A path as it stands between single quotes in SQL."""
    return str(path).replace("'", "''")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
