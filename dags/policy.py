"""What all DAGs share: owner, retries, the first day, and the registry of assets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import Asset, CronDataIntervalTimetable, ExceptionRetryPolicy, Param, RetryAction, RetryRule
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from dags.notifiers import AlertNotifier
from deskmart.errors import AuditError, BuildError, GateError, RestatementError, SettingsError, UsageError
from deskmart.settings import load_settings
from ingestion.registry import all_sources

SETTINGS = load_settings()
ZONE = SETTINGS.zone
FIRST_DAY = datetime(2026, 1, 1, tzinfo=ZONE)

# Name-only assets: "something of this source was accepted". Giving them a URI later would make them other assets.
ACCEPTED = {name: Asset(f"accepted_{name}") for name in all_sources()}

# Trying again cannot mend these: a person has to.
FINAL = RetryRule(
    exception=[SettingsError, UsageError, GateError, BuildError, AuditError, RestatementError],
    action=RetryAction.FAIL,
    reason="trying again cannot help",
)

DEFAULTS: dict[str, Any] = {
    "owner": "deskmart",
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": ExceptionRetryPolicy(rules=[FINAL]),
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": AlertNotifier(),
}


def deadline() -> list[DeadlineAlert]:
    """Tells when a run has not ended `deadline_hours` after it was queued; none when that is 0."""
    hours = SETTINGS.alerts.deadline_hours
    if not hours:
        return []
    callback = SyncCallback(AlertNotifier, {"hours": hours})
    return [DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, timedelta(hours=hours), callback)]


def daily(hour: int = 0) -> CronDataIntervalTimetable:
    """One run per day of the site; its data interval is that whole day when the hour is 0."""
    return CronDataIntervalTimetable(f"0 {hour} * * *", timezone=str(ZONE))


def hourly() -> CronDataIntervalTimetable:
    """One run per hour, at a quarter past: not in the minute in which the sources are read."""
    return CronDataIntervalTimetable("15 * * * *", timezone=str(ZONE))


def day_params() -> dict[str, Param]:
    """`since` and `until`: local days that override a run's own day, for history and repeats."""
    day: dict[str, Any] = {"type": ["null", "string"], "format": "date"}
    return {
        "since": Param(None, description="first local day, such as 2026-10-01", **day),
        "until": Param(None, description="first local day that is not wanted", **day),
    }
