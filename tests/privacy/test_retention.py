"""Retention: raw bytes go after their days, by a line in the ledger; rows, counts and reasons stay, and what reaches no further says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskmart.erasure import erase
from deskmart.errors import LandingError
from deskmart.freeze import freeze
from deskmart.retention import raw_reaches_back_to, retire_raw
from expectations import changes
from expectations.gate import admit, declared_rulebook
from expectations.ledger import records
from expectations.persons import person_of
from expectations.quarantine import list_refusals, show
from ingestion.landing import pages_of, read_attempt
from ingestion.tombstones import EXPIRED
from tests.contract.file_drop_home import Home
from tests.made_once import MadeOnce
from tests.privacy.drop import CALLS, PHONE, a_shop, attempts, broken, through_the_gate
from tests.privacy.test_erasing import files_with, rows, the_tokens

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=401)


@pytest.fixture
def home(tmp_path: Path, made_once: MadeOnce) -> Home:
    made_once.copy(a_shop, tmp_path)
    return Home(tmp_path)


def test_what_is_younger_stays(home: Home) -> None:
    done = retire_raw(home.settings, NOW + timedelta(days=399))
    assert (done.landing, done.quarantine, done.kept) == (0, 0, 0)
    assert raw_reaches_back_to(home.settings) is not None


def test_raw_bytes_go_and_everything_else_stays(home: Home) -> None:
    before = {stream: rows(home, stream) for stream in ("contact_legs", "messages")}
    refused = {one.id: one.reasons for one in list_refusals(home.settings)}
    done = retire_raw(home.settings, LATER)
    assert (done.landing, done.quarantine, done.kept) == (2, 2, 0)
    assert not list((home.path / "landing").rglob("*.gz"))
    assert files_with(home, PHONE, "Canary Lane") == set()
    assert broken(home) == []
    assert {stream: rows(home, stream) for stream in before} == before
    assert {one.id: one.reasons for one in list_refusals(home.settings)} == refused
    assert {show(home.settings, name, in_clear=True)[1] for name in refused} == {EXPIRED.decode()}
    assert len(freeze(home.settings).files) == 2
    assert raw_reaches_back_to(home.settings) is None
    assert [one["days"] for one in records(home.settings, "retention")] == [400] * 3


def test_it_can_be_asked_first_and_done_twice(home: Home) -> None:
    asked = retire_raw(home.settings, LATER, dry_run=True)
    assert list((home.path / "landing").rglob("*.gz")) and not records(home.settings, "retention")
    assert retire_raw(home.settings, LATER) == asked
    assert retire_raw(home.settings, LATER).landing == retire_raw(home.settings, LATER).quarantine == 0


def test_zero_days_keep_for_good(home: Home) -> None:
    (home.path / "deskmart.toml").write_text("landing_days = 0\nquarantine_days = 30\n")
    done = retire_raw(home.settings, LATER)
    assert (done.landing, done.quarantine) == (0, 2)


def test_what_was_never_validated_stays(home: Home) -> None:
    home.drop("calls_more.csv", CALLS + "9,,,2024-01-05 10:00:00,2024-01-05 10:01:00,lost\n")
    [waiting] = home.land()
    assert retire_raw(home.settings, LATER).kept == 1
    assert admit(waiting, home.settings).accepted == 5


def test_who_reaches_for_the_raw_bytes_is_told(home: Home) -> None:
    from deskmart.lake import Lake

    retire_raw(home.settings, LATER)
    for attempt in attempts(home):
        with pytest.raises(LandingError, match=r"removed on .*retention"):
            list(pages_of(attempt, Lake(home.path)))


def test_re_validation_reaches_no_further_and_keeps_what_was_said(home: Home) -> None:
    before = rows(home, "contact_legs")
    retire_raw(home.settings, LATER)
    attempt = next(one for one in attempts(home) if one.batch.stream == "contact_legs")
    book = declared_rulebook(attempt, home.settings)
    admission = admit(attempt, home.settings, replace(book, version="tomorrow's"))
    assert admission.rules_version == book.version
    assert rows(home, "contact_legs") == before


def test_the_same_bytes_sent_again_are_recognised_without_the_raw_pages(home: Home) -> None:
    retire_raw(home.settings, LATER)
    home.drop("calls_again.csv", CALLS)
    assert through_the_gate(home) == []


def test_who_is_erased_later_goes_from_what_is_left(home: Home) -> None:
    retire_raw(home.settings, LATER)
    done = erase(person_of(PHONE, home.settings), home.settings, "Ann")
    phone, email = sorted(the_tokens(home), reverse=True)
    assert done.attempts == 2
    assert files_with(home, phone) == set() and files_with(home, email)
    assert broken(home) == []


def test_a_file_that_goes_missing_without_a_line_is_found(home: Home) -> None:
    page = next((home.path / "landing").rglob("*.gz"))
    page.unlink()
    assert len(broken(home)) == 1
    retire_raw(replace(home.settings, landing_days=0), LATER)
    assert any("landing/" in line for line in broken(home))


def test_bytes_that_come_back_are_found(home: Home) -> None:
    page = next((home.path / "landing").rglob("*.gz"))
    content = page.read_bytes()
    retire_raw(home.settings, LATER)
    page.write_bytes(content)
    assert len(broken(home)) == 1


@pytest.mark.parametrize("moment", range(5))
def test_a_crash_is_finished_by_the_next_run(moment: int, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    done, put = 0, changes._put

    def dies(plan: changes.Planned) -> None:
        nonlocal done
        done += 1
        if done > moment:
            raise KeyboardInterrupt
        put(plan)

    monkeypatch.setattr(changes, "_put", dies)
    with pytest.raises(KeyboardInterrupt):
        retire_raw(home.settings, LATER)
    assert broken(home)
    monkeypatch.setattr(changes, "_put", put)
    retire_raw(home.settings, LATER)
    assert broken(home) == []
    assert files_with(home, PHONE) == set()


def test_a_manifest_says_since_when(home: Home) -> None:
    from deskmart.lake import Lake

    retire_raw(home.settings, LATER)
    for attempt in attempts(home):
        assert read_attempt(attempt.batch, attempt.name, Lake(home.path)).manifest["raw_removed_at"] == LATER.isoformat()
