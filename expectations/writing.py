"""What the gate writes: accepted and quarantine files as Parquet, the validation result as JSON without any value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from deskmart.lake import private_folder, sync_file, sync_folder, unfinished
from deskmart.settings import Settings
from expectations.held import IN_MEMORY
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
    parts: np.ndarray[Any, np.dtype[np.int32]],
    landed: Landed,
    stream: Stream,
    attempt: Attempt,
    at: datetime,
    settings: Settings,
) -> pa.Table:
    """The rows as they leave the gate: tokens for identifiers, features for texts, then each row's address."""
    columns = [column for item in stream.fields for column in _behind_the_gate(item, table[item.name], settings)]
    rows = len(owners)
    address = [
        pa.repeat(attempt.batch.source, rows),
        pa.repeat(attempt.batch.id, rows),
        pa.repeat(attempt.name, rows),
        pa.array(np.array(landed.pages, dtype=np.int32)[owners]),
        pa.array(np.array(landed.positions, dtype=np.int32)[owners]),
        pa.array(parts, pa.int32()),
        pa.array([landed.sha256(record) for record in owners.tolist()], pa.string()),
        pa.array([datetime.fromisoformat(attempt.manifest["landed_at"])] * rows, pa.timestamp("us", tz="UTC")),
        pa.array([at] * rows, pa.timestamp("us", tz="UTC")),
    ]
    return pa.table([*columns, *address], schema=accepted_schema(stream))


class Moments:
    """When the records in an accepted file were first admitted.

    What was known at a moment stays known by then, though rules that changed made somebody judge it anew.
    """

    def __init__(self, path: Path) -> None:
        """Of no records when there is no file at `path`."""
        columns = ["_page", "_position", "_admitted_at"]
        before = pq.read_table(path, columns=columns) if path.is_file() else None
        self._places = np.zeros(0, dtype=np.int64) if before is None else places_of(before)
        order = np.argsort(self._places, kind="stable")
        self._places = self._places[order]
        if before is not None:
            self._moments = before["_admitted_at"].cast(pa.int64()).to_numpy()[order]

    def keep(self, accepted: pa.Table) -> pa.Table:
        """The rows with the moments that are known of their records."""
        if not len(self._places):
            return accepted
        places = places_of(accepted)
        at = np.searchsorted(self._places, places, side="right") - 1
        is_known = (at >= 0) & (self._places[at] == places)
        moments = np.where(is_known, self._moments[at], accepted["_admitted_at"].cast(pa.int64()).to_numpy())
        column, kind = accepted.column_names.index("_admitted_at"), accepted.schema.field("_admitted_at")
        return accepted.set_column(column, kind, pa.array(moments, pa.int64()).cast(kind.type))


def places_of(table: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Page and position of each row as one number."""
    pages, positions = (table[name].to_numpy().astype(np.int64) for name in ("_page", "_position"))
    found: np.ndarray[Any, np.dtype[np.int64]] = pages << 32 | positions
    return found


def _behind_the_gate(item: Field, column: pa.ChunkedArray, settings: Settings) -> list[pa.Array]:
    values = column.combine_chunks()
    if item.mark is Mark.IDENTIFIER:
        return [tokens_of(item.kind or item.name, values, settings)]
    if item.mark is Mark.TEXT:
        return feature_columns(values)
    if pa.types.is_string(values.type) and (changed := without_suppressed(values, settings)) is not None:
        return [changed]  # an open field may name somebody by token: an adjustment of an order
    return [values]


def quarantine_tables(
    reasons: Mapping[int, Sequence[str]],
    codes: frozenset[str],
    landed: Landed,
    rules_version: str,
    first_seen: Mapping[str, datetime],
    at: datetime,
) -> Iterator[pa.Table]:
    """The refused records in order, with their bytes and every reason, some at a time. `first_seen` knows hashes refused before."""
    rows: list[dict[str, Any]] = []
    held = 0
    for record in sorted(reasons):
        payload, sha256 = landed.payloads[record], landed.sha256(record)
        rows.append(
            {
                "payload": payload,
                "reasons": list(reasons[record]),
                "rules": [reason for reason in reasons[record] if reason in codes],
                "rules_version": rules_version,
                "page": landed.pages[record],
                "position": landed.positions[record],
                "record_sha256": sha256,
                "first_seen": first_seen.get(sha256, at),
                "quarantined_at": at,
            }
        )
        held += len(payload)
        if held > IN_MEMORY:
            yield pa.Table.from_pylist(rows, schema=QUARANTINE_SCHEMA)
            rows, held = [], 0
    yield pa.Table.from_pylist(rows, schema=QUARANTINE_SCHEMA)


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
    with parquet_file(path, table.schema) as write:
        write(table)


@contextmanager
def parquet_file(path: Path, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    """A file that is there, durable, when the block ends without an error, and else as it was before. Tables are added to it."""
    private_folder(path.parent)
    temporary = unfinished(path)
    try:
        with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
            yield lambda table: writer.write_table(table) if table.num_rows else None
        sync_file(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
