"""Publishing: a new version beside the old ones, then one atomic swap of `published/current`."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deskmart.build import Build, published_digest
from deskmart.errors import PublishError
from deskmart.lake import Lake, private_folder, sync_folder
from deskmart.settings import Settings
from expectations.ledger import seal
from serving.copying import copy_marts
from serving.digest import digests
from serving.manifest import hashes_of, read_manifest, write_manifest
from serving.page.page import build_page
from serving.stamp import Stamp
from serving.versions import prune_versions, swing


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
        moment = datetime.now(UTC)
        publish_id = f"{moment:%Y%m%dT%H%M%S%fZ}-{build.inputs_digest[:8]}"
        stamp = Stamp(publish_id, moment, json.loads((lake.warehouse / "candidate.json").read_bytes()))
        version = lake.published / "versions" / publish_id
        working = version.with_name(f".{publish_id}.part")
        try:
            shutil.rmtree(working, ignore_errors=True)
            private_folder(working / "marts")
            done = _make_version(working, version, stamp, settings)
            working.rename(version)
            sync_folder(version.parent)
            swing(lake, publish_id)
            lake.candidate.replace(lake.current)
            (lake.warehouse / "candidate.json").unlink()
        except (OSError, duckdb.Error) as error:
            shutil.rmtree(working, ignore_errors=True)
            said = getattr(error, "strerror", None) or error
            raise PublishError(f"could not be written: {said}", todo="free space or mend the disk, then publish again") from error
        prune_versions(lake, settings.keep_versions)
        return done


def _make_version(working: Path, version: Path, stamp: Stamp, settings: Settings) -> Publish:
    """Write all files of a version, which will be called `version`, and tell the ledger of them."""
    lake = Lake(settings.home)
    tables = copy_marts(lake.candidate, working, stamp, settings.threads)
    build_page(working / "marts.duckdb", working / "report" / "index.html", settings.zone)
    done = Publish(stamp.publish_id, tables, digests(working / "marts.duckdb", threads=settings.threads))
    files = hashes_of(working)
    named = {(version / name).relative_to(lake.home).as_posix(): sha256 for name, sha256 in files.items()}
    entry = {"publish_id": stamp.publish_id, "digests": done.digests, "build": stamp.build["build_id"], "files": named}
    write_manifest(working, stamp, tables, done.digests, files, seal(settings, "publish", entry))
    return done


def candidate_build(settings: Settings) -> Build:
    """The build that lies ready as a candidate; `PublishError` when there is none."""
    path = Lake(settings.home).warehouse / "candidate.json"
    if not path.exists():
        raise PublishError("there is no candidate to publish", todo="run `deskmart build` first")
    manifest = json.loads(path.read_bytes())
    return Build(manifest["build_id"], manifest["inputs_digest"], True, manifest["models"], manifest["tests"])


def _current(lake: Lake) -> Publish:
    manifest = read_manifest(lake.published_current)
    return Publish(manifest["publish_id"], manifest["tables"], manifest["digests"])
