"""The inbox: which files lie there complete, under which mapping, and which are left alone and why."""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import os
import re
import stat
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deskmart.errors import SourceError
from deskmart.lake import Lake
from deskmart.settings import Settings
from ingestion.mapping import load_mappings
from ingestion.mapping_model import FileMapping
from ingestion.unpacking import MAX_FILE_BYTES

SETTLE_SECONDS = 2.0
MARKER = ".done"
UNFINISHED = ("*.part", "*.partial", "*.tmp", "*.temp", "*.filepart", "*.crdownload", "*.download", "~$*", "*~")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A complete file of one mapping; `name` is relative to the inbox, with /."""

    path: Path
    name: str
    size: int
    modified: float
    mapping: FileMapping


@dataclass(frozen=True, slots=True)
class Left:
    """A file that is not taken, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """One look into the inbox."""

    dropped: tuple[Dropped, ...]
    left: tuple[Left, ...]


def look(settings: Settings) -> Inbox:
    """What lies in the inbox, oldest first. Waits up to two seconds when a file is that young, to see whether it still grows.

    A file is complete when a marker `<name>.done` lies beside it, or its size and time stayed the same and it is older than two
    seconds or was still the same after them. Raises `MappingError` when a mapping cannot be used.
    """
    mappings = load_mappings(settings)
    dropped: list[Dropped] = []
    left: list[Left] = []
    for name, path in _walk(Lake(settings.home).inbox, "", left):
        found = _judged(name, path, mappings)
        (dropped if isinstance(found, Dropped) else left).append(found)  # type: ignore[arg-type]
    settled, growing = _settled(dropped)
    return Inbox(
        tuple(sorted(settled, key=lambda item: (item.modified, item.name))),
        tuple(sorted([*left, *growing], key=lambda item: item.name)),
    )


def left_alone(settings: Settings) -> list[Left]:
    """The files of the inbox that are not taken, each with its reason: no mapping, two mappings, a link, half-written ..."""
    return list(look(settings).left)


def find(settings: Settings, mapping: FileMapping, slugged: str) -> list[Dropped]:
    """The complete files of one mapping whose name has this slug; quicker than a look at everything."""
    found = [
        judged
        for name, path in _walk(Lake(settings.home).inbox, "", [])
        if slug(path.name) == slugged and isinstance(judged := _judged(name, path, [mapping]), Dropped)
    ]
    return _settled(found)[0]


def read_file(path: Path) -> bytes:
    """A regular file's bytes; follows no link at its end. Raises `SourceError`."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise SourceError(f"{path.name!r} is no regular file", source="file_drop", todo="drop a copy of it")
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        todo = "drop the file itself, not a link" if error.errno == errno.ELOOP else "mend its rights or drop it again"
        raise SourceError(f"{path.name!r} cannot be read: {error.strerror}", source="file_drop", todo=todo) from error
    if len(data) > MAX_FILE_BYTES:
        raise SourceError(f"{path.name!r} is larger than {MAX_FILE_BYTES} bytes", source="file_drop", todo="split it")
    return data


def sha256_of_file(path: Path) -> str:
    """Hex SHA-256 of a dropped file's bytes; raises `SourceError`."""
    return hashlib.sha256(read_file(path)).hexdigest()


def slug(name: str) -> str:
    """A file's name as ASCII letters, digits and dashes, at most 60."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-") or "file"


def _walk(folder: Path, prefix: str, left: list[Left]) -> Iterator[tuple[str, Path]]:
    """(name relative to the inbox, path) of the regular files below; links and other things are left alone."""
    try:
        entries = sorted(os.scandir(folder), key=lambda item: item.name)
    except FileNotFoundError:
        return
    except OSError as error:
        left.append(Left(prefix or "inbox", f"it cannot be listed: {error.strerror}; mend its rights"))
        return
    for entry in entries:
        name = f"{prefix}{entry.name}"
        if entry.name.startswith("."):
            continue
        if not _is_plain(entry.name):
            left.append(Left(ascii(name), "its name holds control characters or is not UTF-8; rename it"))
        elif entry.is_symlink():
            left.append(Left(name, "it is a symbolic link; drop the file itself"))
        elif entry.is_dir():
            yield from _walk(Path(entry.path), f"{name}/", left)
        elif not entry.is_file(follow_symlinks=False):
            left.append(Left(name, "it is no regular file"))
        elif not entry.name.endswith(MARKER):
            yield name, Path(entry.path)


def _is_plain(name: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in name)


def _judged(name: str, path: Path, mappings: list[FileMapping]) -> Dropped | Left:
    if any(fnmatch.fnmatch(path.name.lower(), pattern) for pattern in UNFINISHED):
        return Left(name, "its name says that it is not finished")
    fitting = [mapping for mapping in mappings if mapping.matches(name)]
    if not fitting:
        return Left(name, "no mapping names it; write one, or take the file away")
    if len(fitting) > 1:
        return Left(name, f"several mappings name it: {', '.join(item.name for item in fitting)}; let one do so")
    mapping = fitting[0]
    if mapping.covers is not None and mapping.interval_of(name) is None:
        return Left(name, f"its name does not say which days it covers, as the mapping {mapping.name} asks")
    if mapping.marker and not _has_marker(path):
        return Left(name, f"its marker {path.name}{MARKER} is not there yet")
    try:
        facts = path.lstat()
    except OSError:
        return Left(name, "it went away while it was looked at")
    if not os.access(path, os.R_OK):
        return Left(name, "it cannot be read; mend its rights")
    if facts.st_size > MAX_FILE_BYTES:
        return Left(name, f"it is larger than {MAX_FILE_BYTES} bytes; split it")
    return Dropped(path, name, facts.st_size, facts.st_mtime, mapping)


def _settled(dropped: list[Dropped]) -> tuple[list[Dropped], list[Left]]:
    young = [item for item in dropped if time.time() - item.modified < SETTLE_SECONDS and not _has_marker(item.path)]
    if young:
        time.sleep(SETTLE_SECONDS)
    growing = {item.name for item in young if not _is_unchanged(item)}
    return (
        [item for item in dropped if item.name not in growing],
        [Left(name, "it is still being written; it is looked at again next time") for name in growing],
    )


def _is_unchanged(item: Dropped) -> bool:
    try:
        facts = item.path.lstat()
    except OSError:
        return False
    return (facts.st_size, facts.st_mtime) == (item.size, item.modified)


def _has_marker(path: Path) -> bool:
    return path.with_name(path.name + MARKER).is_file()
