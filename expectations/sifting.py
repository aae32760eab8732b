"""Sifting: which rows belong here, what they are once conformed, and which are copies of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from deskmart.batch import Batch
from expectations.conform import Column, conform
from expectations.reading import Landed
from expectations.reasons import OTHER_INTERVAL, missing
from ingestion.source import Stream


@dataclass(frozen=True, slots=True)
class Sifted:
    """The conformed rows of an attempt that lie in its interval, copies removed.

    `table` has one column per field; `owners` and `parts` say where each row comes from. `unfit` maps a row to its reasons
    by field. `outside` and `copies` name whole records by number; `unmapped` counts unknown codes by field.
    """

    table: pa.Table
    owners: np.ndarray[Any, np.dtype[np.int64]]
    parts: np.ndarray[Any, np.dtype[np.int64]]
    unfit: Mapping[int, Mapping[str, str]]
    outside: Mapping[int, str]
    copies: frozenset[int]
    unmapped: Mapping[str, int]


def sift(landed: Landed, stream: Stream, batch: Batch, region: str) -> Sifted:
    """Place the rows in time, conform them, remove copies.

    A record is outside when all its rows are; a row without a readable time is not outside. Of rows with equal key and
    version one stays: one whose record conforms as a whole if there is any, of these the last read.
    """
    owners = np.array(landed.owners, dtype=np.int64)
    dated = _dated(landed, stream, batch, region)
    kept = np.isin(owners, owners[_inside(dated, batch, len(owners))])
    rows = landed.rows if kept.all() else [row for row, stays in zip(landed.rows, kept, strict=True) if stays]
    outside = dict.fromkeys(np.unique(owners[~kept]).tolist(), OTHER_INTERVAL)
    known = {stream.dated: _kept(dated, kept)} if dated else {}
    columns = {
        item.name: known.get(item.name) or conform([row.get(item.name) for row in rows], item, region) for item in stream.fields
    }
    owners, parts = owners[kept], np.array(landed.parts, dtype=np.int64)[kept]
    unfit = _unfit(columns, stream, batch)
    table = pa.table({name: column.values for name, column in columns.items()})
    stays = _without_copies(table, stream, owners, unfit)
    copies = frozenset(np.setdiff1d(owners, owners[stays]).tolist())
    places = {int(row): place for place, row in enumerate(np.flatnonzero(stays))}
    return Sifted(
        table=table.filter(pa.array(stays)),
        owners=owners[stays],
        parts=parts[stays],
        unfit={places[row]: reasons for row, reasons in unfit.items() if row in places},
        outside=outside,
        copies=copies,
        unmapped={name: column.unmapped for name, column in columns.items() if column.unmapped},
    )


def _dated(landed: Landed, stream: Stream, batch: Batch, region: str) -> Column | None:
    """The times that place the rows; None when the stream or the batch knows no interval."""
    if stream.dated is None or batch.since is None or batch.until is None:
        return None
    return conform([row.get(stream.dated) for row in landed.rows], stream.field(stream.dated), region)


def _inside(dated: Column | None, batch: Batch, rows: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows lie in `[since, until)` or cannot be placed."""
    if dated is None:
        return np.ones(rows, dtype=bool)
    moments = pd.Series(dated.values.to_pandas(), dtype="datetime64[us, UTC]")
    within = moments.isna() | ((moments >= batch.since) & (moments < batch.until))
    return within.to_numpy(dtype=bool)


def _kept(column: Column, kept: np.ndarray[Any, np.dtype[np.bool_]]) -> Column:
    """The column without the rows that are left out. It is a time's, and so counts no unknown codes."""
    if kept.all():
        return column
    places = np.cumsum(kept) - 1
    unfit = {int(places[row]): reason for row, reason in column.unfit.items() if kept[row]}
    return Column(column.values.filter(pa.array(kept)), unfit, column.unmapped)


def _unfit(columns: Mapping[str, Column], stream: Stream, batch: Batch) -> dict[int, dict[str, str]]:
    """Per row, the reasons by field: not conformed, or a key or (with an interval) a dating time that is missing."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    needed = {*stream.key, *([stream.dated] if stream.dated and batch.since else [])}
    for name, column in columns.items():
        for row, reason in column.unfit.items():
            found[row][name] = reason
        if name in needed and column.values.null_count:
            for row in np.flatnonzero(column.values.is_null().to_numpy(zero_copy_only=False)).tolist():
                found[row].setdefault(name, missing(name))
    return found


def _without_copies(
    table: pa.Table, stream: Stream, owners: np.ndarray[Any, np.dtype[np.int64]], unfit: Mapping[int, Mapping[str, str]]
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows stay. A row whose key or version is missing or unreadable is nobody's copy."""
    names = [*stream.key, *([stream.version] if stream.version else [])]
    nameless = [row for row, reasons in unfit.items() if not reasons.keys().isdisjoint(names)]
    spoilt = np.isin(owners, owners[list(unfit)]) if unfit else np.zeros(len(owners), dtype=bool)
    order = np.lexsort((np.arange(len(owners)), ~spoilt))  # the preferred copy comes last
    order = order[~np.isin(order, nameless)]
    keys = table.select(names).to_pandas().iloc[order]
    stays = np.ones(len(owners), dtype=bool)
    stays[order] = ~keys.duplicated(keep="last").to_numpy()
    return stays
