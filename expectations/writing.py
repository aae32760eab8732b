"""What the gate writes: accepted and quarantine files as Parquet, the validation result as JSON without any value."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from deskmart.lake import private_folder, sync_file, sync_folder
from deskmart.settings import Settings
from expectations.reading import Landed
from expectations.screening import feature_columns
from expectations.suppression import without_suppressed
from expectations.tokens import tokens_of
from ingestion.landing import Attempt
from ingestion.schema import accepted_schema
from ingestion.source import Field, Mark, Stream

QUARANTINE_SCHEMA = pa.schema(
    [
        ("payload", pa.binary()),
        ("reasons", pa.list_(pa.string())),  # rules' codes, and the reasons of conforming and reading
        ("rules", pa.list_(pa.string())),  # those of the reasons that are rules of the suite
        ("rules_version", pa.string()),
        ("page", pa.int32()),
        ("position", pa.int32()),
        ("record_sha256", pa.string()),
        ("first_seen", pa.timestamp("us", tz="UTC")),
        ("quarantined_at", pa.timestamp("us", tz="UTC")),
    ]
)


def accepted_table(
    table: pa.Table,
    owners: np.ndarray[Any, np.dtype[np.int64]],
    parts: np.ndarray[Any, np.dtype[np.int64]],
    landed: Landed,
    stream: Stream,
    attempt: Attempt,
    at: datetime,
    settings: Settings,
) -> pa.Table:
    """The rows as they leave the gate: tokens for identifiers, features for texts, then each row's address."""
    columns = [column for item in stream.fields for column in _behind_the_gate(item, table[item.name], settings)]
    hashes = {record: landed.sha256(record) for record in dict.fromkeys(owners.tolist())}
    rows = len(owners)
    address = [
        pa.repeat(attempt.batch.source, rows),
        pa.repeat(attempt.batch.id, rows),
        pa.repeat(attempt.name, rows),
        pa.array(np.array(landed.pages, dtype=np.int32)[owners]),
        pa.array(np.array(landed.positions, dtype=np.int32)[owners]),
        pa.array(parts, pa.int32()),
        pa.array([hashes[record] for record in owners.tolist()], pa.string()),
        pa.array([datetime.fromisoformat(attempt.manifest["landed_at"])] * rows, pa.timestamp("us", tz="UTC")),
        pa.array([at] * rows, pa.timestamp("us", tz="UTC")),
    ]
    return pa.table([*columns, *address], schema=accepted_schema(stream))


def keep_moments(accepted: pa.Table, path: Path) -> pa.Table:
    """The rows with the moment at which their record was first admitted, where the accepted file at `path` has it already.

    What was known at a moment stays known by then, though rules that changed made somebody judge it anew.
    """
    if not path.is_file():
        return accepted
    before = pq.read_table(path, columns=["_page", "_position", "_admitted_at"])
    known = dict(zip(_places(before), before["_admitted_at"].cast(pa.int64()).to_pylist(), strict=True))
    now = accepted["_admitted_at"].cast(pa.int64()).to_pylist()
    moments = [known.get(place, moment) for place, moment in zip(_places(accepted), now, strict=True)]
    column = accepted.column_names.index("_admitted_at")
    kind = accepted.schema.field("_admitted_at")
    return accepted.set_column(column, kind, pa.array(moments, pa.int64()).cast(kind.type))


def _places(table: pa.Table) -> list[tuple[int, int]]:
    return list(zip(table["_page"].to_pylist(), table["_position"].to_pylist(), strict=True))


def _behind_the_gate(item: Field, column: pa.ChunkedArray, settings: Settings) -> list[pa.Array]:
    values = column.combine_chunks()
    if item.mark is Mark.IDENTIFIER:
        return [tokens_of(item.kind or item.name, values, settings)]
    if item.mark is Mark.TEXT:
        return feature_columns(values)
    if pa.types.is_string(values.type) and (changed := without_suppressed(values, settings)) is not None:
        return [changed]  # an open field may name somebody by token: an adjustment of an order
    return [values]


def quarantine_table(
    reasons: Mapping[int, Sequence[str]],
    codes: frozenset[str],
    landed: Landed,
    rules_version: str,
    first_seen: Mapping[str, datetime],
    at: datetime,
) -> pa.Table:
    """The refused records in order, with their bytes and every reason. `first_seen` knows hashes that were refused before."""
    rows = [
        {
            "payload": landed.payloads[record],
            "reasons": list(reasons[record]),
            "rules": [reason for reason in reasons[record] if reason in codes],
            "rules_version": rules_version,
            "page": landed.pages[record],
            "position": landed.positions[record],
            "record_sha256": (sha256 := landed.sha256(record)),
            "first_seen": first_seen.get(sha256, at),
            "quarantined_at": at,
        }
        for record in sorted(reasons)
    ]
    return pa.Table.from_pylist(rows, schema=QUARANTINE_SCHEMA)


def first_seen_in(folder: Path) -> dict[str, datetime]:
    """When each record now in a batch's quarantine files was first refused, by its hash."""
    found: dict[str, datetime] = {}
    for path in sorted(folder.glob("[!.]*.parquet")):
        columns = pq.read_table(path, columns=["record_sha256", "first_seen"]).to_pydict()
        for sha256, moment in zip(columns["record_sha256"], columns["first_seen"], strict=True):
            found[sha256] = min(found.get(sha256, moment), moment)
    return found


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a file whole or not at all, readable by its owner only, durable when it returns."""
    private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        pq.write_table(table, temporary, compression="zstd")
        sync_file(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
