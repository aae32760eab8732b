"""Publishing: a new version beside the old ones, then one atomic swap of `published/current`."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deskmart.build import Build, published_digest
from deskmart.errors import PublishError
from deskmart.lake import Lake, private_folder, sha256_of, sync_folder, write_json
from deskmart.settings import Settings
from expectations.ledger import seal
from serving.copying import copy_marts
from serving.digest import digests

KEPT_VERSIONS = 10


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
            tables = copy_marts(lake.candidate, working, publish_id, settings.threads)
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
