"""Kinds of malformed file, and of malformed rows, that people and systems may drop."""

from __future__ import annotations

import gzip

from tests.gate.malformed import Case, canonical
from tests.gate.malformed_drops import COLUMNS, GOOD, HEADER, call, dropped, jsonl, parquet, plain, row, whole, workbook, zipped

_NO_RESULT = (
    "column result is not in the file; of its {} columns the mapping names leg, queue, agent, phone, began, answered, ended, talk"
)
_NOTHING = "column agent, answered, began, ended, leg, phone, queue, result, talk is not in the file; of its {} columns the mapping names none"
_ONLY_LEG = (
    "column agent, answered, began, ended, phone, queue, result, talk is not in the file; of its 1 columns the mapping names leg"
)
_NO_FORMAT = "format of calls.xyz is not known; name it in the mapping (format: csv, json, jsonl, parquet, excel)"
_FORM = " is not in the format %Y-%m-%d %H:%M:%S"
_CSV = (HEADER + "".join(GOOD)).encode()
_CELLS = ("9", "售前", "ann", None, "2024-03-01 20:00:00", None, "2024-03-01 20:03:00", "=1/0", "放弃")
_WIDE = ("9", "售前", "ann", None, "2024-03-01 20:00:00", None, "2024-03-01 20:03:00", None, "放弃", "more")
_BOOK = workbook(COLUMNS, _CELLS, _WIDE)

CASES: tuple[Case, ...] = (
    whole("an empty file", b"", "callscsv", "file is empty: it has no header"),
    whole("a file of blanks", b"\n\n  \n", "callscsv", "file is empty: it has no header"),
    whole("a header with another name", _CSV.replace(b"result", b"outcome", 1), "callscsv", _NO_RESULT.format(9)),
    whole("a header with a name twice", _CSV.replace(b"leg,", b"leg,queue,", 1), "callscsv", "column queue stands twice in the header"),
    whole("no header", "".join(GOOD).encode(), "callscsv", _NOTHING.format(9)),
    whole("a page of HTML", b"<html><body>502</body></html>", "callscsv", _NOTHING.format(1)),
    whole("a gz that is cut off", gzip.compress(_CSV, mtime=0)[:-20], "callscsv", "gz is cut off", "calls.csv.gz"),
    whole("a gz that is damaged", gzip.compress(_CSV, mtime=0)[:10] + b"\xff" * 40, "callscsv", "gz is damaged", "calls.csv.gz"),
    whole("a gz with something behind it", gzip.compress(_CSV, mtime=0) + b"x", "callscsv", "gz is followed by other bytes", "calls.csv.gz"),
    whole("a zip of two files", zipped("a.csv", "b.csv"), "callscsv", "zip holds 2 files where one is expected", "calls.zip"),
    whole("a zip of nothing", zipped(), "callscsv", "zip holds 0 files where one is expected", "calls.zip"),
    whole("a zip that is cut off", zipped("a.csv")[:-30], "callscsv", "zip is damaged, encrypted or packed in an unknown way", "calls.zip"),
    whole("a file of no known format", b"\x00\x01\x02", "calls", _NO_FORMAT, "calls.xyz"),
    whole("JSON that is cut off", b'[{"leg": 1', "callsjson", "file is not JSON", "calls.json"),
    whole("JSON without a list", b'{"leg": 1}', "callsjson", "file has no list at its top", "calls.json"),
    whole("JSON too deep", b"[" * 100_000, "callsjson", "file is not JSON", "calls.json"),
    whole("Parquet that is cut off", parquet(leg=["1"])[:-9], "callsparquet", "file is not Parquet, or damaged", "calls.parquet"),
    whole("Parquet without a column", parquet(leg=["1"]), "callsparquet", _ONLY_LEG, "calls.parquet"),
    whole("a workbook that is none", b"PK\x03\x04 no workbook", "callsexcel", "is not an Excel workbook (.xlsx)", "calls.xlsx"),
    whole("a workbook without a column", workbook(COLUMNS[:-1]), "callsexcel", _NO_RESULT.format(8), "calls.xlsx"),
    whole("a workbook of nothing", workbook(), "callsexcel", "sheet is empty: it has no header", "calls.xlsx"),
    Case("a formula without a result, and a cell too many", "contact_legs", (dropped(_BOOK, "callsexcel", "calls.xlsx"),), 0, (
        (canonical({"cells": list(_CELLS)}), ("formula without a stored result in talk",)),
        (canonical({"cells": list(_WIDE)}), ("has cells beyond the 9 columns of the header",)),
    )),
    row("a column too few", "9,售前,ann,,2024-03-01 20:00:00", "has 5 columns where the header has 9"),
    row("a column too many", "9,a,b,c,d,e,f,g,h,i", "has 10 columns where the header has 9"),
    row("another delimiter", "9;售前;ann;;2024-03-01 20:00:00;;;;放弃", "has 1 columns where the header has 9"),
    row("a quote in the middle", '9,"售前"x,ann,,2024-03-01 20:00:00,,,,放弃', "line is not CSV: ',' expected after '\"'"),
    row("bytes of another encoding", b"9,\xff\xfe" + ",ann,,2024-03-01 20:00:00,,,,放弃".encode(), "bytes are not utf-8"),
    call("no id", "contact_leg_id is missing", "contact_id_missing", leg=" "),
    call("no time", "offered_at is missing", began=""),
    call("a time of words", "offered_at" + _FORM, began="noon"),
    call("a time in another format", "offered_at" + _FORM, began="03/01/2024 20:00"),
    call("a day that does not exist", "offered_at is no day or time of the calendar", began="2024-02-30 20:00:00"),
    call("two times that cannot be read", "offered_at" + _FORM, "ended_at" + _FORM, began="noon", ended="night"),
    call("a result that is not known", "outcome_unmapped", result="挂断"),
    call("no result", "outcome_missing", result=""),
    call("an end before the beginning", "ended_at_before_offered_at", "ended_at_before_answered_at", ended="2024-03-01 19:00:00"),
    call("answered before it was offered", "answered_at_before_offered_at", answered="2024-03-01 19:59:59"),
    call("a negative talk", "talk_seconds_out_of_range", talk="-1"),
    call("a talk of words", "talk_seconds is not in the format duration", talk="two minutes"),
    call("a talk of sixty-one seconds in a minute", "talk_seconds is not in the format duration", talk="0:01:61"),
    call("a talk of a fortnight", "talk_seconds_out_of_range", talk="1209600"),
    call("a telephone of words", "customer_phone is not a phone number", phone="ask me"),
    call("abandoned, yet answered", "abandoned_yet_answered", result="放弃"),
    call("answered by nobody at no time", "answered_by_nobody", agent="", answered=""),
    call("a zero byte", "agent_id is not a text", agent="a\0b"),
    jsonl("a line that is no JSON", b'{"order_id": "o9"', "line is not JSON"),
    jsonl("a line that is a list", b'["o9"]', "record is not an object"),
    jsonl("a line that is a number", b"9", "record is not an object"),
    plain("an amount of words", "orders", "amount is not a number", amount="a lot"),
    plain("an infinite amount", "orders", "amount is not a number", amount=float("inf")),
    plain("a negative amount", "orders", "amount_out_of_range", amount=-1),
    plain("half an item", "orders", "item_count is not an integer", item_count=1.5),
    plain("an order of nothing", "orders", "order_id is missing", order_id=None),
    plain("a score above its scale", "surveys", "scale_max_before_score", score=6),
    plain("a score without a scale", "surveys", "score_without_scale", scale_min=None),
    plain("a scale upside down", "surveys", "scale_upside_down", "scale_max_before_score", "score_before_scale_min", scale_min=5, scale_max=1),
    plain("a survey of no known kind", "surveys", "kind_unmapped", kind="smile"),
    plain("a ticket changed before it was made", "tickets", "version_before_created_at", version="2024-03-01T10:00:00Z"),
    plain("a status that is not known", "tickets", "status_unmapped", status="martian"),
    plain("a shift without length", "shifts", "shift_without_length", ends_at="2024-03-01T01:00:00Z"),
    plain("a month that is none", "costs", "month_misshapen", month="2024-13"),
)  # fmt: skip
