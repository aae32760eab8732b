"""How a home stands: what readers see, and per stream how far it has told everything. For `deskmart status`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.admission import Admission, admissions, current_admissions, stopped_admissions
from expectations.moves import moves
from ingestion.landing import Attempt, stream_attempts
from ingestion.registry import all_sources

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """One stream of a source. `covered_until` is the end of its gap-free intervals, None for files and for what names none; `gaps` are
    intervals after that which nothing covers. Counts are records of the attempts that count."""

    source: str
    stream: str
    covered_until: datetime | None
    gaps: tuple[Span, ...]
    last_batch: str
    accepted: int
    quarantined: int
    stopped: int
    waiting: int
    landed_at: datetime
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What readers see: the publish, when it was made, up to when it tells everything."""

    publish_id: str
    published_at: datetime
    as_of: datetime | None
    kept: int


def streams(settings: Settings, now: datetime) -> list[StreamStatus]:
    """Every stream of which anything was landed, by source and stream."""
    current, stopped = _by_stream(current_admissions(settings)), _by_stream(stopped_admissions(settings))
    decided, waived = _by_stream(admissions(settings)), moves(settings).waived_attempts
    lake, found = Lake(settings.home), []
    for source in all_sources().values():
        for stream in source.streams:
            key, landed = (source.name, stream.name), stream_attempts(source.name, stream.name, lake)
            if not landed:
                continue
            mine = current.get(key, [])
            held = [one for one in stopped.get(key, []) if one.attempt_name not in waived]
            done = {one.attempt_name for one in (*decided.get(key, []), *held)} | waived
            until, gaps = _covered_by_all(mine, {str(one): one for one in landed}, is_regular=source.cadence is not None)
            limit = settings.alerts.stale_hours_of.get(source.name, settings.alerts.stale_hours)
            found.append(
                StreamStatus(
                    source=source.name, stream=stream.name, covered_until=until, gaps=gaps, last_batch=_told(max(landed, key=_landed_at), settings),
                    accepted=sum(one.accepted for one in mine), quarantined=sum(one.quarantined for one in mine),
                    stopped=len(held), waiting=sum(
                        str(one) not in done and not lake.validation(one.batch, one.name).exists() for one in landed
                    ),
                    landed_at=max(map(_landed_at, landed)),
                    is_behind=bool(until and (now - until).total_seconds() > limit * 3600),
                )
            )  # fmt: skip
    return found


def covered(spans: Iterable[tuple[str | None, str | None]]) -> tuple[datetime | None, tuple[Span, ...]]:
    """The end of the gap-free intervals from the first on, and the gaps after it. Texts in ISO 8601; without both ends they do not count."""
    sorted_spans = sorted((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in spans if a and b)
    if not sorted_spans:
        return None, ()
    end, gaps = sorted_spans[0][1], []
    for since, until in sorted_spans:
        if since > end:
            gaps.append((end, since))
        end = max(end, until)
    return (gaps[0][0] if gaps else end), tuple(gaps)


def _covered_by_all(
    mine: Iterable[Admission], landed: Mapping[str, Attempt], *, is_regular: bool
) -> tuple[datetime | None, tuple[Span, ...]]:
    """Of what names a cadence, by mapping where files feed the stream: the earliest end, and all gaps."""
    spans: dict[str, list[tuple[str | None, str | None]]] = defaultdict(list)
    for one in mine:
        pages = landed[one.attempt_name].manifest["pages"] if one.attempt_name in landed else []
        meta = pages[0]["meta"] if pages else {}
        if bool(meta.get("cadence")) if meta.get("mapping") else is_regular:
            spans[str(meta.get("mapping") or "")].append((one.since, one.until))
    each = [covered(found) for found in spans.values()]
    ends = [until for until, _ in each if until]
    return (min(ends) if ends else None), tuple(gap for _, gaps in each for gap in gaps)


def _told(attempt: Attempt, settings: Settings) -> str:
    """A batch for people: its local days, or the file's name."""
    batch = attempt.batch
    if batch.part or not (batch.since and batch.until):
        return batch.id[:24]
    return " → ".join(f"{moment.astimezone(settings.zone):%Y-%m-%d}" for moment in (batch.since, batch.until))


def seen(settings: Settings) -> Seen | None:
    """What readers see; None when nothing is published."""
    lake = Lake(settings.home)
    path = lake.published_current / "manifest.json"
    if not path.exists():
        return None
    manifest: dict[str, Any] = json.loads(path.read_bytes())
    as_of = manifest.get("build", {}).get("as_of")
    kept = len(list((lake.published / "versions").glob("[!.]*")))
    return Seen(
        manifest["publish_id"],
        datetime.fromisoformat(manifest["published_at"]),
        datetime.fromisoformat(as_of) if as_of else None,
        kept,
    )


def next_steps(settings: Settings, found: Sequence[StreamStatus], published: Seen | None) -> list[str]:
    """What somebody should do, the most urgent first; empty when all is well."""
    steps = []
    if not found:
        return ["deskmart doctor, then deskmart run --since D --until D"]
    for one in found:
        for since, until in one.gaps[:1]:
            days = [moment.astimezone(settings.zone).date().isoformat() for moment in (since, until)]
            steps.append(f"{one.source} has a gap: deskmart run --since {days[0]} --until {days[1]} --source {one.source}")
    if any(one.stopped for one in found):
        steps.append("a batch is stopped: deskmart quarantine list (docs/operate.md, “A batch is stopped”)")
    if any(one.waiting for one in found):
        steps.append("landed and not validated: deskmart validate")
    if (Lake(settings.home).warehouse / "candidate.json").exists():
        steps.append("a candidate waits: deskmart publish (it says why it was not published)")
    elif published is None:
        steps.append("nothing is published: deskmart build, deskmart publish")
    if any(one.is_behind for one in found):
        names = ", ".join(dict.fromkeys(one.source for one in found if one.is_behind))
        steps.append(f"behind: {names}; see whether it answers (deskmart doctor), then run the missing days")
    return list(dict.fromkeys(steps))


def age(moment: datetime, now: datetime | None = None) -> str:
    """How long ago, in words: 12 min, 5.0 h, 3.2 days."""
    hours = ((now or datetime.now(UTC)) - moment).total_seconds() / 3600
    return f"{hours * 60:.0f} min" if hours < 1 else f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def _landed_at(attempt: Attempt) -> datetime:
    return datetime.fromisoformat(attempt.manifest["landed_at"])


def _by_stream(found: Iterable[Admission]) -> dict[tuple[str, str], list[Admission]]:
    streams: dict[tuple[str, str], list[Admission]] = defaultdict(list)
    for one in found:
        streams[one.source, one.stream].append(one)
    return streams
