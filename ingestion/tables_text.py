"""Records of text files: CSV of any delimiter, JSON, JSON Lines."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from ingestion.mapping_model import FileMapping
from ingestion.mapping_parse import DELIMITERS
from ingestion.source import RawRecord, dig
from ingestion.unpacking import Unusable, encodings_of

MAX_RECORD_LINES = 200  # a quoted field that goes on longer is taken for a forgotten quote
UNDECODABLE = "bytes are not {encoding}"
_MARK = "\ufeff"
_PART = 1 << 24
_UNDECODED = re.compile("[\udc80-\udcff]")


def csv_records(body: bytes, mapping: FileMapping) -> Iterator[RawRecord]:
    """One record per row: payload the raw line(s), value a dict by header; a row of the wrong width has a problem.

    Raises `Unusable` when a column that the mapping names is not in the header. Blank lines are no records.
    """
    lines, encoding, delimiter = _opened(body, mapping)
    is_clean = not any(map(_UNDECODED.search, lines))
    try:
        header, first = _header(lines, delimiter, mapping)
    except csv.Error as error:
        raise Unusable(f"header cannot be read: {error}") from error
    _check_header(header, mapping)
    width = len(header)
    walker = _Lines(lines, first)
    reader = csv.reader(walker, delimiter=delimiter, strict=True)
    position = 0
    while True:
        start, problem = walker.at, None
        cells: list[str] = []
        walker.start = start
        try:
            cells = next(reader, [])
        except csv.Error as error:
            problem, walker.at = f"line is not CSV: {error}", start + 1
        if walker.at <= start:
            return
        if not cells and problem is None:
            continue
        text = lines[start] if walker.at == start + 1 else "".join(lines[start : walker.at])
        if problem is None and len(cells) != width:
            problem = f"has {len(cells)} columns where the header has {width}"
        if not is_clean and _UNDECODED.search(text):
            problem = UNDECODABLE.format(encoding=encoding)
        yield RawRecord(position, _encoded(text, encoding), None if problem else dict(zip(header, cells, strict=True)), problem)
        position += 1


def json_records(body: bytes, mapping: FileMapping) -> Iterator[RawRecord]:
    """One record per object of the list at `records`; raises `Unusable` when the file is not JSON or has no list there."""
    text, _ = decoded(body, mapping)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unusable("file is not JSON") from error
    found = dig(document, mapping.records) if mapping.records else document
    if not isinstance(found, list):
        raise Unusable(f"file has no list at {mapping.records or 'its top'}")
    for position, value in enumerate(found):
        yield _object(position, canonical_json(value), value)


def jsonl_records(body: bytes, mapping: FileMapping) -> Iterator[RawRecord]:
    """One record per line that is not blank; a line that is no JSON object has a problem."""
    position = 0
    for part, encoding in _parts(body, mapping):
        is_clean = not _UNDECODED.search(part)
        for line in io.StringIO(part, newline=""):
            if not line.strip():
                continue
            payload = _encoded(line, encoding)
            if not is_clean and _UNDECODED.search(line):
                yield RawRecord(position, payload, None, UNDECODABLE.format(encoding=encoding))
            else:
                try:
                    yield _object(position, payload, json.loads(line))
                except (ValueError, RecursionError):
                    yield RawRecord(position, payload, None, "line is not JSON")
            position += 1


def _parts(body: bytes, mapping: FileMapping) -> Iterator[tuple[str, str]]:
    """The text and its encoding as `decoded` gives them; UTF-8 in parts that end with lines, so that it is never there as a whole."""
    name = mapping.encoding or encodings_of(body)[0]
    if name not in ("utf-8", "utf-8-sig"):  # in others a line's end may be half a character
        yield decoded(body, mapping, name)
        return
    begin = 0
    while begin < len(body):
        end = body.rfind(b"\n", begin, begin + _PART) + 1 or body.find(b"\n", begin) + 1 or len(body)
        text = body[begin:end].decode("utf-8" if begin else name, "surrogateescape")
        yield (text if begin else text.removeprefix(_MARK)), name
        begin = end


def canonical_json(value: Any) -> bytes:
    """A record's bytes where its file has no line for it: JSON with sorted keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode(
        "utf-8", "surrogatepass"
    )


def decoded(body: bytes, mapping: FileMapping, encoding: str | None = None) -> tuple[str, str]:
    """The text and its encoding, as the mapping says or as detected; bytes that do not fit become lone surrogates."""
    name = encoding or mapping.encoding or encodings_of(body)[0]
    try:
        text = body.decode(name)
    except UnicodeDecodeError:
        try:
            text = body.decode(name, "surrogateescape")
        except UnicodeDecodeError as error:
            raise Unusable(UNDECODABLE.format(encoding=name)) from error
    return text.removeprefix(_MARK), name


def _object(position: int, payload: bytes, value: Any) -> RawRecord:
    if not isinstance(value, dict):
        return RawRecord(position, payload, None, "record is not an object")
    return RawRecord(position, payload, value)


def _encoded(text: str, encoding: str) -> bytes:
    if encoding == "utf-16":
        return text.encode("utf-16-le", "surrogatepass")
    return text.encode("utf-8" if encoding == "utf-8-sig" else encoding, "surrogateescape")


def _opened(body: bytes, mapping: FileMapping) -> tuple[list[str], str, str]:
    """Lines, encoding and delimiter: of the encodings that are possible, the first whose header has what the mapping names."""
    names = [mapping.encoding] if mapping.encoding else encodings_of(body)
    opened: tuple[list[str], str, str] | None = None
    for name in names:
        text, encoding = decoded(body, mapping, name)
        lines = list(io.StringIO(text, newline=""))
        delimiter = mapping.delimiter or _delimiter(lines[mapping.skip] if len(lines) > mapping.skip else "", mapping)
        opened = opened or (lines, encoding, delimiter)
        try:
            header, _ = _header(lines, delimiter, mapping)
        except (Unusable, csv.Error):
            continue
        if mapping.columns_read() <= set(header):
            return lines, encoding, delimiter
    assert opened is not None
    return opened


def _delimiter(line: str, mapping: FileMapping) -> str:
    def score(delimiter: str) -> tuple[int, int]:
        cells = {cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])}
        return len(mapping.columns_read() & cells), len(cells)

    return max(DELIMITERS, key=score)


def _header(lines: list[str], delimiter: str, mapping: FileMapping) -> tuple[list[str], int]:
    """The columns' names and the number of the first line behind the header."""
    if not mapping.header:
        return list(mapping.columns), mapping.skip
    walker = _Lines(lines, mapping.skip)
    for cells in csv.reader(walker, delimiter=delimiter, strict=True):
        if any(cell.strip() for cell in cells):
            return [cell.strip() for cell in cells], walker.at
    raise Unusable("file is empty: it has no header")


def _check_header(header: list[str], mapping: FileMapping) -> None:
    check_columns(header, mapping)
    if twice := sorted({name for name in header if header.count(name) > 1} & mapping.columns_read()):
        raise Unusable(f"column {', '.join(twice)} stands twice in the header")


def check_columns(header: list[str], mapping: FileMapping) -> None:
    """Raises `Unusable` when a column that the mapping names is not there.

    Its words name columns of the mapping only: what stands where a header should be may be a row, and so somebody's data.
    """
    named = mapping.columns_read()
    if missing := sorted(named - set(header)):
        found = ", ".join(name for name in dict.fromkeys(header) if name in named) or "none"
        raise Unusable(f"column {', '.join(missing)} is not in the file; of its {len(header)} columns the mapping names {found}")


class _Lines:
    """Lines for the CSV reader, with the number of the one that comes next."""

    __slots__ = ("at", "lines", "start")

    def __init__(self, lines: list[str], at: int) -> None:
        self.lines = lines
        self.at = self.start = at

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines):
            raise StopIteration
        if self.at - self.start >= MAX_RECORD_LINES:
            raise csv.Error(f"a quote is not closed within {MAX_RECORD_LINES} lines")
        line = self.lines[self.at]
        self.at += 1
        return line
