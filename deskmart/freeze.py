"""Freezing a build's inputs: which accepted files it reads, and how far each source has told us everything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from deskmart import __version__
from deskmart.batch import Batch
from deskmart.errors import BuildError
from deskmart.lake import Lake, sha256_of
from deskmart.settings import Settings
from ingestion.landing import Attempt, read_attempt
from ingestion.registry import all_sources
from ingestion.source import Mode, Source, Stream

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"

# The columns between which a canonical stream's rows lie in time: for files that name no cadence.
EVENT_TIMES: Mapping[str, tuple[str, str]] = {
    "contact_legs": ("offered_at", "ended_at"),
    "messages": ("sent_at", "sent_at"),
    "tickets": ("created_at", "version"),
    "ticket_events": ("occurred_at", "occurred_at"),
    "surveys": ("responded_at", "responded_at"),
    "orders": ("version_at", "version_at"),
}


@dataclass(frozen=True, slots=True)
class Input:
    """One accepted file that counts."""

    source: str
    stream: str
    batch: str
    attempt: str
    path: Path
    sha256: str
    since: datetime | None
    until: datetime | None
    mode: Mode
    part_of: str  # the mapping of a file, else ''
    has_cadence: bool
    landed_at: datetime
    markers: Path | None = None  # what screening found in its texts
    markers_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a source, or one canonical stream of it, has told everything."""

    covered_from: datetime
    as_of: datetime
    has_cadence: bool


@dataclass(frozen=True, slots=True)
class Inputs:
    """The frozen list: the build is a pure function of it. `digest` names it.

    `closings` are the folders of closed months; with `before`, only what was admitted before that moment is in it.
    """

    files: tuple[Input, ...]
    sources: Mapping[str, Coverage]
    feeds: Mapping[tuple[str, str], Coverage]
    as_of: datetime
    first_day: date
    last_day: date
    digest: str
    closings: tuple[Path, ...] = ()
    before: datetime | None = None
    streams: Mapping[tuple[str, str], Coverage] = field(default_factory=dict)


def freeze(settings: Settings, before: datetime | None = None) -> Inputs:
    """List the accepted files that count, with their watermarks; as of an earlier moment with `before`.

    Of an `events` stream a batch that a newer landing covers whole does not count, of a `snapshot` an older attempt of the
    same batch; of `changes` every attempt does. Raises `BuildError` when nothing was accepted yet.
    """
    lake = Lake(settings.home)
    files = tuple(
        item
        for source in all_sources().values()
        for stream in source.streams
        for item in _counting(_admitted_before(before, list(_accepted(source, stream, lake))))
    )
    closings = tuple(sorted(path.parent for path in lake.closings.glob("*/closing.json")))
    streams, sources, feeds = _coverages(files)
    if not sources:
        raise BuildError("nothing was accepted yet", todo="run `deskmart ingest` and `deskmart validate` first")
    as_of = max(coverage.as_of for coverage in sources.values())
    first = min(coverage.covered_from for coverage in sources.values())
    return Inputs(
        files=files,
        sources=sources,
        feeds=feeds,
        as_of=as_of,
        first_day=first.astimezone(settings.zone).date(),
        last_day=(as_of - timedelta(microseconds=1)).astimezone(settings.zone).date(),
        digest=_digest(files, sources, closings, settings),
        closings=closings,
        before=before,
        streams=streams,
    )


def _accepted(source: Source, stream: Stream, lake: Lake) -> Iterable[Input]:
    root = lake.home / "accepted" / source.name / stream.name
    for path in sorted(root.glob("*/*.parquet")):
        attempt = read_attempt(Batch(source.name, stream.name, None, None, path.parent.name), path.stem, lake)
        manifest = attempt.manifest
        meta: Mapping[str, Any] = manifest["pages"][0]["meta"] if manifest["pages"] else {}
        yield Input(
            source=source.name,
            stream=stream.name,
            batch=path.parent.name,
            attempt=path.stem,
            path=path,
            sha256=sha256_of(path),
            since=attempt.batch.since,
            until=attempt.batch.until,
            mode=Mode(meta.get("mode") or manifest["mode"]),
            part_of=str(meta.get("mapping") or ""),
            has_cadence=bool(meta.get("cadence")) if attempt.batch.part else source.cadence is not None,
            landed_at=datetime.fromisoformat(manifest["landed_at"]),
            markers=(markers := _markers(attempt, stream, lake)),
            markers_sha256=sha256_of(markers) if markers else "",
        )


def _markers(attempt: Attempt, stream: Stream, lake: Lake) -> Path | None:
    """The file that screening made of an attempt's texts. Without it nothing is known of them, which is not "nothing was found"."""
    path = lake.markers(attempt.batch, attempt.name)
    if stream.texts is None:
        return None
    if not path.is_file():
        raise BuildError(
            "its texts were not screened",
            source=attempt.batch.source,
            stream=stream.name,
            batch=attempt.batch.id,
            todo="run `deskmart audit rescreen`",
        )
    return path


def _admitted_before(before: datetime | None, files: list[Input]) -> list[Input]:
    """The files that had a row before the moment; an empty one counts from its landing."""
    if before is None or not files:
        return files
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        first = dict(
            connection.execute(
                "select filename, min(_admitted_at) from read_parquet(?, filename = true, union_by_name = true) group by all",
                [[str(item.path) for item in files]],
            ).fetchall()
        )
    return [item for item in files if first.get(str(item.path), item.landed_at) < before]


def _counting(files: list[Input]) -> list[Input]:
    return [item for item in files if not any(_supersedes(other, item) for other in files)]


def _supersedes(newer: Input, older: Input) -> bool:
    if newer is older or (newer.landed_at, newer.attempt) <= (older.landed_at, older.attempt):
        return False
    if newer.batch == older.batch and (newer.part_of or newer.mode is not Mode.CHANGES):
        return True  # a file's batch is its bytes: landed again, its mapping was mended
    if newer.mode is not Mode.EVENTS or newer.part_of != older.part_of:
        return False
    if None in (newer.since, newer.until, older.since, older.until):
        return False
    return newer.since <= older.since and older.until <= newer.until  # type: ignore[operator]


def _coverages(
    files: Iterable[Input],
) -> tuple[dict[tuple[str, str], Coverage], dict[str, Coverage], dict[tuple[str, str], Coverage]]:
    """How far each stream, each source, and of each source each canonical stream has told everything."""
    by_stream: dict[tuple[str, str], list[Input]] = {}
    for item in files:
        by_stream.setdefault((item.source, item.stream), []).append(item)
    streams = {key: found for key, items in by_stream.items() if (found := _stream_coverage(key[1], items))}
    sources: dict[str, Coverage] = {}
    feeds: dict[tuple[str, str], Coverage] = {}
    for source in all_sources().values():
        mine = {stream: cover for (name, stream), cover in streams.items() if name == source.name}
        if not mine:
            continue
        sources[source.name] = whole = _slowest(mine.values())
        for stream in source.streams:
            for canonical in stream.feeds:
                if stream.name in mine:
                    feeds[(source.name, canonical)] = mine[stream.name] if source.cadence is None else whole
    return streams, sources, feeds


def _slowest(covers: Iterable[Coverage]) -> Coverage:
    covers = list(covers)
    regular = [cover for cover in covers if cover.has_cadence]
    first = min(cover.covered_from for cover in regular or covers)
    if regular:
        return Coverage(first, min(cover.as_of for cover in regular), True)
    return Coverage(first, max(cover.as_of for cover in covers), False)


def _stream_coverage(stream: str, items: list[Input]) -> Coverage | None:
    by_mapping: dict[str, list[Input]] = {}
    for item in items:
        if item.has_cadence and item.since and item.until:
            by_mapping.setdefault(item.part_of, []).append(item)
    if by_mapping:
        return _slowest([_gap_free(found) for found in by_mapping.values()])
    return _observed(stream, items)


def _gap_free(items: list[Input]) -> Coverage:
    spans = sorted((item.since, item.until) for item in items if item.since and item.until)
    start, end = spans[0]
    for since, until in spans[1:]:
        if since > end:
            break
        end = max(end, until)
    return Coverage(start, end, True)


def _observed(stream: str, items: list[Input]) -> Coverage | None:
    import duckdb

    if stream not in EVENT_TIMES or not items:
        return None
    first, last = EVENT_TIMES[stream]
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        low, high = connection.execute(
            f"select min({first}), greatest(max({first}), max({last})) from read_parquet(?)",
            [[str(item.path) for item in items]],
        ).fetchone() or (None, None)
    if low is None:
        return None
    return Coverage(low.astimezone(UTC), high.astimezone(UTC) + timedelta(microseconds=1), False)


def _digest(files: Iterable[Input], sources: Mapping[str, Coverage], closings: Iterable[Path], settings: Settings) -> str:
    """SHA-256 over everything the marts are a function of: files, watermarks, closed months, the dbt project with its seeds, the
    site's zone."""
    project = sorted(path for folder in ("models", "macros", "seeds") for path in (PROJECT / folder).rglob("*") if path.is_file())
    facts = {
        "files": sorted(item.sha256 + item.markers_sha256 + item.mode + item.landed_at.isoformat() for item in files),
        "sources": {name: [str(cover.as_of), cover.has_cadence] for name, cover in sources.items()},
        "closings": [sha256_of(path) for folder in closings for path in sorted(folder.glob("*.parquet"))],
        "project": [sha256_of(path) for path in (PROJECT / "dbt_project.yml", *project)],
        "site_timezone": settings.site_timezone,
        "code": __version__,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
