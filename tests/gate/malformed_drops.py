"""How malformed files are made: mappings, and files of every format with something wrong in them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from ingestion.source import Page
from tests.gate.malformed import Case, canonical

COLUMNS = ("leg", "queue", "agent", "phone", "began", "answered", "ended", "talk", "result")
HEADER = ",".join(COLUMNS) + "\n"
GOOD = (
    "1,售前,ann,13812345678,2024-03-01 20:00:00,2024-03-01 20:00:12,2024-03-01 20:03:00,168,接通\n",
    "2,售后,bob,,2024-03-01 20:05:00,2024-03-01 20:05:31,2024-03-01 20:09:00,209,接通\n",
)
CALLS: dict[str, Any] = {
    "contact_leg_id": {"from": "leg", "prefix": "x:"},
    "contact_id": {"from": "leg", "prefix": "x:"},
    "channel": {"const": "phone"},
    "channel_group": {"const": "voice"},
    "leg_kind": {"const": "queue"},
    "direction": {"const": "inbound"},
    "queue_id": {"from": "queue"},
    "agent_id": {"from": "agent"},
    "customer_phone": {"from": "phone"},
    "offered_at": {"from": "began", "format": "%Y-%m-%d %H:%M:%S"},
    "answered_at": {"from": "answered", "format": "%Y-%m-%d %H:%M:%S"},
    "ended_at": {"from": "ended", "format": "%Y-%m-%d %H:%M:%S"},
    "talk_seconds": {"from": "talk", "format": "duration"},
    "outcome": {"from": "result", "map": {"接通": "answered", "放弃": "abandoned"}},
}
ORDER = {
    "order_id": "o1",
    "version_at": "2024-03-01T12:00:00Z",
    "created_at": "2024-03-01T11:00:00Z",
    "amount": 99.5,
    "item_count": 2,
}
SURVEY = {"survey_id": "s1", "kind": "csat", "scale_min": 1, "scale_max": 5, "score": 4, "contact_id": "c1"}
TICKET = {"ticket_id": "t1", "version": "2024-03-01T12:00:00Z", "created_at": "2024-03-01T11:00:00Z", "status": "open"}
SHIFT = {"agent_id": "ann", "activity": "work", "starts_at": "2024-03-01T01:00:00Z", "ends_at": "2024-03-01T09:00:00Z"}
COST = {"month": "2024-03", "cost_center": "cs", "amount": 1000, "currency": "CNY"}
PLAIN: dict[str, dict[str, Any]] = {"orders": ORDER, "surveys": SURVEY, "tickets": TICKET, "shifts": SHIFT, "costs": COST}


def write_mappings(home: Path) -> None:
    """A mapping for each way the cases are dropped."""
    folder = home / "mappings"
    folder.mkdir()
    for name in ("csv", "json", "parquet", "excel", ""):
        mapping = {
            "name": f"calls{name}",
            "files": "*",
            "timezone": "Asia/Shanghai",
            "streams": {"contact_legs": {"columns": CALLS}},
        }
        if name:
            mapping["format"] = name
        (folder / f"calls{name}.yml").write_text(yaml.safe_dump(mapping, allow_unicode=True), encoding="utf-8")
    for stream, record in PLAIN.items():
        columns = {field: {"from": field} for field in record}
        mapping = {"name": stream, "files": "*", "format": "jsonl", "streams": {stream: {"columns": columns}}}
        (folder / f"{stream}.yml").write_text(yaml.safe_dump(mapping), encoding="utf-8")


def dropped(body: bytes, mapping: str, file: str = "calls.csv") -> Page:
    return Page(body, file.split(".", 1)[1] if "." in file else "bin", {"mapping": mapping, "file": file})


def row(name: str, bad: str | bytes, *reasons: str) -> Case:
    """A malformed row of a CSV between sound ones."""
    raw = (bad if isinstance(bad, bytes) else bad.encode()) + b"\n"
    body = HEADER.encode() + GOOD[0].encode() + raw + GOOD[1].encode()
    return Case(name, "contact_legs", (dropped(body, "callscsv"),), 2, ((raw, reasons),))


def call(name: str, *reasons: str, **changed: str) -> Case:
    """A row of a CSV with other cells."""
    cells = dict(zip(COLUMNS, GOOD[0].strip().split(","), strict=True)) | {"leg": "9"} | changed
    return row(name, ",".join(cells.values()), *reasons)


def whole(name: str, body: bytes, mapping: str, reason: str, file: str = "calls.csv") -> Case:
    """A file that cannot be read at all."""
    return Case(name, "contact_legs", (dropped(body, mapping, file),), 0, ((body, (reason,)),))


def plain(name: str, stream: str, *reasons: str, **changed: Any) -> Case:
    """A malformed line of JSON Lines between sound ones."""
    sound, bad = PLAIN[stream], canonical(PLAIN[stream] | changed) + b"\n"
    key = "cost_center" if stream == "costs" else next(iter(sound))
    lines = [canonical(sound | {key: f"{sound[key]}{number}"}) for number in (1, 2)]
    return Case(name, stream, (dropped(lines[0] + b"\n" + bad + lines[1] + b"\n", stream, "x.jsonl"),), 2, ((bad, reasons),))


def jsonl(name: str, bad: bytes, reason: str) -> Case:
    lines = [canonical(ORDER | {"order_id": f"o{number}"}) + b"\n" for number in (1, 2)]
    return Case(
        name, "orders", (dropped(lines[0] + bad + b"\n" + lines[1], "orders", "x.jsonl"),), 2, ((bad + b"\n", (reason,)),)
    )


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, HEADER + "".join(GOOD))
    return stream.getvalue()


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parquet(**columns: list[Any]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()
