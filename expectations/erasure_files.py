"""One attempt without an erased customer: tombstones in landing and quarantine, surrogates behind the gate."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.carried import at_places
from expectations.changes import Planned, pending_of, planned
from expectations.erasure_search import Positions
from expectations.suppression import is_surrogate, without_suppressed
from expectations.writing import write_parquet
from ingestion.landing import Attempt, raw_removed_at
from ingestion.landing_rewrite import erasing
from ingestion.registry import source_named
from ingestion.tombstones import TOMBSTONE, TOMBSTONE_SHA256

SNIPPET = "•"
Places = Collection[tuple[int, int]]


def plan_attempt(attempt: Attempt, positions: Positions, settings: Settings) -> list[Planned]:
    """Prepare the attempt's changed files: those behind the gate wherever a suppressed token stands in them, raw ones at the
    positions (page to positions)."""
    lake = Lake(settings.home)
    places = {(page, at) for page, found in positions.items() for at in found}
    plans: list[Planned] = []
    for path in (lake.accepted(attempt.batch, attempt.name), lake.markers(attempt.batch, attempt.name)):
        if path.is_file() and (table := _without_tokens(pq.read_table(path), places, settings)) is not None:
            plans.append(_planned_table(path, table))
    refused = lake.quarantine(attempt.batch, attempt.name)
    if refused.is_file() and (table := _without_payloads(pq.read_table(refused), places)) is not None:
        plans.append(_planned_table(refused, table))
    if places and not raw_removed_at(attempt):
        decoder = source_named(attempt.batch.source).stream(attempt.batch.stream).decoder(settings, attempt.manifest)
        rewrite = erasing(attempt, positions, decoder, lake)
        plans.append(planned(lake.landing(attempt.batch, attempt.name) / "manifest.json", rewrite.manifest))
        plans += [Planned(path, is_removed=True) for path in rewrite.leaving]
    return plans


def values_told(attempt: Attempt, positions: Positions, settings: Settings) -> set[str]:
    """Hashes of what the texts at these positions tell (a card's number, somebody's phone)."""
    path = Lake(settings.home).markers(attempt.batch, attempt.name)
    if not positions or not path.is_file():
        return set()
    table = pq.read_table(path, columns=["value_hash", "_page", "_position"])
    places = {(page, at) for page, found in positions.items() for at in found}
    told = table["value_hash"].filter(pa.array(at_places(table, places, "_page", "_position"))).to_pylist()
    return {value for value in told if value and not is_surrogate(value)}


def _without_tokens(table: pa.Table, places: Places, settings: Settings) -> pa.Table | None:
    """The rows with surrogates for suppressed tokens, and without what else could lead to the erased records' bytes."""
    changed = table
    for item in table.schema:
        if pa.types.is_string(item.type) and (values := without_suppressed(table[item.name], settings)) is not None:
            changed = _set(changed, item.name, values)
    gone = at_places(table, places, "_page", "_position") if places else np.zeros(table.num_rows, dtype=bool)
    for name, value in (("_record_sha256", TOMBSTONE_SHA256), ("snippet_masked", SNIPPET)):
        if name in table.column_names and gone.any():
            text = pc.if_else(pa.array(gone), pa.scalar(value, pa.string()), changed[name])
            changed = _set(changed, name, text)
    return None if changed.equals(table) else changed


def _without_payloads(table: pa.Table, places: Places) -> pa.Table | None:
    gone = at_places(table, places, "page", "position") if places else np.zeros(table.num_rows, dtype=bool)
    if not gone.any():
        return None
    mask = pa.array(gone)
    table = _set(table, "payload", pc.if_else(mask, pa.scalar(TOMBSTONE, pa.binary()), table["payload"]))
    return _set(table, "record_sha256", pc.if_else(mask, pa.scalar(TOMBSTONE_SHA256, pa.string()), table["record_sha256"]))


def _set(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(place), values)


def _planned_table(path: Path, table: pa.Table) -> Planned:
    write_parquet(pending_of(path), table)
    return Planned(path)
