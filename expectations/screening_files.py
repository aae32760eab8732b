"""Markers files: what screening found in the accepted texts of one attempt, written before its accepted file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from deskmart.errors import GateError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.screening_rules import rules_version
from expectations.screening_scan import Found, scan, snippet
from expectations.screening_schema import MARKER, MARKERS
from expectations.suppression import surrogates_among
from expectations.tokens import token_of
from expectations.writing import parquet_file
from ingestion.landing import Attempt
from ingestion.schema import ADDRESS
from ingestion.source import Mark, Stream, Texts

_VERSION = "screening_version"


@contextmanager
def markers_file(attempt: Attempt, stream: Stream, lake: Lake) -> Iterator[Callable[[pa.Table], None] | None]:
    """Where to write the markers of an attempt's accepted rows, in tables of `markers_table`; None of a stream without text."""
    if stream.texts is None:
        yield None
        return
    with parquet_file(lake.markers(attempt.batch, attempt.name), stamped(MARKERS.empty_table()).schema) as write:
        yield lambda table: write(stamped(table))


def markers_table(stream: Stream, rows: pa.Table, accepted: pa.Table, settings: Settings) -> pa.Table:
    """A row for each text that was screened and one for each marker; see `screening_schema`.

    `rows` are conformed rows with their texts in clear, `accepted` the same rows as they leave the gate (its address columns
    are taken over). Raises `GateError` when a text cannot be screened.
    """
    if stream.texts is None:
        raise GateError(f"{stream.name} does not say whose its texts are", todo="declare its texts")
    of, name = stream.texts, next(item.name for item in stream.fields if item.mark is Mark.TEXT)
    texts, ids = rows[name].combine_chunks(), rows[of.id_field].combine_chunks().cast(pa.string())
    subjects = pc.binary_join_element_wise(pa.scalar(of.id_prefix), ids, "")
    places = pc.indices_nonzero(texts.is_valid())
    kinds = pa.array([of.subject_kind]).take(pa.array(np.zeros(len(places), dtype=np.int64)))
    screened = {
        "subject_kind": kinds,
        "subject_id": subjects.take(places),
        "rules_version": pa.array([rules_version()]).take(pa.array(np.zeros(len(places), dtype=np.int64))),
        "language": accepted[f"{name}_language"].combine_chunks().take(places),
    }
    return stamped(
        pa.concat_tables([_addressed(screened, places, accepted), _markers(texts, subjects, stream, rows, accepted, settings)])
    )


def _markers(
    texts: pa.Array, subjects: pa.Array, stream: Stream, rows: pa.Table, accepted: pa.Table, settings: Settings
) -> pa.Table:
    """A row for each hit of a rule that was in force on the day of its text."""
    assert stream.texts is not None
    coded = texts.dictionary_encode()
    numbers = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    order = np.argsort(numbers, kind="stable")
    sorted_numbers = numbers[order]
    days = _days(stream, rows, settings)
    found: list[dict[str, Any]] = []
    places: list[int] = []
    hits = scan(coded.dictionary)
    texts_hit = np.array([one.place for one in hits], dtype=sorted_numbers.dtype)
    firsts = np.searchsorted(sorted_numbers, texts_hit, side="left").tolist()
    lasts = np.searchsorted(sorted_numbers, texts_hit, side="right").tolist()
    for one, first, last in zip(hits, firsts, lasts, strict=True):
        shared = _shared(one, coded.dictionary[one.place].as_py(), stream.texts, settings)
        for place in order[first:last].tolist():
            if one.rule.is_in_force(days[place].as_py()):
                subject = subjects[place].as_py()
                found.append({**shared, "subject_id": subject, "marker_id": _marker_id(shared, subject)})
                places.append(place)
    _suppress(found, settings)
    columns = {field.name: pa.array([one[field.name] for one in found], field.type) for field in MARKERS if field.name in MARKER}
    return _addressed(columns, pa.array(places, pa.int64()), accepted)


def _addressed(columns: Mapping[str, pa.Array], places: pa.Array, accepted: pa.Table) -> pa.Table:
    """Rows of the markers' schema: these columns, the addresses of the places, and nulls for the rest."""
    address = accepted.select(ADDRESS.names).take(places)
    nulls = {field.name: pa.nulls(len(places), field.type) for field in MARKERS}
    return pa.table({**nulls, **columns, **{name: address[name] for name in ADDRESS.names}}, schema=MARKERS)


def _suppress(hits: Sequence[dict[str, Any]], settings: Settings) -> None:
    """Surrogates instead of the values of customers who were erased."""
    surrogates = surrogates_among((one["value_hash"] for one in hits), settings)
    for one in hits:
        one["value_hash"] = surrogates.get(one["value_hash"], one["value_hash"])


def stamped(table: pa.Table) -> pa.Table:
    """The table as one of today's rules."""
    return table.cast(MARKERS).replace_schema_metadata({_VERSION: rules_version()})


def version_of(path: Path) -> str:
    """The version of the rules that a markers file was last screened by; empty when there is no file."""
    if not path.is_file():
        return ""
    metadata = pq.read_schema(path).metadata or {}
    return str((metadata.get(_VERSION.encode()) or b"").decode())


def _days(stream: Stream, rows: pa.Table, settings: Settings) -> pa.Array:
    """The local day of each row, by which the rules in force are chosen."""
    if stream.dated is None:
        return pa.nulls(rows.num_rows, pa.date32())
    moments = rows[stream.dated].combine_chunks()
    return pc.local_timestamp(moments.cast(pa.timestamp("us", settings.site_timezone))).cast(pa.date32())


def _shared(one: Found, text: str, of: Texts, settings: Settings) -> dict[str, Any]:
    """What is the same for a hit wherever its text stands."""
    rule, hit = one.rule, one.hit
    return {
        "rule_id": rule.id,
        "rule_version": rule.version,
        "kind": rule.kind,
        "severity": rule.severity,
        "speaker": rule.speaker,
        "polarity": rule.polarity,
        "is_negated": hit.is_negated,
        "is_quoted": hit.is_quoted,
        "subject_kind": of.subject_kind,
        "position": hit.start,
        "value_hash": None if hit.value is None else token_of(rule.id, hit.value, settings),
        "snippet_masked": snippet(text, hit),
    }


def _marker_id(shared: Mapping[str, Any], subject: str) -> str:
    """The same whenever the same rule finds something at the same place of the same text."""
    name = "|".join((shared["subject_kind"], subject, shared["rule_id"], str(shared["position"])))
    return hashlib.sha256(name.encode()).hexdigest()[:32]
