"""When a line of a PBX happened: epoch seconds from epoch text or from the PBX's wall clock."""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deskmart.batch import Batch
from deskmart.errors import SettingsError
from deskmart.settings import Settings

# A PBX whose clock is not set writes 1970; such a line has no date and lies with its neighbours.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_EPOCH = re.compile(r"^\d{9,10}(\.\d{1,6})?$")
_CHANNEL_EPOCH = re.compile(r"(\d{9,10})\.\d+$")

Times = tuple[float | None, float | None, float | None]  # start, answer, end

# Columns of Master.csv; the last five are written only when cdr.conf asks for them.
CSV_COLUMNS = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags"),
)
CSV_TAILS = {
    17: ("uniqueid",),
    18: ("uniqueid", "userfield"),
    20: ("uniqueid", "peeraccount", "linkedid", "sequence"),
    21: ("uniqueid", "userfield", "peeraccount", "linkedid", "sequence"),
}


def zone_of(settings: Settings) -> ZoneInfo:
    """The PBX's time zone: the option `timezone`, else the site's; `SettingsError` when it is none."""
    name = str(settings.source("asterisk").options.get("timezone") or settings.site_timezone)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(
            f"timezone {name!r} is no IANA time zone", source="asterisk", todo="write one such as Asia/Shanghai"
        ) from error


def epoch_of(value: str, zone: ZoneInfo, near: float | None = None) -> float | None:
    """Epoch seconds of epoch text, of an ISO time with an offset, or of a wall-clock time of the PBX; None when it is none.

    An hour that the clocks went through twice is read as the passage that is nearest to `near`, and not before it.
    """
    text = value.strip()
    if _EPOCH.match(text):
        return _sane(float(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return _sane(moment.timestamp())
    first = moment.replace(tzinfo=zone, fold=0).timestamp()
    if near is None or first >= near - 1:
        return _sane(first)
    second = moment.replace(tzinfo=zone, fold=1).timestamp()
    return _sane(second if near - 1 <= second else first)


def channel_epoch(unique_id: str) -> float | None:
    """When a channel was made, which Asterisk writes into its id (`[system-]epoch.number`)."""
    match = _CHANNEL_EPOCH.search(unique_id)
    return float(match.group(1)) if match else None


def iso_of(epoch: float | None) -> str | None:
    """UTC, ISO 8601."""
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC).isoformat()


def csv_row(line: str) -> dict[str, str] | None:
    """The columns of one line of Master.csv by name; None when it is not such a line."""
    try:
        cells = next(csv.reader([line], strict=True), [])
    except csv.Error:
        return None
    tail = CSV_TAILS.get(len(cells))
    return None if tail is None else dict(zip((*CSV_COLUMNS, *tail), cells, strict=True))


def cdr_times(row: Mapping[str, Any], zone: ZoneInfo) -> Times:
    """(start, answer, end) of a CDR row as epoch seconds.

    A table without the columns `answer` and `end` has them computed from its start, duration and billed seconds.
    """
    started = epoch_of(_cell(row, "start") or _cell(row, "calldate"), zone, channel_epoch(_cell(row, "uniqueid")))
    if started is None:
        return None, None, None
    answered = epoch_of(_cell(row, "answer"), zone, started)
    ended = epoch_of(_cell(row, "end"), zone, started)
    duration, billed = _number(row, "duration"), _number(row, "billsec")
    if ended is None and duration is not None:
        ended = started + duration
    if answered is None and "answer" not in row and duration is not None and _cell(row, "disposition").upper() == "ANSWERED":
        answered = started + duration - (billed or 0)
    return started, answered, ended


def dater(stream: str, zone: ZoneInfo) -> Callable[[bytes], float | None]:
    """What dates a raw line of the stream's file."""

    def queue_log(line: bytes) -> float | None:
        text = line.split(b"|", 1)[0].removeprefix(BOM_UTF8).decode("ascii", "replace")
        return _sane(float(text)) if _EPOCH.match(text) else None

    def cdr(line: bytes) -> float | None:
        row = csv_row(line.removeprefix(BOM_UTF8).decode("utf-8", "replace").rstrip("\r\n"))
        return None if row is None else cdr_times(row, zone)[2]

    return queue_log if stream == "queue_log" else cdr


def bounds(batch: Batch) -> tuple[float, float]:
    """The batch's `[since, until)` as epoch seconds."""
    assert batch.since is not None and batch.until is not None
    return batch.since.timestamp(), batch.until.timestamp()


def _cell(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _number(row: Mapping[str, Any], name: str) -> float | None:
    try:
        return float(_cell(row, name))
    except ValueError:
        return None


def _sane(epoch: float) -> float | None:
    return epoch if EARLIEST <= epoch < LATEST else None
