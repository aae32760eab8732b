"""An Airflow notifier: what failed or is late goes to Deskmart's alerts, and with them by e-mail and webhook.

`AlertNotifier()` as `on_failure_callback` tells a task's failure, once its tries are over; as a deadline's callback, that a run has
not ended in time. Several streams of one source failing by the same task are one alert. What cannot be sent waits for the DAG
`watch`; a notifier never fails what it tells of.
"""

# mypy: disable-error-code="misc"
from __future__ import annotations

from typing import Any

from airflow.sdk import BaseNotifier

from dags.connections import settings_from_connections
from deskmart.alerting.message import Alert, failure_key, stopped_key
from deskmart.alerting.telling import put_off, tell
from deskmart.alerting.words import TEXTS
from deskmart.errors import AuditError, DeskmartError, GateError, RestatementError
from deskmart.settings import Settings

KINDS: dict[type[DeskmartError], str] = {AuditError: "audit", RestatementError: "waiting"}


class AlertNotifier(BaseNotifier):
    """Tells of the context it is called with; `hours` is the deadline's, when it is one's callback."""

    def __init__(self, context: Any = None, hours: float = 0.0) -> None:
        super().__init__(context)
        self.hours = hours

    def notify(self, context: Any) -> None:
        settings = settings_from_connections()
        if "deadline" not in context:
            tell([_failure(context, settings)], settings)
        elif settings.alerts.channels:
            tell([_late(context, self.hours, settings)], settings)
        else:  # Airflow keeps connections from the callbacks of deadlines: `watch` has them
            put_off(_late(context, self.hours, settings), settings)


def _failure(context: Any, settings: Settings) -> Alert:
    instance, error = context["ti"], context.get("exception")
    line = " ".join(str(error).split()) or type(error).__name__
    text = TEXTS[settings.alerts.language]["failed"].format(dag=instance.dag_id, task=instance.task_id, error=line[:1_000])
    log = str(getattr(instance, "log_url", "") or "")
    if isinstance(error, GateError) and (key := _stopped_key(error, settings)):
        return Alert("stopped", key, text, log)
    kind = next((KINDS[known] for known in KINDS if isinstance(error, known)), "failed")
    return Alert(kind, failure_key(instance.dag_id) + instance.task_id, text, log)


def _stopped_key(error: GateError, settings: Settings) -> str:
    """The key under which `watch` knows the batch, when a batch rule stopped one."""
    from expectations.admission import stopped_admissions

    place = (error.source, error.stream, error.batch)
    is_stopped = any((one.source, one.stream, one.batch) == place for one in stopped_admissions(settings))
    return stopped_key(*place) if is_stopped else ""


def _late(context: Any, hours: float, settings: Settings) -> Alert:
    words, run = TEXTS[settings.alerts.language], context["dag_run"]
    text = words["late"].format(dag=run["dag_id"], hours=hours, run=run["dag_run_id"])
    return Alert("late", failure_key(run["dag_id"]) + "late", text, words["todo_late"])
