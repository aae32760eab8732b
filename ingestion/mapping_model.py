"""What a mapping says, checked: which files, how they are read, how each stream is made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ingestion.mapping_columns import Column
from ingestion.mapping_conditions import Condition


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Records that are left out on purpose, and why."""

    when: Condition
    reason: str


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """How one canonical stream is made: its columns, each the first of some specs that gives a value, in an order in which each
    comes after those it refers to."""

    columns: Mapping[str, tuple[Column, ...]]
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class FileMapping:
    """One mapping file, checked. `sha256` is that of its bytes."""

    name: str
    files: str
    streams: Mapping[str, StreamMapping]
    zone: ZoneInfo
    sha256: str
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool = True
    columns: tuple[str, ...] = ()
    skip: int = 0
    optional: tuple[str, ...] = ()
    sheet: str | None = None
    records: str = ""
    covers: re.Pattern[str] | None = None
    cadence: timedelta | None = None
    mode: str = "changes"
    marker: bool = False
    exclude: tuple[Exclusion, ...] = ()

    def matches(self, name: str) -> bool:
        """Whether the file (its name relative to the inbox, with /) is one of this mapping; a .gz or .zip behind it does not matter."""
        pattern = glob_pattern(self.files)
        return any(pattern.fullmatch(item) for item in {name, name.removesuffix(".gz").removesuffix(".zip")})

    def columns_read(self) -> set[str]:
        """The file's columns that it names and that must be there."""
        found = {column for item in self.exclude for column in item.when.columns()}
        for stream in self.streams.values():
            found.update(stream.when.columns() if stream.when else ())
            found.update(name for specs in stream.columns.values() for spec in specs for name in spec.columns())
        return found - set(self.optional)

    def interval_of(self, name: str) -> tuple[datetime, datetime] | None:
        """`[since, until)` in UTC of the local days a file covers, from its name; None when that says none."""
        match = self.covers.search(name) if self.covers else None
        if match is None:
            return None
        groups = match.groupdict()
        try:
            if "month" in groups:
                first = datetime.strptime(_digits(groups["month"]), "%Y%m")
                after = (first + timedelta(days=31)).replace(day=1)
            else:
                first, last = (
                    datetime.strptime(_digits(groups["day" if "day" in groups else side]), "%Y%m%d")
                    for side in ("since", "until")
                )
                after = last + timedelta(days=1)
        except (ValueError, OverflowError):
            return None
        if first >= after:
            return None
        return first.replace(tzinfo=self.zone).astimezone(UTC), after.replace(tzinfo=self.zone).astimezone(UTC)


def glob_pattern(pattern: str) -> re.Pattern[str]:
    """A shell pattern as a regular expression: * and ? stay within a folder, **/ is any number of folders."""
    parts: Iterator[re.Match[str]] = re.finditer(r"\*\*/|\*|\?|\[[^]/]+\]|.", pattern, re.DOTALL)
    known = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(known.get(m[0]) or (m[0].replace("[!", "[^") if len(m[0]) > 1 else re.escape(m[0])) for m in parts))


def _digits(text: str | None) -> str:
    return re.sub(r"[-_.]", "", text or "")
