"""The main job, step by step: land, validate, build, audit, publish. The command line and the DAGs call the same functions."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deskmart.alerting.telling import well_again
from deskmart.batch import Interval
from deskmart.build import Build, build, discard
from deskmart.errors import AuditError, DeskmartError, ServingError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.admission import Admission, admissions, current_admissions
from expectations.moves import moves
from expectations.restated import Acceptance, Restatements
from ingestion.ingest import batches_of, ingest
from ingestion.landing import Attempt, stream_attempts
from ingestion.registry import source_named, sources_in_use
from ingestion.source import Source

if TYPE_CHECKING:
    from serving.postgres.serve import Served

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Outcome:
    """What a run did: admissions, errors by source, the seconds each stage took, and what was published."""

    admissions: list[Admission] = field(default_factory=list)
    errors: dict[str, DeskmartError] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    build: Build | None = None
    publish_id: str | None = None
    restated: Restatements | None = None
    served: Served | None = None

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.monotonic() - started


def chosen_sources(settings: Settings, names: Sequence[str] | None) -> list[Source]:
    """The named sources, or all that are configured; `UsageError` or `SettingsError` for a name that is not."""
    if not names:
        return sources_in_use(settings)
    for name in names:
        source_named(name)
        settings.source(name)
    return [source_named(name) for name in names]


def land_source(source: Source, settings: Settings, interval: Interval) -> list[Attempt]:
    """Land every batch of a source for the interval."""
    return [ingest(source, batch, settings) for batch in batches_of(source, settings, interval)]


def validate_attempts(attempts: Sequence[Attempt], settings: Settings) -> list[Admission]:
    """Bring landed attempts through the gate; the first error is raised when all were tried.

    When the rules of screening have changed, what their sources' earlier texts hold is looked for anew.
    """
    from expectations.gate import admit_all
    from expectations.rescreening import rescreen_outdated

    admitted = admit_all(attempts, settings)
    for source in sorted({attempt.batch.source for attempt in attempts}):
        rescreen_outdated(settings, [source])
    return admitted


def waiting_attempts(source: Source, settings: Settings, *, again: bool = False) -> list[Attempt]:
    """Landed attempts of a source that the gate has not admitted yet, without those that were given up.

    With `again` also those in use: the gate leaves alone what was judged by the rules of today.
    """
    lake = Lake(settings.home)
    in_use = {one.attempt_name for one in current_admissions(settings)} if again else set()
    done = {one.attempt_name for one in admissions(settings)} - in_use | moves(settings).waived_attempts
    return [
        attempt
        for stream in source.streams
        for attempt in stream_attempts(source.name, stream.name, lake)
        if str(attempt) not in done
    ]


def publish_build(settings: Settings, outcome: Outcome, on_stage: Callable[[str], None] = lambda stage: None) -> None:
    """Build, audit and publish; without new inputs nothing is built. The candidate of a failed audit is thrown away.

    However that ends, the auditor's report is written.
    """
    with _reported(settings, outcome):
        on_stage("build")
        with outcome.timed("build"):
            outcome.build = build(settings)
        if outcome.build.is_new:
            _audit_and_publish(outcome.build, settings, outcome, on_stage)
    serve(settings, outcome, on_stage)


def audit_and_publish(
    built: Build,
    settings: Settings,
    outcome: Outcome,
    on_stage: Callable[[str], None],
    acceptance: Acceptance | None = None,
) -> None:
    """Audit a candidate and publish it; a candidate that breaks a rule is thrown away, one that restates too much waits.

    However that ends, the auditor's report is written.
    """
    with _reported(settings, outcome):
        _audit_and_publish(built, settings, outcome, on_stage, acceptance)
    serve(settings, outcome, on_stage)


def serve(settings: Settings, outcome: Outcome, on_stage: Callable[[str], None] = lambda stage: None) -> None:
    """Bring what is published into PostgreSQL where one is configured and shows something else.

    A database that is down spoils nothing: its error is in `Outcome.errors`, the published files stand, and the next run heals it.
    """
    from serving.postgres.serve import serve_postgres

    on_stage("serve")
    try:
        with outcome.timed("serve"):
            outcome.served = serve_postgres(settings)
    except ServingError as error:
        outcome.errors["postgres"] = error
    if not outcome.served:
        outcome.seconds.pop("serve")


@contextmanager
def _reported(settings: Settings, outcome: Outcome) -> Iterator[None]:
    from expectations.report import write_report

    try:
        yield
    finally:
        with outcome.timed("report"):
            write_report(settings)


def _audit_and_publish(
    built: Build,
    settings: Settings,
    outcome: Outcome,
    on_stage: Callable[[str], None],
    acceptance: Acceptance | None = None,
) -> None:
    from expectations.audit import audit
    from serving.publish import publish

    on_stage("audit")
    try:
        with outcome.timed("audit"):
            outcome.restated = audit(built, settings, acceptance)
    except AuditError:
        discard(Lake(settings.home))
        raise
    on_stage("publish")
    with outcome.timed("publish"):
        outcome.publish_id = publish(built, settings).publish_id
    well_again("build_warehouse", settings)


def run(
    settings: Settings,
    interval: Interval,
    names: Sequence[str] | None = None,
    on_stage: Callable[[str], None] = lambda stage: None,
) -> Outcome:
    """Land and validate each source, then build, audit and publish.

    A source that fails does not stop the others: its error is in `Outcome.errors`, and the marts are built from what is there.
    Raises what build, audit or publish raise; what is published then stays as it was.
    """
    outcome = Outcome()
    for source in chosen_sources(settings, names):
        on_stage(f"ingest {source.name}")
        try:
            with outcome.timed(f"land {source.name}"):
                attempts = land_source(source, settings, interval)
            with outcome.timed(f"validate {source.name}"):
                outcome.admissions += validate_attempts(attempts, settings)
        except DeskmartError as error:
            outcome.errors[source.name] = error
            log.error("%s", error)
    publish_build(settings, outcome, on_stage)
    return outcome
