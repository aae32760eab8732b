"""What the tasks call: Airflow's words (params, texts in XCom, skipping) on one side, Deskmart's functions on the other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from dags.connections import settings_from_connections
from deskmart.batch import Batch, Interval
from deskmart.errors import UsageError
from deskmart.lake import Lake
from deskmart.settings import Settings
from ingestion.registry import source_named

COUNTS = ("landed", "accepted", "quarantined", "duplicates", "outside")


def find_batches(source: str) -> list[str]:
    """Names of the batches that cover this run's interval. Skips when the source is not configured."""
    from ingestion.ingest import batches_of

    settings = settings_from_connections()
    if source not in settings.sources:
        raise AirflowSkipException(f"{source} is not configured")
    return [str(batch) for batch in batches_of(source_named(source), settings, interval(settings))]


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


def land(batch: str) -> str:
    """Land one batch; the attempt's name, `<batch>/<attempt>`."""
    from ingestion.ingest import ingest

    parsed = Batch.parse(batch)
    return str(ingest(source_named(parsed.source), parsed, settings_from_connections()))


def validate(attempt: str) -> dict[str, int]:
    """Validate one landed attempt; its counts in source records."""
    from expectations.gate import admit
    from ingestion.landing import read_attempt

    batch, _, name = attempt.rpartition("/")
    settings = settings_from_connections()
    admission = admit(read_attempt(Batch.parse(batch), name, Lake(settings.home)), settings)
    return {count: getattr(admission, count) for count in COUNTS}


def announce(source: str, counts: Iterable[dict[str, int]]) -> None:
    """Succeed, and so raise the source's asset, when something was accepted; skip when not."""
    if not sum(count["accepted"] for count in counts):
        raise AirflowSkipException(f"nothing of {source} was accepted")


def build() -> str:
    from deskmart.build import build

    return build(settings_from_connections()).id
