"""The gate: one landed attempt is taken apart, conformed, judged, and each of its records goes to exactly one place.

Nothing is dropped: landed = accepted + quarantined + duplicates + outside, in source records, or nothing is written.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from deskmart.errors import DeskmartError, GateError
from deskmart.lake import Lake, sha256_of, write_json
from deskmart.settings import Settings
from expectations import ledger
from expectations.admission import STEP, Admission, admissions, stored_admission
from expectations.batch_rules import why_stopped
from expectations.reading import Landed, read
from expectations.reasons import sentences, unmapped
from expectations.rulebook import Rulebook, rulebook_for
from expectations.sifting import Sifted, sift
from expectations.verdicts import Verdict, judge
from expectations.writing import accepted_table, first_seen_in, quarantine_table, write_parquet
from ingestion.landing import Attempt, pages_of
from ingestion.registry import source_named

__all__ = ["Admission", "admissions", "admit"]

_LOCK_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class _Judged:
    """An attempt after judgement: per record why it was refused, per row whether it is accepted."""

    landed: Landed
    sifted: Sifted
    verdicts: Sequence[Verdict]
    refused: Mapping[int, Sequence[str]]
    accepted: np.ndarray[Any, np.dtype[np.bool_]]


def admit(attempt: Attempt, settings: Settings, rulebook: Rulebook | None = None) -> Admission:
    """Validate a landed attempt: accepted rows, quarantine, a result without values, a ledger record.

    An attempt that was admitted under the same rules is not touched: its stored admission is returned. Calls for different
    streams may run side by side; for one stream they wait for each other. Raises `LandingError` when the landed bytes changed,
    and `GateError` when the suite cannot be run (nothing is written) or a batch rule stops the batch (quarantine and result
    are there to look at, the accepted file is not). `rulebook` replaces the declared stream and suite.
    """
    lake = Lake(settings.home)
    try:
        book = rulebook or _declared(attempt, settings)
        with ExitStack() as stack:
            _take_lock(stack, lake, f"admit-{attempt.batch.source}-{attempt.batch.stream}")
            return stored_admission(attempt, book.version, settings) or _admit(attempt, book, lake, settings)
    except GateError as error:
        place = {"source": attempt.batch.source, "stream": attempt.batch.stream, "batch": attempt.batch.id}
        raise GateError(error.message, **place, todo=error.todo) from error


def _admit(attempt: Attempt, book: Rulebook, lake: Lake, settings: Settings) -> Admission:
    started, at = time.monotonic(), datetime.now(UTC)
    judged = _judge(attempt, book, lake, settings)
    accepted = _accepted(judged, book, attempt, at, settings)
    admission = _admission(judged, book, attempt, at, accepted.num_rows, lake)
    admission.check()
    stopped = why_stopped(admission, judged.verdicts, admissions(settings), book.stream.mode, settings)
    _write_quarantine(judged, book, attempt, at, lake)
    if stopped:
        _write_result(replace(admission, seconds=time.monotonic() - started), judged, stopped, attempt, lake)
        raise GateError(stopped, todo="look at the quarantine file; mend the source or the rule, then run again")
    path = lake.accepted(attempt.batch, attempt.name)
    write_parquet(path, accepted)
    admission = replace(admission, seconds=round(time.monotonic() - started, 3), accepted_sha256=sha256_of(path))
    _write_result(admission, judged, "", attempt, lake)
    _record(admission, attempt, lake, settings)
    return admission


def _declared(attempt: Attempt, settings: Settings) -> Rulebook:
    stream = source_named(attempt.batch.source).stream(attempt.batch.stream)
    return rulebook_for(attempt.batch.source, stream, stream.decoder(settings, attempt.manifest), settings)


def _judge(attempt: Attempt, book: Rulebook, lake: Lake, settings: Settings) -> _Judged:
    decoder = book.stream.decoder(settings, attempt.manifest)
    landed = read(pages_of(attempt, lake), decoder)
    sifted = sift(landed, book.stream, attempt.batch, settings.default_region)
    verdicts = judge(sifted.table, list(book.rules()))
    refused: dict[int, dict[str, None]] = {record: dict.fromkeys(why) for record, why in landed.refused.items()}
    for row, unfit in sifted.unfit.items():
        refused.setdefault(int(sifted.owners[row]), {}).update(dict.fromkeys(unfit.values()))
    for verdict in verdicts:
        if verdict.rule.severity == "critical":
            for row in _broken_rows(verdict, sifted):
                refused.setdefault(int(sifted.owners[row]), {})[verdict.rule.code] = None
    accepted = ~np.isin(sifted.owners, list(refused)) if refused else np.ones(len(sifted.owners), dtype=bool)
    return _Judged(landed, sifted, verdicts, {record: list(why) for record, why in refused.items()}, accepted)


def _broken_rows(verdict: Verdict, sifted: Sifted) -> list[int]:
    """The rows that break a rule, without those of which the rule's fields could not even be read."""
    fields = set(verdict.rule.fields)
    return [row for row in verdict.rows or () if fields.isdisjoint(sifted.unfit.get(row, ()))]


def _accepted(judged: _Judged, book: Rulebook, attempt: Attempt, at: datetime, settings: Settings) -> pa.Table:
    sifted, mask = judged.sifted, judged.accepted
    return accepted_table(
        sifted.table.filter(pa.array(mask)),
        sifted.owners[mask],
        sifted.parts[mask],
        judged.landed,
        book.stream,
        attempt,
        at,
        settings,
    )


def _admission(judged: _Judged, book: Rulebook, attempt: Attempt, at: datetime, rows: int, lake: Lake) -> Admission:
    batch, sifted = attempt.batch, judged.sifted
    outside = {**judged.landed.outside, **sifted.outside}
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
        mode=book.stream.mode.value,
        landed=len(judged.landed.pages),
        accepted=len(np.unique(sifted.owners[judged.accepted])),
        quarantined=len(judged.refused),
        duplicates=len(sifted.copies),
        outside=len(outside),
        rows=rows,
        evaluated=sum(verdict.was_judged for verdict in judged.verdicts),
        seconds=0.0,
        rules_version=book.version,
        since=batch.since.isoformat() if batch.since else None,
        until=batch.until.isoformat() if batch.until else None,
        landed_at=attempt.manifest["landed_at"],
        admitted_at=at.isoformat(),
        accepted_file=lake.accepted(batch, attempt.name).relative_to(lake.home).as_posix(),
        reasons=dict(Counter(chain.from_iterable(judged.refused.values())).most_common()),
        warnings=warnings,
        outside_reasons=dict(Counter(outside.values()).most_common()),
    )


def _write_quarantine(judged: _Judged, book: Rulebook, attempt: Attempt, at: datetime, lake: Lake) -> None:
    path = lake.quarantine(attempt.batch, attempt.name)
    codes = frozenset(verdict.rule.code for verdict in judged.verdicts)
    table = quarantine_table(judged.refused, codes, judged.landed, book.version, first_seen_in(path.parent), at)
    write_parquet(path, table)


def _write_result(admission: Admission, judged: _Judged, stopped: str, attempt: Attempt, lake: Lake) -> None:
    """The validation result: counts, and per rule how many rows were judged and broke it. Never a value."""
    own = {verdict.rule.code: (verdict.rule.zh, verdict.rule.en) for verdict in judged.verdicts}
    told = (*admission.reasons, *admission.warnings, *admission.outside_reasons)
    named = {reason: own.get(reason) or sentences(reason) for reason in told}
    rules = [
        {
            "code": verdict.rule.code,
            "expectation": type(verdict.rule.expectation).__name__,
            "severity": verdict.rule.severity,
            "zh": verdict.rule.zh,
            "en": verdict.rule.en,
            "success": verdict.success,
            "judged_rows": judged.sifted.table.num_rows if verdict.was_judged and verdict.rows is not None else None,
            "broken_rows": len(verdict.rows) if verdict.rows is not None else None,
        }
        for verdict in judged.verdicts
    ]
    content = {
        "admission": admission.as_json(),
        "stopped": stopped,
        "rules": rules,
        "sentences": {reason: {"zh": zh, "en": en} for reason, (zh, en) in named.items()},
    }
    write_json(lake.validation(attempt.batch, attempt.name), content)


def _record(admission: Admission, attempt: Attempt, lake: Lake, settings: Settings) -> None:
    batch, name = attempt.batch, attempt.name
    counts = {part: getattr(admission, part) for part in ("landed", "accepted", "quarantined", "duplicates", "outside", "rows")}
    ledger.record(
        settings,
        STEP,
        str(attempt),
        counts,
        files_read=[lake.landing(batch, name) / "manifest.json"],
        files_written=[lake.accepted(batch, name), lake.quarantine(batch, name), lake.validation(batch, name)],
        more={"admission": admission.as_json(), "rules_version": admission.rules_version},
    )


def _take_lock(stack: ExitStack, lake: Lake, name: str) -> None:
    """Hold a lock of the home until the stack ends; wait for the process that has it, ten minutes at most."""
    deadline = time.monotonic() + _LOCK_PATIENCE_SECONDS
    while True:
        try:
            return stack.enter_context(lake.lock(name))
        except DeskmartError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
