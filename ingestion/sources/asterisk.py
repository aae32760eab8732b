"""Asterisk and FreePBX: the queue log and the call detail records, from files or from SQL tables.

Options (`[sources.asterisk]`): `path`, the folder with queue_log and Master.csv (or one of the two files, the other is
looked for beside it); the secret `dsn`, an SQLAlchemy address of the database; `timezone`, the PBX's zone (default: the
site's). When both a path and a dsn are set, `queue_log` and `cdr` say `files` or `sql` for each; `none` leaves one out.
`queue_log_table` and `cdr_table` name the tables. `extensions` is a regular expression of internal numbers, `exit_keys`
says what a key pressed in a queue means (`{"9" = "callback"}`; `voicemail`, else flow_out), `custom_events` lists events
that the dial plan writes on its own and that are of no concern here. `userfield` is a
regular expression of what the dial plan puts into that column of a CDR, `(?P<topic>[a-z]+)(/(?P<disposition>.+))?`: its groups
topic and disposition are kept, nothing else of it.

Event fields: https://docs.asterisk.org/Operation/Logging/Queue-Logs/ ; CDR columns:
https://docs.asterisk.org/Configuration/Reporting/Call-Detail-Records-CDR/CDR-Specification/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from deskmart.batch import Batch
from deskmart.errors import SettingsError, SourceError
from deskmart.lake import Lake
from deskmart.settings import Settings
from ingestion.landing import Attempt, stream_attempts
from ingestion.source import Field, FieldType, Mark, Mode, Page, Source, Stream
from ingestion.sources.asterisk_files import read_files
from ingestion.sources.asterisk_records import cdr_decoder, queue_log_decoder
from ingestion.sources.asterisk_sql import read_table
from ingestion.sources.asterisk_times import zone_of

WAYS = ("files", "sql", "none")


def _text(name: str) -> Field:
    return Field(name, conform=("trim", "empty_to_null"))


def _typed(name: str, type_: FieldType) -> Field:
    return Field(name, type_, conform=("trim", "empty_to_null"))


def _moment(name: str) -> Field:
    return Field(name, "timestamp", conform=("iso8601",))


def _phone(name: str) -> Field:
    return Field(name, mark=Mark.IDENTIFIER, kind="phone", conform=("trim", "empty_to_null", "phone"))


QUEUE_LOG_FIELDS = (
    _text("line_id"),  # a digest of all that the line says but the caller: equal lines are one
    _moment("occurred_at"),
    _text("call_id"),
    _text("queue"),
    _text("agent"),
    _text("event"),
    _phone("caller"),
    _text("caller_type"),
    _typed("position", "integer"),
    _typed("original_position", "integer"),
    _typed("wait_seconds", "seconds"),
    _typed("ring_seconds", "seconds"),
    _typed("talk_seconds", "seconds"),
    _text("bridged_id"),
    _text("exit_outcome"),
    _text("extension"),
    _text("reason"),
)
CDR_FIELDS = (
    _text("line_id"),
    _text("unique_id"),
    _text("linked_id"),
    _typed("sequence", "integer"),
    _moment("started_at"),
    _moment("answered_at"),
    _moment("ended_at"),
    _phone("caller"),
    _text("caller_type"),
    _phone("callee"),
    _text("callee_type"),
    _text("extension"),
    _text("context"),
    _text("channel"),
    _text("destination_channel"),
    _text("application"),
    _text("queue"),
    _typed("duration_seconds", "seconds"),
    _typed("billed_seconds", "seconds"),
    _text("disposition"),
    _text("call_topic"),
    _text("call_disposition"),
)
QUEUE_LOG = Stream(
    name="queue_log",
    fields=QUEUE_LOG_FIELDS,
    key=("line_id",),
    mode=Mode.EVENTS,
    decoder=queue_log_decoder,
    dated="occurred_at",
    feeds=("contact_legs", "agent_states", "queues"),
)
CDR = Stream(
    name="cdr",
    fields=CDR_FIELDS,
    key=("line_id",),
    mode=Mode.EVENTS,
    decoder=cdr_decoder,
    dated="ended_at",
    feeds=("contact_legs",),
)


def read(stream: Stream, batch: Batch, settings: Settings, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
    """The lines or rows of the batch's interval as the PBX wrote them, oldest first.

    Every page's meta has `records`, how many of its records belong to the interval. Raises `SourceError` when the PBX's
    files or database cannot be read, and when they hold less of the interval than was landed of it before: a log that
    was rotated away must not empty what is known.
    """
    found = 0
    for page in _pages(stream, batch, settings):
        found += page.meta["records"]
        yield page
    before = _landed_before(batch, Lake(settings.home))
    if found < before:
        raise SourceError(
            f"the PBX now has {found} records of this interval, {before} were landed before",
            source=batch.source,
            stream=batch.stream,
            batch=batch.id,
            todo="what was landed stays; bring the rotated logs or deleted rows back to read it anew",
        )


def _pages(stream: Stream, batch: Batch, settings: Settings) -> Iterator[Page]:
    way = _way(stream.name, settings)
    zone = zone_of(settings)
    if way == "files":
        yield from read_files(settings.source("asterisk").need("path"), batch, zone)
    elif way == "sql":
        source = settings.source("asterisk")
        table = str(source.options.get(f"{stream.name}_table") or stream.name)
        yield from read_table(source.need("dsn"), table, batch, zone)


def _way(stream: str, settings: Settings) -> str:
    source = settings.source("asterisk")
    if chosen := source.options.get(stream):
        if chosen not in WAYS:
            raise SettingsError(f"{stream} = {chosen!r} is not known", source="asterisk", todo=f"write one of {', '.join(WAYS)}")
        return str(chosen)
    has_path, has_dsn = bool(source.options.get("path")), bool(source.secrets.get("dsn"))
    if has_path and has_dsn:
        raise SettingsError(
            f"both a path and a dsn are set, and {stream} may come from either",
            source="asterisk",
            todo=f'write {stream} = "files" or {stream} = "sql" under [sources.asterisk]',
        )
    return "sql" if has_dsn else "files"


def _landed_before(batch: Batch, lake: Lake) -> int:
    """How many records of the interval are landed: the newest landing of every batch inside it, overlaps counted once."""
    newest = {attempt.batch: attempt for attempt in stream_attempts(batch.source, batch.stream, lake)}
    inner = [attempt for attempt in newest.values() if _lies_in(attempt.batch, batch)]
    total, covered_to = 0, batch.since
    for attempt in sorted(inner, key=lambda attempt: (attempt.batch.until, attempt.batch.since)):
        if covered_to is not None and attempt.batch.since is not None and attempt.batch.since >= covered_to:
            total += _records(attempt)
            covered_to = attempt.batch.until
    return max(total, *(_records(attempt) for attempt in inner), 0)


def _lies_in(inner: Batch, outer: Batch) -> bool:
    if inner.since is None or inner.until is None or outer.since is None or outer.until is None:
        return False
    return outer.since <= inner.since and inner.until <= outer.until


def _records(attempt: Attempt) -> int:
    return sum(page["meta"].get("records", 0) for page in attempt.manifest["pages"])


SOURCE = Source(
    name="asterisk",
    title="Asterisk / FreePBX",
    streams=(QUEUE_LOG, CDR),
    read=read,
    cadence=timedelta(days=1),
    overlap=timedelta(hours=1),  # a call's records are written when its caller hangs up
)
