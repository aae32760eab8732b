"""Telling: what is wrong is told once, again when it lasts, and once more when it is over. What cannot be sent is kept.

State lies in `alerts/` of the home: `open.json` (what is wrong), `outbox/` (what is still to be sent), `sent.jsonl`. A process
killed between sending and noting it sends a message twice, never not at all.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deskmart.alerting.message import Alert, Message, failure_key, message
from deskmart.alerting.senders import send
from deskmart.errors import AlertError
from deskmart.lake import Lake, private_folder, write_bytes, write_json
from deskmart.settings import Settings

PATIENCE_SECONDS = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Open:
    """An alert that is not over: since when, when it was told last, how often it was met."""

    kind: str
    key: str
    line: str
    since: str
    told_at: str
    times: int = 1


def open_alerts(settings: Settings) -> list[Open]:
    """What is wrong as far as anybody was told, the oldest first."""
    path = Lake(settings.home).alerts / "open.json"
    if not path.exists():
        return []
    return [Open(**entry) for entry in json.loads(path.read_bytes())["alerts"]]


def tell(alerts: Iterable[Alert], settings: Settings, now: datetime | None = None) -> int:
    """Note alerts and send those that are new, or were told `repeat_hours` ago; how many were due.

    One message per kind and channel. What cannot be sent stays in the outbox; the log says so.
    """
    moment = now or datetime.now(UTC)
    with _locked(settings):
        known = {one.key: one for one in open_alerts(settings)}
        due: dict[str, list[str]] = {}
        for alert in alerts:
            line, before = alert.line(settings.alerts.language), known.get(alert.key)
            is_due = not before or moment - datetime.fromisoformat(before.told_at) >= timedelta(
                hours=settings.alerts.repeat_hours
            )
            if is_due:
                due.setdefault(alert.kind, []).append(line)
            since, told_at = (before.since if before else moment.isoformat()), moment.isoformat()
            times = before.times + 1 if before else 1
            known[alert.key] = Open(
                alert.kind, alert.key, line, since, told_at if is_due or not before else before.told_at, times
            )
        _put(settings, [message(kind, lines, settings, moment) for kind, lines in due.items()])
        _write(settings, known.values())
    _try_to_send(settings)
    return sum(map(len, due.values()))


def put_off(alert: Alert, settings: Settings) -> None:
    """Leave an alert for the next `watch` to tell, for those who do not know to whom."""
    write_json(Lake(settings.home).alerts / "put_off" / f"{time.time_ns()}.json", asdict(alert))


def tell_put_off(settings: Settings, now: datetime | None = None) -> int:
    """Tell what was put off; how many were due. What a killed process told and did not remove is told as lasting."""
    paths = sorted((Lake(settings.home).alerts / "put_off").glob("[!.]*.json"))
    told = tell([Alert(**json.loads(path.read_bytes())) for path in paths], settings, now) if paths else 0
    for path in paths:
        path.unlink()
    return told


def settle(settings: Settings, is_over: Callable[[Open], bool], now: datetime | None = None) -> int:
    """Close the open alerts that are over, and say so; how many."""
    if not open_alerts(settings):
        return 0
    with _locked(settings):
        known = open_alerts(settings)
        over = [one for one in known if is_over(one)]
        kinds = {one.kind: [other.line for other in over if other.kind == one.kind] for one in over}
        moment = now or datetime.now(UTC)
        _put(settings, [message(kind, lines, settings, moment, is_over=True) for kind, lines in kinds.items()])
        if over:
            _write(settings, [one for one in known if one not in over])
    _try_to_send(settings)
    return len(over)


def well_again(dag_id: str, settings: Settings, *, except_for: str = "-") -> None:
    """A DAG has done its work, except for a task that is still to come: what was told of its failures is over."""
    mine, other = failure_key(dag_id), failure_key(dag_id) + except_for
    settle(settings, lambda one: one.key.startswith(mine) and one.key != other)


def waiting(settings: Settings) -> list[Path]:
    """Messages in the outbox, the oldest first."""
    return sorted((Lake(settings.home).alerts / "outbox").glob("[!.]*.json"))


def flush(settings: Settings) -> int:
    """Send what is in the outbox; how many went. `AlertError` when some did not; they are tried again with the next."""
    sent, errors = 0, {}
    with _locked(settings):
        for path in waiting(settings):
            channel = path.stem.rpartition("-")[2]
            if channel not in settings.alerts.channels:
                _log.warning("%s is not set any more: the message %s stays unsent", channel, path.name)
                path.unlink()
                continue
            if channel in errors:
                continue  # its server is away: it will not take the others either
            try:
                content = json.loads(path.read_bytes())
                send(channel, Message.from_json(content), settings.alerts)
            except AlertError as error:
                errors[channel] = error
                continue
            _note(settings, channel, content)
            path.unlink()
            sent += 1
    if errors:
        raise next(iter(errors.values()))
    return sent


def _try_to_send(settings: Settings) -> None:
    try:
        flush(settings)
    except AlertError as error:
        _log.error("%s; %d messages wait in %s", error, len(waiting(settings)), Lake(settings.home).alerts / "outbox")


def _put(settings: Settings, messages: Iterable[Message]) -> None:
    for number, one in enumerate(messages):
        for channel in settings.alerts.channels:
            name = f"{time.time_ns()}-{number:03d}-{channel}.json"
            write_json(Lake(settings.home).alerts / "outbox" / name, one.as_json())


def _write(settings: Settings, alerts: Iterable[Open]) -> None:
    content = json.dumps({"alerts": [asdict(one) for one in alerts]}, ensure_ascii=False, indent=1)
    write_bytes(Lake(settings.home).alerts / "open.json", content.encode())


def _note(settings: Settings, channel: str, content: dict[str, object]) -> None:
    line = json.dumps({"sent_at": datetime.now(UTC).isoformat(), "channel": channel, **content}, ensure_ascii=False)
    with (Lake(settings.home).alerts / "sent.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")


@contextmanager
def _locked(settings: Settings) -> Iterator[None]:
    """The home's lock of alerts; another process has it for a moment only, unless a mail server hangs."""
    lake = Lake(settings.home)
    private_folder(lake.alerts)
    with lake.lock("alerts", PATIENCE_SECONDS):
        yield
