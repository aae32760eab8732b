"""The published versions that are kept: listing them, going back to one, and removing the old ones."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deskmart.errors import PublishError
from deskmart.lake import Lake, sync_folder
from deskmart.settings import Settings
from expectations.ledger import record
from serving.manifest import NAME, check_whole, read_manifest


@dataclass(frozen=True, slots=True)
class Version:
    """A kept version: when it was published, of which build, what it covers, its rows and bytes; whether readers see it."""

    publish_id: str
    published_at: datetime
    build_id: str
    as_of: datetime | None
    last_day: str
    rows: int
    bytes: int
    is_current: bool


def versions(settings: Settings) -> list[str]:
    """Ids of the published versions that are kept, oldest first."""
    folder = _folder(Lake(settings.home))
    return sorted(path.name for path in folder.glob("[!.]*")) if folder.is_dir() else []


def listed(settings: Settings) -> list[Version]:
    """The kept versions as their manifests tell of them, newest first; one whose manifest cannot be read is left out."""
    lake, found = Lake(settings.home), []
    for name in reversed(versions(settings)):
        with suppress(PublishError, KeyError, ValueError):
            found.append(_version(_folder(lake) / name, _current(lake)))
    return found


def rollback(settings: Settings, publish_id: str, *, by: str = "", reason: str = "") -> None:
    """Swing `published/current` back to a kept version, and tell the ledger.

    `PublishError` names the versions that are there, or the file of this one that is not what was published; readers then see
    what they saw.
    """
    lake = Lake(settings.home)
    with lake.lock("warehouse"):
        known = versions(settings)
        if publish_id not in known:
            raise PublishError(f"no version {publish_id!r}", todo=f"there are: {', '.join(known) or 'none'}")
        check_whole(_folder(lake) / publish_id)
        more = {"from": _current(lake), **({"by": by} if by else {}), **({"reason": reason} if reason else {})}
        record(settings, "rolled_back", publish_id, {}, [], [], more)
        swing(lake, publish_id)


def prune(settings: Settings, keep: int | None = None) -> list[str]:
    """Remove all but the newest versions and what is current, and what crashed publishes left; returns their ids.

    `keep` is `keep_versions` of the settings unless it is given. `DeskmartError` while another process publishes.
    """
    lake = Lake(settings.home)
    with lake.lock("warehouse"):
        return prune_versions(lake, settings.keep_versions if keep is None else keep)


def prune_versions(lake: Lake, keep: int) -> list[str]:
    """`prune` for who holds the lock of the warehouse."""
    folder, current = _folder(lake), _current(lake)
    there = sorted(path.name for path in folder.glob("[!.]*")) if folder.is_dir() else []
    gone = [name for name in there[: max(0, len(there) - keep)] if name != current]
    for name in gone:
        (folder / name).rename(folder / f".{name}.part")  # so that a crash leaves no half version among the kept ones
    for leftover in folder.glob(".*.part"):
        shutil.rmtree(leftover, ignore_errors=True)
    return gone


def published_anchors(settings: Settings) -> list[str]:
    """The ledger heads that the kept versions were published with; of a manifest that cannot be read `verify` tells."""
    found = []
    for name in versions(settings):
        with suppress(OSError, ValueError, AttributeError):
            found.append(json.loads((_folder(Lake(settings.home)) / name / NAME).read_bytes()).get("ledger_head"))
    return [str(head) for head in found if head]


def swing(lake: Lake, publish_id: str) -> None:
    """Let `published/current` lead to a version, in one step; durable when it returns."""
    link = lake.published / f".current.{os.getpid()}"
    with suppress(FileNotFoundError):
        link.unlink()
    link.symlink_to(Path("versions") / publish_id)
    link.replace(lake.published_current)
    sync_folder(lake.published)


def _folder(lake: Lake) -> Path:
    return lake.published / "versions"


def _current(lake: Lake) -> str:
    """The id of the version that readers see; "" where there is none."""
    return lake.published_current.readlink().name if lake.published_current.is_symlink() else ""


def _version(folder: Path, current: str) -> Version:
    manifest = read_manifest(folder)
    build = manifest["build"]
    return Version(
        publish_id=folder.name,
        published_at=datetime.fromisoformat(manifest["published_at"]),
        build_id=str(build["build_id"]),
        as_of=datetime.fromisoformat(build["as_of"]) if build.get("as_of") else None,
        last_day=str(build.get("last_day", "")),
        rows=sum(manifest["tables"].values()),
        bytes=sum({(one := path.stat()).st_ino: one.st_size for path in folder.rglob("*") if path.is_file()}.values()),
        is_current=folder.name == current,
    )
