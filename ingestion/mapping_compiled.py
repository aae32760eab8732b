"""A stream's mapping as one function from a record to its row."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.cells import text_of
from ingestion.mapping_columns import Column, Kind, kind_of
from ingestion.mapping_model import FileMapping
from ingestion.mapping_times import ParseTime, Unreadable, duration_of, time_parser
from ingestion.source import Field, Outside, Refused, Rows, dig

Record = Mapping[str, Any]
Row = dict[str, Any]
Make = Callable[[Record, Row], Any]
Parsers = dict[tuple[str, ZoneInfo], ParseTime]  # one per format and zone, so that each remembers what it has read
NOT_FOR_STREAM = Outside("not for this stream")
NO_LONGER_FED = Outside("the mapping no longer feeds this stream")


def compile_stream(mapping: FileMapping, stream: str, fields: tuple[Field, ...]) -> Callable[[Record], Rows]:
    """A function of a record: its row, `Outside` when it was excluded or is not for this stream, `Refused` when a cell does not
    say what its format promises."""
    if stream not in mapping.streams:
        return lambda record: NO_LONGER_FED
    part = mapping.streams[stream]
    excluded = [(item.when.compiled(get_cell), Outside(item.reason)) for item in mapping.exclude]
    wanted = part.when.compiled(get_cell) if part.when else None
    kinds = {field.name: kind_of(field) for field in fields}
    parsers: Parsers = {}
    makers = [(name, _first_of([_maker(spec, kinds[name], parsers) for spec in specs])) for name, specs in part.columns.items()]
    empty: Row = {field.name: None for field in fields}

    def rows(record: Record) -> Rows:
        for holds, outside in excluded:
            if holds(record):
                return outside
        if wanted is not None and not wanted(record):
            return NOT_FOR_STREAM
        row = empty.copy()
        problems: list[str] = []
        for name, make in makers:
            try:
                row[name] = make(record, row)
            except Unreadable as error:
                problems.append(f"{name} {error}")
        return Refused(tuple(problems)) if problems else [row]

    return rows


def get_cell(record: Record, name: str) -> Any:
    """A record's cell by column name; a dotted name also reaches into nested objects."""
    if name in record:
        return record[name]
    return dig(record, name) if "." in name else None


def _first_of(makers: list[Make]) -> Make:
    if len(makers) == 1:
        return makers[0]

    def make(record: Record, row: Row) -> Any:
        for maker in makers:
            if (value := maker(record, row)) is not None:
                return value
        return None

    return make


def _maker(spec: Column, kind: Kind, parsers: Parsers) -> Make:
    make = _read_as(spec, kind, _raw(spec), parsers)
    if spec.when is None:
        return make
    holds = spec.when.compiled(get_cell)
    return lambda record, row: make(record, row) if holds(record) else None


def _raw(spec: Column) -> Callable[[Record], Any]:
    """The cell (None when empty), joined, mapped, with its default; not yet read as a time, number or text."""
    if not spec.sources:
        const = spec.const
        return lambda record: const
    fetch = _joined(spec) if len(spec.sources) > 1 else _single(spec.sources[0])
    if spec.values is None and spec.default is None:
        return fetch
    values, default = spec.values or {}, spec.default

    def read(record: Record) -> Any:
        cell = fetch(record)
        if cell is not None and values:
            cell = values.get(text_of(cell) or "", cell)
        return default if cell is None else cell

    return read


def _single(name: str) -> Callable[[Record], Any]:
    def fetch(record: Record) -> Any:
        cell = record[name] if name in record else get_cell(record, name)
        if isinstance(cell, str):
            return cell.strip() or None
        return None if isinstance(cell, float) and math.isnan(cell) else cell

    return fetch


def _joined(spec: Column) -> Callable[[Record], Any]:
    names, separator = spec.sources, spec.separator

    def fetch(record: Record) -> Any:
        texts = []
        for name in names:
            cell = record[name] if name in record else get_cell(record, name)
            text = cell.strip() if type(cell) is str else text_of(cell)
            if not text:
                return None
            texts.append(text)
        return separator.join(texts)

    return fetch


def _read_as(spec: Column, kind: Kind, raw: Callable[[Record], Any], parsers: Parsers) -> Make:
    if kind == "time":
        return _time(spec, raw, parsers)
    if kind == "seconds":
        return _seconds(spec, raw)
    if kind == "other":
        return lambda record, row: raw(record)
    prefix = spec.prefix
    if not spec.sources:
        text = text_of(spec.const)
        constant = None if text is None else prefix + text
        return lambda record, row: constant

    def read(record: Record, row: Row) -> Any:
        value = raw(record)
        if value is None:
            return None
        if type(value) is not str and (value := text_of(value)) is None:
            return None
        return prefix + value

    return read


def _seconds(spec: Column, raw: Callable[[Record], Any]) -> Make:
    is_duration = spec.format == "duration"

    def seconds(record: Record, row: Row) -> Any:
        cell = raw(record)
        if cell is None or (isinstance(cell, str | int | float) and not is_duration):
            return cell
        return duration_of(cell)

    return seconds


def _time(spec: Column, raw: Callable[[Record], Any], parsers: Parsers) -> Make:
    assert spec.zone is not None
    parse = parsers.setdefault((spec.format, spec.zone), time_parser(spec.format, spec.zone))
    before = _predecessor(spec, parsers)
    zone, at_most, skew = spec.zone, spec.at_most, spec.skew

    def moment(record: Record, row: Row) -> Any:
        cell = raw(record)
        if cell is None:
            return None
        found = parse(cell)
        earliest = before(record, row) if before else None
        if earliest is None or found >= earliest:
            return found
        return _after(found, earliest, zone, at_most, skew)

    return moment


def _predecessor(spec: Column, parsers: Parsers) -> Make | None:
    if isinstance(spec.not_before, Column):
        return _maker(spec.not_before, "time", parsers)
    if spec.not_before is None:
        return None
    name = spec.not_before
    return lambda record, row: row[name]


def _after(found: datetime, earliest: datetime, zone: ZoneInfo, at_most: timedelta, skew: timedelta) -> datetime:
    """`found`, which precedes `earliest`, put right where that is plausible: two clocks that differ by at most `skew`, the second
    of two equal local times, or the next day; else as it is, for the gate to refuse."""
    if earliest - found <= skew:
        return earliest
    local = found.astimezone(zone).replace(tzinfo=None)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if earliest <= second <= earliest + at_most:
        return second
    rolled = (local + timedelta(days=1)).replace(tzinfo=zone).astimezone(UTC)
    return rolled if earliest <= rolled <= earliest + at_most else found
