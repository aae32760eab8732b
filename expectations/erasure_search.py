"""Where an erased customer is: the records of landing that name them, by any identifier or in a conversation of theirs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.conform import conform
from expectations.persons import token_columns
from expectations.reading import Landed, RawRows, read
from expectations.suppression import names_suppressed, surrogates_among
from expectations.tokens import tokens_of
from ingestion.landing import Attempt, erased_in, pages_of, raw_removed_at
from ingestion.registry import source_named
from ingestion.source import Field, Mark, Stream

# Names under which streams call a conversation: who is erased takes all texts of their conversations along.
THREADS = ("contact_id", "ticket_id", "conversation_id")
_SHORTEST = 6  # a shorter value stands in anybody's record
_SHORTEST_NUMBER = 8
Positions = dict[int, set[int]]


@dataclass(slots=True)
class Known:
    """What is known of the erased while searching: places (page, position) by attempt that their accepted rows were made of,
    their conversations by source, their identifiers in clear."""

    places: dict[str, set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))
    threads: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    values: set[tuple[str, str]] = field(default_factory=set)  # (kind, value)

    def pattern(self) -> re.Pattern[bytes] | None:
        """Finds any of the identifiers in a payload."""
        parts = sorted({part for kind, value in self.values for part in _patterns(kind, value)})
        return re.compile("|".join(parts).encode(), re.IGNORECASE) if parts else None


def find(attempts: Sequence[Attempt], surrogates: Collection[str], settings: Settings) -> dict[str, Positions]:
    """The records of these attempts to take out, by attempt: page to positions. `surrogates` are those of whom it is about.

    First the accepted rows lead to the customer's conversations and to their identifiers in clear; then every record that was
    landed is asked: whether it names them in an identifier, belongs to a conversation of theirs and holds text, or has one of
    their identifiers anywhere in its bytes.
    """
    known = Known()
    for attempt in attempts:
        _learn(attempt, surrogates, known, settings)
    raw = [attempt for attempt in attempts if not raw_removed_at(attempt)]
    for attempt in raw:
        _read(attempt, settings, partial(_learn_values, _stream(attempt), surrogates, known, settings))
    pattern = known.pattern()
    found = {str(attempt): _positions(attempt, surrogates, known, pattern, settings) for attempt in raw}
    for attempt in attempts:
        if raw_removed_at(attempt):
            found[str(attempt)] = _by_page(known.places[str(attempt)] | _texts_of_threads(attempt, known, settings))
    return {name: positions for name, positions in found.items() if positions}


def _learn(attempt: Attempt, surrogates: Collection[str], known: Known, settings: Settings) -> None:
    """From the attempt's accepted rows: where they were made of, and conversations where a stream without texts tells whose."""
    stream, path = _stream(attempt), Lake(settings.home).accepted(attempt.batch, attempt.name)
    tokens = token_columns(pq.read_schema(path))
    if not tokens:
        return
    table = pq.read_table(path)
    mine = np.zeros(table.num_rows, dtype=bool)
    for name in tokens:
        mine |= _is_mine(table[name], surrogates, settings)
    table = table.filter(pa.array(mine))
    known.places[str(attempt)] |= set(zip(table["_page"].to_pylist(), table["_position"].to_pylist(), strict=True))
    for name in set() if _has_text(stream) else set(THREADS) & set(table.column_names):
        values = table[name].cast(pa.string()).to_pylist()
        known.threads[attempt.batch.source, name] |= {value for value in values if value is not None}


def _is_mine(column: pa.ChunkedArray, surrogates: Collection[str], settings: Settings) -> np.ndarray[Any, np.dtype[np.bool_]]:
    before = surrogates_among(pc.unique(column).to_pylist(), settings)
    wanted = {*surrogates, *(token for token, surrogate in before.items() if surrogate in surrogates)}
    found: np.ndarray[Any, np.dtype[np.bool_]] = pc.is_in(column, value_set=pa.array(sorted(wanted), pa.string())).to_numpy()
    return found


def _named(
    raw: RawRows, stream: Stream, surrogates: Collection[str], settings: Settings
) -> Iterator[tuple[Field, np.ndarray[Any, np.dtype[np.int64]]]]:
    """Each identifier of the stream, and the rows in which it names the erased."""
    wanted = pa.array(sorted(surrogates), pa.string())
    for item in stream.fields:
        if item.mark is Mark.IDENTIFIER:
            values = conform([row.get(item.name) for row in raw.rows], item, settings.default_region).values
            tokens = tokens_of(item.kind or item.name, values, settings)
            yield item, np.flatnonzero(pc.is_in(tokens, value_set=wanted).to_numpy(zero_copy_only=False))


def _learn_values(stream: Stream, surrogates: Collection[str], known: Known, settings: Settings, raw: RawRows) -> None:
    """The identifiers of the erased as they stand in rows that name them."""
    for item, rows in _named(raw, stream, surrogates, settings):
        known.values |= {(item.kind, value) for value in _clear(raw, item, rows, settings)}


def _clear(found: RawRows, item: Field, rows: Iterable[int], settings: Settings) -> Iterator[str]:
    raw = [found.rows[row].get(item.name) for row in rows]
    for value, conformed in zip(raw, conform(raw, item, settings.default_region).values.to_pylist(), strict=True):
        yield str(value).strip()
        yield str(conformed)


def _positions(
    attempt: Attempt, surrogates: Collection[str], known: Known, pattern: re.Pattern[bytes] | None, settings: Settings
) -> Positions:
    stream, records = _stream(attempt), set[int]()

    def look(raw: RawRows) -> None:
        records.update(raw.owners[row] for _, rows in _named(raw, stream, surrogates, settings) for row in rows.tolist())
        if _has_text(stream):
            records.update(_in_threads(raw, stream, attempt.batch.source, known, settings))

    landed = _read(attempt, settings, look)
    if pattern:
        records |= {number for number, payload in enumerate(landed.payloads) if pattern.search(payload)}
    records |= {number for number, payload in enumerate(landed.payloads) if names_suppressed(payload, settings)}
    places = known.places[str(attempt)]
    records |= {number for number, place in enumerate(zip(landed.pages, landed.positions, strict=True)) if place in places}
    return _by_page((landed.pages[record], landed.positions[record]) for record in records - landed.erased)


def _by_page(places: Iterable[tuple[int, int]]) -> Positions:
    found: Positions = defaultdict(set)
    for page, position in places:
        found[page].add(position)
    return dict(found)


def _texts_of_threads(attempt: Attempt, known: Known, settings: Settings) -> set[tuple[int, int]]:
    """Where accepted rows with text were made of that belong to a conversation of the erased; for attempts without raw bytes."""
    path = Lake(settings.home).accepted(attempt.batch, attempt.name)
    if not _has_text(_stream(attempt)):
        return set()
    table = pq.read_table(path)
    mine = np.zeros(table.num_rows, dtype=bool)
    for name in set(THREADS) & set(table.column_names):
        threads = pa.array(sorted(known.threads.get((attempt.batch.source, name), ())), pa.string())
        mine |= pc.is_in(table[name].cast(pa.string()), value_set=threads).to_numpy()
    table = table.filter(pa.array(mine))
    return set(zip(table["_page"].to_pylist(), table["_position"].to_pylist(), strict=True))


def _in_threads(raw: RawRows, stream: Stream, source: str, known: Known, settings: Settings) -> set[int]:
    found: set[int] = set()
    for item in stream.fields:
        threads = known.threads.get((source, item.name))
        if item.name in THREADS and threads:
            values = conform([row.get(item.name) for row in raw.rows], item, settings.default_region).values.cast(pa.string())
            found |= {owner for owner, value in zip(raw.owners, values.to_pylist(), strict=True) if value in threads}
    return found


def _read(attempt: Attempt, settings: Settings, look: Callable[[RawRows], None]) -> Landed:
    """The attempt's records, after each of its rows has been looked at."""
    decoder, lake = _stream(attempt).decoder(settings, attempt.manifest), Lake(settings.home)
    return read(pages_of(attempt, lake), decoder, erased_in(attempt), look, settings.rows_at_once, lake.held)


def _stream(attempt: Attempt) -> Stream:
    return source_named(attempt.batch.source).stream(attempt.batch.stream)


def _has_text(stream: Stream) -> bool:
    return any(item.mark is Mark.TEXT for item in stream.fields)


def _patterns(kind: str, value: str) -> Iterator[str]:
    """Regular expressions for an identifier in clear: a phone number with or without its country, however it is split."""
    if kind == "phone":
        digits = re.sub(r"\D", "", value)
        national = digits[-11:] if value.startswith("+86") else digits
        if len(national) >= _SHORTEST:
            yield r"(?<!\d)(?:\+?86[\s-]?)?" + r"[\s.()-]{0,2}".join(national) + r"(?!\d)"
    elif len(value) >= (_SHORTEST_NUMBER if value.isdigit() else _SHORTEST):
        yield r"(?<![\w.+-])" + re.escape(value) + r"(?![\w])"
