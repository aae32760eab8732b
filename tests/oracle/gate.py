"""Raw canonical rows as the gate would pass them on: identifiers as tokens, text as its features.

Only for tests that feed the oracle without a warehouse; the tokens are legible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from expectations.screening import features_of
from ingestion.canonical import CANONICAL
from ingestion.source import Field, Mark

EXTRA = ("source_system", "is_suspect")


def behind_the_gate(
    raw: Mapping[str, Sequence[Mapping[str, Any]]], source_system: str = "file_drop"
) -> dict[str, list[dict[str, Any]]]:
    """Every row with all columns of its stream; a column the raw row lacks is null. Raises KeyError for an unknown column."""
    return {stream: [_row(stream, row, source_system) for row in rows] for stream, rows in raw.items()}


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
