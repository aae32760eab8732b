"""However few rows of an attempt the gate has in hand at a time, the same comes out; what is too much for the memory goes to disk."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import great_expectations.expectations as gxe
import pytest

from deskmart.errors import GateError
from deskmart.settings import Settings
from expectations import held
from expectations.gate import admit
from expectations.held import Payloads, Shelf
from expectations.rule import Rule, among
from expectations.rulebook import Rulebook
from ingestion.landing import Attempt
from ingestion.source import Texts
from tests.unit.gate_world import FIELDS, a_call, a_home, a_stream, landed, rules, several_calls
from tests.unit.test_gate_together import timeless, written

# Copies, better copies, bad rows, rows of other days and numbers beyond a double's reach, all over the place.
RECORDS: Sequence[dict[str, Any]] = [
    *(a_call(number, phone=f"1381234{number:04d}", note=f"加我微信 {number}" if number % 3 else "谢谢") for number in range(40)),
    a_call(3, wait_seconds=-1),
    a_call(50, wait_seconds=-1),
    a_call(50),
    a_call(50, wait_seconds="long"),
    a_call(51, offered_at="2024-05-01T00:00:00Z"),
    a_call(52, version=9_007_199_254_740_993, agent_id=7),
    a_call(52, version=9_007_199_254_740_992, agent_id=7.5),
    a_call(53, version=None, agent_id=True),
    a_call(54, outcome="lost"),
    a_call(55, offered_at=None),
    *(a_call(number, agent_id=None) for number in range(56, 70)),
    a_call(7, note="差劲"),
]


def beyond_a_row() -> list[Rule]:
    """Rules that look at other rows, one by a test, two of Great Expectations."""
    return [
        *rules(),
        among(
            "phone_alone", ("phone",), lambda rows: rows["phone"].duplicated(keep=False), "warning", "单", "nobody else has it"
        ),
        Rule("wait_twice", gxe.ExpectColumnValuesToBeUnique(column="agent_id"), "warning", "重复", "the agent is there twice"),
        Rule("too_few", gxe.ExpectTableRowCountToBeBetween(min_value=2), "critical", "太少", "there are too few rows"),
    ]


def home_with(path: Path, at_once: int, origin: Settings) -> Settings:
    shutil.copytree(origin.home, path)
    return replace(a_home(path), rows_at_once=at_once)


def book(explode: Any = None) -> Rulebook:
    stream = a_stream(explode=explode, fields=FIELDS)
    return Rulebook(replace(stream, texts=Texts("message", "call_id")), beyond_a_row, "v1")


def outcome(attempt: Attempt, settings: Settings, explode: Any = None) -> tuple[Any, Any]:
    """The admission and all that was written; markers in any order."""
    admission = admit(attempt, settings, book(explode))
    files = written(settings)
    for name, table in files.items():
        if "/markers/" in name:
            files[name] = sorted(map(repr, table.to_pylist()))
    return timeless(admission.as_json()), files


@pytest.mark.parametrize(("at_once", "on_disk"), [(23, False), (11, True)], ids=["in memory", "on disk"])
def test_the_gate_finds_the_same_however_many_rows_it_takes_at_once(
    at_once: int, on_disk: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = a_home(tmp_path / "origin")
    attempt = landed(origin, RECORDS[:30], b"no JSON", RECORDS[30:])
    whole = outcome(attempt, home_with(tmp_path / "whole", 100_000, origin))
    if on_disk:
        monkeypatch.setattr(held, "IN_MEMORY", 0)
        monkeypatch.setattr(Shelf.__init__, "__defaults__", (None, 0))
    pieces = outcome(attempt, home_with(tmp_path / "pieces", at_once, origin))

    assert whole[0]["duplicates"] == 4 and whole[0]["quarantined"] > 15 and whole[0]["outside"] == 1
    assert any("/markers/" in name for name in whole[1])
    assert pieces == whole
    assert not [path for path in (tmp_path / "pieces" / "quarantine").rglob("*") if path.is_file() and path.suffix != ".parquet"]


def test_the_rows_of_one_record_are_never_parted(tmp_path: Path) -> None:
    origin = a_home(tmp_path / "origin")
    late = {"offered_at": "2024-05-01T00:00:00Z", "ended_at": "2024-05-01T00:00:00Z"}
    records = [{"calls": [a_call(3 * one, **late), a_call(3 * one + 1), a_call(3 * one + 2, **late)]} for one in range(6)]
    attempt = landed(origin, records, stream=a_stream(explode=several_calls))
    whole = outcome(attempt, home_with(tmp_path / "whole", 100, origin), several_calls)
    assert (whole[0]["outside"], whole[0]["rows"]) == (0, 18)
    assert outcome(attempt, home_with(tmp_path / "pieces", 10, origin), several_calls) == whole


def test_a_rule_that_fails_in_a_later_piece_fails_the_attempt(tmp_path: Path) -> None:
    from expectations.rule import holds

    def test(rows: Any) -> Any:
        if "c9" in set(rows["call_id"]):
            raise ZeroDivisionError
        return rows["call_id"].notna()

    fragile = holds("fragile", ("call_id",), test, "critical", "脆弱", "fragile")
    settings = replace(a_home(tmp_path), rows_at_once=4)
    attempt = landed(settings, [a_call(number) for number in range(12)])
    with pytest.raises(GateError, match="fragile failed"):
        admit(attempt, settings, Rulebook(a_stream(), lambda: [*rules(), fragile], "v1"))
    assert not (tmp_path / "accepted").exists() and not list((tmp_path / "quarantine").rglob("*.parquet"))


def test_what_is_held_comes_back_as_it_was_and_a_full_disk_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    payloads = Payloads(tmp_path / "home" / "quarantine")
    monkeypatch.setattr(payloads, "_bytes", Shelf(tmp_path / "home" / "quarantine", in_memory=10))
    pieces = [b"one", b"", b"three" * 5, b"\0\xff"]
    for piece in pieces:
        payloads.append(piece)
    assert list(payloads) == pieces and payloads[1] == b"" and len(payloads) == 4
    assert payloads.sha256(1) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert not list((tmp_path / "home" / "quarantine").iterdir())
    assert (tmp_path / "home" / "quarantine").stat().st_mode & 0o077 == 0

    full = Shelf(tmp_path / "nobody" / "home")
    monkeypatch.setattr(full, "_file", Path("/dev/full").open("wb", buffering=0))  # noqa: SIM115
    with pytest.raises(GateError, match="the disk refused"):
        full.put(b"more")
