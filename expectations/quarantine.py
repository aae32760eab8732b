"""Quarantine: what the gate refused, to be listed and looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq

from deskmart.batch import Batch
from deskmart.errors import UsageError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.admission import current_admissions, stopped_admissions
from expectations.moves import moves
from ingestion.tombstones import TOMBSTONE_SHA256

_WORD = re.compile(r"\w")


Status = Literal["open", "waived", "replaced", "erased"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused record. `id` is its attempt's address, page and position; `sha256` that of its bytes.

    `status`: `waived` when it was given up, `replaced` when a later reading of the same thing counts instead of its attempt.
    """

    id: str
    source: str
    stream: str
    batch: str
    attempt: str
    page: int
    position: int
    reasons: tuple[str, ...]
    sha256: str
    rules_version: str
    first_seen: datetime
    status: Status = "open"

    @property
    def attempt_name(self) -> str:
        """The subject that ledger records of its attempt have."""
        return f"{self.source}/{self.stream}/{self.batch}/{self.attempt}"


@dataclass(frozen=True, slots=True)
class Heap:
    """The refused records of one attempt that share a reason and a status. `is_stopped` when their whole batch was stopped."""

    source: str
    stream: str
    batch: str
    attempt: str
    reason: str
    records: int
    first_seen: datetime
    is_stopped: bool
    status: Status = "open"


def list_heaps(settings: Settings, source: str = "", stream: str = "", *, only_open: bool = False) -> list[Heap]:
    """What lies in quarantine, by attempt and reason, oldest first. A record with two reasons counts in two heaps."""
    found: list[Heap] = []
    standing = _Standing(settings)
    for path in _files(settings, source, stream):
        heaps: dict[tuple[str, Status], list[datetime]] = {}
        for one in _refusals(path, standing):
            for reason in one.reasons if one.status == "open" or not only_open else ():
                heaps.setdefault((reason, one.status), []).append(one.first_seen)
        place = _place(path)
        stopped = _is_stopped(path, settings)
        found.extend(Heap(*place, reason, len(times), min(times), stopped, status) for (reason, status), times in heaps.items())
    return sorted(found, key=lambda heap: (heap.first_seen, heap.source, heap.stream, heap.batch, heap.attempt))


def list_refusals(
    settings: Settings, source: str = "", stream: str = "", reason: str = "", *, only_open: bool = False
) -> Iterator[Refusal]:
    """Single refused records, of a source, of a stream, with a reason; attempts in order of their names."""
    standing = _Standing(settings)
    for path in _files(settings, source, stream):
        for one in _refusals(path, standing):
            if (not reason or reason in one.reasons) and (one.status == "open" or not only_open):
                yield one


def refusals_named(settings: Settings, name: str, reason: str = "") -> list[Refusal]:
    """The open refused records that a name stands for: a record's id, source/stream/batch/attempt, source/stream/batch or
    source/stream; oldest attempt first. `UsageError` when there is none."""
    parts = name.split("/")
    if not 2 <= len(parts) <= 6 or not all(parts) or ".." in parts:
        raise UsageError(f"{name!r} names nothing in quarantine", todo="take a name from `deskmart quarantine list`")
    found = [
        one
        for one in list_refusals(settings, parts[0], parts[1], reason, only_open=True)
        if one.id == name or one.id.startswith(f"{name}/")
    ]
    if not found:
        raise UsageError(f"nothing of {name!r} is open in quarantine", todo="see `deskmart quarantine list`")
    return found


def show(settings: Settings, refusal_id: str, *, in_clear: bool = False) -> tuple[Refusal, str]:
    """A refused record and its payload as text: masked, unless asked in clear.

    See `mask`. Raises `UsageError` when there is no such record.
    """
    parts = refusal_id.split("/")
    if len(parts) != 6 or not (parts[4].isdigit() and parts[5].isdigit()) or ".." in parts:
        raise UsageError(
            f"{refusal_id!r} names no record in quarantine", todo="take an id from `deskmart quarantine list --records`"
        )
    source, stream, batch, attempt, page, position = parts
    path = Lake(settings.home).quarantine(Batch(source, stream, None, None, batch), attempt)
    pairs = zip(_refusals(path, _Standing(settings)), _payloads(path), strict=True) if path.is_file() else ()
    for refusal, row in pairs:
        if (refusal.page, refusal.position) == (int(page), int(position)):
            text = row.decode("utf-8", "replace")
            return refusal, text if in_clear else mask(text)
    raise UsageError(f"{refusal_id!r} is not in quarantine", todo="take an id from `deskmart quarantine list --records`")


def mask(text: str) -> str:
    """The shape of a payload: every letter and digit is •. Of JSON the names of its fields stay, and true, false and null."""
    try:
        return json.dumps(_masked(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return _WORD.sub("•", text)


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _masked(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked(each) for each in value]
    return value if value is None or isinstance(value, bool) else _WORD.sub("•", str(value))


def _files(settings: Settings, source: str, stream: str) -> list[Path]:
    root = settings.home / "quarantine"
    return sorted(root.glob(f"{source or '*'}/{stream or '*'}/*/[!.]*.parquet")) if root.is_dir() else []


def _place(path: Path) -> tuple[str, str, str, str]:
    return path.parts[-4], path.parts[-3], path.parts[-2], path.stem


class _Standing:
    """What the ledger says became of refused records and their attempts."""

    def __init__(self, settings: Settings) -> None:
        self.moves = moves(settings)
        self.counting = {one.attempt_name for one in (*current_admissions(settings), *stopped_admissions(settings))}

    def of(self, place: tuple[str, str, str, str], sha256: str) -> Status:
        if "/".join(place) not in self.counting:
            return "replaced"
        if sha256 == TOMBSTONE_SHA256:
            return "erased"
        return "waived" if self.moves.is_waived(*place[:3], sha256) else "open"


def _refusals(path: Path, standing: _Standing) -> Iterator[Refusal]:
    place = _place(path)
    columns = ["page", "position", "reasons", "record_sha256", "rules_version", "first_seen"]
    for row in pq.read_table(path, columns=columns).to_pylist():
        yield Refusal(
            "/".join((*place, str(row["page"]), str(row["position"]))),
            *place,
            row["page"],
            row["position"],
            tuple(row["reasons"]),
            row["record_sha256"],
            row["rules_version"],
            row["first_seen"],
            standing.of(place, row["record_sha256"]),
        )


def _payloads(path: Path) -> list[bytes]:
    payloads: list[bytes] = pq.read_table(path, columns=["payload"])["payload"].to_pylist()
    return payloads


def _is_stopped(path: Path, settings: Settings) -> bool:
    source, stream, batch, attempt = _place(path)
    result = Lake(settings.home).validation(Batch(source, stream, None, None, batch), attempt)
    if not result.exists():
        return False
    content: Mapping[str, Any] = json.loads(result.read_bytes())
    return bool(content["stopped"])
