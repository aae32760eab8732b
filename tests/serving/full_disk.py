"""Publishes on a disk that fills up: the program that `test_full_disk` runs, with a small file system of its own.

`python -m tests.serving.full_disk HOME` mounts one at HOME. First the disk has ever more space left, until a publish is done; then
it fills up in the middle, each time one change of a file later. Prints a line of JSON for each try: what the publish said, what
readers then saw, what it left behind.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from deskmart.errors import PublishError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.verify import verify
from serving.publish import publish
from serving.versions import prune, published_anchors
from tests.unit.test_publish import a_home, published, put_candidate, seen

SIZE = 32 * 2**20
STEP = 400 * 1024


def main(home: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(home)], check=True)
    settings = a_home(home)
    changes = Changes(home)
    sys.addaudithook(changes.hook)
    published(settings, 1)
    free = 0
    while _try(settings, changes, free=free):
        free += STEP
    change = 0
    while _try(settings, changes, fills_at=(change := change + 1)):
        pass
    published(settings, 3)
    broken = [str(found) for found in verify(settings, published_anchors(settings)) if found.severity == "broken"]
    _tell(told="", seen=seen(settings), left=broken)


@dataclass(slots=True)
class Changes:
    """Python tells its audit hooks of each change of a file beforehand: fills the disk at the one of that number."""

    home: Path
    at: int = 0
    count: int = 0

    def hook(self, event: str, given: tuple[object, ...]) -> None:
        is_write = event == "open" and (given[1] is None or bool(set("wax+") & set(str(given[1]))))
        if self.at and (is_write or event in ("os.mkdir", "os.rename", "os.symlink")):
            self.count += 1
            if self.count == self.at:
                self.at = 0
                _fill(self.home, 0)


def _try(settings: Settings, changes: Changes, free: int = SIZE, fills_at: int = 0) -> str:
    """Publish 2 over 1 with so many bytes left, or with none from that change on; what was said, "" when it was done."""
    if seen(settings) != 1:
        published(settings, 1)
    prune(settings, keep=1)
    build, told = put_candidate(settings, 2), ""
    if free < SIZE:
        _fill(settings.home, free)
    changes.at, changes.count = fills_at, 0
    try:
        publish(build, settings)
    except PublishError as error:
        told = str(error)
    is_reached, changes.at = changes.at == 0, 0
    left = sorted(path.name for path in Lake(settings.home).published.rglob(".*"))
    _tell(told=told, seen=seen(settings), left=left)
    (settings.home / "taken").unlink(missing_ok=True)
    return told or ("full, but nothing more to write" if fills_at and is_reached else "")


def _tell(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")


def _fill(home: Path, free: int) -> None:
    """Take all space but so many bytes."""
    with (home / "taken").open("wb", buffering=0) as stream:
        try:
            while stream.write(bytes(65_536)):
                pass
        except OSError:
            pass
    with (home / "taken").open("r+b") as stream:
        stream.truncate(max(0, (home / "taken").stat().st_size - free))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
