"""One column of a mapping: where its value comes from and what is done to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingestion.cells import text_of
from ingestion.mapping_conditions import Condition, parse_condition
from ingestion.mapping_times import NAMED_FORMATS, time_parser
from ingestion.mapping_yaml import Place
from ingestion.source import Field

Scalar = str | int | float | bool | None
Kind = Literal["text", "time", "seconds", "other"]
AT_MOST = timedelta(hours=12)
_KEYS = ("from", "join", "with", "const", "map", "default", "format", "prefix", "zone", "not_before", "at_most", "skew", "when")
_TIME_KEYS = ("zone", "not_before", "at_most", "skew")
_SPAN = re.compile(r"(\d+)\s*(s|m|h|d)?")
_UNITS = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Column:
    """How one value of a canonical column is made: taken from columns or a constant, then mapped, read, prefixed.

    `not_before` is another canonical column of the stream, or a time of its own, that this time does not precede.
    """

    sources: tuple[str, ...] = ()
    separator: str = " "
    const: Scalar = None
    values: Mapping[str, Scalar] | None = None
    default: Scalar = None
    format: str = ""
    prefix: str = ""
    zone: ZoneInfo | None = None
    not_before: str | Column | None = None
    at_most: timedelta = AT_MOST
    skew: timedelta = timedelta(0)
    when: Condition | None = None

    def columns(self) -> Iterator[str]:
        """The file's columns it reads."""
        yield from self.sources
        if self.when is not None:
            yield from self.when.columns()
        if isinstance(self.not_before, Column):
            yield from self.not_before.columns()


def kind_of(field: Field) -> Kind:
    """What a canonical field wants of a mapping."""
    if field.type == "timestamp":
        return "time"
    if field.type == "seconds":
        return "seconds"
    return "text" if field.type == "text" else "other"


def parse_alternatives(value: Any, place: Place, field: Field, zone: ZoneInfo) -> tuple[Column, ...]:
    """The specs of one canonical column: one, or a list of which the first with a value counts."""
    specs = value if isinstance(value, list) else [value]
    if not specs:
        raise place.error("is an empty list", "write {from: column}")
    return tuple(
        parse_column(spec, place if len(specs) == 1 else place.under(number), field, zone) for number, spec in enumerate(specs, 1)
    )


def parse_column(value: Any, place: Place, field: Field, zone: ZoneInfo) -> Column:
    """One spec, for a canonical field; naive times are of `zone` unless the spec names one."""
    if not isinstance(value, dict):
        raise place.error("is no column", "write {from: column}, {join: [a, b]} or {const: value}")
    spec = place.section(value, _KEYS)
    if sum(key in spec for key in ("from", "join", "const")) != 1:
        raise place.error("needs exactly one of from, join, const", "keep one of them")
    column = Column(
        sources=_sources(spec, place),
        separator=_separator(spec, place),
        const=place.under("const").scalar(spec.get("const")),
        values=_values(spec["map"], place.under("map")) if "map" in spec else None,
        default=place.under("default").scalar(spec.get("default")),
        prefix=place.under("prefix").text(spec["prefix"]) if "prefix" in spec else "",
        when=parse_condition(spec["when"], place.under("when")) if "when" in spec else None,
    )
    if column.prefix and kind_of(field) != "text":
        raise place.under("prefix").error(f"{field.name} is not a text", "leave prefix out")
    return _with_time(column, spec, place, field, zone)


def _with_time(column: Column, spec: Mapping[str, Any], place: Place, field: Field, zone: ZoneInfo) -> Column:
    kind = kind_of(field)
    if kind != "time":
        for key in _TIME_KEYS:
            if key in spec:
                raise place.under(key).error(f"{field.name} is not a time", f"leave {key} out")
    column = replace(
        column,
        format=_format(spec, place.under("format"), kind),
        zone=parse_zone(spec["zone"], place.under("zone")) if "zone" in spec else zone,
        at_most=parse_span(spec["at_most"], place.under("at_most")) if "at_most" in spec else AT_MOST,
        skew=parse_span(spec["skew"], place.under("skew")) if "skew" in spec else timedelta(0),
    )
    if "not_before" not in spec:
        if "at_most" in spec or "skew" in spec:
            raise place.error("at_most and skew say nothing without not_before", "add not_before: or leave them out")
        return column
    before = spec["not_before"]
    if isinstance(before, dict):
        return replace(column, not_before=parse_column(before, place.under("not_before"), field, column.zone or zone))
    return replace(column, not_before=place.under("not_before").text(before))


def _sources(spec: Mapping[str, Any], place: Place) -> tuple[str, ...]:
    if "from" in spec:
        return (place.under("from").text(spec["from"]),)
    return place.under("join").texts(spec["join"]) if "join" in spec else ()


def _separator(spec: Mapping[str, Any], place: Place) -> str:
    if "with" not in spec:
        return " "
    if "join" not in spec:
        raise place.under("with").error("says nothing without join", "leave it out")
    if not isinstance(spec["with"], str):
        raise place.under("with").error(f"{spec['with']!r} is not a text", 'write it in quotes, such as "-"')
    return spec["with"]


def _values(value: Any, place: Place) -> dict[str, Scalar]:
    if not isinstance(value, dict) or not value:
        raise place.error("is no map", "write {value in the file: value here}")
    texts = {text_of(key): place.under(key).scalar(target) for key, target in value.items()}
    if None in texts:
        raise place.error("maps from nothing", "for empty cells write default:")
    return {key: target for key, target in texts.items() if key is not None}


def _format(spec: Mapping[str, Any], place: Place, kind: Kind) -> str:
    if "format" not in spec:
        return ""
    format_ = place.text(spec["format"])
    if (kind == "seconds") != (format_ == "duration") or kind not in ("time", "seconds"):
        known = {"time": "a strptime format, iso, epoch, epoch_ms", "seconds": "duration"}.get(kind, "none")
        raise place.error(f"{format_!r} does not fit this column", f"formats here: {known}")
    if format_ not in NAMED_FORMATS:
        try:
            time_parser(format_, ZoneInfo("UTC"))
        except ValueError as error:
            raise place.error(f"{format_!r}: {error}", "mend the format") from error
    return format_


def parse_zone(value: Any, place: Place) -> ZoneInfo:
    """An IANA time zone."""
    try:
        return ZoneInfo(place.text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise place.error(f"{value!r} is no IANA time zone", "write one such as Asia/Shanghai") from error


def parse_span(value: Any, place: Place) -> timedelta:
    """A stretch of time such as 90, 2s, 15m, 12h, 1d."""
    if not isinstance(value, bool) and (match := _SPAN.fullmatch(str(value))) and len(match[1]) <= 9:
        return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    raise place.error(f"{value!r} is no stretch of time", "write one such as 30s, 15m, 12h, 1d")
