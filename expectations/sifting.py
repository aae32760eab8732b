"""Sifting: which rows belong here, what they are once conformed, and which are copies of others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from deskmart.batch import Batch
from expectations.conform import Column, conform
from expectations.held import Rows
from expectations.reading import RawRows
from expectations.reasons import OTHER_INTERVAL, missing
from ingestion.source import Stream


@dataclass(frozen=True, slots=True)
class Sifted:
    """The conformed rows of an attempt that lie in its interval, copies removed.

    `rows` has one column per field; `owners` and `parts` say where each row comes from. `unfit` maps a row to its reasons
    by field. `outside` and `copies` name whole records by number; `unmapped` counts unknown codes by field.
    """

    rows: Rows
    owners: np.ndarray[Any, np.dtype[np.int64]]
    parts: np.ndarray[Any, np.dtype[np.int32]]
    unfit: Mapping[int, Mapping[str, str]]
    outside: Mapping[int, str]
    copies: frozenset[int]
    unmapped: Mapping[str, int]


def sift(raw: RawRows, stream: Stream, batch: Batch, region: str) -> Sifted:
    """What a `Sieve` makes of rows that are all there."""
    sieve = Sieve(stream, batch, region)
    sieve.take(raw)
    return sieve.done()


class Sieve:
    """Places rows in time, conforms them, removes copies. What comes out does not depend on how many rows are taken at a time.

    A record is outside when all its rows are; a row without a readable time is not outside. Of rows with equal key and
    version one stays: one whose record conforms as a whole if there is any, of these the last read.
    """

    def __init__(self, stream: Stream, batch: Batch, region: str, folder: Path | None = None) -> None:
        self._stream, self._batch, self._region = stream, batch, region
        self._rows = Rows(folder)
        self._keys: list[pa.Table] = []
        self._owners: list[np.ndarray[Any, np.dtype[np.int64]]] = []
        self._parts: list[np.ndarray[Any, np.dtype[np.int32]]] = []
        self._unfit: dict[int, dict[str, str]] = {}
        self._outside: dict[int, str] = {}
        self._unmapped: Counter[str] = Counter()

    def take(self, raw: RawRows) -> None:
        """Rows in their order; all of one record at once."""
        stream, region = self._stream, self._region
        owners, parts = np.array(raw.owners, dtype=np.int64), np.array(raw.parts, dtype=np.int32)
        dated = _dated(raw.rows, stream, self._batch, region)
        kept = np.isin(owners, owners[_inside(dated, self._batch, len(owners))])
        rows = raw.rows if kept.all() else [row for row, stays in zip(raw.rows, kept, strict=True) if stays]
        self._outside |= dict.fromkeys(np.unique(owners[~kept]).tolist(), OTHER_INTERVAL)
        known = {stream.dated: _kept(dated, kept)} if dated else {}
        columns = {
            item.name: known.get(item.name) or conform([row.get(item.name) for row in rows], item, region)
            for item in stream.fields
        }
        table = pa.table({name: column.values for name, column in columns.items()})
        begin = sum(map(len, self._owners))
        self._unfit |= {begin + row: reasons for row, reasons in _unfit(columns, stream, self._batch).items()}
        self._unmapped.update({name: column.unmapped for name, column in columns.items() if column.unmapped})
        self._owners.append(owners[kept])
        self._parts.append(parts[kept])
        self._keys.append(table.select(_key_of(stream)))
        self._rows.put(table)

    def done(self) -> Sifted:
        """What is left when the last row has been taken."""
        if not self._owners:
            self.take(RawRows())
        owners, parts = np.concatenate(self._owners), np.concatenate(self._parts)
        stays = _without_copies(pa.concat_tables(self._keys), self._stream, owners, self._unfit)
        self._rows.keep(stays)
        places = np.cumsum(stays) - 1
        return Sifted(
            rows=self._rows,
            owners=owners[stays],
            parts=parts[stays],
            unfit={int(places[row]): reasons for row, reasons in self._unfit.items() if stays[row]},
            outside=self._outside,
            copies=frozenset(np.setdiff1d(owners, owners[stays]).tolist()),
            unmapped=dict(self._unmapped),
        )


def _dated(rows: list[dict[str, Any]], stream: Stream, batch: Batch, region: str) -> Column | None:
    """The times that place the rows; None when the stream or the batch knows no interval."""
    if stream.dated is None or batch.since is None or batch.until is None:
        return None
    return conform([row.get(stream.dated) for row in rows], stream.field(stream.dated), region)


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


def _key_of(stream: Stream) -> list[str]:
    """The fields by which copies are known."""
    return [*stream.key, *([stream.version] if stream.version else [])]


def _without_copies(
    keys: pa.Table, stream: Stream, owners: np.ndarray[Any, np.dtype[np.int64]], unfit: Mapping[int, Mapping[str, str]]
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows stay. A row whose key or version is missing or unreadable is nobody's copy."""
    names = _key_of(stream)
    nameless = [row for row, reasons in unfit.items() if not reasons.keys().isdisjoint(names)]
    spoilt = np.isin(owners, owners[list(unfit)]) if unfit else np.zeros(len(owners), dtype=bool)
    order = np.lexsort((np.arange(len(owners)), ~spoilt))  # the preferred copy comes last
    order = order[~np.isin(order, nameless)]
    stays = np.ones(len(owners), dtype=bool)
    frame = keys.to_pandas(integer_object_nulls=True)  # else a null would make floats of numbers, and of two of them one
    stays[order] = ~frame.iloc[order].duplicated(keep="last").to_numpy()
    return stays
