"""Reconciliation: where every landed record of every attempt is today, counted anew in the files and held against the ledger.

landed = accepted + quarantined + waived + erased + duplicates + outside + held back, in source records. Quarantined are those
that still wait for somebody; waived were given up; erased stand in quarantine as tombstones; held back are the good records of a
stopped batch. Released records are among the accepted, and so are accepted ones of erased customers. What does not add up is
*unexplained*, and nothing is published then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.admission import Admission, admissions, stopped_admissions
from expectations.moves import Moves, moves
from expectations.recount import Accepted, Recount, Refused
from ingestion.landing import Attempt, stream_attempts
from ingestion.registry import all_sources
from ingestion.tombstones import TOMBSTONE_SHA256

Status = Literal["admitted", "stopped", "given up", "waiting"]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One landed attempt. Counts are of source records, None while it waits for the gate; `accepted_rows` counts rows.

    `is_current` says whether it stands for its interval: no later reading replaced it. `first_day` and `last_day` are the local days
    it covers, None when it names no interval; `feeds` the canonical streams it goes into.
    """

    source: str
    stream: str
    batch: str
    attempt: str
    feeds: str
    status: Status
    is_current: bool
    first_day: date | None
    last_day: date | None
    landed_at: datetime
    admitted_at: datetime | None
    rules_version: str | None
    source_count: int | None
    landed: int | None
    accepted: int | None
    accepted_rows: int | None
    quarantined: int | None
    duplicates: int | None
    outside: int | None
    held_back: int | None
    waived: int | None
    erased: int | None
    released: int | None
    accepted_erased: int | None

    @property
    def unexplained(self) -> int:
        """Landed records that are nowhere; below 0 when some are in two places."""
        parts = (self.accepted, self.quarantined, self.waived, self.erased, self.duplicates, self.outside, self.held_back)
        return (self.landed or 0) - sum(part or 0 for part in parts)


def reconcile(settings: Settings, in_build: Collection[Path]) -> list[Reconciled]:
    """Every landed attempt, by source, stream, batch and attempt; `in_build` are the accepted files that count in the build."""
    admitted = {one.attempt_name: one for one in admissions(settings)}
    stopped = {one.attempt_name: one for one in stopped_admissions(settings)}
    moved, files = moves(settings), Recount(settings)
    counting = {path.relative_to(settings.home).as_posix() for path in in_build}
    fed = {(source.name, stream.name): "|".join(stream.feeds) for source in all_sources().values() for stream in source.streams}
    found = []
    for folder in sorted((settings.home / "landing").glob("*/*")):
        source, stream = folder.parts[-2:]
        accepted, refused, feeds = files.accepted(source, stream), files.refused(source, stream), fed.get((source, stream), "")
        for attempt in stream_attempts(source, stream, Lake(settings.home)):
            name = str(attempt)
            standing = _Standing(moved, name, refused.get(name, []))
            if (one := admitted.get(name)) is not None:
                found.append(
                    _admitted(one, feeds, one.accepted_file in counting, accepted.get(name, Accepted()), standing, settings)
                )
            elif (one := stopped.get(name)) is not None:
                found.append(_stopped(one, feeds, standing, settings))
            else:
                found.append(_waiting(attempt, feeds, settings))
    return found


def rows_of(found: Sequence[Reconciled]) -> list[tuple[object, ...]]:
    """The rows of the build's table `build_attempts`."""
    return [(*astuple(one), one.unexplained) for one in found]


def digest_of(found: Sequence[Reconciled]) -> str:
    """SHA-256 over where every record is; what waits for the gate is not in it."""
    lines = [repr(astuple(one)) for one in found if one.status != "waiting"]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class _Standing:
    """How the refused records of one attempt stand."""

    def __init__(self, moved: Moves, attempt: str, refused: Sequence[Refused]) -> None:
        source, stream, batch, _ = attempt.split("/")
        self.is_given_up = attempt in moved.waived_attempts
        left = [one.sha256 for one in refused if one.sha256 != TOMBSTONE_SHA256]
        self.erased = len(refused) - len(left)
        self.waived = sum(moved.is_waived(source, stream, batch, sha256) for sha256 in left)
        self.quarantined = len(left) - self.waived
        self.released = len(moved.released.get(attempt, set()) - {(page, position) for page, position, _ in refused})


def _admitted(
    one: Admission, feeds: str, is_current: bool, accepted: Accepted, standing: _Standing, settings: Settings
) -> Reconciled:
    return _reconciled(one, feeds, "admitted", is_current, accepted, 0, standing, settings)


def _stopped(one: Admission, feeds: str, standing: _Standing, settings: Settings) -> Reconciled:
    """Of a stopped attempt nothing is accepted; given up, all of it that is its own is waived."""
    if not standing.is_given_up:
        return _reconciled(one, feeds, "stopped", True, Accepted(), one.accepted, standing, settings)
    found = _reconciled(one, feeds, "given up", False, Accepted(), 0, standing, settings)
    return replace(found, quarantined=0, waived=one.accepted + standing.quarantined + standing.waived)


def _reconciled(
    one: Admission,
    feeds: str,
    status: Status,
    is_current: bool,
    accepted: Accepted,
    held_back: int,
    standing: _Standing,
    settings: Settings,
) -> Reconciled:
    first, last = _days(one.since, one.until, settings)
    return Reconciled(
        *(one.source, one.stream, one.batch, one.attempt, feeds, status, is_current, first, last),
        landed_at=datetime.fromisoformat(one.landed_at),
        admitted_at=datetime.fromisoformat(one.admitted_at) if status == "admitted" else None,
        rules_version=one.rules_version,
        source_count=one.source_count,
        landed=one.landed,
        accepted=accepted.records,
        accepted_rows=accepted.rows,
        quarantined=standing.quarantined,
        duplicates=one.duplicates,
        outside=one.outside,
        held_back=held_back,
        waived=standing.waived,
        erased=standing.erased,
        released=standing.released,
        accepted_erased=accepted.erased,
    )


def _waiting(attempt: Attempt, feeds: str, settings: Settings) -> Reconciled:
    batch = attempt.batch
    first, last = _days(attempt.manifest["since"], attempt.manifest["until"], settings)
    landed_at = datetime.fromisoformat(attempt.manifest["landed_at"])
    head = (batch.source, batch.stream, batch.id, attempt.name, feeds)
    return Reconciled(*head, "waiting", False, first, last, landed_at, *[None] * 14)  # type: ignore[arg-type]


def _days(since: str | None, until: str | None, settings: Settings) -> tuple[date | None, date | None]:
    if since is None or until is None:
        return None, None
    last = datetime.fromisoformat(until) - timedelta(microseconds=1)
    return datetime.fromisoformat(since).astimezone(settings.zone).date(), last.astimezone(settings.zone).date()
