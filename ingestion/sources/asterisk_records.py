"""What a line or row of a PBX says: queue_log and CDR records as rows of their streams.

A page holds lines (`log`, `csv`) or rows of a table as JSON Lines (`jsonl`); both give the same rows. Callers' names, URLs,
dialled strings and user fields stay behind: only what the warehouse needs becomes a column.
"""

from __future__ import annotations

import hashlib
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from deskmart.settings import Settings
from ingestion.source import Outside, RawRecord, Refused, Rows
from ingestion.sources.asterisk_numbers import NumberPlan, mask_channel
from ingestion.sources.asterisk_times import Times, cdr_times, csv_row, epoch_of, iso_of, zone_of
from ingestion.sources.asterisk_userfield import UserField, user_field

BLANK = Outside("blank line")
ELSEWHERE = Outside("undated line of another interval")
# What follows the event's name, in order; "" is not kept. A transfer's numbers are counted from its end.
EVENT_DATA: Mapping[str, tuple[str, ...]] = {
    "ABANDON": ("position", "original_position", "wait_seconds"),
    "AGENTCALLBACKLOGOFF": ("", "", "reason"),
    "COMPLETEAGENT": ("wait_seconds", "talk_seconds", "original_position"),
    "COMPLETECALLER": ("wait_seconds", "talk_seconds", "original_position"),
    "CONNECT": ("wait_seconds", "bridged_id", "ring_seconds"),
    "ENTERQUEUE": ("", "caller", "original_position"),
    "EXITEMPTY": ("position", "original_position", "wait_seconds"),
    "EXITWITHKEY": ("exit_outcome", "position", "original_position", "wait_seconds"),
    "EXITWITHTIMEOUT": ("position", "original_position", "wait_seconds"),
    "LEAVEEMPTY": ("position", "original_position", "wait_seconds"),
    "PAUSE": ("reason",),
    "PAUSEALL": ("reason",),
    "RINGNOANSWER": ("ring_seconds",),
    "UNPAUSE": ("reason",),
    "UNPAUSEALL": ("reason",),
}
TRANSFERS = ("ATTENDEDTRANSFER", "BLINDTRANSFER", "TRANSFER")
PLAIN_EVENTS = (
    *("ADDMEMBER", "AGENTCALLBACKLOGIN", "AGENTDUMP", "AGENTLOGIN", "AGENTLOGOFF", "CLOSED", "CONFIGRELOAD", "DID"),
    *("FULL", "JOINEMPTY", "PENALTY", "QUEUESTART", "REMOVEMEMBER", "RINGCANCELED", "SYSCOMPAT"),
)
EVENTS = tuple(sorted({*EVENT_DATA, *TRANSFERS, *PLAIN_EVENTS}))


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its date, and whether it belongs to the attempt's interval should it have none; a CDR's with its columns
    and times too."""

    text: str
    at: float | None
    is_inside: bool
    columns: Mapping[str, Any] | None = None
    times: Times = (None, None, None)


@dataclass(frozen=True, slots=True)
class PbxDecoder:
    """Common to both streams: pages into records."""

    stream: str
    zone: ZoneInfo
    since: float
    until: float
    plan: NumberPlan
    exit_keys: Mapping[str, str]
    custom_events: frozenset[str]
    userfield: UserField

    def records(self, body: bytes, ext: str) -> Iterable[RawRecord]:
        before: float | None = None
        for position, raw in enumerate(body.splitlines(keepends=False) if ext == "jsonl" else _lines(body)):
            if ext == "jsonl":
                yield _table_row(position, raw)
                continue
            text = raw.removeprefix(BOM_UTF8).decode("utf-8", "replace").rstrip("\r\n")
            columns = None if self.stream == "queue_log" else csv_row(text)
            times = (None, None, None) if columns is None else cdr_times(columns, self.zone)
            at = self._date(text) if self.stream == "queue_log" else times[2]
            before = before if at is None else at
            line = Line(text, at, before is None or self.since <= before < self.until, columns, times)
            yield RawRecord(position, raw.rstrip(b"\r\n"), line)

    def rows(self, record: RawRecord) -> Rows:
        value = record.value
        if isinstance(value, Line):
            if value.at is None and not value.is_inside:
                return ELSEWHERE
            if not value.text.strip():
                return BLANK
        return self._queue_log_rows(value) if self.stream == "queue_log" else self._cdr_rows(value)

    def _date(self, text: str) -> float | None:
        """When a line of queue_log was written; None when it does not begin with an epoch."""
        head = text.split("|", 1)[0]
        return epoch_of(head, self.zone) if head[:1].isdigit() and "-" not in head else None

    def _queue_log_rows(self, value: Line | dict[str, Any]) -> Rows:
        if isinstance(value, Line):
            cells = value.text.split("|")
            if len(cells) < 5:
                return Refused(("line_is_cut_off",))
            occurred, data = epoch_of(cells[0], self.zone) if value.at is None else value.at, cells[5:]
        else:
            names = ("time", "callid", "queuename", "agent", "event")
            cells = [_text(value.get(name)) for name in names]
            occurred, data = epoch_of(cells[0], self.zone), _table_data(value)
        if occurred is None:
            return Refused(("time_is_unreadable",))
        event = cells[4].strip().upper()
        if event in self.custom_events:
            return Outside("custom event")
        if event in EVENT_DATA and any(map(str.strip, data[len(EVENT_DATA[event]) :])):
            return Refused(("line_has_too_many_parts",))
        row = {"occurred_at": iso_of(occurred), "call_id": cells[1], "queue": cells[2], "agent": cells[3], "event": event}
        row |= self._data(event, data)
        return [{"line_id": _digest(row), **row}]

    def _data(self, event: str, data: Sequence[str]) -> dict[str, Any]:
        named: dict[str, Any] = {}
        if event in TRANSFERS:
            named = _transfer(event, data)
        else:
            named = {name: cell for name, cell in zip(EVENT_DATA.get(event, ()), data, strict=False) if name}
        if event == "ENTERQUEUE":
            named["caller"], named["caller_type"] = self.plan.classify(named.get("caller", ""))
        if event == "EXITWITHKEY":
            named["exit_outcome"] = self.exit_keys.get(str(named.get("exit_outcome", "")).strip(), "flow_out")
        if event == "RINGNOANSWER":
            named["ring_seconds"] = _milliseconds(str(named.get("ring_seconds", "")))
        if "extension" in named:
            named["extension"] = self.plan.inside(named["extension"])
        return named

    def _cdr_rows(self, value: Line | dict[str, Any]) -> Rows:
        row = value.columns if isinstance(value, Line) else value
        if row is None:
            return Refused(("line_is_no_cdr",))
        started, answered, ended = value.times if isinstance(value, Line) else cdr_times(row, self.zone)
        if started is None or ended is None:
            return Refused(("time_is_unreadable",))
        caller, caller_type = self.plan.classify(_text(row.get("src")))
        callee, callee_type = self.plan.classify(_text(row.get("dst")))
        application = _text(row.get("lastapp"))
        cells = {
            "unique_id": _text(row.get("uniqueid")),
            "linked_id": _text(row.get("linkedid")) or _text(row.get("uniqueid")),
            "sequence": _text(row.get("sequence")),
            "started_at": iso_of(started),
            "answered_at": iso_of(answered),
            "ended_at": iso_of(ended),
            "caller": caller,
            "caller_type": caller_type,
            "callee": callee,
            "callee_type": callee_type,
            "extension": self.plan.inside(_text(row.get("dst"))),
            "context": _text(row.get("dcontext")),
            "channel": mask_channel(_text(row.get("channel"))),
            "destination_channel": mask_channel(_text(row.get("dstchannel"))),
            "application": application,
            "queue": _text(row.get("lastdata")).split(",")[0] if application.lower() == "queue" else None,
            "duration_seconds": _text(row.get("duration")),
            "billed_seconds": _text(row.get("billsec")),
            "disposition": _text(row.get("disposition")).upper(),
        }
        return [{"line_id": _digest(cells), **cells, **self.userfield(_text(row.get("userfield")))}]


def queue_log_decoder(settings: Settings, manifest: Mapping[str, Any]) -> PbxDecoder:
    """The decoder of an attempt of queue_log."""
    return _decoder("queue_log", settings, manifest)


def cdr_decoder(settings: Settings, manifest: Mapping[str, Any]) -> PbxDecoder:
    """The decoder of an attempt of cdr."""
    return _decoder("cdr", settings, manifest)


def _decoder(stream: str, settings: Settings, manifest: Mapping[str, Any]) -> PbxDecoder:
    """Times are read in the zone that was set when the attempt was landed; the rest follows the present settings."""
    options = settings.source("asterisk").options
    landed_zone = next((page["meta"].get("timezone") for page in manifest["pages"]), None)
    since, until = (datetime.fromisoformat(manifest[side]).timestamp() for side in ("since", "until"))
    return PbxDecoder(
        stream,
        ZoneInfo(landed_zone) if landed_zone else zone_of(settings),
        since,
        until,
        NumberPlan(settings.default_region, str(options.get("extensions") or "")),
        {str(key): str(outcome) for key, outcome in dict(options.get("exit_keys") or {}).items()},
        frozenset(str(event).upper() for event in options.get("custom_events") or ()),
        user_field(str(options.get("userfield") or "")),
    )


def _table_row(position: int, raw: bytes) -> RawRecord:
    """A row of a table; what is no JSON object has a problem."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return RawRecord(position, raw, None, "line is not JSON")
    return RawRecord(position, raw, value, None if isinstance(value, dict) else "record is not an object")


def _lines(body: bytes) -> list[bytes]:
    """Lines as a file has them: only a line feed ends one."""
    lines = body.split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


def _transfer(event: str, data: Sequence[str]) -> dict[str, Any]:
    """TRANSFER of old versions has no position, ATTENDEDTRANSFER may name two channels: the numbers stand at the end."""
    cells = list(data)
    while cells and not cells[-1].strip():
        cells.pop()
    names: tuple[str, ...] = ("wait_seconds", "talk_seconds", "original_position")
    if event == "TRANSFER" and len(cells) == 4:
        names = names[:2]
    numbers = dict(zip(names, cells[-len(names) :], strict=True)) if len(cells) >= len(names) + 2 else {}
    return numbers if event == "ATTENDEDTRANSFER" else {**numbers, "extension": cells[0] if cells else ""}


def _table_data(row: Mapping[str, Any]) -> list[str]:
    """The data of a table's row as a line of the file has it: `data1` … `data5`, or all in `data`."""
    cells = [_text(row.get(f"data{number}")) for number in range(1, 6)]
    text = "|".join(cells) if any(cells) else _text(row.get("data"))
    return text.split("|")


def _digest(row: Mapping[str, Any]) -> str:
    """What tells a record from others, without the numbers of persons in it."""
    said = [
        f"{name}={value}" for name, value in sorted(row.items()) if name not in ("caller", "callee") and value not in (None, "")
    ]
    return hashlib.sha256("|".join(said).encode("utf-8", "replace")).hexdigest()[:32]


def _milliseconds(text: str) -> str:
    return f"{float(text) / 1000:.6f}" if re.fullmatch(r"[+-]?\d{1,12}(\.\d*)?", text.strip(), re.ASCII) else text


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
