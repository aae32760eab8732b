"""The published version in PostgreSQL: what `published/current` names is what readers of the database see, too."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskmart.lake import Lake
from deskmart.settings import Settings
from serving.postgres_load import clear, load
from serving.postgres_roles import LOADING, MARTS, PRIVATE, READER, prepare
from serving.postgres_server import fetch, name, publisher, run, text
from serving.postgres_swap import swap

if TYPE_CHECKING:
    from serving.postgres_server import Connection

log = logging.getLogger(__name__)
INFO = "publish_info"
_INFO_COLUMNS = {
    "publish_id": ("text", "The publish that all tables of this schema are of."),
    "published_at": ("timestamptz", "When it was published, UTC."),
    "build_id": ("text", "The build it was made by."),
    "built_at": ("timestamptz", "When that build ended, UTC."),
    "as_of": ("timestamptz", "What the sources had told until then, UTC."),
    "first_day": ("date", "The first local day with figures."),
    "last_day": ("date", "The last one."),
    "inputs_digest": ("text", "SHA-256 over everything the build was made of."),
    "ledger_head": ("text", "Head of the ledger's hash chain; `deskmart audit verify` compares it."),
    "marts_sha256": ("text", "SHA-256 of the marts.duckdb that these tables were loaded from."),
}


@dataclass(frozen=True, slots=True)
class Served:
    """What PostgreSQL now shows; `kept` says what of others still hangs on replaced tables."""

    publish_id: str
    is_new: bool
    tables: dict[str, int] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


def serve_postgres(settings: Settings) -> Served | None:
    """Bring what `published/current` names into the configured PostgreSQL; None where none is configured or nothing is published.

    Readers see the old tables or the new ones. Does nothing when that version is there already, so every run may call it: that
    is how a server that was down heals. `ServingError` when it cannot be done; readers keep what they had.
    """
    address, lake = settings.serving.address, Lake(settings.home)
    if not address or not lake.published_current.exists():
        return None
    with publisher(address) as connection:
        while True:
            version = lake.published_current.resolve()
            served = _serve(version, connection, settings)
            if version == lake.published_current.resolve():
                return served


def _serve(version: Path, connection: Connection, settings: Settings) -> Served:
    manifest = json.loads((version / "manifest.json").read_bytes())
    info = _info(manifest)
    if _shown(connection) == (info["publish_id"], info["marts_sha256"]):
        return Served(manifest["publish_id"], is_new=False)
    prepare(connection)
    clear(connection, LOADING)
    tables = load(version / "marts.duckdb", connection, settings.serving.address, LOADING)
    _write_info(connection, info)
    run(connection, f"grant select on all tables in schema {LOADING} to {READER}")
    kept = swap(connection, settings.serving.wait_seconds, lambda swapping: _anchor(swapping, info))
    for line in kept:
        log.warning("postgres: %s", line)
    return Served(manifest["publish_id"], True, tables, kept)


def postgres_anchors(settings: Settings) -> list[str]:
    """The ledger heads that PostgreSQL remembers; none where it is not configured. `ServingError` when it does not answer."""
    if not settings.serving.address:
        return []
    with publisher(settings.serving.address) as connection:
        if not fetch(connection, "select to_regclass(%s)", f"{PRIVATE}.ledger_heads")[0][0]:
            return []
        return [str(row[0]) for row in fetch(connection, "select ledger_head from deskmart.ledger_heads order by loaded_at")]


def _shown(connection: Connection) -> tuple[Any, ...] | None:
    """The publish and the file that readers see; None where tables are missing or nothing is there."""
    if not fetch(connection, "select to_regclass(%s)", f"{MARTS}.{INFO}")[0][0]:
        return None
    rows = fetch(connection, "select publish_id, marts_sha256, tables from marts.publish_info")
    there = {row[0] for row in fetch(connection, "select tablename from pg_tables where schemaname = %s", MARTS)}
    return rows[0][:2] if len(rows) == 1 and set(rows[0][2]) <= there else None


def _info(manifest: dict[str, Any]) -> dict[str, Any]:
    values = {**manifest["build"], **manifest, "marts_sha256": manifest["files"]["marts.duckdb"]}
    return {column: values.get(column) for column in _INFO_COLUMNS} | {"tables": sorted(manifest["tables"])}


def _write_info(connection: Connection, info: dict[str, Any]) -> None:
    table = name(LOADING, INFO)
    columns = {**_INFO_COLUMNS, "tables": ("text[]", "The tables of the publish.")}
    run(
        connection,
        f"create table {table} ({', '.join(f'{column} {type_}' for column, (type_, _) in columns.items())}, primary key (publish_id))",
        f"comment on table {table} is {text('One row: which publish these tables are of.')}",
        *(f"comment on column {table}.{column} is {text(said)}" for column, (_, said) in columns.items()),
    )
    marks = ", ".join(["%s"] * len(columns))
    connection.execute(f"insert into {table} values ({marks})".encode(), [info[column] for column in columns])


def _anchor(connection: Connection, info: dict[str, Any]) -> None:
    if info["ledger_head"]:
        connection.execute(
            "insert into deskmart.ledger_heads (publish_id, ledger_head) select %s, %s "
            "where not exists (select from deskmart.ledger_heads where ledger_head = %s)",
            [info["publish_id"], info["ledger_head"], info["ledger_head"]],
        )
