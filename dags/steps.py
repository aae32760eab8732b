"""What the tasks call: Airflow's words (params, texts in XCom, skipping) on one side, Deskmart's functions on the other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date
from typing import Any, TypeVar

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from dags.connections import settings_from_connections
from deskmart.alerting.telling import well_again
from deskmart.batch import Batch, Interval
from deskmart.errors import DeskmartError, UsageError
from deskmart.lake import Lake
from deskmart.settings import Settings
from ingestion.registry import source_named

T = TypeVar("T")
_log = logging.getLogger(__name__)

COUNTS = ("landed", "accepted", "quarantined", "duplicates", "outside")


def find_batches(source: str) -> list[list[str]]:
    """Names of the batches that cover this run's interval, together by stream; skips when the source is not configured.

    Attempts that an earlier run landed but did not get to validate are listed too, as `<batch>/<attempt>`.
    """
    from deskmart.pipeline import waiting_attempts
    from ingestion.ingest import batches_of

    settings = settings_from_connections()
    if source not in settings.sources:
        raise AirflowSkipException(f"{source} is not configured")
    streams: dict[str, list[str]] = {}
    for batch in batches_of(source_named(source), settings, interval(settings)):
        streams.setdefault(batch.stream, []).append(str(batch))
    for attempt in waiting_attempts(source_named(source), settings):
        if not Lake(settings.home).validation(attempt.batch, attempt.name).exists():
            streams.setdefault(attempt.batch.stream, []).append(str(attempt))
    if not streams:
        well_again(f"ingest_{source}", settings)
    return list(streams.values())


def interval(settings: Settings) -> Interval:
    """What this run is to cover: its params `since` and `until` when given, else its data interval."""
    context = get_current_context()
    since, until = (context["params"].get(name) for name in ("since", "until"))
    if since and until:
        return Interval.of_days(date.fromisoformat(since), date.fromisoformat(until), settings.zone)
    if since or until:
        raise UsageError("a run takes both since and until, or neither", todo="trigger it again with both days")
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if start is None or end is None:
        raise UsageError("the run has no data interval", todo="trigger it with since and until")
    return Interval(start.astimezone(UTC), end.astimezone(UTC))


def land(batches: list[str]) -> list[str]:
    """Land a stream's batches; the attempts' names, `<batch>/<attempt>`. The first error is raised when all were tried."""
    from ingestion.ingest import ingest

    settings = settings_from_connections()

    def one(name: str) -> str:
        if name.count("/") == 3:
            return name  # landed before
        batch = Batch.parse(name)
        return str(ingest(source_named(batch.source), batch, settings))

    return _each(batches, one)


def validate(attempts: list[str]) -> dict[str, int]:
    """Validate a stream's landed attempts; their counts in source records. The first error is raised when all were tried."""
    from expectations.gate import admit_all
    from ingestion.landing import Attempt, read_attempt

    settings = settings_from_connections()

    def landed(name: str) -> Attempt:
        batch, _, attempt = name.rpartition("/")
        return read_attempt(Batch.parse(batch), attempt, Lake(settings.home))

    admissions = admit_all(_each(attempts, landed), settings)
    return {count: sum(getattr(admission, count) for admission in admissions) for count in COUNTS}


def announce(source: str) -> None:
    """Succeed, and so raise the source's asset, when a build would read other inputs than the published one; skip when not."""
    from deskmart.build import published_digest
    from deskmart.freeze import freeze

    settings = settings_from_connections()
    well_again(f"ingest_{source}", settings)
    if published_digest(Lake(settings.home)) == freeze(settings).digest:
        raise AirflowSkipException(f"nothing new of {source}")


def build() -> dict[str, Any]:
    """Build a candidate and describe it; skips when the published marts are made of the same inputs."""
    from deskmart.build import build

    settings = settings_from_connections()
    done = build(settings)
    if not done.is_new:
        well_again("build_warehouse", settings)
        raise AirflowSkipException("nothing new since the last publish")
    return asdict(done)


def audit(built: dict[str, Any]) -> dict[str, Any]:
    """Check the candidate; `AuditError` when it breaks a rule, `RestatementError` when it changes too many settled figures.

    The auditor's report of a run that ends here is written.
    """
    from deskmart.build import Build
    from deskmart.errors import DeskmartError
    from expectations.audit import audit
    from expectations.report import write_report

    settings = settings_from_connections()
    try:
        _log.info("%s", audit(Build(**built), settings).told())
    except DeskmartError:
        write_report(settings)
        raise
    return built


def publish(built: dict[str, Any]) -> str:
    """Put the candidate before the readers, and write the run's page of the auditor's report; the publish's id."""
    from deskmart.build import Build
    from expectations.report import write_report
    from serving.publish import publish

    settings = settings_from_connections()
    done = publish(Build(**built), settings)
    write_report(settings)
    well_again("build_warehouse", settings, except_for="publish_postgres")
    return done.publish_id


def publish_postgres() -> str:
    """Bring what is published into PostgreSQL when it shows something else; its id. Skips where no database is configured."""
    from serving.postgres.serve import serve_postgres

    settings = settings_from_connections()
    served = serve_postgres(settings)
    well_again("build_warehouse", settings)
    if served is None:
        raise AirflowSkipException("no PostgreSQL is configured, or nothing is published")
    for line in served.kept:
        _log.warning("%s", line)
    return served.publish_id


def watch() -> list[str]:
    """Tell what is wrong and what is over; what is wrong, a line each."""
    from deskmart.alerting.watch import watch

    settings = settings_from_connections()
    found = watch(settings)
    well_again("watch", settings)
    return [alert.line("en") for alert in found]


def prune_publishes() -> list[str]:
    """Remove the publishes beyond those that are kept; their ids."""
    from serving.versions import prune

    return prune(settings_from_connections())


def retire_raw() -> dict[str, int]:
    """Remove raw bytes whose retention is over; how many attempts' pages and refused records' bytes went, and what stays."""
    from deskmart.retention import retire_raw

    return asdict(retire_raw(settings_from_connections()))


def sweep_erased() -> dict[str, int]:
    """Take out what sources sent again of customers who were erased; how many records and attempts."""
    from deskmart.erasure import sweep

    done = sweep(settings_from_connections())
    return {"records": done.records, "attempts": done.attempts}


def _each(names: list[str], act: Callable[[str], T]) -> list[T]:
    """`act` on every name; one that fails does not stop the others, but is raised in the end."""
    done: list[T] = []
    errors: list[DeskmartError] = []
    for name in names:
        try:
            done.append(act(name))
        except DeskmartError as error:
            _log.error("%s", error)
            errors.append(error)
    if errors:
        raise errors[0]
    return done
