"""Profiles: what an attempt looks like from outside (its hours, its fields), kept beside the audit trail to compare the next with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from deskmart.lake import Lake, private_folder
from expectations.judging import Judged
from expectations.shapes import Seen

HOUR = 3600
_TAIL = 1 << 19  # bytes of a stream's profiles that count as its recent past
_HOUR_US = HOUR * 1_000_000


@dataclass(frozen=True, slots=True)
class Profile:
    """An attempt without any value of it. `group` parts the files of one mapping from those of another.

    `hours` counts rows by whole hours since 1970; `newest` is the last row's time and `end` until when there should be rows,
    both in seconds since 1970 (None where the stream or the batch knows no time). `ahead` counts rows after the landing.
    """

    group: str
    batch: str
    attempt: str
    hours: Mapping[int, int]
    start: float | None
    end: float | None
    newest: float | None
    ahead: int
    fields: Mapping[str, Seen]

    @property
    def lag(self) -> float | None:
        """Seconds between the newest row and the end."""
        return None if self.newest is None or self.end is None else self.end - self.newest


def profile_of(judged: Judged) -> Profile:
    """The profile of a judged attempt."""
    attempt, batch, dated = judged.attempt, judged.attempt.batch, judged.book.stream.dated
    landed = datetime.fromisoformat(attempt.manifest["landed_at"]).timestamp()
    hours: dict[int, int] = {}
    newest, ahead = None, 0
    if dated is not None and judged.sifted.rows.count:
        moments = judged.sifted.rows.select([dated])[dated].drop_null().cast(pa.int64()).to_numpy()
        if len(moments):
            numbers, counts = np.unique(moments // _HOUR_US, return_counts=True)
            hours = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
            newest, ahead = float(moments.max()) / 1e6, int((moments > (landed + 600) * 1e6).sum())
    meta: Mapping[str, Any] = next((page["meta"] for page in attempt.manifest["pages"]), {})
    since = batch.since.timestamp() if batch.since else None
    until = min(batch.until.timestamp(), landed) if batch.until else None
    fields = judged.landed.shapes.fields()
    return Profile(str(meta.get("mapping", "")), batch.id, attempt.name, hours, since, until, newest, ahead, fields)


def remember(profile: Profile, judged: Judged, lake: Lake) -> None:
    """Add the profile of an admitted attempt to those of its stream."""
    path = lake.profiles(judged.attempt.batch.source, judged.attempt.batch.stream)
    private_folder(path.parent)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(_as_json(profile), ensure_ascii=False, separators=(",", ":")) + "\n")


def recent(profile: Profile, judged: Judged, lake: Lake) -> list[Profile]:
    """The profiles of the stream's last batches of the same group, this one left out; each batch as it was admitted last."""
    path = lake.profiles(judged.attempt.batch.source, judged.attempt.batch.stream)
    if not path.exists():
        return []
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL))
        lines = stream.read().split(b"\n")
    found: dict[str, Profile] = {}
    for line in lines:
        one = _parsed(line)
        if one is not None and one.group == profile.group and one.batch != profile.batch:
            found.pop(one.batch, None)
            found[one.batch] = one
    return list(found.values())


def _as_json(profile: Profile) -> dict[str, Any]:
    return {
        "group": profile.group,
        "batch": profile.batch,
        "attempt": profile.attempt,
        "hours": {str(hour): count for hour, count in profile.hours.items()},
        "start": profile.start,
        "end": profile.end,
        "newest": profile.newest,
        "ahead": profile.ahead,
        "fields": {name: [seen.present, seen.looked_at, sorted(seen.types)] for name, seen in profile.fields.items()},
    }


def _parsed(line: bytes) -> Profile | None:
    """The profile of a line; None of one that a crash cut off."""
    try:
        content = json.loads(line)
        fields = {name: Seen(seen[0], seen[1], frozenset(seen[2])) for name, seen in content.pop("fields").items()}
        hours = {int(hour): int(count) for hour, count in content.pop("hours").items()}
        return Profile(**content, hours=hours, fields=fields)
    except (ValueError, TypeError, KeyError, IndexError):
        return None
