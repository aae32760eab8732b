"""A version's manifest: which build, which batches, how far each source had told everything, and the hash of every file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deskmart.errors import PublishError
from deskmart.lake import sha256_of, write_json
from serving.parquet import month_columns
from serving.stamp import FRESHNESS, Stamp

NAME = "manifest.json"


def hashes_of(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a version but its manifest, by its path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files if path != folder / NAME}


def write_manifest(
    folder: Path, stamp: Stamp, tables: Mapping[str, int], digests: Mapping[str, str], files: Mapping[str, str], ledger_head: str
) -> None:
    """Write the manifest of a version whose files are all there; durable when it returns."""
    sources, months = _told(folder / "marts.duckdb", tables)
    content = {
        "publish_id": stamp.publish_id,
        "published_at": stamp.published_at.isoformat(),
        "tables": tables,
        "digests": digests,
        "ledger_head": ledger_head,
        "files": files,
        "build": stamp.build,
        "batches": [_batch(str(item["path"])) for item in stamp.build.get("inputs", ())],
        "sources": sources,
        "months_of": months,
    }
    write_json(folder / NAME, content)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a version; `PublishError` where it is gone or cannot be read."""
    try:
        content: dict[str, Any] = json.loads((folder / NAME).read_bytes())
    except (OSError, ValueError) as error:
        raise PublishError(
            f"the manifest of {folder.name} is gone or cannot be read", todo="deskmart audit verify; publish anew"
        ) from error
    return content


def check_whole(folder: Path) -> None:
    """`PublishError` when a file of a version is not what its manifest says."""
    listed, there = read_manifest(folder).get("files", {}), hashes_of(folder)
    if wrong := sorted({name for name, _ in listed.items() ^ there.items()}):
        raise PublishError(
            f"{len(wrong)} files of {folder.name} are not what was published, {wrong[0]} among them",
            todo="choose another version; `deskmart audit verify` tells more",
        )


def _batch(path: str) -> str:
    """accepted/<source>/<stream>/<batch>/<attempt>.parquet as <source>/<stream>/<batch>/<attempt>."""
    return path.removeprefix("accepted/").removesuffix(".parquet")


def _told(marts: Path, tables: Mapping[str, int]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What the freshness tables say, streams within their sources; and the columns that put a row into its month."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("attach ? as out (read_only)".replace("?", "'" + str(marts).replace("'", "''") + "'"))
        rows = {
            table: [
                json.loads(line)
                for (line,) in connection.execute(
                    f"select to_json(told)::varchar from out.{table} as told order by all"
                ).fetchall()
            ]
            for table in FRESHNESS
            if table in tables
        }
        months = {table: columns for table in sorted(tables) if (columns := month_columns(connection, table))}
    sources = {row.pop("source"): {**_plain(row), "streams": {}} for row in rows.get("mart_data_freshness", ())}
    for row in rows.get("mart_stream_freshness", ()):
        sources.setdefault(row.pop("source"), {"streams": {}})["streams"][row.pop("stream")] = _plain(row)
    return sources, months


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("publish_id", "published_at")}
