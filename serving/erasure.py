"""Kept publishes and the private warehouse without an erased customer: surrogates where their tokens stood.

DuckDB leaves old values in a file's free blocks, so a file is written anew rather than updated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskmart.errors import PublishError
from deskmart.lake import Lake, json_bytes, quoted, sha256_of, sync_file
from deskmart.settings import Settings
from expectations.changes import Planned, carry_out, pending_of, planned
from expectations.suppression import surrogates_among
from serving.copying import STORAGE_VERSION, copy_comments
from serving.digest import digests
from serving.parquet import footer_of, metadata
from serving.versions import versions

if TYPE_CHECKING:
    import duckdb

_TOKEN = r"[a-z0-9_]+:[\w-]+:[0-9a-f]{32}"


def erase_from_versions(settings: Settings, subject: str, inputs: Mapping[str, str], more: Mapping[str, Any]) -> list[str]:
    """Rewrite every kept version in which a suppressed token stands; their ids.

    Tables change one by one, each in one step. `inputs` maps hashes of accepted files before the erasure to those after it,
    for the manifests.
    """
    changed: list[str] = []
    for publish_id in versions(settings):
        plans = _plan_version(Lake(settings.home).published / "versions" / publish_id, inputs, settings)
        if plans:
            carry_out(settings, "erased", subject, {"files": len(plans)}, plans, {**more, "publish_id": publish_id})
            changed.append(publish_id)
    return changed


def erase_from_warehouse(settings: Settings) -> bool:
    """Rewrite the private warehouse when a suppressed token stands in it."""
    path = Lake(settings.home).current
    if not path.exists() or not _rewritten(path, settings):
        return False
    pending_of(path).replace(path)
    return True


def _plan_version(folder: Path, inputs: Mapping[str, str], settings: Settings) -> list[Planned]:
    plans = [
        Planned(path)
        for path in sorted(folder.rglob("*"))
        if (path.suffix == ".duckdb" and _rewritten(path, settings))
        or (path.suffix == ".parquet" and _parquet_rewritten(path, settings))
    ]
    if not plans:
        return []
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for plan in plans:
        manifest["files"][plan.path.relative_to(folder).as_posix()] = sha256_of(pending_of(plan.path))
        if plan.path.suffix == ".duckdb":
            manifest["digests"] = digests(pending_of(plan.path))
    for item in manifest["build"].get("inputs", ()):
        item["sha256"] = inputs.get(item["sha256"], item["sha256"])
    return [*plans, planned(folder / "manifest.json", json_bytes(manifest))]


def _rewritten(path: Path, settings: Settings) -> bool:
    """Prepare a DuckDB file anew with surrogates; false when no suppressed token stands in it."""
    import duckdb

    pending = pending_of(path)
    pending.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{quoted(path)}' as built (read_only)")
        found = {
            (schema, table): surrogates
            for schema, table in _tables(connection)
            if (surrogates := _among(connection, f'built."{schema}"."{table}"', settings))
        }
        if not found:
            return False
        connection.execute(f"attach '{quoted(pending)}' as out (storage_version '{STORAGE_VERSION}')")
        for schema, table in _tables(connection):
            connection.execute(f'create schema if not exists out."{schema}"')
            query = _with_surrogates(connection, f'built."{schema}"."{table}"', found.get((schema, table), {}))
            connection.execute(f'create table out."{schema}"."{table}" as {query}')
        copy_comments(connection, [(schema, table, schema) for schema, table in _tables(connection)])
        _copy_views(connection)
        connection.execute("checkpoint out")
    sync_file(pending)
    return True


def _parquet_rewritten(path: Path, settings: Settings) -> bool:
    """Prepare a Parquet file anew with surrogates; false when no suppressed token stands in it."""
    import duckdb

    relation = f"read_parquet('{quoted(path)}', hive_partitioning = false)"
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        if not (surrogates := _among(connection, relation, settings)):
            return False
        query = _with_surrogates(connection, relation, surrogates)
        options = f"format parquet, compression zstd{metadata(footer_of(connection, path))}"
        connection.execute(f"copy ({query}) to '{quoted(pending_of(path))}' ({options})")
    sync_file(pending_of(path))
    return True


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    query = (
        "select schema_name, table_name from duckdb_tables() where database_name = 'built' and not internal order by table_oid"
    )
    return [(schema, table) for schema, table in connection.execute(query).fetchall()]


def _copy_views(connection: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    query = "select schema_name, sql from duckdb_views() where database_name = 'built' and not internal order by view_oid"
    views = connection.execute(query).fetchall()
    connection.execute("use out")
    for schema, sql in views:
        connection.execute(f'create schema if not exists out."{schema}"')
        with suppress(duckdb.IOException):  # a home that was moved: the view's files are elsewhere, so nobody could read it
            connection.execute(sql)
    connection.execute("use memory")


def _texts(connection: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[str, str]]:
    """The columns of a relation that may hold a token, with their types."""
    described = connection.execute(f"describe select * from {relation}").fetchall()
    return [(column[0], column[1]) for column in described if "VARCHAR" in column[1]]


def _among(connection: duckdb.DuckDBPyConnection, relation: str, settings: Settings) -> dict[str, str]:
    """The suppressed tokens that stand anywhere in a relation, with their surrogates. `PublishError` where one is nested."""
    found: dict[str, str] = {}
    for column, type_ in _texts(connection, relation):
        query = f"""
            select distinct unnest(regexp_extract_all(each, '{_TOKEN}'))
            from (select distinct "{column}"::varchar as each from {relation}) where each like '%:%:%'
        """
        surrogates = surrogates_among((row[0] for row in connection.execute(query).fetchall()), settings)
        if surrogates and type_ != "VARCHAR":
            raise PublishError(
                f"a token stands in {column}, a column of {type_}", todo="this is a defect: tokens are plain texts"
            )
        found |= surrogates
    return found


def _with_surrogates(connection: duckdb.DuckDBPyConnection, relation: str, surrogates: Mapping[str, str]) -> str:
    if not surrogates:
        return f"select * from {relation}"
    parts = []
    for column, _ in _texts(connection, relation):
        text = f'"{column}"'
        for token, surrogate in sorted(surrogates.items()):
            text = f"replace({text}, '{token}', '{surrogate}')"
        parts.append(f'{text} as "{column}"')
    return f"select * replace ({', '.join(parts)}) from {relation}"
