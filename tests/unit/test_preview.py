"""The preview of changed rules: which records would flip, for what reason, and that nothing is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deskmart.settings import Settings
from expectations.gate import admit
from expectations.preview import Flip, Preview, preview
from expectations.quarantine import list_refusals
from expectations.rule import Rule, between
from expectations.rulebook import Rulebook
from expectations.waive import waive
from tests.unit.gate_world import a_book, a_call, a_home, a_stream, landed, rules
from tests.unit.test_gate_stops import raises
from tests.unit.test_quarantine_ways_out import APPROVAL


def looked(home: Settings, *new: Rule, without: str = "no rule", version: str = "v2") -> list[Preview]:
    book = Rulebook(a_stream(), lambda: [*(rule for rule in rules() if rule.code != without), *new], version)
    return list(preview(home, rulebook_of=lambda attempt, settings: book))


def short(flips: tuple[Flip, ...]) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [(flip.id.rsplit("/", 1)[1], flip.before, flip.after, flip.reasons) for flip in flips]


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """A good call, two that waited too short, a copy, and one of another month."""
    home = a_home(tmp_path)
    calls = [
        a_call(1),
        a_call(2, wait_seconds=-1),
        a_call(3, wait_seconds=-2),
        a_call(1),
        a_call(6, offered_at="2024-02-01T00:00:00Z"),
    ]
    admit(landed(home, calls), home, a_book())
    return home


def test_a_stricter_rule_shows_what_it_would_refuse_and_a_looser_one_what_it_would_let_in(home: Settings) -> None:
    (strict,) = looked(home, replace(between("version", 5, 9, "版本"), code="version_is_old"))
    assert short(strict.flips) == [("3", "accepted", "quarantined", ("version_is_old",))] and not strict.stopped
    (loose,) = looked(home, without="wait_seconds_out_of_range")
    assert short(loose.flips) == [(place, "quarantined", "accepted", ("wait_seconds_out_of_range",)) for place in ("1", "2")]


def test_rules_that_did_not_change_are_not_judged_again(home: Settings) -> None:
    assert looked(home, version="v1") == []


def test_changed_rules_that_flip_nothing_say_so(home: Settings) -> None:
    (same,) = looked(home)
    assert (same.flips, same.stopped, same.failed) == ((), "", "")


def test_what_was_waived_does_not_flip(home: Settings) -> None:
    waive(list(list_refusals(home))[:1], APPROVAL, home)
    (loose,) = looked(home, without="wait_seconds_out_of_range")
    assert [place for place, *_ in short(loose.flips)] == ["2"]


def test_nothing_is_written(home: Settings) -> None:
    before = {path: path.read_bytes() for path in home.home.rglob("*") if path.is_file()}
    looked(home, without="wait_seconds_out_of_range")
    assert {path: path.read_bytes() for path in home.home.rglob("*") if path.is_file()} == before


def test_a_batch_that_would_be_stopped_is_told(tmp_path: Path) -> None:
    home = replace(a_home(tmp_path), bad_share_limit=0.2)
    admit(landed(home, [a_call(number) for number in range(50)]), home, a_book())
    (strict,) = looked(home, replace(between("version", 5, 9, "版本"), code="version_is_old"))
    assert len(strict.flips) == 50 and "50 of 50 records (100%) are refused" in strict.stopped


def test_an_attempt_that_cannot_be_judged_is_told_and_not_passed_over(home: Settings) -> None:
    from expectations.rule import holds

    broken = holds("broken", ("agent_id",), raises, "critical", "坏", "broken")
    (failed,) = looked(home, broken)
    assert "rule broken failed" in failed.failed and failed.flips == ()


def test_the_preview_says_what_the_gate_then_does(home: Settings) -> None:
    from deskmart.lake import Lake
    from expectations.admission import admissions
    from ingestion.landing import stream_attempts

    (strict,) = looked(home, replace(between("version", 5, 9, "版本"), code="version_is_old"))
    before = admissions(home)[0]
    (attempt,) = stream_attempts("shop", "calls", Lake(home.home))
    book = Rulebook(a_stream(), lambda: [*rules(), replace(between("version", 5, 9, "版本"), code="version_is_old")], "v2")
    after = admit(attempt, home, book)
    assert (before.accepted - after.accepted, after.quarantined - before.quarantined) == (len(strict.flips), 1)
