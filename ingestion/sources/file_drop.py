"""File drop: files of any system in `inbox/`, brought onto the canonical streams by a mapping."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from deskmart.batch import Batch, Interval
from deskmart.errors import SourceError
from deskmart.lake import Lake
from deskmart.settings import Settings
from ingestion.canonical import CANONICAL
from ingestion.canonical_fields import CanonicalStream
from ingestion.inbox import Dropped, find, look, read_file, sha256_of_file, slug
from ingestion.landing import read_attempt, stream_attempts
from ingestion.mapping import mapping_named
from ingestion.mapping_compiled import compile_stream
from ingestion.mapping_model import FileMapping
from ingestion.source import Decoder, Field, Mode, Page, RawRecord, Rows, Source, Stream, Texts
from ingestion.tables import file_records

NAME = "file_drop"
_HASH_DIGITS = 12
_TEXTS = {"messages": Texts("message", "message_id"), "surveys": Texts("survey", "survey_id")}
_log = logging.getLogger(__name__)


class FileDecoder:
    """Records of a file as its mapping says, and each record's row of one stream."""

    def __init__(self, mapping: FileMapping, stream: str, fields: tuple[Field, ...], file: str) -> None:
        self.mapping = mapping
        self.file = file
        self.version = mapping.sha256  # a mended mapping is a new version of the rules for this file
        self._rows = compile_stream(mapping, stream, fields)

    def records(self, body: bytes, ext: str) -> Iterable[RawRecord]:
        return file_records(body, self.file or f"file.{ext}", self.mapping)

    def rows(self, record: RawRecord) -> Rows:
        return self._rows(record.value)


def batches(source: Source, settings: Settings, interval: Interval) -> list[Batch]:
    """A batch per stream and new complete file, oldest file first; what is left alone is warned of.

    Files whose mapping says what days they cover are taken when these meet the interval, or lie before it among days of which
    the mapping has brought something already (a correction, or a file that comes late); others always. A file is new until the
    same bytes have landed under the same mapping.
    """
    inbox = look(settings)
    for item in inbox.left:
        _log.warning("inbox/%s is left alone: %s", item.name, item.reason)
    mappings = {file.mapping.name: file.mapping for file in inbox.dropped}
    first_days = {name: _first_day(mapping, source, settings) for name, mapping in mappings.items()}
    found: list[Batch] = []
    for file in inbox.dropped:
        covers = file.mapping.interval_of(file.name)
        if covers and not _is_asked(covers, interval, first_days[file.mapping.name]):
            continue
        try:
            sha256 = sha256_of_file(file.path)
        except SourceError as error:  # gone since the look; the others are read all the same
            _log.warning("inbox/%s is left alone: %s", file.name, error)
            continue
        since, until = covers or (None, None)
        for stream in file.mapping.streams:
            batch = Batch(source.name, stream, since, until, _part(file.mapping, file.name, sha256))
            if not _is_taken(batch, file.mapping, sha256, Lake(settings.home)):
                found.append(batch)
    return found


def _is_asked(covers: tuple[datetime, datetime], interval: Interval, first_day: datetime | None) -> bool:
    if covers[0] >= interval.until:
        return False
    return interval.since < covers[1] or (first_day is not None and first_day <= covers[0])


def _first_day(mapping: FileMapping, source: Source, settings: Settings) -> datetime | None:
    """The begin of the earliest days of which a file of this mapping has landed."""
    days = [
        attempt.batch.since
        for stream in mapping.streams
        for attempt in stream_attempts(source.name, stream, Lake(settings.home))
        if attempt.batch.since and _meta(attempt.manifest).get("mapping") == mapping.name
    ]
    return min(days, default=None)


def complete(batch: Batch, settings: Settings) -> Batch:
    """The batch with the days its file covers, where its mapping tells them from the file's name."""
    if batch.since is not None or mapping_named(settings, batch.part.split("-", 1)[0]).covers is None:
        return batch
    file = _file_of(batch, settings)
    since, until = file.mapping.interval_of(file.name) or (None, None)
    return replace(batch, since=since, until=until)


def read(stream: Stream, batch: Batch, settings: Settings, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
    """The file of a batch as one page, found again by the batch's part. Raises `SourceError` when it is gone or changed."""
    file = _file_of(batch, settings)
    body = read_file(file.path)
    sha256 = hashlib.sha256(body).hexdigest()
    if _part(file.mapping, file.name, sha256) != batch.part:
        raise _gone(batch, "the file changed while it was read")
    covers = file.mapping.interval_of(file.name)
    cadence = file.mapping.cadence
    yield Page(
        body,
        _ext(file.name),
        {
            "file": file.name,
            "size": len(body),
            "sha256": sha256,
            "modified_at": datetime.fromtimestamp(file.modified).astimezone().isoformat(),
            "mapping": file.mapping.name,
            "mapping_sha256": file.mapping.sha256,
            "mode": file.mapping.mode,
            "covers": [side.isoformat() for side in covers] if covers else None,
            "cadence": cadence.total_seconds() if cadence else None,
        },
    )


def _part(mapping: FileMapping, name: str, sha256: str) -> str:
    """The batch's name: by the bytes, so that other bytes are another batch; with `mode: events` by the file's name, so that a
    file dropped again is a newer attempt of the same batch and replaces what it brought."""
    digest = hashlib.sha256(name.encode()).hexdigest() if mapping.mode == "events" else sha256
    return f"{mapping.name}-{slug(name.rsplit('/', 1)[-1])}-{digest[:_HASH_DIGITS]}"


def _is_taken(batch: Batch, mapping: FileMapping, sha256: str, lake: Lake) -> bool:
    """Whether these bytes have landed under this mapping and for these days: the same file under any name, or (events) the latest
    of its name. Equal bytes of other days are another file: two days without a call look the same, and both are told of."""
    root = lake.stream_landing(batch.source, batch.stream)
    pattern = batch.id if mapping.mode == "events" else f"{mapping.name}-*-{batch.id[-_HASH_DIGITS:]}"
    for folder in root.glob(pattern):
        landed = Batch(batch.source, batch.stream, None, None, folder.name)
        names = lake.attempts(landed)
        if not names:
            continue
        attempt = read_attempt(landed, names[-1], lake)
        meta = _meta(attempt.manifest)
        days = (attempt.batch.since, attempt.batch.until)
        if (meta.get("sha256"), meta.get("mapping_sha256"), days) == (sha256, mapping.sha256, (batch.since, batch.until)):
            return True
    return False


def _file_of(batch: Batch, settings: Settings) -> Dropped:
    name, *_ = batch.part.split("-", 1)
    mapping = mapping_named(settings, name)
    slugged = batch.part[len(name) + 1 : -_HASH_DIGITS - 1]
    for file in find(settings, mapping, slugged):
        if _part(mapping, file.name, sha256_of_file(file.path)) == batch.part:
            return file
    raise _gone(batch, "its file is no longer in the inbox, or has changed")


def _gone(batch: Batch, message: str) -> SourceError:
    return SourceError(message, source=batch.source, stream=batch.stream, batch=batch.id, todo="drop it again, then run again")


def _ext(name: str) -> str:
    """The file's own ending, with a .gz behind it: csv, csv.gz, xlsx; `bin` when it has none that is plain."""
    parts = name.rsplit("/", 1)[-1].lower().split(".")[1:]
    kept = parts[-2:] if parts[-1:] in (["gz"], ["zip"]) else parts[-1:]
    return ".".join(kept) if kept and all(part.isascii() and part.isalnum() and len(part) <= 8 for part in kept) else "bin"


def _meta(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    pages = manifest["pages"]
    return pages[0]["meta"] if pages else {}


def _stream(name: str, canonical: CanonicalStream) -> Stream:
    def decoder(settings: Settings, manifest: Mapping[str, Any]) -> Decoder:
        meta = _meta(manifest)
        mapping = mapping_named(settings, str(meta.get("mapping", "")))
        return FileDecoder(mapping, name, canonical.fields, str(meta.get("file", "")))

    return Stream(
        name=name,
        fields=canonical.fields,
        key=canonical.key,
        mode=Mode.CHANGES,
        decoder=decoder,
        version=canonical.version,
        dated=canonical.dated,
        feeds=(name,),
        texts=_TEXTS.get(name),
    )


SOURCE = Source(
    name=NAME,
    title="File drop",
    streams=tuple(_stream(name, canonical) for name, canonical in CANONICAL.items()),
    read=read,
    cadence=None,
    batches=batches,
    complete=complete,
)
