"""A batch: one source, one stream, one half-open interval; or one file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from deskmart.errors import UsageError

_STAMP = "%Y%m%dT%H%M%SZ"
_INTERVAL = re.compile(r"^(\d{8}T\d{6}Z)_(\d{8}T\d{6}Z)$")


@dataclass(frozen=True, slots=True)
class Batch:
    """`[since, until)` of a stream, both UTC. A batch of a file has a `part` (the file's name and hash) and may have no interval."""

    source: str
    stream: str
    since: datetime | None
    until: datetime | None
    part: str = ""

    def __post_init__(self) -> None:
        for moment in (self.since, self.until):
            if moment is not None and moment.utcoffset() != timedelta(0):
                raise ValueError("a batch's times are UTC")
        if self.part == "" and (self.since is None or self.until is None or self.since >= self.until):
            raise UsageError("a batch needs since < until", source=self.source, stream=self.stream)

    @property
    def id(self) -> str:
        """The batch's folder name: its part, or its interval as two UTC stamps."""
        if self.part:
            return self.part
        assert self.since is not None and self.until is not None
        return f"{self.since.strftime(_STAMP)}_{self.until.strftime(_STAMP)}"

    def __str__(self) -> str:
        return f"{self.source}/{self.stream}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> Batch:
        """The batch that `str(batch)` names; a file's batch comes back without its interval (its manifest has it)."""
        source, stream, name = text.split("/")
        if match := _INTERVAL.match(name):
            since, until = (datetime.strptime(group, _STAMP).replace(tzinfo=UTC) for group in match.groups())
            return cls(source, stream, since, until)
        return cls(source, stream, None, None, name)


@dataclass(frozen=True, slots=True)
class Interval:
    """What a run is asked to cover: `[since, until)`, UTC."""

    since: datetime
    until: datetime

    @classmethod
    def of_days(cls, since: date, until: date, zone: ZoneInfo) -> Interval:
        """Local days of the site, `until` exclusive; `UsageError` when nothing lies between."""
        if since >= until:
            raise UsageError(f"--until {until} must be after --since {since}", todo="--until is the first day that is not wanted")
        return cls(_midnight(since, zone), _midnight(until, zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
