"""Raw canonical rows as the gate would pass them on: identifiers as tokens, text as its features.

Only for tests that feed the oracle without a warehouse; the tokens are legible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from deskmart.settings import Settings
from expectations.screening import features_of
from expectations.screening_files import markers_table
from expectations.screening_schema import MARKERS
from ingestion.canonical import CANONICAL
from ingestion.registry import source_named
from ingestion.schema import accepted_schema
from ingestion.source import Field, Mark, Stream

EXTRA = ("source_system", "is_suspect")


def behind_the_gate(
    raw: Mapping[str, Sequence[Mapping[str, Any]]], source_system: str = "file_drop"
) -> dict[str, list[dict[str, Any]]]:
    """Every row with all columns of its stream; a column the raw row lacks is null. Raises KeyError for an unknown column."""
    found = {stream: [_row(stream, row, source_system) for row in rows] for stream, rows in raw.items()}
    return found | {"markers": list(_markers(raw, source_system))}


def _row(stream: str, raw: Mapping[str, Any], source_system: str) -> dict[str, Any]:
    fields = {field.name: field for field in CANONICAL[stream].fields}
    if unknown := set(raw) - set(fields) - set(EXTRA):
        raise KeyError(f"{stream} has no {', '.join(sorted(unknown))}")
    row: dict[str, Any] = {"source_system": source_system}
    if stream == "contact_legs":
        row["is_suspect"] = bool(raw.get("is_suspect", False))
    for field in fields.values():
        row |= _columns(field, raw.get(field.name))
    return row | {name: raw[name] for name in EXTRA if name in raw}


def _columns(field: Field, value: Any) -> dict[str, Any]:
    if field.mark is Mark.IDENTIFIER:
        return {f"{field.name}_token": None if value is None else f"{field.kind}:k1:{value}"}
    if field.mark is Mark.TEXT:
        features = None if value is None else features_of(value)
        return {
            f"{field.name}_length": features and features.length,
            f"{field.name}_language": features and features.language,
            f"{field.name}_is_closing_only": features and features.is_closing_only,
        }
    return {field.name: value}


def markers_of(stream: Stream, rows: Sequence[Mapping[str, Any]], accepted: pa.Table, site_timezone: str = "UTC") -> pa.Table:
    """What screening finds in raw rows of file drop, with the addresses of the same rows as they were accepted."""
    if stream.texts is None or not rows:
        return MARKERS.empty_table()
    settings = Settings(Path("quick"), token_key=b"quick", site_timezone=site_timezone)
    text = next(field.name for field in stream.fields if field.mark is Mark.TEXT)
    names = [stream.texts.id_field, text, *([stream.dated] if stream.dated else [])]
    columns = pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})
    return markers_table(stream, columns.set_column(1, text, columns[text].cast(pa.string())), accepted, settings)


def _markers(raw: Mapping[str, Sequence[Mapping[str, Any]]], source_system: str) -> Iterator[dict[str, Any]]:
    """The same without addresses: each raw row is its subject's only version."""
    for stream in source_named("file_drop").streams:
        rows, schema = raw.get(stream.name, ()), accepted_schema(stream)
        accepted = pa.table(
            [pa.nulls(len(rows), item.type) for item in schema], schema=pa.schema([i.with_nullable(True) for i in schema])
        )
        for row in markers_of(stream, rows, accepted).to_pylist():
            yield {name: value for name, value in row.items() if not name.startswith("_")} | {"source_system": source_system}
