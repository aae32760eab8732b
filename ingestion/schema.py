"""The schema of accepted files, derived from a stream's declaration."""

from __future__ import annotations

import pyarrow as pa

from ingestion.source import Field, FieldType, Mark, Stream

ARROW_TYPES: dict[FieldType, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "seconds": pa.decimal128(18, 6),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}

# The address of a row in the raw bytes. `_part` counts the rows made of one source record, from 0.
ADDRESS = pa.schema(
    [
        ("_source", pa.string()),
        ("_batch", pa.string()),
        ("_attempt", pa.string()),
        ("_page", pa.int32()),
        ("_position", pa.int32()),
        ("_part", pa.int32()),
        ("_record_sha256", pa.string()),
        ("_landed_at", pa.timestamp("us", tz="UTC")),
        ("_admitted_at", pa.timestamp("us", tz="UTC")),
    ]
)


def accepted_columns(field: Field) -> list[pa.Field]:
    """What becomes of one field behind the gate: itself, a token, or features of a text."""
    if field.mark is Mark.IDENTIFIER:
        return [pa.field(f"{field.name}_token", pa.string())]
    if field.mark is Mark.TEXT:
        return [
            pa.field(f"{field.name}_length", pa.int32()),
            pa.field(f"{field.name}_language", pa.string()),
            pa.field(f"{field.name}_is_closing_only", pa.bool_()),
        ]
    return [pa.field(field.name, ARROW_TYPES[field.type])]


def accepted_schema(stream: Stream) -> pa.Schema:
    """Columns of an accepted file of this stream: the fields behind the gate, then the address."""
    columns = [column for item in stream.fields for column in accepted_columns(item)]
    return pa.schema([*columns, *ADDRESS])
