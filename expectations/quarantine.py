"""Quarantine: what the gate refused, to be listed and looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from deskmart.batch import Batch
from deskmart.errors import UsageError
from deskmart.lake import Lake
from deskmart.settings import Settings

_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused record. `id` is its attempt's address, page and position; `sha256` that of its bytes."""

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


@dataclass(frozen=True, slots=True)
class Heap:
    """The refused records of one attempt that share a reason. `is_stopped` when their whole batch was stopped."""

    source: str
    stream: str
    batch: str
    attempt: str
    reason: str
    records: int
    first_seen: datetime
    is_stopped: bool


def list_heaps(settings: Settings, source: str = "", stream: str = "") -> list[Heap]:
    """What lies in quarantine, by attempt and reason, oldest first. A record with two reasons counts in two heaps."""
    found: list[Heap] = []
    for path in _files(settings, source, stream):
        heaps: dict[str, list[datetime]] = {}
        for one in _refusals(path):
            for reason in one.reasons:
                heaps.setdefault(reason, []).append(one.first_seen)
        place = _place(path)
        stopped = _is_stopped(path, settings)
        found.extend(Heap(*place, reason, len(times), min(times), stopped) for reason, times in heaps.items())
    return sorted(found, key=lambda heap: (heap.first_seen, heap.source, heap.stream, heap.batch, heap.attempt))


def list_refusals(settings: Settings, source: str = "", stream: str = "", reason: str = "") -> Iterator[Refusal]:
    """Single refused records, of a source, of a stream, with a reason; attempts in order of their names."""
    for path in _files(settings, source, stream):
        for one in _refusals(path):
            if not reason or reason in one.reasons:
                yield one


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
    for refusal, row in zip(_refusals(path), _payloads(path), strict=True) if path.is_file() else ():
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


def _refusals(path: Path) -> Iterator[Refusal]:
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
