"""How a source is declared: streams with a typed schema, a key, a version, a mode, a cursor, and one reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol

from deskmart.batch import Batch, Interval
from deskmart.settings import Settings

FieldType = Literal["text", "integer", "number", "seconds", "boolean", "timestamp", "date"]


class Mode(StrEnum):
    """What landing a stream again means."""

    EVENTS = "events"  # an interval is complete once closed: a newer attempt supersedes
    CHANGES = "changes"  # the API shows the latest version of what changed: attempts add up, newest version per key wins
    SNAPSHOT = "snapshot"  # one observation at the batch's end; a newer attempt of the same batch supersedes


class Mark(StrEnum):
    """What the gate does with a field."""

    OPEN = "open"  # kept
    IDENTIFIER = "identifier"  # becomes <name>_token
    TEXT = "text"  # becomes features: <name>_length, <name>_language, <name>_is_closing_only
    CODE = "code"  # kept when the code is known, else 'unmapped'


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a stream.

    `path` is where the raw record has it (dotted; default: the name). `conform` names the conforming steps of
    `expectations.conform` in order (such as "trim", "lower", "phone", "email", "epoch", "iso8601"); `type` is what must
    come out. `kind` says of an identifier which name space its token lives in ("phone", "email", "zendesk_user" ...), so
    that one person has one token in every system. `codes` are the known values of a code.
    """

    name: str
    type: FieldType = "text"
    mark: Mark = Mark.OPEN
    path: str | None = None
    conform: tuple[str, ...] = ()
    kind: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Texts:
    """What a stream's text belongs to, for screening: a message or a survey, whose id is made as staging makes it."""

    subject_kind: Literal["message", "survey"]
    id_field: str
    id_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One response or file as the source sent it.

    `cursor` is where to go on after this page; `meta` may hold url (without secrets), status, headers, source_count.
    """

    body: bytes
    ext: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    cursor: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One source record inside a page: its position (from 0), its exact or canonical bytes, and its value.

    `problem` says why there is no value (not JSON, wrong number of columns ...); such a record goes to quarantine.
    """

    position: int
    payload: bytes
    value: Any = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """A record that is not for this stream or was excluded on purpose; it is counted under `reason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that cannot be read into rows; it goes to quarantine with these reasons."""

    reasons: tuple[str, ...]


Rows = list[dict[str, Any]] | Outside | Refused


class Decoder(Protocol):
    """Turns a page's bytes into records and a record into rows (dicts of raw values by field name)."""

    def records(self, body: bytes, ext: str) -> Iterable[RawRecord]: ...

    def rows(self, record: RawRecord) -> Rows: ...


@dataclass(frozen=True, slots=True)
class Stream:
    """A kind of record of a source.

    `key` and `version` name fields; rows with equal key and version are duplicates of each other within an attempt.
    `dated` names the timestamp field that places a row into `[since, until)`; rows beyond it are `outside`.
    `feeds` lists the canonical streams that staging makes of it. `responses_per_file` packs many small responses into one
    landing file (concatenated gzip members). `uses_cursor`: the reader goes on from the cursor of the last landing.
    `texts` says whose its text is; a stream with a text has it, and its texts are screened.
    """

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    mode: Mode
    decoder: Callable[[Settings, Mapping[str, Any]], Decoder]  # called with the attempt's manifest
    version: str | None = None
    dated: str | None = None
    feeds: tuple[str, ...] = ()
    responses_per_file: int = 1
    uses_cursor: bool = False
    texts: Texts | None = None

    def field(self, name: str) -> Field:
        return next(item for item in self.fields if item.name == name)


class Reader(Protocol):
    """Opens a stream of a source for one batch and yields its pages.

    `cursor` is the one the last complete attempt of the stream ended with, or None (always None for a stream without
    `uses_cursor`); an interval of history must not depend on it. Raises `SourceError` and yields nothing half.
    """

    def __call__(self, stream: Stream, batch: Batch, settings: Settings, cursor: Mapping[str, Any] | None) -> Iterator[Page]: ...


def _one_batch_per_stream(source: Source, settings: Settings, interval: Interval) -> list[Batch]:
    return [Batch(source.name, stream.name, interval.since, interval.until) for stream in source.streams]


def _as_it_is(batch: Batch, settings: Settings) -> Batch:
    return batch


@dataclass(frozen=True, slots=True)
class Source:
    """A system that Deskmart reads. `cadence` None means: its coverage does not make a watermark.

    `complete` gives a batch that was parsed from its name the interval that the name leaves out (a file's).
    """

    name: str
    title: str
    streams: tuple[Stream, ...]
    read: Reader
    cadence: timedelta | None = timedelta(days=1)
    overlap: timedelta = timedelta(minutes=2)
    batches: Callable[[Source, Settings, Interval], list[Batch]] = _one_batch_per_stream
    complete: Callable[[Batch, Settings], Batch] = _as_it_is

    def stream(self, name: str) -> Stream:
        return next(item for item in self.streams if item.name == name)


@dataclass(frozen=True, slots=True)
class JsonDecoder:
    """Pages that are JSON: `at` is the dotted path of the list of records (empty: the document itself is the list).

    `explode` turns one record into its rows (default: the record by the fields' paths). A record's payload is its JSON with
    sorted keys, so that its hash does not depend on spacing.
    """

    fields: tuple[Field, ...]
    at: str = ""
    explode: Callable[[dict[str, Any]], Rows] | None = None
    _row: Callable[[dict[str, Any]], dict[str, Any]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_row", by_paths(self.fields))

    def records(self, body: bytes, ext: str) -> Iterable[RawRecord]:
        import json

        try:
            found = dig(json.loads(body), self.at) if self.at else json.loads(body)
        except (ValueError, RecursionError):
            yield RawRecord(0, body, None, "page is not JSON")
            return
        if not isinstance(found, list):
            yield RawRecord(0, body, None, f"page has no list at {self.at or 'its top'}")
            return
        encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode
        for position, value in enumerate(found):
            payload = encode(value).encode("utf-8", "surrogatepass")
            problem = None if isinstance(value, dict) else "record is not an object"
            yield RawRecord(position, payload, value, problem)

    def rows(self, record: RawRecord) -> Rows:
        if self.explode is not None:
            return self.explode(record.value)
        return [self._row(record.value)]


def by_paths(fields: Sequence[Field]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function of a record: its row, each field's value taken from the field's path."""
    places = tuple((item.name, item.path or item.name, "." in (item.path or item.name)) for item in fields)

    def row(record: dict[str, Any]) -> dict[str, Any]:
        get = record.get
        return {name: dig(record, path) if is_deep else get(path) for name, path, is_deep in places}

    return row


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path of nested objects and lists (a number indexes a list); None where it ends early."""
    if type(value) is dict and "." not in path:
        return value.get(path)
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def misshapen(record: dict[str, Any], *shapes: tuple[str, type]) -> tuple[str, ...]:
    """Why parts of a record cannot be read: each (by its dotted path) must be of its shape, or not be there."""
    nouns: dict[type, str] = {list: "a list", dict: "an object"}
    found = ((path, dig(record, path), shape) for path, shape in shapes)
    return tuple(f"{path} is not {nouns[shape]}" for path, value, shape in found if not isinstance(value, shape | None))
