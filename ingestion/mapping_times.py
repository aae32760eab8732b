"""Times and durations of files: formats become parsers, local times become UTC.

Rule for local times that the clocks' change makes odd: a time that exists twice is the first of the two (unless
`not_before` rules that out and the second fits); a time that does not exist is read with the offset before the change, so
02:30 in a gap from 02:00 to 03:00 is what the clock then shows as 03:30.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.cells import text_of

ParseTime = Callable[[Any], datetime]
MAX_REMEMBERED = 200_000
NAMED_FORMATS = ("iso", "epoch", "epoch_ms", "duration")
_DIRECTIVES: Mapping[str, str] = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>1[0-2]|0[1-9]|[1-9])",
    "d": r"(?P<d>3[01]|[12]\d|0[1-9]|[1-9])",
    "H": r"(?P<H>2[0-3]|[01]\d|\d)",
    "I": r"(?P<I>1[0-2]|0[1-9]|[1-9])",
    "M": r"(?P<M>[0-5]\d|\d)",
    "S": r"(?P<S>[0-5]\d|\d)",
    "f": r"(?P<f>\d{1,6})",
    "p": r"(?P<p>AM|PM|am|pm|上午|下午)",
    "z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
    "%": "%",
}
_YEAR_FIRST = re.compile(
    r"(?P<Y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"(?:[T ]*(?P<H>\d{1,2})[:时時](?P<M>\d{1,2})(?:[:分](?P<S>\d{1,2})(?:\.(?P<f>\d{1,6}))?)?[秒分]?)?"
)
_SPOKEN_DURATION = re.compile(r"(?:(\d+)\s*(?:小时|小時|时|時))?\s*(?:(\d+)\s*(?:分钟|分鐘|分))?\s*(?:(\d+)\s*秒)?")
_CLOCK_DURATION = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2}(?:\.\d+)?)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(ValueError):
    """A cell does not say what its format promises; `str` of it is a reason without the cell's content."""


def local_to_utc(zone: ZoneInfo) -> Callable[[datetime], datetime]:
    """A function from naive local times to UTC; days without a change of clocks take a short cut."""
    offsets: dict[date, timedelta | None] = {}

    def resolve(local: datetime) -> datetime:
        day = local.date()
        try:
            offset = offsets[day]
        except KeyError:
            first = datetime(day.year, day.month, day.day)
            start, end = (
                moment.replace(tzinfo=zone).utcoffset() for moment in (first, first.replace(hour=23, minute=59, second=59))
            )
            offset = offsets[day] = start if start == end else None
        if offset is None:
            return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        return local.replace(tzinfo=UTC) - offset

    return resolve


def time_parser(format_: str, zone: ZoneInfo) -> ParseTime:
    """A function from a cell that is not empty to a UTC time; it raises `Unreadable`.

    A cell that is a time already (Excel, Parquet) is taken as it is, naive ones in `zone`. Raises ValueError when
    `format_` is none.
    """
    resolve = local_to_utc(zone)
    if format_ in ("epoch", "epoch_ms"):
        scale = 1000 if format_ == "epoch_ms" else 1
        return _typed_first(resolve, lambda cell: _from_epoch(cell, scale))
    if format_ in ("", "iso"):
        return _typed_first(resolve, lambda cell: _from_iso(cell, resolve))
    pattern = re.compile(_pattern_of(format_))
    problem = f"is not in the format {format_}"
    read = _clock_reader(pattern, zone) if set(pattern.groupindex) <= set("YymdHMS") else None

    def parse(cell: Any) -> datetime:
        match = pattern.fullmatch(cell if type(cell) is str else text_of(cell) or "")
        if match is None:
            raise Unreadable(problem)
        return read(match) if read else _from_parts(match.groupdict(), resolve)

    return _typed_first(resolve, parse)


def duration_of(cell: Any) -> Decimal:
    """Seconds of H:MM:SS, MM:SS, plain seconds, 1小时2分3秒, or a duration of Excel; raises `Unreadable`."""
    if isinstance(cell, datetime):
        raise Unreadable("is a moment, not a duration")
    if isinstance(cell, time):
        cell = timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second, microseconds=cell.microsecond)
    if isinstance(cell, timedelta):
        return Decimal(cell // timedelta(microseconds=1)) / 1_000_000
    text = text_of(cell) or ""
    if match := _CLOCK_DURATION.fullmatch(text.removeprefix("-")):
        hours, minutes, seconds = match.groups()
        if Decimal(seconds) >= 60 or (hours is not None and int(minutes) >= 60):
            raise Unreadable("is not in the format duration")
        total = int(hours or 0) * 3600 + int(minutes) * 60 + Decimal(seconds)
        return -total if text.startswith("-") else total
    if re.fullmatch(r"-?\d+(?:\.\d+)?", text):
        return Decimal(text)
    if text and (match := _SPOKEN_DURATION.fullmatch(text)):
        hours, minutes, seconds = (int(group or 0) for group in match.groups())
        return Decimal(hours * 3600 + minutes * 60 + seconds)
    raise Unreadable("is not in the format duration")


def _typed_first(resolve: Callable[[datetime], datetime], parse: ParseTime) -> ParseTime:
    known: dict[str, datetime] = {}

    def read(cell: Any) -> datetime:
        if type(cell) is str:
            found = known.get(cell)
            if found is None:
                found = attempt(cell)
                if len(known) < MAX_REMEMBERED:
                    known[cell] = found
            return found
        if isinstance(cell, datetime):
            return cell.astimezone(UTC) if cell.tzinfo else resolve(cell)
        if isinstance(cell, date):
            return resolve(datetime(cell.year, cell.month, cell.day))
        return attempt(cell)

    def attempt(cell: Any) -> datetime:
        try:
            return parse(cell)
        except OverflowError as error:
            raise Unreadable("lies outside the years 1 to 9999") from error

    return read


def _pattern_of(format_: str) -> str:
    """The regular expression of a strptime format, of the directives that can be read in any language."""
    parts: list[str] = []
    used: list[str] = []
    position = 0
    while position < len(format_):
        char = format_[position]
        if char == "%":
            position += 1
            name = format_[position : position + 1]
            if name not in _DIRECTIVES:
                raise ValueError(f"%{name} is not understood; known: {', '.join(f'%{item}' for item in _DIRECTIVES)}")
            if name in used and name != "%":
                raise ValueError(f"%{name} stands twice")
            used.append(name)
            parts.append(_DIRECTIVES[name])
        else:
            parts.append(r"\s+" if char.isspace() else re.escape(char))
        position += 1
    if not (("Y" in used or "y" in used) and "m" in used and "d" in used):
        raise ValueError("a time needs a year, a month and a day; join the columns that have them")
    if ("I" in used) != ("p" in used):
        raise ValueError("%I and %p go together")
    return "".join(parts)


def _from_parts(parts: Mapping[str, str | None], resolve: Callable[[datetime], datetime]) -> datetime:
    year = parts.get("Y")
    if year is None:
        short = int(parts["y"] or 0)
        number = short + (1900 if short >= 69 else 2000)
    else:
        number = int(year)
    hour = int(parts.get("H") or 0)
    if (half := parts.get("p")) is not None:
        hour = int(parts["I"] or 0) % 12 + (12 if half in ("PM", "pm", "下午") else 0)
    micros = int(parts["f"].ljust(6, "0")) if parts.get("f") else 0  # type: ignore[union-attr]
    try:
        local = datetime(
            number, int(parts["m"] or 0), int(parts["d"] or 0), hour, int(parts.get("M") or 0), int(parts.get("S") or 0), micros
        )
    except ValueError as error:
        raise Unreadable("is no day or time of the calendar") from error
    if (offset := parts.get("z")) is not None:
        return local.replace(tzinfo=UTC) - _offset(offset)
    return resolve(local)


def _clock_reader(pattern: re.Pattern[str], zone: ZoneInfo) -> Callable[[re.Match[str]], datetime]:
    """`_from_parts` for formats of date and clock alone: on a day without a change of clocks, midnight plus seconds."""
    names = pattern.groupindex
    day = tuple(names[name] for name in ("Y" if "Y" in names else "y", "m", "d"))
    clock = tuple((names[name], unit) for name, unit in (("H", 3600), ("M", 60), ("S", 1)) if name in names)
    resolve = local_to_utc(zone)
    midnights: dict[tuple[str | Any, ...], datetime | None] = {}

    def read(match: re.Match[str]) -> datetime:
        key = match.group(*day)
        if key not in midnights:
            parts = {**dict.fromkeys(names), **{name: match[name] for name in names if name in "Yymd"}}
            start = _from_parts(parts, resolve)
            end = _from_parts({**parts, "H": "23", "M": "59", "S": "59"}, resolve)
            midnights[key] = start if end - start == timedelta(hours=23, minutes=59, seconds=59) else None
        midnight = midnights[key]
        if midnight is None:
            return _from_parts(match.groupdict(), resolve)
        return midnight + timedelta(0, sum(int(match[index]) * unit for index, unit in clock))

    return read


def _offset(text: str) -> timedelta:
    if text == "Z":
        return timedelta(0)
    size = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return -size if text[0] == "-" else size


def _from_iso(cell: Any, resolve: Callable[[datetime], datetime]) -> datetime:
    if isinstance(cell, int | float):
        raise Unreadable("is a bare number; name a format such as epoch")
    text = text_of(cell) or ""
    if match := _YEAR_FIRST.fullmatch(text):
        return _from_parts(match.groupdict(), resolve)
    try:
        if not re.match(r"\d{4}-?\d{2}-?\d{2}(?:[T ]|$)", text):
            raise Unreadable("is not year, month, day, time; name its format")
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable("is not year, month, day, time; name its format") from error
    return found.astimezone(UTC) if found.tzinfo else resolve(found)


def _from_epoch(cell: Any, scale: int) -> datetime:
    text = text_of(cell) or ""
    if isinstance(cell, bool) or not re.fullmatch(r"-?\d{1,15}(?:\.\d+)?", text):
        raise Unreadable("is not a number of seconds since 1970")
    return _EPOCH + timedelta(microseconds=int(Decimal(text) * (1_000_000 // scale)))
