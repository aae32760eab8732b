"""Kinds of malformed line that a PBX, its disk, or a table of it may hold."""

from __future__ import annotations

import json
from typing import Any

from ingestion.source import Page
from tests.gate.malformed import NOON, Case

ENTER, CONNECT, COMPLETE = (
    f"{NOON + 1}|c1|sales|NONE|ENTERQUEUE||13812345678|1",
    f"{NOON + 9}|c1|sales|SIP/ann|CONNECT|8|c2|3",
    f"{NOON + 99}|c1|sales|SIP/ann|COMPLETEAGENT|8|90|1",
)
_LOG = (ENTER, CONNECT, COMPLETE)
_CDR = {
    "accountcode": "",
    "src": "13812345678",
    "dst": "4000",
    "dcontext": "from-trunk",
    "clid": '"li" <13812345678>',
    "channel": "SIP/trunk-0001",
    "dstchannel": "SIP/ann-0002",
    "lastapp": "Queue",
    "lastdata": "sales,t",
    "start": "2024-03-01 20:00:00",
    "answer": "2024-03-01 20:00:05",
    "end": "2024-03-01 20:01:00",
    "duration": "60",
    "billsec": "55",
    "disposition": "ANSWERED",
    "amaflags": "DOCUMENTATION",
    "uniqueid": "1709294400.1",
    "userfield": "",
}


def cdr(number: int, **changed: str) -> str:
    cells = _CDR | {"uniqueid": f"1709294400.{number}"} | changed
    return ",".join(f'"{cell}"' for cell in (value.replace('"', '""') for value in cells.values()))


def row(**changed: Any) -> dict[str, Any]:
    """A row of the table queue_log."""
    base = {"time": "2024-03-01 20:00:09.5", "callid": "c7", "queuename": "sales", "agent": "NONE", "event": "JOINEMPTY"}
    return base | {"data": ""} | changed


def line(name: str, bad: str | bytes, *reasons: str) -> Case:
    """A malformed line of queue_log between sound ones."""
    raw = bad if isinstance(bad, bytes) else bad.encode()
    body = b"\n".join((ENTER.encode(), raw, CONNECT.encode(), COMPLETE.encode())) + b"\n"
    return Case(name, "queue_log", (Page(body, "log"),), 3, ((raw, reasons),))


def event(name: str, text: str, *reasons: str) -> Case:
    """A malformed line that begins as it should."""
    return line(name, f"{NOON + 20}|c9|sales|SIP/ann|{text}", *reasons)


def record(name: str, bad: str | bytes, *reasons: str) -> Case:
    """A malformed line of Master.csv between sound ones."""
    raw = bad if isinstance(bad, bytes) else bad.encode()
    body = b"\n".join((cdr(1).encode(), raw, cdr(2).encode())) + b"\n"
    return Case(name, "cdr", (Page(body, "csv", {"timezone": "Asia/Shanghai"}),), 2, ((raw, reasons),))


def table(name: str, bad: bytes, *reasons: str) -> Case:
    """A malformed row of the table between sound ones."""
    sound = [json.dumps(row(callid=f"c{number}")).encode() for number in (1, 2)]
    body = b"\n".join((sound[0], bad, sound[1])) + b"\n"
    return Case(name, "queue_log", (Page(body, "jsonl", {"timezone": "Asia/Shanghai"}),), 2, ((bad, reasons),))


def odd(name: str, stream: str, text: str, *rules: str) -> Case:
    """A line that is accepted, and warned of."""
    lines = (*_LOG, text) if stream == "queue_log" else (cdr(1), text)
    page = Page("\n".join(lines).encode(), "log" if stream == "queue_log" else "csv", {"timezone": "Asia/Shanghai"})
    return Case(name, stream, (page,), len(lines), (), rules)


CASES: tuple[Case, ...] = (
    line("a line that is cut off", f"{NOON + 20}|c9|sal", "line_is_cut_off"),
    line("a line of words", "Asterisk ended with exit status 1", "line_is_cut_off"),
    line("a line of zero bytes", b"\0" * 40, "line_is_cut_off"),
    line("half a line behind another", f"{NOON + 20}|c9|{ENTER}", "event_unknown"),
    line("two lines in one", ENTER + CONNECT, "line_has_too_many_parts"),
    line("a caller with a bar in his address", f"{NOON + 20}|c9|sales|NONE|ENTERQUEUE|http://x?a|b|13812345678|1", "line_has_too_many_parts"),
    line("a time of words", "noon|c9|sales|NONE|JOINEMPTY", "time_is_unreadable"),
    line("a time before the PBX had a clock", "86400|c9|sales|NONE|JOINEMPTY", "time_is_unreadable"),
    line("a time with a comma", f"{NOON},5|c9|sales|NONE|JOINEMPTY", "time_is_unreadable"),
    line("a time in milliseconds", f"{NOON}000|c9|sales|NONE|JOINEMPTY", "time_is_unreadable"),
    line("no time", "|c9|sales|NONE|JOINEMPTY", "time_is_unreadable"),
    line("no call", f"{NOON + 20}||sales|NONE|JOINEMPTY", "call_id_missing", "call_unnamed"),
    line("no queue", f"{NOON + 20}|c9||NONE|JOINEMPTY", "queue_unnamed"),
    line("a queue called none", f"{NOON + 20}|c9|NONE|NONE|JOINEMPTY", "queue_unnamed"),
    line("no agent", f"{NOON + 20}|c9|sales||CONNECT|8|c2|3", "agent_unnamed"),
    line("an agent called none", f"{NOON + 20}|c9|sales|NONE|COMPLETEAGENT|8|90|1", "agent_unnamed"),
    line("a queue in no known encoding", f"{NOON + 20}|c9|".encode() + "售前".encode("gbk") + b"|NONE|JOINEMPTY", "queue_unreadable"),
    line("an agent in no known encoding", f"{NOON + 20}|c9|sales|".encode() + b"\xff\xfe|CONNECT|8|c2|3", "agent_unreadable"),
    line("a zero byte in a queue's name", f"{NOON + 20}|c9|sa\0les|NONE|JOINEMPTY", "queue is not a text"),
    event("no event", "", "event_missing"),
    event("an event that is not known", "TELEPORT|8", "event_unknown"),
    event("an event that is cut off", "CONNEC", "event_unknown"),
    event("an event in small letters with a sign", "connect!|8|c2|3", "event_unknown"),
    event("a connection without its wait", "CONNECT", "wait_absent"),
    event("a wait of words", "CONNECT|soon|c2|3", "wait_seconds is not a number of seconds"),
    event("a negative wait", "CONNECT|-8|c2|3", "wait_seconds_out_of_range"),
    event("a wait of a week", "CONNECT|604800|c2|3", "wait_seconds_out_of_range"),
    event("a wait with a unit", "CONNECT|8s|c2|3", "wait_seconds is not a number of seconds"),
    event("a wait that is no number", "CONNECT|nan|c2|3", "wait_seconds is not a number of seconds"),
    event("an infinite wait", "CONNECT|inf|c2|3", "wait_seconds is not a number of seconds"),
    event("a ring of words", "CONNECT|8|c2|long", "ring_seconds is not a number of seconds"),
    event("a negative ring", "RINGNOANSWER|-3000", "ring_seconds_out_of_range"),
    event("a ring of two days", "RINGNOANSWER|172800000", "ring_seconds_out_of_range"),
    event("an end without its talk", "COMPLETECALLER|8", "talk_absent"),
    event("a negative talk", "COMPLETEAGENT|8|-90|1", "talk_seconds_out_of_range"),
    event("a talk of words", "COMPLETEAGENT|8|two minutes|1", "talk_seconds is not a number of seconds"),
    event("a place of words", "COMPLETEAGENT|8|90|first", "original_position is not an integer"),
    event("half a place", "ABANDON|1|1.5|30", "original_position is not an integer"),
    event("an abandonment with a part too many", "ABANDON|1|1|30|x", "line_has_too_many_parts"),
    record("a record that is cut off", cdr(9)[:60], "line_is_no_cdr"),
    record("a record with a column too many", cdr(9) + ',"x"', "line_is_no_cdr"),
    record("a record with an open quote", cdr(9)[:-1], "line_is_no_cdr"),
    record("a line of words among records", "Log rotated", "line_is_no_cdr"),
    record("a record without a start", cdr(9, start=""), "time_is_unreadable"),
    record("a record with a start of words", cdr(9, start="noon"), "time_is_unreadable"),
    record("a record without an end or a length", cdr(9, end="", duration=""), "time_is_unreadable"),
    record("a day that does not exist", cdr(9, start="2024-02-30 20:00:00"), "time_is_unreadable"),
    record("a record that ends before it starts", cdr(9, start="2024-03-01 20:30:00", answer=""), "ended_at_before_started_at", "answered_without_time"),
    record("answered after the end", cdr(9, answer="2024-03-01 20:59:59"), "ended_at_before_answered_at"),
    record("answered, but at no time", cdr(9, answer=""), "answered_without_time"),
    record("a channel without number", cdr(9, uniqueid=""), "unique_id_missing"),
    record("no disposition", cdr(9, disposition=""), "disposition_missing"),
    record("a disposition that is not known", cdr(9, disposition="MAYBE"), "disposition_unknown"),
    record("a length of words", cdr(9, duration="long"), "duration_seconds is not a number of seconds"),
    record("a negative length", cdr(9, duration="-60"), "duration_seconds_out_of_range", "billed_more_than_it_lasted"),
    record("a bill below zero", cdr(9, billsec="-1"), "billed_seconds_out_of_range"),
    record("more billed than it lasted", cdr(9, billsec="61"), "billed_more_than_it_lasted"),
    record("a sequence of words", cdr(9)[:-3] + '"","","first"', "line_is_no_cdr"),
    record("a channel in no known encoding", cdr(9).encode().replace(b"trunk-0001", b"\xb0\xa1-0001"), "channel_unreadable"),
    table("a row that is no JSON", b'{"time": "2024-03-01 20:00', "line is not JSON"),
    table("a row that is a list", b'["2024-03-01 20:00:00"]', "record is not an object"),
    table("a row that is null", b"null", "record is not an object"),
    table("a row at no time", json.dumps(row(time=None)).encode(), "time_is_unreadable"),
    table("a row in no known encoding", b'{"queuename": "\xb0\xa1"}', "line is not JSON"),
    odd("a caller who never left", "queue_log", f"{NOON + 20}|c9|sales|SIP/ann|COMPLETEAGENT|8|90|1", "complete_without_connect"),
    odd("a length that its times do not bear out", "cdr", cdr(9, duration="600", billsec="55"), "duration_disagrees"),
)  # fmt: skip
