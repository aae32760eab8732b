"""What is wrong right now, without any step having failed: sources that are behind, batches that wait, KPIs outside their limits, a
full disk. `watch` tells it and closes what is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from deskmart.alerting.kpi_limits import judge, limit_key
from deskmart.alerting.message import Alert, stopped_key
from deskmart.alerting.telling import Open, flush, settle, tell, tell_put_off
from deskmart.alerting.words import TEXTS
from deskmart.errors import SettingsError
from deskmart.kpi import connect
from deskmart.lake import Lake
from deskmart.settings import Settings
from deskmart.setup import FREE_BYTES, free_bytes
from ingestion.registry import all_sources

WATCHED = ("stale", "stopped", "disk", "kpi")


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong, and the keys of what was looked at and is well."""

    alerts: list[Alert] = field(default_factory=list)
    well: set[str] = field(default_factory=set)


def watch(settings: Settings, now: datetime | None = None) -> list[Alert]:
    """Tell what is wrong and what is over, and send what an earlier try left; what is wrong.

    Raises `AlertError` when something could not be sent, `SettingsError` for a limit of a KPI that does not exist, each after all
    else was told.
    """
    moment = now or datetime.now(UTC)
    tell_put_off(settings, moment)
    found, broken_limits = find(settings, moment)
    tell(found.alerts, settings, moment)
    wrong = {alert.key for alert in found.alerts}
    limits = tuple(limit_key(limit) for limit in settings.alerts.kpis)

    def is_over(one: Open) -> bool:
        if one.kind not in WATCHED or one.key in wrong:
            return False
        return one.kind != "kpi" or one.key in found.well or not one.key.startswith(limits or ("-",))

    settle(settings, is_over, moment)
    flush(settings)
    if broken_limits:
        raise broken_limits[0]
    return found.alerts


def find(settings: Settings, now: datetime) -> tuple[Found, list[SettingsError]]:
    """What is wrong now, and the limits that name no KPI. Nothing is told."""
    found = Found()
    found.alerts.extend([*_stale(settings, now), *_stopped(settings), *_disk(settings)])
    errors: list[SettingsError] = []
    if Lake(settings.home).marts.exists():
        for limit in settings.alerts.kpis:
            try:
                alerts, well = judge(limit, settings)
            except SettingsError as error:
                errors.append(error)
                continue
            found.alerts.extend(alerts)
            found.well.update(well)
    return found, errors


def _stale(settings: Settings, now: datetime) -> list[Alert]:
    """Sources with a cadence of which readers have heard nothing for longer than the limit."""
    if not Lake(settings.home).marts.exists():
        return []  # nothing is published: the first run has not ended, or its failure was told
    with connect(settings) as connection:
        rows = connection.execute("select source, min(as_of) from mart_data_freshness where has_cadence group by all").fetchall()
    heard, words = dict(rows), TEXTS[settings.alerts.language]
    found = []
    for name in settings.sources:
        limit = settings.alerts.stale_hours_of.get(name, settings.alerts.stale_hours)
        if name in heard:
            hours = (now - heard[name]).total_seconds() / 3600
            since = heard[name].astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
            text = words["stale"].format(source=name, since=since, hours=hours, limit=limit) if hours > limit else ""
        else:
            text = words["never"].format(source=name) if all_sources()[name].cadence else ""
        if text:
            found.append(Alert("stale", f"stale/{name}", text, words["todo_stale"]))
    return found


def _stopped(settings: Settings) -> list[Alert]:
    from expectations.admission import stopped_admissions
    from expectations.moves import moves

    words, waived = TEXTS[settings.alerts.language], moves(settings).waived_attempts
    return [
        Alert(
            "stopped", stopped_key(one.source, one.stream, one.batch),
            words["stopped"].format(
                source=one.source, stream=one.stream, batch=one.batch, refused=one.quarantined, records=one.landed
            ),
            words["todo_stopped"],
        )
        for one in stopped_admissions(settings)
        if one.attempt_name not in waived
    ]  # fmt: skip


def _disk(settings: Settings) -> list[Alert]:
    words, free = TEXTS[settings.alerts.language], free_bytes(settings)
    return [Alert("disk", "disk", words["disk"].format(free=free / 1024**3), words["todo_disk"])] if free < FREE_BYTES else []
