"""Backup and restore: a home as one file, taken while nothing is being written, and put back only whole.

The file is a tar whose last member, `backup.json`, lists every file with its size and SHA-256: a tar without it is not whole. Not in it:
locks, a candidate, what is half-written, Airflow's own database, a serving database (the next publish fills it) and, unless asked for,
the token key.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from deskmart import __version__
from deskmart.errors import DeskmartError
from deskmart.lake import Lake, private_folder, sync_file, sync_folder
from deskmart.settings import Settings
from ingestion.registry import all_sources

MANIFEST = "backup.json"
KEY = "token.key"
LEFT_OUT = (
    "airflow",
    "locks",
    "postgres",
    "sandbox.log",
    "sandbox.port",
    "shop",
    "warehouse/candidate.duckdb",
    "warehouse/candidate.json",
)
_CHUNK = 1 << 20


class BackupError(DeskmartError):
    """A backup could not be written, or cannot be restored; no home was changed."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What is in a backup: when and by which version it was taken, its files, the publish that readers saw, whether the key is there."""

    taken_at: datetime
    version: str
    files: Mapping[str, tuple[int, str]]
    publish_id: str
    has_key: bool

    @property
    def bytes(self) -> int:
        return sum(size for size, _ in self.files.values())


def back_up(settings: Settings, target: Path, *, with_key: bool = False) -> Backup:
    """Write the home to one file, durable and whole when it returns; nothing is there when it fails.

    Holds every lock of the home meanwhile: a step at work makes it fail at once, and a step that starts waits or fails with one line.
    Raises `DeskmartError` for a held lock, `BackupError` when the target exists or cannot be written.
    """
    home = settings.home.resolve()
    if target.exists():
        raise BackupError(f"{target} exists already", todo="name another file")
    if not (home / "accepted").exists():
        raise BackupError(f"{home} holds nothing yet", todo="say which home with --home")
    working = target.with_name(f".{target.name}.part")
    try:
        with _all_locks(settings):
            paths = [path for path in _files(home, with_key=with_key) if path.resolve() not in (target, working)]
            with _tar(working) as tar:
                written = {name: entry for path in paths for name, entry in _add(tar, path, home)}
                manifest = _manifest(home, written)
                _add_manifest(tar, json.dumps(manifest).encode())
        sync_file(working)
        working.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise BackupError(f"could not be written: {error.strerror or error}", todo="free space, or name another place") from error
    finally:
        working.unlink(missing_ok=True)
    return _told(manifest)


def restore(source: Path, home: Path) -> Backup:
    """Put a backup's home in a place where none is. Every file is compared with the list before the home is there at all.

    `BackupError` when the file is no backup, is not whole, or when something is in that place.
    """
    if home.exists() and any(home.iterdir()):
        raise BackupError(f"{home} is not empty", todo="restore to a new folder, look at it, then swap the two")
    working = home.with_name(f".{home.name}.part")
    shutil.rmtree(working, ignore_errors=True)
    try:
        with tarfile.open(source) as tar:
            private_folder(working)
            found = {member.name: entry for member in tar for entry in _extract(tar, member, working)}
        manifest = _checked_manifest(working, found)
        if home.exists():
            home.rmdir()
        working.rename(home)
        sync_folder(home.parent)
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError) as error:
        raise BackupError(f"{source} cannot be read as a backup: {error}", todo="take another copy of it") from error
    finally:
        shutil.rmtree(working, ignore_errors=True)
    return _told(manifest)


@contextmanager
def _all_locks(settings: Settings) -> Iterator[None]:
    lake = Lake(settings.home)
    streams = [(source.name, stream.name) for source in all_sources().values() for stream in source.streams]
    names = [
        "warehouse",
        "ledger",
        "alerts",
        *(f"{step}-{source}-{stream}" for source, stream in streams for step in ("ingest", "admit")),
    ]
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(lake.lock(name))
        yield


def _files(home: Path, *, with_key: bool) -> list[Path]:
    """Folders before what is in them; the link to the current version last."""
    found: list[Path] = []
    for folder, folders, names in os.walk(home):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not _is_left_out(here / name, home) and not (here / name).is_symlink())
        found += [here / name for name in folders]
        found += [
            path
            for name in sorted(names)
            if not _is_left_out(path := here / name, home) and path.is_file() and not path.is_symlink()
        ]
    current = home / "published" / "current"
    key = home / KEY
    return [path for path in found if with_key or path != key] + ([current] if current.is_symlink() else [])


def _is_left_out(path: Path, home: Path) -> bool:
    return path.relative_to(home).as_posix() in LEFT_OUT or path.name.endswith((".part", ".tmp"))


@contextmanager
def _tar(path: Path) -> Iterator[tarfile.TarFile]:
    """A new tar that only its owner can read. What is linked twice in a home is in it twice."""
    with (
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, dereference=True) as tar,
    ):
        yield tar


def _add(tar: tarfile.TarFile, path: Path, home: Path) -> Iterator[tuple[str, tuple[int, str]]]:
    """Write one path; of a file gives its name, size and hash, of the very bytes that were written."""
    name = path.relative_to(home).as_posix()
    if path.is_symlink():
        link = tarfile.TarInfo(name)
        link.type, link.linkname = tarfile.SYMTYPE, path.readlink().as_posix()
        tar.addfile(link)
        return
    if path.is_dir():
        tar.add(path, name, recursive=False)
        return
    with path.open("rb") as stream:
        info, hashing = tar.gettarinfo(arcname=name, fileobj=stream), _Hashing(stream)
        tar.addfile(info, hashing)  # type: ignore[arg-type]
        yield name, (info.size, hashing.digest.hexdigest())


class _Hashing:
    """A stream that hashes what is read of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.digest = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.digest.update(data)
        return data


def _manifest(home: Path, files: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    current = home / "published" / "current"
    return {
        "deskmart": __version__,
        "taken_at": datetime.now(UTC).isoformat(),
        "publish_id": current.readlink().name if current.is_symlink() else "",
        "files": files,
    }


def _add_manifest(tar: tarfile.TarFile, data: bytes) -> None:
    info = tarfile.TarInfo(MANIFEST)
    info.size, info.mode = len(data), 0o600
    tar.addfile(info, io.BytesIO(data))


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, home: Path) -> Iterator[tuple[int, str]]:
    """Write one member, if it is what a backup may hold: a file, a folder, or the link to a version; a file's size and hash."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise BackupError(f"{member.name} leads out of the home", todo="do not trust this file")
    place = home / path
    if member.isdir():
        private_folder(place)
        place.chmod(member.mode & 0o755 | 0o700)
    elif member.issym() and member.name == "published/current" and ".." not in PurePosixPath(member.linkname).parts:
        place.symlink_to(Path("versions") / PurePosixPath(member.linkname).name)
    elif member.isreg():
        yield _write(place, tar, member)
    else:
        raise BackupError(f"{member.name} is neither a file nor a folder", todo="do not trust this file")


def _write(place: Path, tar: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[int, str]:
    content, digest = tar.extractfile(member), hashlib.sha256()
    assert content is not None
    private_folder(place.parent)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    place.chmod(member.mode & 0o755)
    os.utime(place, (member.mtime, member.mtime))
    return member.size, digest.hexdigest()


def _checked_manifest(home: Path, found: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    """The backup's list, taken out of the home again, when it is that of what was found."""
    path = home / MANIFEST
    if not path.exists():
        raise BackupError("it is no backup of Deskmart, or its end is missing", todo="take another copy of the file")
    manifest: dict[str, Any] = json.loads(path.read_bytes())
    path.unlink()
    listed = {name: tuple(entry) for name, entry in manifest["files"].items()}
    files = {name: entry for name, entry in found.items() if name != MANIFEST}
    if wrong := sorted(name for name in listed.keys() | files.keys() if listed.get(name) != files.get(name)):
        raise BackupError(
            f"{len(wrong)} files are not what was backed up, {wrong[0]} first", todo="take another copy of the file"
        )
    if manifest["publish_id"] and not (home / "published" / "current" / "manifest.json").exists():
        raise BackupError("the published version is missing", todo="take another copy of the file")
    return manifest


def _told(manifest: Mapping[str, Any]) -> Backup:
    files = {name: (int(size), str(sha256)) for name, (size, sha256) in manifest["files"].items()}
    taken_at = datetime.fromisoformat(manifest["taken_at"])
    return Backup(taken_at, manifest["deskmart"], files, manifest["publish_id"], KEY in files)
