"""From landed bytes to source records and their raw rows; nothing that was landed is passed over."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from expectations.reasons import NO_ROWS, unreadable
from expectations.shapes import Shapes
from ingestion.source import Decoder, Outside, RawRecord, Refused
from ingestion.tombstones import TOMBSTONE

# What a decoder raises over a shape it did not expect: the record is at fault, not the run.
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Landed:
    """The source records of an attempt, in order, and the raw rows made of them.

    `pages`, `positions` and `payloads` run over records; `rows`, `owners` (the record of a row) and `parts` (from 0 within
    the record) over rows. `refused`, `outside` and `erased` (tombstones) name records by number; `shapes` tells which fields the
    records have.
    """

    pages: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    refused: dict[int, list[str]] = field(default_factory=dict)
    outside: dict[int, str] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)
    shapes: Shapes = field(default_factory=Shapes)

    def sha256(self, record: int) -> str:
        """Hex SHA-256 of a record's payload."""
        return hashlib.sha256(self.payloads[record]).hexdigest()


def read(
    pages: Iterable[tuple[int, bytes, str]], decoder: Decoder, erased: Mapping[int, Collection[int]] | None = None
) -> Landed:
    """All records of the pages. One that cannot be taken apart is refused with its bytes; so is a whole page.

    `erased` names by page the positions where tombstones stand; of a page that went as a whole they are all there is.
    """
    landed = Landed()
    for page, body, ext in pages:
        gone = (erased or {}).get(page, ())
        for raw in _records(decoder, body, ext) if body or not gone else (RawRecord(at, b"") for at in sorted(gone)):
            number = len(landed.pages)
            landed.pages.append(page)
            landed.positions.append(raw.position)
            landed.payloads.append(TOMBSTONE if raw.position in gone else raw.payload)
            if raw.position in gone:
                landed.erased.add(number)
            else:
                _take_apart(raw, number, decoder, landed)
    return landed


def _records(decoder: Decoder, body: bytes, ext: str) -> Iterator[RawRecord]:
    position = -1
    try:
        for raw in decoder.records(body, ext):
            position = raw.position
            yield raw
    except _MALFORMED as error:
        yield RawRecord(position + 1, body, None, unreadable("page", error))


def _take_apart(raw: RawRecord, number: int, decoder: Decoder, landed: Landed) -> None:
    if raw.problem is not None:
        landed.refused[number] = [raw.problem]
        return
    if type(raw.value) is dict:
        landed.shapes.see(raw.value)
    try:
        rows = decoder.rows(raw)
    except _MALFORMED as error:
        rows = Refused((unreadable("record", error),))
    if isinstance(rows, Refused):
        landed.refused[number] = list(rows.reasons) or ["record was refused"]
    elif isinstance(rows, Outside):
        landed.outside[number] = rows.reason
    elif not rows:
        landed.outside[number] = NO_ROWS
    else:
        landed.rows.extend(rows)
        landed.owners.extend([number] * len(rows))
        landed.parts.extend(range(len(rows)))
