"""Tombstones: a record is taken out of a landed page, and every other record stays at its position as it was.

What a format allows is tried, and read again by the source's own decoder: unless every other record is exactly as before, the
page is given up as a whole.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from ingestion.source import Decoder, RawRecord

TOMBSTONE = b'{"_erased":true}'  # instead of a record that was erased
EXPIRED = b'{"_expired":true}'  # instead of a refused record whose retention is over
TOMBSTONE_SHA256 = hashlib.sha256(TOMBSTONE).hexdigest()
_STONE = {"_erased": True}
_GZIP, _PARQUET, _UTF16 = b"\x1f\x8b", b"PAR1", b"\xff\xfe"
_DEEPEST = 4
# What a decoder or a format's library raises over bytes it did not expect.
_UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, OSError, EOFError)


def without(body: bytes, ext: str, positions: Collection[int], decoder: Decoder) -> bytes | None:
    """The page with tombstones at these positions; None when its format does not allow it, so that all of it has to go."""
    before = _read(body, ext, decoder)
    if before is None:
        return None
    for attempt in (_in_gzip, _in_json, _in_parquet, _in_lines):
        try:
            for changed in attempt(body, ext, positions, before):
                if _is_sound(before, _read(changed, ext, decoder), positions):
                    return changed
        except _UNREADABLE:
            continue
    return None


def records_in(body: bytes, ext: str, decoder: Decoder) -> int:
    """How many records the page has; 1 when it cannot be read."""
    return len(_read(body, ext, decoder) or [None])


def _read(body: bytes, ext: str, decoder: Decoder) -> list[RawRecord] | None:
    try:
        return list(decoder.records(body, ext))
    except _UNREADABLE:
        return None


def _is_sound(before: Sequence[RawRecord], after: Sequence[RawRecord] | None, positions: Collection[int]) -> bool:
    if after is None or len(after) != len(before):
        return False
    return all(
        old.position == new.position
        and (
            (old.payload not in new.payload)
            if old.position in positions
            else (old.payload, old.value) == (new.payload, new.value)
        )
        for old, new in zip(before, after, strict=True)
    )


def _in_gzip(body: bytes, ext: str, positions: Collection[int], before: Sequence[RawRecord]) -> Iterator[bytes]:
    """A packed text file: the same inside."""
    if body.startswith(_GZIP):
        inner = gzip.decompress(body)
        for attempt in (_in_json, _in_parquet, _in_lines):
            for changed in attempt(inner, ext, positions, before):
                yield gzip.compress(changed, mtime=0)


def _in_json(body: bytes, ext: str, positions: Collection[int], before: Sequence[RawRecord]) -> Iterator[bytes]:
    """A document with the list of records somewhere in it. Around the list only numbers stay: texts there may be anybody's."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return
    for path in _lists(document, len(before), ()):
        changed = _around(document, path, lambda found: [_STONE if at in positions else one for at, one in enumerate(found)])
        yield json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _lists(value: Any, length: int, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, list) and len(value) == length:
        yield path
    if isinstance(value, dict) and len(path) < _DEEPEST:
        for name, inner in value.items():
            yield from _lists(inner, length, (*path, name))


def _around(value: Any, path: tuple[str, ...], change: Callable[[list[Any]], list[Any]]) -> Any:
    if not path:
        return change(value)
    return {name: _around(inner, path[1:], change) if name == path[0] else _numbers(inner) for name, inner in value.items()}


def _numbers(value: Any) -> Any:
    """Numbers and truth values of a value; a text is emptied, an object or list that holds a text is a tombstone."""
    if isinstance(value, str):
        return ""
    if isinstance(value, (dict, list)):
        inner = list(value.values()) if isinstance(value, dict) else value
        if any(isinstance(one, str) for one in inner):
            return _STONE
        return {name: _numbers(one) for name, one in value.items()} if isinstance(value, dict) else [_numbers(x) for x in value]
    return value


def _in_parquet(body: bytes, ext: str, positions: Collection[int], before: Sequence[RawRecord]) -> Iterator[bytes]:
    """A table: the row is null in every column."""
    if not body.startswith(_PARQUET):
        return
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(body))
    gone = pa.array([row in positions for row in range(table.num_rows)])
    columns = [pc.if_else(gone, pa.scalar(None, column.type), column) for column in table.columns]
    out = io.BytesIO()
    fields = [field.with_nullable(True) for field in table.schema]
    pq.write_table(pa.table(columns, schema=pa.schema(fields)), out, compression="zstd")
    yield out.getvalue()


def _in_lines(body: bytes, ext: str, positions: Collection[int], before: Sequence[RawRecord]) -> Iterator[bytes]:
    """Lines whose bytes are the records' payloads, one after the other."""
    stone = TOMBSTONE.decode().encode("utf-16-le") if body.startswith(_UTF16) else TOMBSTONE
    parts: list[bytes] = []
    at = 0
    for record in before:
        found = body.find(record.payload, at)
        if found < 0:
            return
        parts.append(body[at:found])
        parts.append(_stone_of(record.payload, stone) if record.position in positions else record.payload)
        at = found + len(record.payload)
    yield b"".join([*parts, body[at:]])


def _stone_of(payload: bytes, stone: bytes) -> bytes:
    """The tombstone with the payload's own end of line."""
    newline = "\n".encode("utf-16-le") if len(stone) > len(TOMBSTONE) else b"\n"
    return stone + newline if payload.endswith(newline) else stone
