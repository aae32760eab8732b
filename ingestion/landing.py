"""Landing: pages go to disk as the source sent them, then a manifest says what they are."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deskmart import __version__
from deskmart.batch import Batch
from deskmart.errors import LandingError
from deskmart.lake import Lake, private_folder, sync_file, sync_folder, write_json
from ingestion.source import Page, Stream


@dataclass(frozen=True, slots=True)
class Attempt:
    """One landing of a batch: its folder name and its manifest as written."""

    batch: Batch
    name: str
    manifest: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.batch}/{self.name}"


def land(batch: Batch, stream: Stream, pages: Iterable[Page], lake: Lake, extra: Mapping[str, Any] | None = None) -> Attempt:
    """Put a batch's pages on disk as the source sent them.

    Durable (fsynced) when it returns. Landing the same batch again makes a further attempt, and earlier ones are kept; when
    every byte (and a file's mapping) is as it was in the last attempt, that one is returned and nothing is added. Raises `LandingError` when the
    disk refuses, and lets the reader's `SourceError` through; the attempt is then not there at all.
    """
    folder = lake.stream_landing(batch.source, batch.stream) / batch.id
    name = f"{_last_number(folder) + 1:05d}"
    started = datetime.now(UTC)
    try:
        working = folder / f".{name}.part"
        shutil.rmtree(working, ignore_errors=True)  # what a killed landing left
        private_folder(working)
        try:
            entries = _write_pages(working, pages, stream.responses_per_file)
            if (last := _last_attempt(batch, lake)) is not None and _bodies(last.manifest["pages"]) == _bodies(entries):
                return last
            manifest = _manifest(batch, stream, name, started, entries, extra or {})
            write_json(working / "manifest.json", manifest)
            working.rename(folder / name)
            sync_folder(folder)
        finally:
            with suppress(FileNotFoundError):
                shutil.rmtree(working)
    except OSError as error:
        raise LandingError(
            f"the disk refused: {error.strerror or error}",
            source=batch.source,
            stream=batch.stream,
            batch=batch.id,
            todo="free space or mend the folder's rights, then run again",
        ) from error
    return Attempt(batch, name, manifest)


def read_attempt(batch: Batch, name: str, lake: Lake) -> Attempt:
    """A landed attempt with its manifest; `LandingError` when it is absent or unreadable."""
    path = lake.landing(batch, name) / "manifest.json"
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise LandingError(
            f"attempt {name} has no readable manifest",
            source=batch.source,
            stream=batch.stream,
            batch=batch.id,
            todo="land it again",
        ) from error
    interval = {side: datetime.fromisoformat(manifest[side]) if manifest[side] else None for side in ("since", "until")}
    return Attempt(Batch(batch.source, batch.stream, interval["since"], interval["until"], manifest["part"]), name, manifest)


def pages_of(attempt: Attempt, lake: Lake) -> Iterator[tuple[int, bytes, str]]:
    """(page number from 1, raw body, extension) of each page; `LandingError` when the bytes are not those of the manifest, or
    retention removed them."""
    if removed := raw_removed_at(attempt):
        raise LandingError(
            f"its raw bytes were removed on {removed:%Y-%m-%d}, when their retention was over",
            source=attempt.batch.source,
            stream=attempt.batch.stream,
            batch=attempt.batch.id,
            todo="accepted rows and counts stay; raw bytes reach back no further",
        )
    folder = lake.landing(attempt.batch, attempt.name)
    for entry in attempt.manifest["pages"]:
        try:
            with (folder / entry["file"]).open("rb") as stream:
                stream.seek(entry["offset"])
                body = gzip.decompress(stream.read(entry["length"]))
        except (OSError, EOFError) as error:
            raise _changed(attempt, entry) from error
        if hashlib.sha256(body).hexdigest() != entry["sha256"]:
            raise _changed(attempt, entry)
        yield entry["page"], body, entry["ext"]


def raw_removed_at(attempt: Attempt) -> datetime | None:
    """When retention removed the attempt's pages; None while they are there."""
    text = attempt.manifest.get("raw_removed_at")
    return datetime.fromisoformat(text) if text else None


def erased_in(attempt: Attempt) -> dict[int, frozenset[int]]:
    """The positions that hold tombstones, by page."""
    return {entry["page"]: frozenset(entry["erased"]) for entry in attempt.manifest["pages"] if entry.get("erased")}


def stream_attempts(source: str, stream: str, lake: Lake) -> list[Attempt]:
    """All complete attempts of a stream, by batch name and attempt."""
    root = lake.stream_landing(source, stream)
    paths = sorted(root.glob("*/*/manifest.json")) if root.is_dir() else []
    return [
        read_attempt(Batch(source, stream, None, None, path.parent.parent.name), path.parent.name, lake)
        for path in paths
        if not path.parent.name.startswith(".")
    ]


def last_cursor(source: str, stream: str, lake: Lake) -> Mapping[str, Any] | None:
    """The cursor that the attempt landed last ended with."""
    attempts = [attempt for attempt in stream_attempts(source, stream, lake) if attempt.manifest["cursor"]]
    if not attempts:
        return None
    return max(attempts, key=lambda attempt: attempt.manifest["landed_at"]).manifest["cursor"]  # type: ignore[no-any-return]


def _last_attempt(batch: Batch, lake: Lake) -> Attempt | None:
    names = lake.attempts(batch)
    return read_attempt(batch, names[-1], lake) if names else None


def _bodies(entries: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, Any]]:
    return [(entry.get("sent_sha256", entry["sha256"]), entry["ext"], entry["meta"].get("mapping_sha256")) for entry in entries]


def _last_number(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    return max((int(path.name) for path in folder.iterdir() if path.name.isdigit()), default=0)


def _write_pages(folder: Path, pages: Iterable[Page], per_file: int) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    path, written = folder / "none", 0
    for number, page in enumerate(pages, start=1):
        if (number - 1) % per_file == 0:
            if entries:
                sync_file(path)
            path, written = folder / f"page-{(number - 1) // per_file + 1:05d}.{page.ext}.gz", 0
        packed = gzip.compress(page.body, compresslevel=3, mtime=0)
        with path.open("ab") as stream:
            stream.write(packed)
        entries.append(
            {
                "page": number,
                "file": path.name,
                "offset": written,
                "length": len(packed),
                "bytes": len(page.body),
                "sha256": hashlib.sha256(page.body).hexdigest(),
                "ext": page.ext,
                "meta": dict(page.meta),
                "cursor": dict(page.cursor) if page.cursor else None,
            }
        )
        written += len(packed)
    if entries:
        sync_file(path)
    return entries


def _manifest(
    batch: Batch, stream: Stream, name: str, started: datetime, entries: list[dict[str, Any]], extra: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "source": batch.source,
        "stream": batch.stream,
        "batch": batch.id,
        "part": batch.part,
        "attempt": name,
        "since": batch.since.isoformat() if batch.since else None,
        "until": batch.until.isoformat() if batch.until else None,
        "mode": stream.mode.value,
        "started_at": started.isoformat(),
        "landed_at": datetime.now(UTC).isoformat(),
        "code_version": __version__,
        "pages": entries,
        "cursor": next((entry["cursor"] for entry in reversed(entries) if entry["cursor"]), None),
        **extra,
    }


def _changed(attempt: Attempt, entry: Mapping[str, Any]) -> LandingError:
    return LandingError(
        f"page {entry['page']} ({entry['file']}) is not what was landed",
        source=attempt.batch.source,
        stream=attempt.batch.stream,
        batch=attempt.batch.id,
        todo="restore the file or land the batch again",
    )
