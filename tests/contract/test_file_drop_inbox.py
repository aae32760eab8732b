"""The inbox: what is taken, what is left alone, and what is never taken twice."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from deskmart.batch import Batch
from deskmart.errors import SourceError
from ingestion import inbox
from ingestion.ingest import ingest
from ingestion.mapping_yaml import MappingError
from ingestion.sources.file_drop import SOURCE
from tests.contract.file_drop_home import HEADER, LEGS, ROWS, Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.map(LEGS)
    return found


def test_a_file_lands_byte_for_byte_and_its_manifest_says_what_it_is(home: Home) -> None:
    home.drop("hotline_1.csv", HEADER + ROWS)
    [batch] = home.batches()
    assert batch.part.startswith("hotline-hotline-1-csv-") and batch.since is None
    [attempt] = home.land()
    [page] = attempt.manifest["pages"]
    assert page["ext"] == "csv" and page["bytes"] == len((HEADER + ROWS).encode())
    assert page["meta"]["file"] == "hotline_1.csv" and page["meta"]["mapping"] == "hotline" and page["meta"]["mode"] == "changes"


def test_a_file_is_not_taken_again_not_even_under_another_name(home: Home) -> None:
    home.drop("hotline_1.csv", HEADER + ROWS)
    assert len(home.land()) == 1
    home.drop("hotline_2.csv", HEADER + ROWS)
    assert home.batches() == []
    home.drop("hotline_1.csv", HEADER + ROWS.replace("1,", "3,"))
    assert len(home.batches()) == 1


def test_equal_bytes_of_another_day_are_another_file(home: Home) -> None:
    home.map(LEGS.replace("format: csv", "format: csv\n    covers: 'hotline_(?P<day>\\d{8})'\n    cadence: 1d"))
    home.drop("hotline_20240105.csv", HEADER)
    assert [attempt.batch.since for attempt in home.land()] == [datetime(2024, 1, 4, 16, tzinfo=UTC)]
    home.drop("hotline_20240106.csv", HEADER)
    home.drop("again/hotline_20240105.csv", HEADER)
    assert [attempt.batch.since for attempt in home.land()] == [datetime(2024, 1, 5, 16, tzinfo=UTC)]
    assert home.batches() == []


def test_a_mended_mapping_takes_the_file_again(home: Home) -> None:
    home.drop("hotline_1.csv", HEADER + ROWS)
    home.land()
    home.map(LEGS.replace("{from: 队列}", '{from: 队列, prefix: "q:"}'))
    [attempt] = home.land()
    assert attempt.name == "00002" and home.rows(attempt)[0]["queue_id"] == "q:售前"
    assert home.batches() == []


def test_one_file_feeds_several_streams(home: Home) -> None:
    more = """
      surveys:
        when: {满意度: {empty: false}}
        columns:
          survey_id: {from: 通话编号}
          kind: {const: csat}
          score: {from: 满意度}
    """
    home.map(LEGS.rstrip() + more)
    home.drop("hotline_1.csv", "通话编号,队列,进线时间,满意度\n1,售前,2024-01-05 09:00:00,5\n2,售前,2024-01-05 09:00:00,\n")
    attempts = {attempt.batch.stream: attempt for attempt in home.land()}
    assert len(home.rows(attempts["contact_legs"])) == 2
    assert home.rows(attempts["surveys"]) == [{"survey_id": "1", "kind": "csat", "score": "5"}, "outside: not for this stream"]


def test_the_days_a_file_covers_come_from_its_name(home: Home) -> None:
    home.map(LEGS.replace("format: csv", "covers: '_(?P<day>\\d{8})'\n    cadence: 1d"))
    home.drop("hotline_20240105.csv", HEADER + ROWS)
    home.drop("hotline_20240106.csv", HEADER)
    home.drop("hotline_yesterday.csv", HEADER)
    [batch] = home.batches(date(2024, 1, 5), date(2024, 1, 6))
    assert (batch.since, batch.until) == (datetime(2024, 1, 4, 16, tzinfo=UTC), datetime(2024, 1, 5, 16, tzinfo=UTC))
    assert "does not say which days" in home.left()["hotline_yesterday.csv"]
    assert {attempt.manifest["since"] for attempt in home.land()} == {"2024-01-04T16:00:00+00:00", "2024-01-05T16:00:00+00:00"}


@pytest.mark.parametrize(
    ("pattern", "name", "since", "until"),
    [
        ("(?P<month>\\d{6})", "calls-202402.csv", datetime(2024, 2, 1), datetime(2024, 3, 1)),
        ("(?P<month>\\d{4}-\\d\\d)", "calls-2024-12.csv", datetime(2024, 12, 1), datetime(2025, 1, 1)),
        ("(?P<since>\\d{8})_(?P<until>\\d{8})", "calls_20240105_20240107.csv", datetime(2024, 1, 5), datetime(2024, 1, 8)),
    ],
)
def test_a_file_may_cover_a_month_or_some_days(home: Home, pattern: str, name: str, since: datetime, until: datetime) -> None:
    text = LEGS.replace("hotline_*", "calls*").replace("Asia/Shanghai", "UTC").replace("format: csv", f"covers: '{pattern}'")
    home.map(text)
    home.drop(name, HEADER)
    [batch] = home.batches()
    assert (batch.since, batch.until) == (since.replace(tzinfo=UTC), until.replace(tzinfo=UTC))


def test_with_mode_events_the_same_name_dropped_again_is_the_same_batch(home: Home) -> None:
    home.map(LEGS.replace("format: csv", "mode: events"))
    home.drop("hotline_1.csv", HEADER + ROWS)
    [first] = home.land()
    home.drop("hotline_1.csv", HEADER)
    [second] = home.land()
    assert first.batch.id == second.batch.id and (first.name, second.name) == ("00001", "00002")
    assert home.batches() == []


def test_a_file_without_mapping_or_with_two_is_reported(home: Home) -> None:
    home.drop("mystery.csv", "a\n1\n")
    home.drop("hotline_1.csv", HEADER)
    home.map(LEGS.replace("name: hotline", "name: other"), "second.yml")
    left = home.left()
    assert "no mapping names it" in left["mystery.csv"] and "several mappings name it: hotline, other" in left["hotline_1.csv"]
    assert home.batches() == []


def test_links_pipes_and_odd_names_are_refused(home: Home, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(HEADER + ROWS)
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "hotline_link.csv").symlink_to(secret)
    (folder / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(folder / "hotline_pipe.csv")
    (folder / "hotline_\n.csv").write_text(HEADER)
    Path(os.fsdecode(bytes(folder) + b"/hotline_\xff.csv")).write_text(HEADER)
    home.drop(".hotline_hidden.csv", HEADER)
    home.drop("hotline_1.csv.part", HEADER)
    assert home.batches() == []
    assert sorted(home.left().values()) == [
        "it is a symbolic link; drop the file itself",
        "it is a symbolic link; drop the file itself",
        "it is no regular file",
        "its name holds control characters or is not UTF-8; rename it",
        "its name holds control characters or is not UTF-8; rename it",
        "its name says that it is not finished",
    ]
    with pytest.raises(SourceError, match="drop the file itself"):
        inbox.read_file(folder / "hotline_link.csv")


def test_a_file_that_still_grows_is_left_alone_and_taken_when_it_is_whole(home: Home) -> None:
    path = home.drop("hotline_1.csv", HEADER, age=0)
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.1):
            with path.open("a") as stream:
                stream.write(ROWS)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert home.batches() == []
    finally:
        stop.set()
        writer.join()
    assert len(home.batches()) == 1


def test_a_marker_or_a_rename_says_that_a_young_file_is_whole(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "SETTLE_SECONDS", 60.0)
    home.drop("hotline_1.csv", HEADER, age=0)
    home.drop("hotline_1.csv.done", "")
    started = time.monotonic()
    assert len(home.batches()) == 1
    assert time.monotonic() - started < inbox.SETTLE_SECONDS


def test_a_mapping_may_insist_on_the_marker(home: Home) -> None:
    home.map(LEGS.replace("format: csv", "marker: true"))
    home.drop("hotline_1.csv", HEADER)
    assert home.batches() == [] and "marker hotline_1.csv.done" in home.left()["hotline_1.csv"]
    home.drop("hotline_1.csv.done", "")
    assert len(home.batches()) == 1


def test_a_file_that_is_gone_or_changed_is_one_line(home: Home) -> None:
    path = home.drop("hotline_1.csv", HEADER)
    [batch] = home.batches()
    path.write_text(HEADER + ROWS)
    os.utime(path, (1, 1))
    with pytest.raises(SourceError, match="no longer in the inbox, or has changed"):
        ingest(SOURCE, Batch.parse(str(batch)), home.settings)


def test_sub_folders_are_patterns_too(home: Home) -> None:
    home.map(LEGS.replace("hotline_*.csv", "partner/**/hotline_?.csv"))
    for name in ("partner/hotline_1.csv", "partner/2024/01/hotline_2.csv", "other/hotline_3.csv", "partner/hotline_10.csv"):
        home.drop(name, HEADER + name)
    assert [batch.part.rsplit("-", 1)[0] for batch in home.batches()] == ["hotline-hotline-1-csv", "hotline-hotline-2-csv"]


def test_a_mapping_that_cannot_be_used_stops_with_one_line_and_a_landed_file_still_reads(home: Home) -> None:
    home.drop("hotline_1.csv", HEADER + ROWS)
    [attempt] = home.land()
    home.map("name: [", "another.yml")
    with pytest.raises(MappingError, match=r"another\.yml"):
        home.batches()
    assert len(home.rows(attempt)) == 2
    (home.path / "mappings/mapping.yml").unlink()
    (home.path / "mappings/another.yml").unlink()
    with pytest.raises(MappingError, match="no mapping is called hotline"):
        home.rows(attempt)


def test_a_correction_of_days_that_were_read_is_taken_by_a_later_run_and_older_history_is_not(home: Home) -> None:
    home.map(LEGS.replace("format: csv", "covers: '_(?P<day>\\d{8})'\n    cadence: 1d"))
    home.drop("hotline_20240104.csv", HEADER)
    home.drop("hotline_20240105.csv", HEADER + ROWS)
    [asked] = home.batches(date(2024, 1, 5), date(2024, 1, 6))
    assert "20240105" in asked.part
    ingest(SOURCE, Batch.parse(str(asked)), home.settings)
    home.drop("hotline_20240105_r1.csv", HEADER + ROWS + "3,售前,2024-01-05 10:00:00\n")
    home.drop("hotline_20240107.csv", HEADER)
    later = home.batches(date(2024, 1, 7), date(2024, 1, 8))
    assert ["20240105-r1" in batch.part for batch in later] == [True, False]
    assert not any("20240104" in batch.part for batch in later)
