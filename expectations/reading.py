"""From landed bytes to source records and their raw rows; nothing that was landed is passed over."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expectations.held import Payloads
from expectations.reasons import NO_ROWS, unreadable
from expectations.shapes import Shapes
from ingestion.source import Decoder, Outside, RawRecord, Refused
from ingestion.tombstones import TOMBSTONE

AT_ONCE = 100_000  # rows; more at a time make the gate no faster
# What a decoder raises over a shape it did not expect: the record is at fault, not the run.
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


@dataclass(slots=True)
class RawRows:
    """Raw rows, the record that each belongs to, and its number (from 0) within the record."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    owners: array[int] = field(default_factory=lambda: array("q"))
    parts: array[int] = field(default_factory=lambda: array("i"))

    def add(self, record: int, rows: list[dict[str, Any]]) -> None:
        """The rows of one record."""
        self.rows.extend(rows)
        self.owners.extend([record] * len(rows))
        self.parts.extend(range(len(rows)))


@dataclass(slots=True)
class Landed:
    """The source records of an attempt, in order, and the raw rows made of them that nobody has taken.

    `pages`, `positions` and `payloads` run over records; `refused`, `outside` and `erased` (tombstones) name records by number;
    `shapes` tells which fields the records have.
    """

    pages: array[int] = field(default_factory=lambda: array("i"))
    positions: array[int] = field(default_factory=lambda: array("i"))
    payloads: Payloads = field(default_factory=Payloads)
    raw: RawRows = field(default_factory=RawRows)
    refused: dict[int, list[str]] = field(default_factory=dict)
    outside: dict[int, str] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)
    shapes: Shapes = field(default_factory=Shapes)

    def sha256(self, record: int) -> str:
        """Hex SHA-256 of a record's payload."""
        return self.payloads.sha256(record)


def read(
    pages: Iterable[tuple[int, bytes, str]],
    decoder: Decoder,
    erased: Mapping[int, Collection[int]] | None = None,
    take: Callable[[RawRows], None] | None = None,
    at_once: int = AT_ONCE,
    folder: Path | None = None,
) -> Landed:
    """All records of the pages. One that cannot be taken apart is refused with its bytes; so is a whole page.

    `erased` names by page the positions where tombstones stand; of a page that went as a whole they are all there is. `take` is
    given the raw rows as soon as there are `at_once`, those of a record together; without it all stay in `raw`. Payloads go
    to `folder` when they are too many for the memory.
    """
    landed = Landed(payloads=Payloads(folder))
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
                if take is not None and len(landed.raw.rows) >= at_once:
                    take(landed.raw)
                    landed.raw = RawRows()
    if take is not None and landed.raw.rows:
        take(landed.raw)
        landed.raw = RawRows()
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
        landed.raw.add(number, rows)
