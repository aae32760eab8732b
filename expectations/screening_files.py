"""Markers files: what screening found in the accepted texts of one attempt, written before its accepted file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from deskmart.errors import GateError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.screening import features_of
from expectations.screening_rules import rules_version
from expectations.screening_scan import Found, scan, snippet
from expectations.screening_schema import MARKERS
from expectations.tokens import token_of
from expectations.writing import write_parquet
from ingestion.landing import Attempt
from ingestion.schema import ADDRESS
from ingestion.source import Mark, Stream, Texts

_VERSION = "screening_version"


def write_markers(attempt: Attempt, stream: Stream, rows: pa.Table, accepted: pa.Table, settings: Settings) -> list[Path]:
    """Screen the texts of an attempt's accepted rows and write its markers file; the paths written, none for a stream without text.

    `rows` are the conformed rows with their texts in clear, `accepted` the same rows as they leave the gate (its address columns
    are taken over). Raises `GateError` when a text cannot be screened; then nothing is written.
    """
    if stream.texts is None:
        return []
    path = Lake(settings.home).markers(attempt.batch, attempt.name)
    write_parquet(path, markers_table(stream, rows, accepted, settings))
    return [path]


def markers_table(stream: Stream, rows: pa.Table, accepted: pa.Table, settings: Settings) -> pa.Table:
    """A row for each text that was screened and one for each marker; see `screening_schema`."""
    if stream.texts is None:
        raise GateError(f"{stream.name} does not say whose its texts are", todo="declare its texts")
    texts = _texts(stream, rows)
    days = _days(stream, rows, settings)
    subjects = [f"{stream.texts.id_prefix}{value}" for value in rows[stream.texts.id_field].to_pylist()]
    screened = [_screened(place, texts, subjects, stream.texts) for place in range(len(texts)) if texts[place].is_valid]
    hits = [_marker(one, texts, subjects, stream.texts, settings) for one in scan(texts) if one.rule.is_in_force(days[one.place])]
    places = pa.array([one["place"] for one in (*screened, *hits)], pa.int64())
    own = pa.Table.from_pylist([*screened, *hits], schema=pa.schema([item for item in MARKERS if item.name not in ADDRESS.names]))
    address = accepted.select(ADDRESS.names).take(places)
    return stamped(pa.table([*own.columns, *address.columns], schema=MARKERS))


def stamped(table: pa.Table) -> pa.Table:
    """The table as one of today's rules."""
    return table.cast(MARKERS).replace_schema_metadata({_VERSION: rules_version()})


def version_of(path: Path) -> str:
    """The version of the rules that a markers file was last screened by; empty when there is no file."""
    if not path.is_file():
        return ""
    metadata = pq.read_schema(path).metadata or {}
    return str((metadata.get(_VERSION.encode()) or b"").decode())


def _texts(stream: Stream, rows: pa.Table) -> pa.Array:
    (name,) = [item.name for item in stream.fields if item.mark is Mark.TEXT]
    return rows[name].combine_chunks()


def _days(stream: Stream, rows: pa.Table, settings: Settings) -> Sequence[date | None]:
    """The local day of each row, by which the rules in force are chosen."""
    if stream.dated is None:
        return [None] * rows.num_rows
    zone = settings.zone
    return [moment and moment.astimezone(zone).date() for moment in rows[stream.dated].to_pylist()]


def _screened(place: int, texts: pa.Array, subjects: Sequence[str], of: Texts) -> Mapping[str, Any]:
    return {
        "place": place,
        "subject_kind": of.subject_kind,
        "subject_id": subjects[place],
        "rules_version": rules_version(),
        "language": features_of(texts[place].as_py()).language,
    }


def _marker(one: Found, texts: pa.Array, subjects: Sequence[str], of: Texts, settings: Settings) -> Mapping[str, Any]:
    rule, hit = one.rule, one.hit
    name = "|".join((of.subject_kind, subjects[one.place], rule.id, str(hit.start)))
    return {
        "place": one.place,
        "marker_id": hashlib.sha256(name.encode()).hexdigest()[:32],
        "rule_id": rule.id,
        "rule_version": rule.version,
        "kind": rule.kind,
        "severity": rule.severity,
        "speaker": rule.speaker,
        "polarity": rule.polarity,
        "is_negated": hit.is_negated,
        "is_quoted": hit.is_quoted,
        "subject_kind": of.subject_kind,
        "subject_id": subjects[one.place],
        "position": hit.start,
        "value_hash": None if hit.value is None else token_of(rule.id, hit.value, settings),
        "snippet_masked": snippet(texts[one.place].as_py(), hit),
    }
