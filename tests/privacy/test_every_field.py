"""A canary in every field of every stream of every source that is not marked open: found nowhere outside landing and quarantine.

Made from the declarations, so that a new field or stream is tried without a word here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from deskmart.batch import Batch
from deskmart.errors import GateError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations import ledger
from expectations.gate import admit
from expectations.report import write_report
from expectations.rule import required
from expectations.rulebook import Rulebook
from expectations.suites import suite_for
from ingestion.landing import land
from ingestion.registry import all_sources
from ingestion.source import Field, JsonDecoder, Mark, Page, Stream
from tests.e2e.test_secrecy import texts_of

SINCE, UNTIL = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC)
RAW = ("landing", "quarantine")
STREAMS = [(source.name, stream.name) for source in all_sources().values() for stream in source.streams]
PLAIN = {"integer": 5, "number": 1.5, "seconds": 12, "boolean": True, "date": "2024-03-01"}


@dataclass(slots=True)
class Flock:
    """Canaries that were let out: what must not be found, by the field it was put into."""

    numbers: Iterator[int] = field(default_factory=lambda: count(10_000_000))
    marks: dict[str, str] = field(default_factory=dict)

    def in_place(self, item: Field, *, fits: bool) -> Any:
        """A value for the field; one that conforms, or one that is of no use to it."""
        number = next(self.numbers)
        mark = f"canary{number}"
        if fits and item.mark is Mark.IDENTIFIER and "phone" in item.conform:
            mark = f"139{number}"
        value = {"email": f"{mark}@secret.example"}.get(item.kind, mark) if fits else f"{mark} at 7 Secret Street"
        self.marks[mark] = item.name
        return value


def hides(item: Field) -> bool:
    """Whether nothing of what stands in the field may leave the gate: all but open texts."""
    return item.mark is not Mark.OPEN or item.type != "text"


def a_row(stream: Stream, number: int, flock: Flock, spoilt: str = "", **fixed: Any) -> dict[str, Any]:
    """A row that conforms, with a canary in each identifier and text, and one that does not fit in the field `spoilt`."""
    row = {item.name: _value(item, number, flock) for item in stream.fields} | fixed
    if spoilt:
        row[spoilt] = flock.in_place(stream.field(spoilt), fits=False)
    return row


def _value(item: Field, number: int, flock: Flock) -> Any:
    if item.mark in (Mark.IDENTIFIER, Mark.TEXT):
        return flock.in_place(item, fits=True)
    if item.mark is Mark.CODE:
        return item.codes[0]
    if item.type == "timestamp":
        return f"2024-03-01T10:{number % 60:02d}:00Z"
    return f"open{number}" if item.type == "text" else number if item.type == "integer" else PLAIN[item.type]


def records_of(stream: Stream, flock: Flock) -> list[Any]:
    """Records that are accepted, copies, outside, refused for each field in turn, and no records at all."""
    numbers = count(1)
    good = a_row(stream, next(numbers), flock)
    rows: list[Any] = [good, good, a_row(stream, next(numbers), flock)]
    rows += [a_row(stream, next(numbers), flock, spoilt=item.name) for item in stream.fields if hides(item)]
    if stream.dated:
        rows.append(a_row(stream, next(numbers), flock, **{stream.dated: "2023-01-01T00:00:00Z"}))
    stray = Field("stray", mark=Mark.TEXT)
    rows += [flock.in_place(stray, fits=True), {flock.in_place(stray, fits=True): flock.in_place(stray, fits=True)}]
    rows.append(good | {"undeclared": flock.in_place(stray, fits=False)})
    return rows


@pytest.mark.parametrize(("source", "name"), STREAMS, ids=[f"{source}/{name}" for source, name in STREAMS])
def test_a_canary_in_any_field_stays_behind_the_gate(
    source: str, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    flock = Flock()
    declared = all_sources()[source].stream(name)
    bare = tuple(replace(item, path=None) for item in declared.fields)
    stream = replace(declared, fields=bare, decoder=lambda settings, manifest: JsonDecoder(bare))
    settings = Settings(home=tmp_path, token_key=b"a key", bad_share_limit=1.0)
    broken = f'[{{"phone": "{flock.in_place(Field("page", mark=Mark.TEXT), fits=False)}"'.encode()
    pages = [Page(json.dumps(records_of(stream, flock)).encode(), "json"), Page(broken, "json")]
    key = stream.key[0]
    lenient, strict = (lambda: [required(key, "键")]), (lambda: suite_for(source, name))
    for number, rules in enumerate((lenient, strict)):
        attempt = land(Batch(source, name, SINCE, UNTIL, f"part{number}"), stream, pages, Lake(tmp_path))
        try:
            admission = admit(attempt, settings, Rulebook(stream, rules, "v1"))
        except GateError as stopped:
            assert not any(mark in str(stopped) for mark in flock.marks)
            continue
        assert admission.quarantined >= 3
        assert admission.accepted >= 1 or rules is strict
    ledger.seal(settings, "build", {})
    write_report(settings)

    raw, behind = places_of(tmp_path, flock)
    assert {flock.marks[mark] for mark in raw} >= {item.name for item in stream.fields if hides(item)} | {"stray", "page"}
    assert {(flock.marks[mark], path) for mark, path in behind} == set()
    printed = "".join([caplog.text, *capfd.readouterr()])
    assert {flock.marks[mark] for mark in flock.marks if mark in printed} == set()


def places_of(home: Path, flock: Flock) -> tuple[set[str], set[tuple[str, str]]]:
    """The canaries that are in landing, and those (with the file) that are anywhere outside landing and quarantine."""
    raw: set[str] = set()
    behind: set[tuple[str, str]] = set()
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        name = path.relative_to(home).as_posix()
        text = "".join(texts_of(path))
        found = {mark for mark in flock.marks if mark in text}
        if name.startswith("landing/"):
            raw |= found
        elif name.split("/")[0] not in RAW:
            behind |= {(mark, name) for mark in found}
    return raw, behind


def test_every_mark_and_every_stream_is_tried() -> None:
    marks = {item.mark for source in all_sources().values() for stream in source.streams for item in stream.fields}
    assert marks == set(Mark)
    assert len(STREAMS) > 30


def test_a_text_belongs_to_a_conversation_or_to_somebody() -> None:
    """Who is erased takes the texts of their conversations along: a stream with a text must say whose or which."""
    from expectations.erasure_search import THREADS

    for source in all_sources().values():
        for stream in source.streams:
            if any(item.mark is Mark.TEXT for item in stream.fields):
                told = [item for item in stream.fields if item.mark is Mark.IDENTIFIER or item.name in THREADS]
                assert told, f"{source.name}/{stream.name}"


def test_a_field_that_should_not_be_open_would_be_found(tmp_path: Path) -> None:
    flock = Flock()
    fields = (Field("id"), Field("note", mark=Mark.TEXT))
    leaky = Field("note")
    value = flock.in_place(fields[1], fits=True)
    stream = Stream(
        "s",
        (fields[0], leaky),
        ("id",),
        next(iter(all_sources().values())).streams[0].mode,
        lambda *_: JsonDecoder((fields[0], leaky)),
    )
    settings = Settings(home=tmp_path, token_key=b"a key", bad_share_limit=1.0)
    page = Page(json.dumps([{"id": "1", "note": value}]).encode(), "json")
    attempt = land(Batch("shop", "s", SINCE, UNTIL), stream, [page], Lake(tmp_path))
    admit(attempt, settings, Rulebook(stream, lambda: [required("id", "编号")], "v1"))
    _, behind = places_of(tmp_path, flock)
    assert {path.split("/")[0] for _, path in behind} == {"accepted"}
