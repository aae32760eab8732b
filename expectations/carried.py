"""What an attempt is judged anew with where its landing holds tombstones: the rows and refusals that were made of them before.

An erased record cannot be judged again, but no past number may move: so what the gate said of it stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from deskmart.lake import Lake
from expectations.reading import Landed
from ingestion.landing import Attempt
from ingestion.schema import accepted_schema
from ingestion.source import Stream


@dataclass(frozen=True, slots=True)
class Carried:
    """Accepted rows, markers and quarantine rows of erased records, and the numbers of those that have neither."""

    accepted: pa.Table | None = None
    markers: pa.Table | None = None
    quarantined: pa.Table | None = None
    records: int = 0  # that the accepted rows belong to
    refused: int = 0
    outside: tuple[int, ...] = ()


NOTHING = Carried()


def carried_over(attempt: Attempt, landed: Landed, stream: Stream, lake: Lake) -> Carried:
    """What was made of the attempt's erased records at its last admission, in the schemas of today."""
    if not landed.erased:
        return NOTHING
    gone = {(landed.pages[number], landed.positions[number]): number for number in sorted(landed.erased)}
    accepted = _rows_at(lake.accepted(attempt.batch, attempt.name), gone, "_page", "_position")
    refused = _rows_at(lake.quarantine(attempt.batch, attempt.name), gone, "page", "position")
    in_accepted = _places(accepted, "_page", "_position") if accepted is not None else set()
    in_refused = _places(refused, "page", "position") if refused is not None else set()
    return Carried(
        accepted=None if accepted is None else _conformed(accepted, accepted_schema(stream)),
        markers=_rows_at(lake.markers(attempt.batch, attempt.name), gone, "_page", "_position"),
        quarantined=refused,
        records=len(in_accepted),
        refused=len(in_refused),
        outside=tuple(number for place, number in gone.items() if place not in in_accepted | in_refused),
    )


def at_places(
    table: pa.Table, places: Iterable[tuple[int, int]], page: str, position: str
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows have one of these addresses."""
    wanted = np.array([a << 32 | b for a, b in places], dtype=np.int64)
    pages, positions = (table[name].to_numpy().astype(np.int64) for name in (page, position))
    return np.isin(pages << 32 | positions, wanted)


def _rows_at(path: Any, places: Iterable[tuple[int, int]], page: str, position: str) -> pa.Table | None:
    if not path.is_file():
        return None
    table = pq.read_table(path)
    return table.filter(pa.array(at_places(table, places, page, position)))


def _places(table: pa.Table, page: str, position: str) -> set[tuple[int, int]]:
    return set(zip(table[page].to_pylist(), table[position].to_pylist(), strict=True))


def _conformed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        table[item.name].cast(item.type) if item.name in table.column_names else pa.nulls(table.num_rows, item.type)
        for item in schema
    ]
    return pa.table(columns, schema=schema)
