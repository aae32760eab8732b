"""The published version in PostgreSQL: what `published/current` names is what readers of the database see, too."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskmart.lake import Lake
from deskmart.settings import Settings
from serving.postgres import local
from serving.postgres.labels import label_views
from serving.postgres.load import clear, load
from serving.postgres.roles import LOADING, MARTS, READER, prepare
from serving.postgres.security import secure
from serving.postgres.server import fetch, publisher, reader, run, server_of
from serving.postgres.swap import swap

if TYPE_CHECKING:
    from serving.postgres.server import Connection

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """What PostgreSQL now shows; `kept` says what of others still hangs on replaced tables."""

    publish_id: str
    is_new: bool
    tables: dict[str, int] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


def address_of(settings: Settings) -> str:
    """The configured PostgreSQL, else the home's own server while it runs; "" for none."""
    if settings.serving.address or settings.serving.postgres is False:
        return settings.serving.address
    return local.running(local.folder_of(settings.home)) or ""


def serve_postgres(settings: Settings) -> Served | None:
    """Bring what `published/current` names into the configured PostgreSQL; None where none is configured or nothing is published.

    Readers see the old tables or the new ones. Does nothing when that version is there already, so every run may call it: that
    is how a server that was down heals. `ServingError` when it cannot be done; readers keep what they had.
    """
    address, lake = address_of(settings), Lake(settings.home)
    if not address or not lake.published_current.exists():
        return None
    with publisher(address) as connection:
        while True:
            version = lake.published_current.resolve()
            served = _serve(version, connection, address, settings)
            if version == lake.published_current.resolve():
                return served


def _serve(version: Path, connection: Connection, address: str, settings: Settings) -> Served:
    manifest = json.loads((version / "manifest.json").read_bytes())
    if _shown(connection) == (manifest["publish_id"], manifest["files"]["marts.duckdb"], settings.serving.team_security):
        return Served(manifest["publish_id"], is_new=False)
    prepare(connection)
    clear(connection, LOADING)
    tables = load(version / "marts.duckdb", connection, address, LOADING)
    run(connection, f"grant select on all tables in schema {LOADING} to {READER}")
    if settings.serving.team_security:
        secure(connection)

    def in_the_same_step(kept: str) -> None:
        label_views(connection, kept)
        _note(connection, manifest, tables, settings.serving.team_security)

    kept = swap(connection, settings.serving.wait_seconds, in_the_same_step)
    for line in kept:
        log.warning("postgres: %s", line)
    return Served(manifest["publish_id"], True, tables, kept)


def postgres_anchors(settings: Settings) -> list[str]:
    """The ledger heads that PostgreSQL remembers; none where it is not configured. `ServingError` when it does not answer."""
    if not (address := address_of(settings)):
        return []
    with reader(address) as connection:
        if not _has_history(connection):
            return []
        rows = fetch(connection, "select distinct ledger_head from deskmart.publishes where ledger_head is not null order by 1")
        return [str(head) for (head,) in rows]


def reachable(settings: Settings) -> str:
    """What stands in the configured PostgreSQL, in words; `ServingError` when it does not answer."""
    if not (address := address_of(settings)):
        return "not configured"
    with reader(address) as connection:
        shown, server = _shown(connection), connection.info.server_version // 10_000
    return f"{server_of(address)}, PostgreSQL {server}: {shown[0] if shown else 'no marts yet'}"


def _has_history(connection: Connection) -> bool:
    return bool(fetch(connection, "select to_regclass('deskmart.publishes')")[0][0])


def _shown(connection: Connection) -> tuple[str, str, bool] | None:
    """The publish, the hash of its file and whether by team, as readers see it; None where tables are missing or nothing is there."""
    if not _has_history(connection):
        return None
    rows = fetch(
        connection, "select publish_id, marts_sha256, team_security, tables from deskmart.publishes order by number desc limit 1"
    )
    there = {row[0] for row in fetch(connection, "select tablename from pg_tables where schemaname = %s", MARTS)}
    return rows[0][:3] if rows and set(rows[0][3]) <= there else None


def _note(connection: Connection, manifest: dict[str, Any], tables: dict[str, int], team_security: bool) -> None:
    connection.execute(
        "insert into deskmart.publishes (publish_id, marts_sha256, tables, ledger_head, team_security) values (%s, %s, %s, %s, %s)",
        [manifest["publish_id"], manifest["files"]["marts.duckdb"], sorted(tables), manifest.get("ledger_head"), team_security],
    )
