"""Files of every format and encoding, broken and hostile ones: a row, or a problem with its bytes; nothing lost."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deskmart.lake import Lake
from ingestion import tables_binary, tables_text, unpacking
from ingestion.landing import pages_of
from ingestion.mapping_model import FileMapping
from ingestion.sources.file_drop import SOURCE
from tests.contract.file_drop_home import HEADER, LEGS, ROWS, Home

ANY = LEGS.replace("hotline_*.csv", "*").replace("format: csv", "mode: changes")
FIRST = {"contact_leg_id": "hotline:1", "queue_id": "售前", "offered_at": datetime(2024, 1, 5, 1, tzinfo=UTC)}
SECOND = {"contact_leg_id": "hotline:2", "queue_id": "售后", "offered_at": datetime(2024, 1, 5, 1, 1, tzinfo=UTC)}
BOTH = [FIRST, SECOND]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.map(ANY)
    return found


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(*rows: tuple[Any, ...], title: str = "Sheet") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


HEAD = ("通话编号", "队列", "进线时间")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_the_encoding_is_detected(home: Home, encoding: str) -> None:
    assert home.read("f.csv", (HEADER + ROWS).encode(encoding)) == BOTH


@pytest.mark.parametrize(
    "text", ["編號,佇列,時間\n1,售前諮詢,2024-01-05 09:00:00\n", "編號,佇列,時間\n1,甲,2024-01-05 09:00:00\n"]
)
def test_big5_is_detected_by_its_common_characters(home: Home, text: str) -> None:
    home.map(ANY.replace("通话编号", "編號").replace("队列", "佇列").replace("进线时间", "時間"))
    [row] = home.read("f.csv", text.encode("big5"))
    assert row["queue_id"] == text.split("\n")[1].split(",")[1]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_detected(home: Home, delimiter: str, end: str) -> None:
    assert home.read("f.csv", (HEADER + ROWS).replace(",", delimiter).replace("\n", end)) == BOTH


def test_lines_above_the_header_are_skipped_and_a_file_may_have_no_header(home: Home) -> None:
    home.map(ANY.replace("mode: changes", "skip: 2"))
    assert home.read("f.csv", "日报\n导出时间,2024\n" + HEADER + ROWS) == BOTH
    home.map(ANY.replace("mode: changes", "header: false\n    columns: [通话编号, 队列, 进线时间]"))
    assert home.read("g.csv", ROWS) == BOTH


def test_quoted_fields_may_hold_delimiters_quotes_and_line_ends(home: Home) -> None:
    [row, _] = home.read("f.csv", HEADER + '1,"a, ""b""\nc",2024-01-05 09:00:00\n2,b,2024-01-05 09:00:00\n')
    assert row["queue_id"] == 'a, "b"\nc'


def test_rows_of_the_wrong_width_and_open_quotes_are_problems_and_the_rest_is_read(home: Home) -> None:
    wide = "1,a,2024-01-05 09:00:00,9\n"
    found = home.read("f.csv", HEADER + wide + "2,b\n\n" + '3,"c,2024-01-05 09:00:00\n' + ROWS)
    assert found[:2] == ["has 4 columns where the header has 3", "has 2 columns where the header has 3"]
    assert found[2].startswith("line is not CSV") and found[3:] == BOTH


def test_a_records_payload_is_its_line_as_it_was_sent(home: Home) -> None:
    home.drop("f.csv", (HEADER + ROWS + "3,坏").encode("gb18030") + b"\xff\xff\n")
    [attempt] = home.land()
    decoder = SOURCE.stream("contact_legs").decoder(home.settings, attempt.manifest)
    [(_, body, ext)] = pages_of(attempt, Lake(home.path))
    records = list(decoder.records(body, ext))
    assert b"".join(record.payload for record in records) == body.split(b"\n", 1)[1]
    assert [record.problem for record in records] == [None, None, "bytes are not gb18030"]


def test_json_and_json_lines(home: Home) -> None:
    objects = [{"call": {"id": 1}, "队列": "售前", "t": 1704416400}, {"call": {"id": 2}, "队列": "售后", "t": 1704416460}]
    text = ANY.replace("通话编号", "call.id").replace('进线时间, format: "%Y-%m-%d %H:%M:%S"', "t, format: epoch")
    home.map(text)
    lines = "\n".join(json.dumps(item, ensure_ascii=False) for item in objects)
    assert home.read("f.jsonl", lines + '\n\n{"call": \n[1]\n') == [*BOTH, "line is not JSON", "record is not an object"]
    home.map(text.replace("mode: changes", "records: data.rows"))
    assert home.read("f.json", json.dumps({"data": {"rows": [*objects, 3]}})) == [*BOTH, "record is not an object"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [("{", "file is not JSON"), ('{"a": 1}', "file has no list at its top"), ("[" * 200_000, "file is not JSON")],
)
def test_a_file_that_is_not_json_is_one_problem(home: Home, content: str, problem: str) -> None:
    assert home.read("f.json", content) == [problem]


def test_parquet(home: Home) -> None:
    table = pa.table(
        {
            "通话编号": [1.0, 2.0, None],
            "队列": ["售前", "售后", "x"],
            "进线时间": pa.array([datetime(2024, 1, 5, 9), datetime(2024, 1, 5, 9, 1), None], pa.timestamp("ns")),
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    assert home.read("f.parquet", buffer.getvalue()) == [*BOTH, {"queue_id": "x"}]


def test_excel_cells_give_times_numbers_and_durations(home: Home) -> None:
    home.map(ANY.replace("mode: changes", "sheet: 通话").rstrip() + "\n          talk_seconds: {from: 时长, format: duration}\n")
    content = workbook(
        (*HEAD, "时长"),
        (1, "售前", datetime(2024, 1, 5, 9), dt.time(0, 1, 40)),
        (None, None, None, None),
        (2, "售后", "2024-01-05 09:01:00", "00:00:05"),
        title="通话",
    )
    assert home.read("f.xlsx", content) == [{**FIRST, "talk_seconds": 100}, {**SECOND, "talk_seconds": 5}]


def test_a_day_and_a_clock_of_excel_join_into_a_time(home: Home) -> None:
    home.map(ANY.replace("{from: 进线时间,", "{join: [日期, 时间],"))
    content = workbook(("通话编号", "队列", "日期", "时间"), (1, "售前", datetime(2024, 1, 5), dt.time(9, 0)))
    assert home.read("f.xlsx", content) == [FIRST]


def test_formulas_are_never_evaluated_and_never_read_as_nothing(home: Home) -> None:
    content = workbook(
        HEAD, (1, '=HYPERLINK("http://127.0.0.1/","x")', "2024-01-05 09:00:00"), (2, "售后", "2024-01-05 09:01:00")
    )
    assert home.read("f.xlsx", content) == ["formula without a stored result in 队列", SECOND]
    assert home.read("g.xlsx", workbook(HEAD, (1, "#REF!", "2024-01-05 09:00:00"))) == ["formula that failed in 队列"]
    [row] = home.read("f.csv", HEADER + "1,=cmd|' /C calc'!A0,2024-01-05 09:00:00\n")
    assert row["queue_id"] == "=cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("f.csv.gz", gzip.compress((HEADER + ROWS).encode()), id="gz"),
        pytest.param(
            "f.csv.gz", gzip.compress(HEADER.encode(), mtime=0) + gzip.compress(ROWS.encode(), mtime=0), id="gz of two members"
        ),
        pytest.param("f.zip", zipped({"f.csv": (HEADER + ROWS).encode("gb18030")}), id="zip"),
        pytest.param("f.zip", zipped({"../../etc/f.csv": (HEADER + ROWS).encode()}), id="zip with a name that climbs"),
        pytest.param("f.zip", zipped({"f.csv": (HEADER + ROWS).encode(), "__MACOSX/f.csv": b"x"}), id="mac"),
    ],
)
def test_packed_files_are_unpacked(home: Home, name: str, content: bytes) -> None:
    assert home.read(name, content) == BOTH
    assert sorted(path.name for path in home.path.iterdir()) == ["inbox", "landing", "locks", "mappings"]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("f.csv.gz", gzip.compress(HEADER.encode(), mtime=0)[:-9], "gz is cut off"),
        ("f.csv.gz", gzip.compress(HEADER.encode(), mtime=0)[:-8] + b"xxxxxxxx", "gz is damaged"),
        ("f.zip", zipped({"a.csv": b"a", "b.csv": b"b"}), "zip holds 2 files where one is expected"),
        ("f.zip", b"PK\x03\x04nonsense", "zip is damaged, encrypted or packed in an unknown way"),
        ("f.xlsx", b"nonsense", "is not an Excel workbook (.xlsx)"),
        ("f.xlsx", zipped({"a.txt": b"a"}), "workbook is damaged: KeyError"),
        (
            "f.xlsx",
            zipped({"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'}),
            "workbook declares XML entities",
        ),
        ("f.parquet", b"PAR1nonsensePAR1", "file is not Parquet, or damaged"),
        ("f.csv", b"", "file is empty: it has no header"),
        ("f.csv", b"a,b\n1,2\n", "column 进线时间, 通话编号, 队列 is not in the file; of its 2 columns the mapping names none"),
        ("f.csv", (HEADER.strip() + ",队列\n").encode(), "column 队列 stands twice in the header"),
        ("f.exe", b"MZ", "format of f.exe is not known; name it in the mapping (format: csv, json, jsonl, parquet, excel)"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(home: Home, name: str, content: bytes, problem: str) -> None:
    assert home.read(name, content) == [problem]


def test_a_bomb_stops_at_the_limit() -> None:
    with pytest.raises(unpacking.Unusable, match="gz holds more than 10000 bytes"):
        unpacking.unpacked(gzip.compress(b"0" * 1_000_000, mtime=0), 10_000)
    with pytest.raises(unpacking.Unusable, match="zip holds more than 10000 bytes"):
        unpacking.unpacked(zipped({"a.csv": b"0" * 1_000_000}), 10_000)
    with pytest.raises(unpacking.Unusable, match="larger than 10000 bytes unpacked"):
        unpacking.check_workbook(zipped({"xl/a.xml": b"0" * 1_000_000}), 10_000)


def test_a_workbook_that_claims_a_far_cell_does_not_cost_the_whole_grid(home: Home) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(HEAD, (1, "售前", "2024-01-05 09:00:00"))))
    sheet = book.active
    assert sheet is not None
    sheet.cell(200_000, 3, "x")
    buffer = io.BytesIO()
    book.save(buffer)
    found = home.read("f.xlsx", buffer.getvalue())
    assert found == [FIRST, "refused: offered_at is not in the format %Y-%m-%d %H:%M:%S"]


def test_a_parquet_of_too_many_rows_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables_binary, "MAX_ROWS", 2)
    buffer = io.BytesIO()
    pq.write_table(pa.table({"通话编号": [1, 2, 3]}), buffer)
    assert home.read("f.parquet", buffer.getvalue()) == ["file has more than 2 rows or 2000 columns"]


def test_an_optional_column_may_be_absent(home: Home) -> None:
    home.map(ANY.replace("mode: changes", "optional: [队列]"))
    assert home.read("f.csv", "通话编号,进线时间\n1,2024-01-05 09:00:00\n") == [
        {key: FIRST[key] for key in ("contact_leg_id", "offered_at")}
    ]


@pytest.mark.parametrize("part", [1, 7, 1 << 24])
def test_json_lines_are_the_same_however_the_text_is_parted(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    body = '\ufeff{"a": 1}\r\n\n{"a": "你好"}\n\ufeff{}\n[]\r{"b": 2}\n'.encode() + b'{"a": "\xff"}\n{"c": 3}'
    monkeypatch.setattr(tables_text, "_PART", part)
    monkeypatch.setattr(unpacking, "_PART", part)
    found = list(tables_text.jsonl_records(body, FileMapping("any", "*", {}, ZoneInfo("UTC"), "")))

    assert [(record.position, record.value, record.problem) for record in found] == [
        (0, {"a": 1}, None),
        (1, {"a": "你好"}, None),
        (2, None, "line is not JSON"),
        (3, None, "record is not an object"),
        (4, {"b": 2}, None),
        (5, None, "bytes are not utf-8-sig"),
        (6, {"c": 3}, None),
    ]
    assert b"".join(record.payload for record in found) == body.removeprefix(b"\xef\xbb\xbf").replace(b"\n\n", b"\n", 1)
