"""Retention: raw bytes in landing and quarantine go after so many days; rows, counts and reasons stay.

What reaches down to raw bytes (trace, re-validation, re-screening) reaches back as far as this, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deskmart.lake import Lake, json_bytes, write_bytes
from deskmart.settings import Settings
from expectations.changes import Planned, carry_out, finish
from ingestion.landing import RETIRED, Attempt, raw_removed_at, stream_attempts
from ingestion.registry import all_sources

STEP = "retention"


@dataclass(frozen=True, slots=True)
class Retired:
    """How many attempts lost their raw bytes, how many quarantine files went, how many attempts stay for they were never
    validated."""

    landing: int
    quarantine: int
    kept: int


def retire_raw(settings: Settings, now: datetime | None = None, *, dry_run: bool = False) -> Retired:
    """Remove landed pages older than `landing_days` and quarantine files older than `quarantine_days`; 0 days keeps for good.

    Each attempt gets a line in the ledger, before anything goes. An attempt that has not been through the gate keeps its bytes:
    nothing else is left of it. Manifests, accepted rows and validation results stay.
    """
    moment, lake = now or datetime.now(UTC), Lake(settings.home)
    if not dry_run:
        finish(settings)
    landing = quarantine = kept = 0
    for attempt in _attempts(lake):
        landed_at = datetime.fromisoformat(attempt.manifest["landed_at"])
        if _is_over(landed_at, settings.landing_days, moment) and raw_removed_at(attempt, lake) is None:
            if lake.accepted(attempt.batch, attempt.name).is_file():
                landing += 1
                if not dry_run:
                    _retire_landing(attempt, moment, settings)
            else:
                kept += 1
        refused = lake.quarantine(attempt.batch, attempt.name)
        if refused.is_file() and _is_over(_written(refused), settings.quarantine_days, moment):
            quarantine += 1
            if not dry_run:
                _remove(attempt, [refused], settings.quarantine_days, settings)
    return Retired(landing, quarantine, kept)


def raw_reaches_back_to(settings: Settings) -> datetime | None:
    """When the oldest attempt was landed whose raw bytes are still there; None when there are none."""
    lake = Lake(settings.home)
    there = [attempt.manifest["landed_at"] for attempt in _attempts(lake) if raw_removed_at(attempt, lake) is None]
    return datetime.fromisoformat(min(there)) if there else None


def _retire_landing(attempt: Attempt, moment: datetime, settings: Settings) -> None:
    lake = Lake(settings.home)
    folder = lake.landing(attempt.batch, attempt.name)
    told = folder / RETIRED
    with lake.lock(f"admit-{attempt.batch.source}-{attempt.batch.stream}"):
        write_bytes(told, json_bytes({"removed_at": moment.isoformat(), "days": settings.landing_days}))
        pages = sorted({folder / entry["file"] for entry in attempt.manifest["pages"]})
        _remove(attempt, pages, settings.landing_days, settings, (told,))


def _remove(attempt: Attempt, paths: list[Path], days: int, settings: Settings, written: tuple[Path, ...] = ()) -> None:
    plans = [Planned(path, is_removed=True) for path in paths]
    carry_out(settings, STEP, str(attempt), {"files": len(plans)}, plans, {"days": days}, written)


def _written(path: Path) -> datetime:
    """When the newest refusal of a quarantine file was made; for a file without any, the file's own time."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    newest = pc.max(pq.read_table(path, columns=["quarantined_at"])["quarantined_at"]).as_py()
    return newest or datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _is_over(moment: datetime, days: int, now: datetime) -> bool:
    return days > 0 and moment < now - timedelta(days=days)


def _attempts(lake: Lake) -> list[Attempt]:
    return [
        attempt
        for source in all_sources().values()
        for stream in source.streams
        for attempt in stream_attempts(source.name, stream.name, lake)
    ]
