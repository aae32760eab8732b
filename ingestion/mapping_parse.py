"""From a YAML document to a checked mapping; every mistake is one line that names file, key and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.canonical import CANONICAL
from ingestion.mapping_columns import Column, parse_alternatives, parse_span, parse_zone
from ingestion.mapping_conditions import parse_condition, parse_regex
from ingestion.mapping_model import Exclusion, FileMapping, StreamMapping, glob_pattern
from ingestion.mapping_yaml import Place

FORMATS = ("csv", "json", "jsonl", "parquet", "excel")
MODES = ("changes", "events", "snapshot")
ENCODINGS = (
    "utf-8",
    "utf-16",
    "gb18030",
    "gbk",
    "gb2312",
    "big5",
    "cp950",
    "big5hkscs",
    "ascii",
    "latin-1",
    "cp1252",
    "shift_jis",
)
DELIMITERS = (",", ";", "\t", "|")
_KEYS = (
    "name", "files", "format", "encoding", "delimiter", "header", "columns", "skip", "optional", "sheet", "records",
    "timezone", "covers", "cadence", "mode", "marker", "exclude", "streams",
)  # fmt: skip
_COVERS_GROUPS = ({"day"}, {"month"}, {"since", "until"})


def parse_mapping(document: Any, place: Place, site_zone: ZoneInfo, sha256: str) -> FileMapping:
    """The mapping that a YAML document describes; `MappingError` names file, key and what to do."""
    top = place.section(document, _KEYS)
    for key in ("name", "files", "streams"):
        if key not in top:
            raise place.error(f"{key} is missing", f"add {key}:")
    name = place.under("name").text(top["name"])
    if not re.fullmatch(r"[a-z0-9_]{1,60}", name):
        raise place.under("name").error(f"{name!r} is no name", "use a-z, 0-9 and _, at most 60")
    zone = parse_zone(top["timezone"], place.under("timezone")) if "timezone" in top else site_zone
    mapping = FileMapping(
        name=name,
        files=_files(top["files"], place.under("files")),
        streams=_streams(top["streams"], place.under("streams"), zone),
        zone=zone,
        sha256=sha256,
        format=_one_of("format", FORMATS, top, place),
        encoding=_one_of("encoding", ENCODINGS, top, place, lower=True),
        delimiter=_one_of("delimiter", DELIMITERS, top, place),
        header=place.under("header").flag(top.get("header", True)),
        columns=place.under("columns").texts(top["columns"]) if "columns" in top else (),
        skip=_count(top.get("skip", 0), place.under("skip")),
        optional=place.under("optional").texts(top["optional"]) if "optional" in top else (),
        sheet=place.under("sheet").text(top["sheet"]) if "sheet" in top else None,
        records=place.under("records").text(top["records"]) if "records" in top else "",
        covers=_covers(top["covers"], place.under("covers")) if "covers" in top else None,
        cadence=parse_span(top["cadence"], place.under("cadence")) if "cadence" in top else None,
        mode=_one_of("mode", MODES, top, place) or "changes",
        marker=place.under("marker").flag(top.get("marker", False)),
        exclude=_exclusions(top.get("exclude", []), place.under("exclude")),
    )
    _check_whole(mapping, place)
    return mapping


def _check_whole(mapping: FileMapping, place: Place) -> None:
    if mapping.header == bool(mapping.columns):
        raise place.under("columns").error("columns: and header: false go together", "give both, or neither")
    if len(set(mapping.columns)) != len(mapping.columns):
        raise place.under("columns").error("a name stands twice", "name each column once")
    if mapping.columns and (unknown := mapping.columns_read() - set(mapping.columns)):
        raise place.under("columns").error(
            f"{', '.join(sorted(unknown))} is used but not listed", "list every column of the file"
        )
    if mapping.cadence is not None and (mapping.covers is None or mapping.cadence <= timedelta(0)):
        raise place.under("cadence").error("needs covers and a length", "add covers:, or leave cadence out")


def _streams(value: Any, place: Place, zone: ZoneInfo) -> dict[str, StreamMapping]:
    section = place.section(value, tuple(CANONICAL))
    if not section:
        raise place.error("feeds nothing", f"name at least one of {', '.join(CANONICAL)}")
    return {name: _stream(name, part, place.under(name), zone) for name, part in section.items()}


def _stream(name: str, value: Any, place: Place, zone: ZoneInfo) -> StreamMapping:
    part = place.section(value, ("when", "columns"))
    fields = {field.name: field for field in CANONICAL[name].fields}
    inside = place.under("columns")
    specs = inside.section(part.get("columns"), tuple(fields))
    for key in CANONICAL[name].key:
        if key not in specs:
            raise inside.error(f"{key} is missing", f"{name} cannot be told apart without {key}")
    columns = {key: parse_alternatives(spec, inside.under(key), fields[key], zone) for key, spec in specs.items()}
    when = parse_condition(part["when"], place.under("when")) if "when" in part else None
    return StreamMapping(_in_order(columns, inside, {field.name for field in fields.values() if field.type == "timestamp"}), when)


def _in_order(columns: Mapping[str, tuple[Column, ...]], place: Place, times: set[str]) -> dict[str, tuple[Column, ...]]:
    """The columns so that each stands behind the ones its `not_before` names."""
    ordered: dict[str, tuple[Column, ...]] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise place.under(name).error("not_before goes in a circle", "let one of them stand alone")
        for before in (spec.not_before for spec in columns[name] if isinstance(spec.not_before, str)):
            if before not in columns or before not in times:
                raise place.under(name).error(f"not_before: {before} is no time of this stream", "name a mapped time column")
            add(before, (*above, name))
        ordered.setdefault(name, columns[name])

    for name in columns:
        add(name, ())
    return ordered


def _exclusions(value: Any, place: Place) -> tuple[Exclusion, ...]:
    if not isinstance(value, list):
        raise place.error("is not a list", "write - when: {...} and reason: text")
    found = []
    for number, item in enumerate(value, 1):
        inside = place.under(number)
        part = inside.section(item, ("when", "reason"))
        if "when" not in part or "reason" not in part:
            raise inside.error("needs when and reason", "say which records, and why they are left out")
        reason = inside.under("reason").text(part["reason"])
        found.append(Exclusion(parse_condition(part["when"], inside.under("when")), reason))
    return tuple(found)


def _covers(value: Any, place: Place) -> re.Pattern[str]:
    pattern = parse_regex(value, place)
    if set(pattern.groupindex) not in _COVERS_GROUPS:
        raise place.error(
            "does not say which days", "name a group (?P<day>...), (?P<month>...), or (?P<since>...) and (?P<until>...)"
        )
    return pattern


def _files(value: Any, place: Place) -> str:
    text = place.text(value)
    if text.startswith("/") or "\\" in text or ".." in text.split("/"):
        raise place.error(f"{text!r} leaves the inbox", "write a pattern relative to the inbox, such as hotline_*.csv")
    try:
        glob_pattern(text)
    except re.error as error:
        raise place.error(f"{text!r} is no pattern: {error}", "mend it") from error
    return text


def _one_of(key: str, known: tuple[str, ...], top: Mapping[str, Any], place: Place, lower: bool = False) -> str | None:
    if key not in top:
        return None
    value = place.under(key).text(top[key])
    value = value.lower() if lower else value
    if value not in known:
        raise place.under(key).error(f"{value!r} is not known", f"known: {', '.join(repr(item) for item in known)}")
    return value


def _count(value: Any, place: Place) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1000:
        raise place.error(f"{value!r} is no number of lines", "write a number from 0 to 1000")
    return int(value)
