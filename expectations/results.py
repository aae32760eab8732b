"""What becomes of a judged attempt: its admission, and the files that tell of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from deskmart.lake import Lake, write_json
from deskmart.settings import Settings
from expectations import ledger
from expectations.admission import STEP, STOPPED, Admission
from expectations.batch_checks import Finding
from expectations.judging import Judged
from expectations.owners import owner_of
from expectations.reasons import ERASED, sentences, unmapped
from expectations.screening_files import markers_file, markers_table
from expectations.screening_schema import MARKERS
from expectations.writing import QUARANTINE_SCHEMA, Moments, accepted_table, first_seen_in, parquet_file, quarantine_tables
from ingestion.landing import Attempt
from ingestion.schema import accepted_schema


def accepted_of(judged: Judged, at: datetime, settings: Settings) -> pa.Table:
    """The accepted rows as they leave the gate, all at once; without those that are carried over."""
    tables = [accepted for _, accepted in accepted_pieces(judged, at, settings)]
    return pa.concat_tables(tables)


def accepted_pieces(judged: Judged, at: datetime, settings: Settings) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The accepted rows a piece at a time: as they were conformed, in clear, and as they leave the gate."""
    sifted, stream = judged.sifted, judged.book.stream
    for where, piece in sifted.rows.pieces():
        mask = judged.accepted[where]
        rows = piece.filter(pa.array(mask))
        owners, parts = sifted.owners[where][mask], sifted.parts[where][mask]
        yield rows, accepted_table(rows, owners, parts, judged.landed, stream, judged.attempt, at, settings)


def write_accepted(judged: Judged, at: datetime, lake: Lake, settings: Settings) -> None:
    """The accepted file, and before it its markers and the quarantine file; none of them when a text cannot be screened."""
    attempt, stream, carried = judged.attempt, judged.book.stream, judged.carried
    path = lake.accepted(attempt.batch, attempt.name)
    moments = Moments(path)
    with parquet_file(path, accepted_schema(stream)) as write, markers_file(attempt, stream, lake) as mark:
        for rows, accepted in accepted_pieces(judged, at, settings):
            kept = moments.keep(accepted)
            write(kept)
            if mark is not None:
                mark(markers_table(stream, rows, kept, settings))
        if carried.accepted is not None:
            write(moments.keep(carried.accepted))
        if mark is not None and carried.markers is not None:
            mark(carried.markers.cast(MARKERS))
        write_quarantine(judged, at, lake)


def admission_of(judged: Judged, at: datetime, lake: Lake) -> Admission:
    """Where the attempt's records went; without the seconds it took and the accepted file's hash."""
    attempt, batch, sifted = judged.attempt, judged.attempt.batch, judged.sifted
    carried = judged.carried
    outside = {**judged.landed.outside, **sifted.outside, **dict.fromkeys(carried.outside, ERASED)}
    judged_codes = {verdict.rule.code for verdict in judged.verdicts}
    warnings = {unmapped(name): count for name, count in sifted.unmapped.items() if unmapped(name) not in judged_codes}
    for verdict in judged.verdicts:
        if verdict.rule.severity == "warning" and not verdict.success:
            warnings[verdict.rule.code] = len(verdict.rows) if verdict.rows is not None else 1
    return Admission(
        source=batch.source,
        stream=batch.stream,
        batch=batch.id,
        attempt=attempt.name,
        mode=judged.book.stream.mode.value,
        landed=len(judged.landed.pages),
        accepted=len(np.unique(sifted.owners[judged.accepted])) + carried.records,
        quarantined=len(judged.refused) + carried.refused,
        duplicates=len(sifted.copies),
        outside=len(outside),
        rows=int(judged.accepted.sum()) + (carried.accepted.num_rows if carried.accepted is not None else 0),
        evaluated=sum(verdict.was_judged for verdict in judged.verdicts),
        seconds=0.0,
        rules_version=judged.book.version,
        since=batch.since.isoformat() if batch.since else None,
        until=batch.until.isoformat() if batch.until else None,
        landed_at=attempt.manifest["landed_at"],
        admitted_at=at.isoformat(),
        accepted_file=lake.accepted(batch, attempt.name).relative_to(lake.home).as_posix(),
        reasons=dict(Counter(chain.from_iterable(judged.refused.values())).most_common()),
        warnings=warnings,
        outside_reasons=dict(Counter(outside.values()).most_common()),
        source_count=_source_count(attempt),
    )


def _source_count(attempt: Attempt) -> int | None:
    """How many records the source said its pages hold; None unless it did of every page."""
    told = [page["meta"].get("source_count") for page in attempt.manifest["pages"]]
    return sum(told) if told and None not in told else None


def write_quarantine(judged: Judged, at: datetime, lake: Lake) -> None:
    """The refused records with their reasons; a file without rows when there are none."""
    path = lake.quarantine(judged.attempt.batch, judged.attempt.name)
    codes = frozenset(verdict.rule.code for verdict in judged.verdicts)
    seen = first_seen_in(path.parent)
    with parquet_file(path, QUARANTINE_SCHEMA) as write:
        for table in quarantine_tables(judged.refused, codes, judged.landed, judged.book.version, seen, at):
            write(table)
        if judged.carried.quarantined is not None:
            write(judged.carried.quarantined.cast(QUARANTINE_SCHEMA))


def write_result(admission: Admission, judged: Judged, stopped: str, lake: Lake, findings: Sequence[Finding] = ()) -> None:
    """The validation result: counts, per rule how many rows were judged and broke it, what is unlike before. Never a value."""
    own = {verdict.rule.code: (verdict.rule.zh, verdict.rule.en) for verdict in judged.verdicts}
    own |= {finding.rule.code: (finding.rule.zh, finding.rule.en) for finding in findings}
    told = (*admission.reasons, *admission.warnings, *admission.outside_reasons)
    named = {reason: own.get(reason) or sentences(reason) for reason in told}
    rules = [
        {
            "code": verdict.rule.code,
            "expectation": type(verdict.rule.expectation).__name__,
            "severity": verdict.rule.severity,
            "owner": verdict.rule.owner,
            "zh": verdict.rule.zh,
            "en": verdict.rule.en,
            "success": verdict.success,
            "judged_rows": judged.sifted.rows.count if verdict.was_judged and verdict.rows is not None else None,
            "broken_rows": len(verdict.rows) if verdict.rows is not None else None,
        }
        for verdict in judged.verdicts
    ]
    content = {
        "admission": admission.as_json(),
        "stopped": stopped,
        "rules": rules,
        "batch_rules": [{**finding.as_json(), "owner": owner_of(admission.source, admission.stream)} for finding in findings],
        "sentences": {reason: {"zh": zh, "en": en} for reason, (zh, en) in named.items()},
    }
    write_json(lake.validation(judged.attempt.batch, judged.attempt.name), content)


def record(
    admission: Admission,
    attempt: Attempt,
    lake: Lake,
    settings: Settings,
    step: str = STEP,
    more: Mapping[str, Any] | None = None,
) -> None:
    """The ledger's record of how an attempt stands. What is stopped has no accepted file: its good records are held back."""
    batch, name = attempt.batch, attempt.name
    counts = {part: getattr(admission, part) for part in ("landed", "accepted", "quarantined", "duplicates", "outside", "rows")}
    if step == STOPPED:
        counts = {**counts, "accepted": 0, "rows": 0, "held_back": admission.accepted}
    written = [lake.quarantine(batch, name), lake.validation(batch, name)]
    markers = [path for path in [lake.markers(batch, name)] if path.exists()]  # of a stream with texts
    ledger.record(
        settings,
        step,
        str(attempt),
        counts,
        files_read=[lake.landing(batch, name) / "manifest.json"],
        files_written=written if step == STOPPED else [lake.accepted(batch, name), *markers, *written],
        more={"admission": admission.as_json(), "rules_version": admission.rules_version, **(more or {})},
    )
