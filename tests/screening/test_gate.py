"""Screening at the gate: markers beside the accepted file, a row for each text, no text behind it, and no silence when it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deskmart.batch import Interval
from deskmart.errors import BuildError, GateError, LandingError
from deskmart.freeze import freeze
from deskmart.frozen_tables import create_views
from deskmart.lake import Lake
from deskmart.settings import Settings, SourceSettings
from expectations import ledger, rescreening, screening_files, screening_scan
from expectations.approval import Approval
from expectations.gate import admit, declared_rulebook
from expectations.quarantine import list_refusals
from expectations.release import release
from expectations.rescreening import rescreen_outdated
from expectations.screening_files import version_of
from expectations.screening_schema import MARKERS
from expectations.screening_values import DETECTORS, Detector
from expectations.tokens import token_of
from expectations.verify import verify
from ingestion.ingest import batches_of, ingest
from ingestion.landing import Attempt
from ingestion.registry import all_sources, source_named
from ingestion.source import Mark

SECRET = "13812345678"
TEXTS = {
    "m1": f"我的电话是{SECRET}",
    "m2": "加我微信便宜",
    "m3": None,
    "m4": "请不要加微信",
    "m5": f"打一三八１２３４５６７８吗，{SECRET}",
}
MAPPING = """\
name: chat
files: "chat_*.jsonl"
covers: 'chat_(?P<day>\\d{8})'
cadence: 1d
streams:
  messages:
    columns:
      message_id: {from: id}
      contact_id: {from: contact}
      sender_type: {from: sender}
      sent_at: {from: at}
      text: {from: text}
"""


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, token_key=b"a key", bad_share_limit=1.0)


@pytest.fixture
def attempt(home: Settings) -> Attempt:
    """A landed day of five messages, one of them without text."""
    rows = [
        {"id": name, "contact": "c1", "sender": "agent", "at": "2026-03-02T10:00:00Z", "text": text}
        for name, text in TEXTS.items()
    ]
    return dropped(home, rows)


def dropped(home: Settings, rows: list[dict[str, Any]]) -> Attempt:
    """The rows as a file of messages, landed."""
    (home.home / "inbox").mkdir(exist_ok=True)
    (home.home / "mappings").mkdir(exist_ok=True)
    (home.home / "mappings" / "chat.yml").write_text(MAPPING, encoding="utf-8")
    path = home.home / "inbox" / "chat_20260302.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    (path.parent / f"{path.name}.done").touch()
    source = source_named("file_drop")
    here = home.with_source(SourceSettings("file_drop"))
    interval = Interval(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    (batch,) = batches_of(source, here, interval)
    return ingest(source, batch, here)


def markers(home: Settings, attempt: Attempt) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.ParquetFile(Lake(home.home).markers(attempt.batch, attempt.name)).read().to_pylist()
    return rows


def hits(home: Settings, attempt: Attempt) -> set[tuple[str, str, bool]]:
    return {(row["subject_id"], row["rule_id"], row["is_negated"]) for row in markers(home, attempt) if row["rule_id"]}


def test_every_stream_with_a_text_says_whose_it_is_and_its_key_is_there() -> None:
    for source in all_sources().values():
        for stream in source.streams:
            texts = [field.name for field in stream.fields if field.mark is Mark.TEXT]
            assert len(texts) == (1 if stream.texts else 0), (source.name, stream.name)
            assert stream.texts is None or stream.field(stream.texts.id_field).mark is Mark.OPEN


def test_each_text_has_a_row_and_each_hit_a_marker(home: Settings, attempt: Attempt) -> None:
    admit(attempt, home)
    screened = {row["subject_id"] for row in markers(home, attempt) if row["rule_id"] is None}
    assert screened == {"m1", "m2", "m4", "m5"}
    assert hits(home, attempt) == {
        ("m1", "phone", False),
        ("m2", "off_platform", False),
        ("m4", "off_platform", True),
        ("m5", "phone", False),
    }
    (one,) = [row for row in markers(home, attempt) if row["rule_id"] and row["subject_id"] == "m1"]
    assert (one["position"], one["snippet_masked"]) == (5, "…" + "•" * 16 + "…")
    accepted = pq.ParquetFile(Lake(home.home).accepted(attempt.batch, attempt.name)).read().to_pylist()
    (row,) = [row for row in accepted if row["message_id"] == "m1"]
    assert {name: one[name] for name in one if name.startswith("_")} == {name: row[name] for name in row if name.startswith("_")}


def test_one_value_has_one_hash_which_is_a_customers_token(home: Settings, attempt: Attempt) -> None:
    admit(attempt, home)
    hashes = [row["value_hash"] for row in markers(home, attempt) if row["rule_id"] == "phone"]
    assert hashes == [token_of("phone", "+8613812345678", home)] * 3


def test_no_text_leaves_the_gate(home: Settings, attempt: Attempt) -> None:
    admit(attempt, home)
    path = Lake(home.home).markers(attempt.batch, attempt.name)
    table = pq.ParquetFile(path).read()
    assert table.schema.equals(MARKERS)
    cells = "\n".join(str(cell) for row in table.to_pylist() for cell in row.values())
    assert SECRET not in cells and "12345678" not in cells and "便宜" not in cells
    assert SECRET.encode() not in path.read_bytes()
    for other in (home.home / "audit").rglob("*.json"):
        assert SECRET not in other.read_text(encoding="utf-8")


def test_the_ledger_knows_the_markers_file(home: Settings, attempt: Attempt) -> None:
    admit(attempt, home)
    path = Lake(home.home).markers(attempt.batch, attempt.name)
    name = path.relative_to(home.home).as_posix()
    assert name in {entry["path"] for one in ledger.records(home) for entry in one["files_written"]}
    assert not [finding for finding in verify(home) if finding.severity == "broken"]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert name in {finding.subject for finding in verify(home) if finding.severity == "broken"}


@pytest.fixture
def broken_detector(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A detector that raises over every text that could hold a phone number."""

    def fails(text: object) -> Iterator[Any]:
        raise ZeroDivisionError(str(text))

    screening_scan.checked_rules()
    monkeypatch.setitem(DETECTORS, "phone", Detector(DETECTORS["phone"].test, fails))
    yield


@pytest.mark.usefixtures("broken_detector")
def test_a_scanner_that_fails_is_a_failed_run_and_says_no_word_of_the_text(home: Settings, attempt: Attempt) -> None:
    with pytest.raises(GateError, match="screening rule phone failed: ZeroDivisionError") as caught:
        admit(attempt, home)
    assert SECRET not in str(caught.value)
    lake = Lake(home.home)
    assert not lake.accepted(attempt.batch, attempt.name).exists() and not lake.markers(attempt.batch, attempt.name).exists()


def test_a_rule_that_misses_its_own_example_stops_all_screening(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = screening_scan.read_rules()
    monkeypatch.setattr(screening_scan, "read_rules", lambda: (replace(rules[0], finds=("您好",)), *rules[1:]))
    screening_scan.checked_rules.cache_clear()
    try:
        with pytest.raises(GateError, match=f"rule {rules[0].id} does not find exactly its own examples"):
            screening_scan.scan(pa.array(["您好"]))
    finally:
        monkeypatch.undo()
        screening_scan.checked_rules.cache_clear()


def test_a_build_reads_markers_and_coverage_and_stops_without_them(home: Settings, attempt: Attempt) -> None:
    admit(attempt, home)
    lake = Lake(home.home)
    with duckdb.connect() as connection:
        connection.execute("create schema inputs")
        inputs = freeze(home)
        create_views(connection, lake, inputs)
        assert connection.sql("select count(*) from inputs.file_drop__screened").fetchall() == [(4,)]
        assert connection.sql("select count(*) from inputs.file_drop__markers").fetchall() == [(5,)]
        assert connection.sql("select count(*) from inputs.zendesk__markers").fetchall() == [(0,)]
    path = lake.markers(attempt.batch, attempt.name)
    table = pq.ParquetFile(path).read()
    pq.write_table(table.slice(1), path)
    assert freeze(home).digest != inputs.digest
    path.unlink()
    with pytest.raises(BuildError, match=r"not screened.*audit rescreen"):
        freeze(home)


def test_changed_rules_lead_to_another_screening_with_the_same_marker_ids(
    home: Settings, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit(attempt, home)
    before = {row["marker_id"] for row in markers(home, attempt)}
    accepted = Lake(home.home).accepted(attempt.batch, attempt.name)
    bytes_before = accepted.read_bytes()
    assert rescreen_outdated(home) == []
    changed(monkeypatch, "the next version")
    (done,) = rescreen_outdated(home)
    assert (done.screened, done.out_of_reach) == (4, 0)
    assert version_of(Lake(home.home).markers(attempt.batch, attempt.name)) == "the next version"
    assert {row["marker_id"] for row in markers(home, attempt)} == before
    assert accepted.read_bytes() == bytes_before
    assert rescreen_outdated(home) == []
    assert [one["counts"] for one in ledger.records(home, "screen")] == [{"screened": 4, "out_of_reach": 0}]
    assert not [finding for finding in verify(home) if finding.severity == "broken"]


def test_what_retention_took_keeps_what_was_found_before(
    home: Settings, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit(attempt, home)
    folder = Lake(home.home).landing(attempt.batch, attempt.name)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "raw_removed_at": "2026-04-01T00:00:00+00:00"}))
    for page in folder.glob("page-*"):
        page.unlink()
    found = hits(home, attempt)
    changed(monkeypatch, "the next version")
    (done,) = rescreen_outdated(home)
    assert (done.screened, done.out_of_reach) == (0, 4)
    assert hits(home, attempt) == found


def test_landed_bytes_that_changed_are_not_screened_again(
    home: Settings, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit(attempt, home)
    path = Lake(home.home).markers(attempt.batch, attempt.name)
    before = path.read_bytes()
    (page,) = Lake(home.home).landing(attempt.batch, attempt.name).glob("page-*")
    page.write_bytes(page.read_bytes()[:-1])
    changed(monkeypatch, "the next version")
    with pytest.raises(LandingError):
        rescreen_outdated(home)
    assert path.read_bytes() == before


def changed(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """Say that the rules are of this version now."""
    for module in (rescreening, screening_files):
        monkeypatch.setattr(module, "rules_version", lambda: version)


def test_many_messages_are_screened_as_few_are(home: Settings) -> None:
    rows = [
        {
            "id": f"x{number}",
            "contact": "c",
            "sender": "agent",
            "at": "2026-03-02T10:00:00Z",
            "text": f"第{number}句，加我微信{'好' * (number % 7)}",
        }
        for number in range(700)
    ]
    attempt = dropped(home, rows)
    admit(attempt, home)
    assert hits(home, attempt) == {(f"x{number}", "off_platform", False) for number in range(700)}


def test_a_released_record_is_screened_with_those_that_were_accepted_before(home: Settings) -> None:
    rows = [
        {"id": "m1", "contact": "c1", "sender": "agent", "at": "2026-03-02T10:00:00Z", "text": TEXTS["m1"]},
        {"id": "m2", "contact": "c1", "sender": "a parrot", "at": "2026-03-02T10:01:00Z", "text": TEXTS["m2"]},
    ]
    attempt = dropped(home, rows)
    assert admit(attempt, home).quarantined == 1
    assert hits(home, attempt) == {("m1", "phone", False)}
    book = declared_rulebook(attempt, home)
    mended = replace(book, rules=lambda: [rule for rule in book.rules() if rule.code != "sender_type_unmapped"], version="v2")
    done = release(list(list_refusals(home)), Approval("a bird may talk", "Li Wei", "Chen Yu"), home, mended)
    assert list(done.became.values()) == ["accepted"]
    assert hits(home, attempt) == {("m1", "phone", False), ("m2", "off_platform", False)}
    assert not [finding for finding in verify(home) if finding.severity == "broken"]
