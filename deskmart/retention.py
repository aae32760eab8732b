"""Retention: raw bytes in landing and quarantine go after so many days; rows, counts and reasons stay.

What reaches down to raw bytes (trace, re-validation, re-screening) reaches back as far as this, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from deskmart.lake import Lake, json_bytes
from deskmart.settings import Settings
from expectations.changes import Planned, carry_out, finish, pending_of, planned
from expectations.writing import write_parquet
from ingestion.landing import Attempt, raw_removed_at, stream_attempts
from ingestion.registry import all_sources
from ingestion.tombstones import EXPIRED, TOMBSTONE

STEP = "retention"


@dataclass(frozen=True, slots=True)
class Retired:
    """How many attempts lost their raw pages, how many refused records their bytes; how many attempts stay for they were never
    validated."""

    landing: int
    quarantine: int
    kept: int


def retire_raw(settings: Settings, now: datetime | None = None, *, dry_run: bool = False) -> Retired:
    """Remove landed pages older than `landing_days` and the bytes of records refused more than `quarantine_days` ago; 0 keeps.

    Each attempt gets a line in the ledger, before anything goes. An attempt that has not been through the gate keeps its pages:
    nothing else is left of it. Manifests, accepted rows, counts and the reasons of refused records stay.
    """
    moment, lake = now or datetime.now(UTC), Lake(settings.home)
    if not dry_run:
        finish(settings)
    landing = quarantine = kept = 0
    for attempt in _attempts(lake):
        landed_at = datetime.fromisoformat(attempt.manifest["landed_at"])
        if _is_over(landed_at, settings.landing_days, moment) and raw_removed_at(attempt) is None:
            if lake.accepted(attempt.batch, attempt.name).is_file():
                landing += 1
                if not dry_run:
                    _retire_landing(attempt, moment, settings)
            else:
                kept += 1
        if settings.quarantine_days > 0:
            quarantine += _retire_refused(attempt, moment - timedelta(days=settings.quarantine_days), settings, dry_run=dry_run)
    return Retired(landing, quarantine, kept)


def raw_reaches_back_to(settings: Settings) -> datetime | None:
    """When the oldest attempt was landed whose raw bytes are still there; None when there are none."""
    lake = Lake(settings.home)
    there = [attempt.manifest["landed_at"] for attempt in _attempts(lake) if raw_removed_at(attempt) is None]
    return datetime.fromisoformat(min(there)) if there else None


def _retire_landing(attempt: Attempt, moment: datetime, settings: Settings) -> None:
    lake = Lake(settings.home)
    folder = lake.landing(attempt.batch, attempt.name)
    with lake.lock(f"admit-{attempt.batch.source}-{attempt.batch.stream}"):
        manifest = planned(folder / "manifest.json", json_bytes({**attempt.manifest, "raw_removed_at": moment.isoformat()}))
        pages = sorted({entry["file"] for entry in attempt.manifest["pages"]})
        plans = [manifest, *(Planned(folder / name, is_removed=True) for name in pages)]
        carry_out(settings, STEP, str(attempt), {"pages": len(attempt.manifest["pages"])}, plans, {"days": settings.landing_days})


def _retire_refused(attempt: Attempt, before: datetime, settings: Settings, *, dry_run: bool) -> int:
    """Take the bytes of the records that were refused before; how many still had them."""
    lake = Lake(settings.home)
    path = lake.quarantine(attempt.batch, attempt.name)
    if not path.is_file():
        return 0
    with lake.lock(f"admit-{attempt.batch.source}-{attempt.batch.stream}"):
        table = pq.read_table(path)
        stones = pc.is_in(table["payload"], value_set=pa.array([EXPIRED, TOMBSTONE], pa.binary()))
        over = pc.and_not(pc.less(table["quarantined_at"], pa.scalar(before)), stones)
        found = int(pc.sum(over).as_py() or 0)
        if found and not dry_run:
            payloads = pc.if_else(over, pa.scalar(EXPIRED, pa.binary()), table["payload"])
            place = table.schema.get_field_index("payload")
            write_parquet(pending_of(path), table.set_column(place, table.schema.field(place), payloads))
            more = {"days": settings.quarantine_days}
            carry_out(settings, STEP, str(attempt), {"records": found}, [Planned(path)], more)
        return found


def _is_over(moment: datetime, days: int, now: datetime) -> bool:
    return days > 0 and moment < now - timedelta(days=days)


def _attempts(lake: Lake) -> list[Attempt]:
    return [
        attempt
        for source in all_sources().values()
        for stream in source.streams
        for attempt in stream_attempts(source.name, stream.name, lake)
    ]
