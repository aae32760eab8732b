"""A tiny source for the tests of the gate: calls of a shop, landed as JSON pages in a real home."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deskmart.batch import Batch
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.gate import Admission, admit
from expectations.rule import Rule, between, holds, in_order, known, required
from expectations.rulebook import Rulebook
from ingestion.landing import Attempt, land
from ingestion.source import Field, JsonDecoder, Mark, Mode, Page, Rows, Stream

SINCE, UNTIL = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC)
FIELDS = (
    Field("call_id", conform=("trim", "empty_to_null")),
    Field("version", "integer"),
    Field("offered_at", "timestamp"),
    Field("ended_at", "timestamp"),
    Field("wait_seconds", "seconds"),
    Field("outcome", mark=Mark.CODE, conform=("trim", "lower"), codes=("answered", "abandoned")),
    Field("agent_id"),
    Field("phone", mark=Mark.IDENTIFIER, kind="phone", conform=("trim", "empty_to_null", "phone")),
    Field("email", mark=Mark.IDENTIFIER, kind="email", conform=("trim", "empty_to_null", "email")),
    Field("note", mark=Mark.TEXT),
)


def rules() -> list[Rule]:
    return [
        required("call_id", "编号"),
        known("outcome", "结果"),
        between("wait_seconds", 0, 86_400, "等待"),
        in_order("offered_at", "ended_at", "结束早于进线"),
        holds(
            "answered_by_nobody",
            ("outcome", "agent_id"),
            lambda rows: (rows["outcome"] != "answered") | rows["agent_id"].notna(),
            "critical",
            "已接通却无坐席",
            "answered, but nobody did",
        ),
        between("version", 0, 100, "版本", "warning"),
    ]


def a_stream(mode: Mode = Mode.EVENTS, explode: Any = None, fields: tuple[Field, ...] = FIELDS) -> Stream:
    return Stream(
        "calls",
        fields,
        ("call_id",),
        mode,
        lambda settings, manifest: JsonDecoder(fields, explode=explode),
        version="version",
        dated="offered_at",
    )


def several_calls(record: dict[str, Any]) -> Rows:
    """One record that holds several calls."""
    return [dict(call) for call in record["calls"]]


def a_call(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "call_id": f"c{number}",
        "version": 1,
        "offered_at": f"2024-03-01T10:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "ended_at": "2024-03-01T12:00:00Z",
        "wait_seconds": 12.5,
        "outcome": "answered",
        "agent_id": "a1",
        "phone": "13812345678",
        "email": "li@shop.cn",
        "note": "我的快递还没到",
        **changed,
    }


def a_home(path: Path) -> Settings:
    return Settings(home=path, token_key=b"a key", bad_share_limit=1.0)


def landed(
    settings: Settings, *pages: Sequence[Any] | bytes, stream: Stream | None = None, batch: Batch | None = None
) -> Attempt:
    """An attempt of these pages; a list of records becomes JSON, bytes stay as they are."""
    bodies = [page if isinstance(page, bytes) else json.dumps(page).encode() for page in pages]
    where = batch or Batch("shop", "calls", SINCE, UNTIL)
    return land(where, stream or a_stream(), [Page(body, "json") for body in bodies], Lake(settings.home))


def a_book(stream: Stream | None = None, version: str = "v1") -> Rulebook:
    return Rulebook(stream or a_stream(), rules, version)


def admitted(settings: Settings, *pages: Sequence[Any] | bytes, stream: Stream | None = None) -> Admission:
    """Land these pages and admit them."""
    return admit(landed(settings, *pages, stream=stream), settings, a_book(stream))
