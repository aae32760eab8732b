"""The gate: one landed attempt is taken apart, conformed, judged, and each of its records goes to exactly one place.

Nothing is dropped: landed = accepted + quarantined + duplicates + outside, in source records, or nothing is written.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from deskmart.batch import Batch
from deskmart.errors import DeskmartError, GateError
from deskmart.lake import Lake, sha256_of
from deskmart.settings import Settings
from expectations.admission import STOPPED, Admission, admissions, stored_admission
from expectations.approval import Approval
from expectations.batch_checks import look, why_unlike
from expectations.batch_rules import why_stopped
from expectations.judging import Judged, Prepared, judge_all, prepare
from expectations.profile import profile_of, recent, remember
from expectations.results import admission_of, record, write_accepted, write_quarantine, write_result
from expectations.rulebook import Rulebook, rulebook_for
from ingestion.landing import Attempt
from ingestion.registry import source_named

__all__ = ["Admission", "admission_lock", "admissions", "admit", "admit_all", "declared_rulebook", "let_pass"]

T = TypeVar("T")
_log = logging.getLogger(__name__)
MOST_RECORDS_AT_ONCE = 200_000
_LOCK_PATIENCE_SECONDS = 600.0


def admit(attempt: Attempt, settings: Settings, rulebook: Rulebook | None = None) -> Admission:
    """Validate a landed attempt: accepted rows, quarantine, a result without values, a ledger record.

    An attempt that was admitted under the same rules is not touched: its stored admission is returned. Calls for different
    streams may run side by side; for one stream they wait for each other. Raises `LandingError` when the landed bytes changed,
    and `GateError` when the suite cannot be run (nothing is written) or a batch rule stops the batch (quarantine and result
    are there to look at, the accepted file is not). `rulebook` replaces the declared stream and suite.
    """
    return admit_all([attempt], settings, rulebook)[0]


def admit_all(attempts: Sequence[Attempt], settings: Settings, rulebook: Rulebook | None = None) -> list[Admission]:
    """Validate landed attempts as `admit` does each, with the same results; many small ones of a stream take far less time.

    An attempt that fails does not stop the others; the first error, as `admit` would raise it, is raised in the end.
    """
    streams: dict[tuple[str, str], dict[str, Attempt]] = {}
    for attempt in attempts:
        streams.setdefault((attempt.batch.source, attempt.batch.stream), {})[str(attempt)] = attempt
    found: dict[str, Admission | DeskmartError] = {}
    for stream in streams.values():
        found |= _admit_stream(list(stream.values()), settings, rulebook)
    admitted: list[Admission] = []
    errors: list[DeskmartError] = []
    for attempt in attempts:
        outcome = found[str(attempt)]
        (errors if isinstance(outcome, DeskmartError) else admitted).append(outcome)  # type: ignore[arg-type]
    for error in errors[1:]:
        _log.error("%s", error)
    if errors:
        raise errors[0]
    return admitted


def let_pass(attempt: Attempt, settings: Settings, approval: Approval, rulebook: Rulebook | None = None) -> Admission:
    """Admit an attempt although a batch rule stops it: two people answer for that, and the ledger keeps their names.

    Its rows are judged one by one under the present rules as ever; `GateError` when that is impossible.
    """
    with admission_lock(attempt.batch, settings):
        prepared = prepare(attempt, rulebook or declared_rulebook(attempt, settings), Lake(settings.home), settings)
        return settle(judge_all([prepared])[0], Lake(settings.home), settings, approval)


@contextmanager
def admission_lock(batch: Batch, settings: Settings) -> Iterator[None]:
    """Be the only one who admits or moves records of a stream."""
    with Lake(settings.home).lock(f"admit-{batch.source}-{batch.stream}", _LOCK_PATIENCE_SECONDS):
        yield


def _admit_stream(
    attempts: Sequence[Attempt], settings: Settings, rulebook: Rulebook | None
) -> dict[str, Admission | DeskmartError]:
    """The admission or the error of each attempt of one stream, by name; so many are held in memory as stay below a limit."""
    lake, batch = Lake(settings.home), attempts[0].batch
    found: dict[str, Admission | DeskmartError] = {}
    with ExitStack() as stack:
        try:
            stack.enter_context(admission_lock(batch, settings))
        except DeskmartError as error:
            return {str(attempt): error for attempt in attempts}
        waiting: list[Prepared] = []
        for attempt in attempts:
            match _caught(attempt, partial(_stored_or_prepared, attempt, rulebook, lake, settings)):
                case Prepared() as prepared:
                    waiting.append(prepared)
                case Admission() | DeskmartError() as outcome:
                    found[str(attempt)] = outcome
            if sum(len(one.landed.pages) for one in waiting) >= MOST_RECORDS_AT_ONCE:
                found |= _judged_and_admitted(waiting, lake, settings)
                waiting = []
        return found | _judged_and_admitted(waiting, lake, settings)


def _stored_or_prepared(attempt: Attempt, rulebook: Rulebook | None, lake: Lake, settings: Settings) -> Admission | Prepared:
    book = rulebook or declared_rulebook(attempt, settings)
    return stored_admission(attempt, book.version, settings) or prepare(attempt, book, lake, settings)


def _judged_and_admitted(prepared: Sequence[Prepared], lake: Lake, settings: Settings) -> dict[str, Admission | DeskmartError]:
    found: dict[str, Admission | DeskmartError] = {}
    for one, judged in zip(prepared, judge_all(prepared), strict=True):
        found[str(one.attempt)] = _caught(one.attempt, partial(settle, judged, lake, settings))
    return found


def _caught(attempt: Attempt, act: Callable[[], T]) -> T | DeskmartError:
    """What `act` gives, or its error; that of the gate says which attempt's batch it is about."""
    try:
        return act()
    except GateError as error:
        place = {"source": attempt.batch.source, "stream": attempt.batch.stream, "batch": attempt.batch.id}
        placed = GateError(error.message, **place, todo=error.todo)
        placed.__cause__ = error
        return placed
    except DeskmartError as error:
        return error


def settle(judged: Judged | GateError, lake: Lake, settings: Settings, approval: Approval | None = None) -> Admission:
    """Do what a judgement says, under the stream's `admission_lock`: write the files and the ledger's record, or stop the batch.

    `approval` overrules batch rules. Raises the judgement's error, or `GateError` for a batch that is stopped.
    """
    if isinstance(judged, GateError):
        raise judged
    attempt = judged.attempt
    started, at = time.monotonic() - judged.seconds, datetime.now(UTC)
    path = lake.accepted(attempt.batch, attempt.name)
    admission = admission_of(judged, at, lake)
    admission.check()
    profile = profile_of(judged)
    findings = look(profile, recent(profile, judged, lake), judged, settings)
    told = {finding.rule.code: len(finding.names) for finding in findings if finding.rule.severity == "warning"}
    admission = replace(admission, warnings={**admission.warnings, **told})
    stopped = why_stopped(admission, judged.verdicts, lambda: admissions(settings), judged.book.stream.mode, settings)
    stopped = stopped or why_unlike(findings)
    if stopped and approval is None and path.exists():
        raise GateError(f"{stopped}; it stays as it was admitted before", todo="see `deskmart validate --preview`; mend the rule")
    if stopped and approval is None:
        write_quarantine(judged, at, lake)
        admission = replace(admission, seconds=time.monotonic() - started)
        write_result(admission, judged, stopped, lake, findings)
        record(admission, attempt, lake, settings, STOPPED, {"stopped": stopped})
        raise GateError(stopped, todo="look at `deskmart quarantine list`; mend the source or the rule, then run again")
    write_accepted(judged, at, lake, settings)
    admission = replace(admission, seconds=round(time.monotonic() - started, 3), accepted_sha256=sha256_of(path))
    write_result(admission, judged, "", lake, findings)
    remember(profile, judged, lake)
    if stopped and approval is not None:
        record(admission, attempt, lake, settings, "unstopped", {"overruled": stopped, "approval": approval.as_json()})
    else:
        record(admission, attempt, lake, settings)
    return admission


def declared_rulebook(attempt: Attempt, settings: Settings) -> Rulebook:
    """The rules of today for an attempt of a declared source."""
    stream = source_named(attempt.batch.source).stream(attempt.batch.stream)
    return rulebook_for(attempt.batch.source, stream, stream.decoder(settings, attempt.manifest), settings)
