"""What stops the gate: suites that cannot be run, batches that are too bad or too small."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import great_expectations.expectations as gxe
import pytest

from deskmart.batch import Batch
from deskmart.errors import GateError
from deskmart.lake import Lake
from expectations import ledger
from expectations.admission import Admission, current_admissions
from expectations.gate import admissions, admit
from expectations.rule import Rule, holds
from expectations.rulebook import Rulebook, rulebook_for
from expectations.suites import suite_for
from ingestion.source import JsonDecoder, Mode
from tests.unit.gate_world import SINCE, UNTIL, a_book, a_call, a_home, a_stream, landed, rules


def a_rule(expectation: Any, severity: Any = "critical") -> Rule:
    return Rule("the_rule", expectation, severity, "规则", "the rule")


def book_of(*extra: Rule) -> Rulebook:
    return Rulebook(a_stream(), lambda: [*rules(), *extra], "v1")


def raises(_: Any) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(
            lambda: a_rule(gxe.ExpectColumnValuesToBeBetween(column="no_such_field", min_value=0)),
            id="a column that is not there",
        ),
        pytest.param(
            lambda: a_rule(gxe.ExpectColumnValuesToBeBetween(column="agent_id", min_value=0)), id="text compared with a number"
        ),
        pytest.param(lambda: a_rule(gxe.ExpectColumnValuesToMatchRegex(column="agent_id", regex="(")), id="a broken pattern"),
        pytest.param(lambda: a_rule(gxe.ExpectColumnValuesToNotBeNull(column="agent_id", mostly=0.1)), id="mostly"),
        pytest.param(lambda: holds("the_rule", ("agent_id",), raises, "critical", "规则", "the rule"), id="a test that raises"),
        pytest.param(
            lambda: holds("the_rule", ("agent_id",), lambda rows: rows["agent_id"], "critical", "规则", "the rule"),
            id="a test that says no yes or no",
        ),
        pytest.param(lambda: rules()[0], id="two rules of one code"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_is_a_failed_run(rule: Callable[[], Rule], tmp_path: Path) -> None:
    home = a_home(tmp_path)
    attempt = landed(home, [a_call(1), a_call(2, agent_id=None, outcome="abandoned")])
    with pytest.raises(GateError):
        admit(attempt, home, book_of(rule()))
    assert not (tmp_path / "accepted").exists() and not (tmp_path / "quarantine").exists() and not (tmp_path / "audit").exists()


def test_an_empty_suite_is_a_failed_run(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    with pytest.raises(GateError, match="empty"):
        admit(landed(home, [a_call(1)]), home, Rulebook(a_stream(), list, "v1"))


def test_the_number_of_evaluated_expectations_is_told(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    assert admit(landed(home, [a_call(1)]), home, a_book()).evaluated == len(rules())


def test_a_broken_rule_over_the_batch_stops_it_and_shows_why(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    book = book_of(a_rule(gxe.ExpectTableRowCountToBeBetween(min_value=5)))
    attempt = landed(home, [a_call(1), a_call(2, wait_seconds=-1)])
    with pytest.raises(GateError, match=r"shop/calls/.*the rule"):
        admit(attempt, home, book)
    result = json.loads(Lake(tmp_path).validation(attempt.batch, attempt.name).read_bytes())
    assert result["stopped"] == "the rule" and result["admission"]["quarantined"] == 1
    assert Lake(tmp_path).quarantine(attempt.batch, attempt.name).exists()
    assert not (tmp_path / "accepted").exists() and admissions(home) == []
    assert [one["step"] for one in ledger.records(home)] == ["stopped"]


def test_a_broken_warning_over_the_batch_does_not_stop_it(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    book = book_of(a_rule(gxe.ExpectTableRowCountToBeBetween(min_value=5), "warning"))
    assert admit(landed(home, [a_call(1)]), home, book).warnings == {"the_rule": 1}


def test_a_rule_over_the_batch_judges_an_empty_batch_too(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    with pytest.raises(GateError, match="the rule"):
        admit(landed(home, []), home, book_of(a_rule(gxe.ExpectTableRowCountToBeBetween(min_value=1))))


@pytest.mark.parametrize(
    ("bad", "stops"),
    [
        pytest.param(19, False, id="nineteen"),
        pytest.param(20, False, id="a fifth"),
        pytest.param(21, True, id="more than a fifth"),
    ],
)
def test_a_share_of_bad_records_above_the_limit_stops_the_batch(bad: int, stops: bool, tmp_path: Path) -> None:
    home = replace(a_home(tmp_path), bad_share_limit=0.2)
    calls = [a_call(number, wait_seconds=-1 if number < bad else 1) for number in range(100)]
    attempt = landed(home, calls)
    if stops:
        for _ in range(2):
            with pytest.raises(GateError, match=r"21 of 100 records \(21%\) are refused, most often: wait_seconds_out_of_range"):
                admit(attempt, home, a_book())
    assert stops or admit(attempt, home, a_book()).quarantined == bad


@pytest.mark.parametrize(
    ("mode", "before", "after", "stops"),
    [
        pytest.param(Mode.EVENTS, 40, 19, True, id="a closed interval less than halved"),
        pytest.param(Mode.EVENTS, 40, 20, False, id="a closed interval halved"),
        pytest.param(Mode.EVENTS, 19, 0, False, id="too few to tell"),
        pytest.param(Mode.SNAPSHOT, 40, 5, True, id="a snapshot"),
        pytest.param(Mode.CHANGES, 40, 0, False, id="changes have moved on"),
    ],
)
def test_a_batch_that_suddenly_holds_far_less_stops(mode: Mode, before: int, after: int, stops: bool, tmp_path: Path) -> None:
    home, stream = a_home(tmp_path), a_stream(mode)
    first = admit(landed(home, [a_call(number) for number in range(before)], stream=stream), home, a_book(stream))
    again = landed(home, [a_call(number) for number in range(after)], stream=stream)
    if stops:
        with pytest.raises(GateError, match="far less than before"):
            admit(again, home, a_book(stream))
        assert current_admissions(home) == [first]
    else:
        assert admit(again, home, a_book(stream)).accepted == after


def test_a_snapshot_is_compared_with_the_last_batch_of_its_stream(tmp_path: Path) -> None:
    home, stream = a_home(tmp_path), a_stream(Mode.SNAPSHOT)
    admit(landed(home, [a_call(number) for number in range(40)], stream=stream), home, a_book(stream))
    next_day = Batch("shop", "calls", UNTIL, datetime(2024, 3, 3, tzinfo=UTC))
    few = landed(home, [a_call(1, offered_at="2024-03-02T08:00:00Z")], stream=stream, batch=next_day)
    with pytest.raises(GateError, match="far less than before"):
        admit(few, home, a_book(stream))


def test_a_newer_attempt_supersedes_in_events_and_adds_up_in_changes(tmp_path: Path) -> None:
    for mode, current in ((Mode.EVENTS, ["00002"]), (Mode.CHANGES, ["00001", "00002"])):
        home, stream = a_home(tmp_path / mode.value), a_stream(mode)
        for version in (1, 2):
            admit(landed(home, [a_call(1, version=version)], stream=stream), home, a_book(stream))
        assert [one.attempt for one in current_admissions(home)] == current


def test_different_streams_may_pass_the_gate_side_by_side(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    attempts = [
        landed(home, [a_call(number) for number in range(50)], batch=Batch("shop", f"calls{each}", SINCE, UNTIL))
        for each in range(4)
    ]
    with ThreadPoolExecutor(4) as pool:
        found: list[Admission] = list(pool.map(lambda attempt: admit(attempt, home, a_book()), attempts * 2))
    assert [one.accepted for one in found] == [50] * 8
    assert len(ledger.records(home)) == len(admissions(home)) == 4


def test_the_version_of_the_rules_follows_stream_settings_and_mapping(tmp_path: Path) -> None:
    home, stream = a_home(tmp_path), a_stream()
    decoder = JsonDecoder(stream.fields)
    version = rulebook_for("shop", stream, decoder, home).version
    assert version == rulebook_for("shop", stream, decoder, home).version
    assert version != rulebook_for("shop", a_stream(fields=stream.fields[:-1]), decoder, home).version
    assert version != rulebook_for("shop", stream, decoder, replace(home, default_region="TW")).version
    assert version != rulebook_for("shop", stream, decoder, replace(home, token_key_id="k2")).version

    class Mapped:
        version = "mapping 2"

        def records(self, body: bytes, ext: str) -> list[Any]:
            return []

        def rows(self, record: Any) -> list[Any]:
            return []

    assert version != rulebook_for("shop", stream, Mapped(), home).version


def test_a_stream_without_a_suite_is_refused() -> None:
    with pytest.raises(GateError, match="no rule"):
        suite_for("canonical", "no_such_stream")
