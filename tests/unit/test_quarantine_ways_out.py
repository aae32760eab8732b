"""Ways out of quarantine: released under the rules of today, waived, or a whole stopped batch let pass or given up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from deskmart.errors import GateError, UsageError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations import ledger
from expectations.admission import Admission, admissions, stopped_admissions
from expectations.ageing import ageing
from expectations.approval import Approval
from expectations.gate import admit, let_pass
from expectations.moves import moves
from expectations.quarantine import Refusal, list_heaps, list_refusals, refusals_named
from expectations.release import release
from expectations.rulebook import Rulebook
from expectations.verify import verify
from expectations.waive import waive, waive_stopped
from ingestion.landing import Attempt
from tests.unit.gate_world import a_book, a_call, a_home, a_stream, admitted, landed, rules

APPROVAL = Approval("the phones measured nothing that day", "Li Wei", "Chen Yu")


def mended() -> Rulebook:
    """The rules without the one about waits: what was refused for its wait alone passes now."""
    return Rulebook(a_stream(), lambda: [rule for rule in rules() if "wait" not in rule.code], "v2")


def opened(home: Settings) -> list[Refusal]:
    return list(list_refusals(home, only_open=True))


def accepted(home: Settings, one: Admission) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(home.home / one.accepted_file).to_pylist()
    return rows


def released(home: Settings, refusals: Sequence[Refusal], book: Rulebook | None = None) -> list[str]:
    return sorted(release(refusals, APPROVAL, home, book or mended()).became.values())


def broken(home: Settings) -> list[str]:
    return [finding.subject for finding in verify(home, [ledger.head(home)]) if finding.severity == "broken"]


def test_what_passes_the_rules_of_today_is_released_and_the_rest_stays(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    calls = [a_call(1), a_call(2, wait_seconds=-1), a_call(3, wait_seconds=-1, outcome="lost"), a_call(4)]
    before = admitted(home, calls)
    old_rows = accepted(home, before)

    assert released(home, opened(home)) == ["accepted", "still refused"]

    (after,) = admissions(home)
    assert (after.landed, after.accepted, after.quarantined, after.duplicates, after.outside) == (4, 3, 1, 0, 0)
    assert after.reasons == {"wait_seconds_out_of_range": 1, "outcome_unmapped": 1} and after.rules_version == "v1"
    rows = accepted(home, after)
    assert [row["call_id"] for row in rows] == ["c1", "c2", "c4"], "in the order of the source"
    assert [rows[0], rows[2]] == old_rows, "what was accepted before keeps the moment it was admitted at"
    assert rows[1]["_admitted_at"] > rows[0]["_admitted_at"]
    assert [one.id.rsplit("/", 1)[1] for one in opened(home)] == ["2"]
    result = json.loads(Lake(tmp_path).validation(landed_batch(home), after.attempt).read_bytes())
    assert result["admission"] == after.as_json() and broken(home) == []


def landed_batch(home: Settings) -> Any:
    from deskmart.batch import Batch

    one = admissions(home)[0]
    return Batch(one.source, one.stream, None, None, one.batch)


def test_a_release_is_a_line_of_its_own_with_reason_two_names_and_addresses(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admitted(home, [a_call(1), a_call(2, wait_seconds=-1)])
    (refusal,) = opened(home)
    released(home, [refusal])
    line = ledger.records(home)[-1]
    assert (line["step"], line["subject"]) == ("released", refusal.attempt_name)
    assert line["approval"] == {"reason": APPROVAL.reason, "by": "Li Wei", "second": "Chen Yu"}
    assert line["records"] == [{"page": 1, "position": 1, "sha256": refusal.sha256, "became": "accepted"}]
    assert line["released_under"] == "v2" and moves(home).released == {refusal.attempt_name: {(1, 1)}}
    ledger.seal(home, "build", {})
    assert verify(home, [ledger.head(home)]) == []


def test_nothing_is_written_when_nothing_passes(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admitted(home, [a_call(1), a_call(2, wait_seconds=-1)])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert released(home, opened(home), a_book()) == ["still refused"]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_released_copy_of_an_accepted_row_is_a_duplicate(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    one = admitted(home, [a_call(1), a_call(7, wait_seconds=-1, call_id=["c1"])])
    assert one.quarantined == 1

    def fields_unpacked() -> Rulebook:
        book, explode = mended(), lambda record: [{**record, "call_id": "c1", "wait_seconds": 1}]
        return replace(book, stream=a_stream(explode=explode))

    assert released(home, opened(home), fields_unpacked()) == ["duplicate"]
    (after,) = admissions(home)
    assert (after.accepted, after.quarantined, after.duplicates) == (1, 0, 1)
    assert len(accepted(home, after)) == 1


def test_a_release_that_was_killed_half_way_is_healed_by_the_next_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = a_home(tmp_path)
    attempt = landed(home, [a_call(1), a_call(2, wait_seconds=-1)])
    admit(attempt, home, a_book())

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("expectations.release.record", killed)
    with pytest.raises(KeyboardInterrupt):
        released(home, opened(home))
    monkeypatch.undo()
    assert broken(home), "the ledger does not know the files"
    after = admit(attempt, home, a_book())
    assert (after.accepted, after.quarantined) == (1, 1) and len(accepted(home, after)) == 1 and broken(home) == []


def test_a_record_whose_bytes_are_read_in_another_way_is_not_released(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admitted(home, [a_call(1), a_call(2, wait_seconds=-1)])
    (refusal,) = opened(home)
    with pytest.raises(GateError, match="read as another record"):
        released(home, [replace(refusal, sha256="0" * 64)])


def test_a_waived_record_stays_out_and_is_no_longer_open(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    attempt = landed(home, [a_call(1), a_call(2, wait_seconds=-1), a_call(3, outcome="lost")])
    admit(attempt, home, a_book())
    (given_up,) = list_refusals(home, reason="wait_seconds_out_of_range")
    assert waive([given_up], APPROVAL, home) == 1

    assert [one.reasons for one in opened(home)] == [("outcome_unmapped",)]
    assert {one.status for one in list_refusals(home)} == {"open", "waived"}
    assert [(heap.reason, heap.status) for heap in list_heaps(home)] == [
        ("wait_seconds_out_of_range", "waived"),
        ("outcome_unmapped", "open"),
    ]
    assert (admissions(home)[0].accepted, admissions(home)[0].quarantined) == (1, 2)
    line = ledger.records(home)[-1]
    assert (line["step"], line["counts"], line["approval"]["second"]) == ("waived", {"waived": 1}, "Chen Yu")
    admit(attempt, home, a_book(version="v2"))
    assert [one.reasons for one in opened(home)] == [("outcome_unmapped",)], "also when the attempt is judged again"
    with pytest.raises(UsageError, match="nothing of"):
        refusals_named(home, given_up.id)


def a_stopped_attempt(home: Settings) -> Attempt:
    attempt = landed(home, [a_call(number, wait_seconds=-1 if number < 40 else 1) for number in range(50)])
    with pytest.raises(GateError, match="refused"):
        admit(attempt, home, a_book())
    return attempt


def strict(path: Path) -> Settings:
    return replace(a_home(path), bad_share_limit=0.2)


def test_a_stopped_batch_has_a_line_of_its_own_and_nothing_of_it_is_accepted(tmp_path: Path) -> None:
    home = strict(tmp_path)
    attempt = a_stopped_attempt(home)
    (line,) = ledger.records(home)
    assert (line["step"], line["subject"]) == ("stopped", str(attempt))
    assert line["counts"]["landed"] == line["counts"]["quarantined"] + line["counts"]["held_back"] == 50
    assert line["counts"]["accepted"] == 0 and "of 50 records (80%)" in line["stopped"]
    assert [one.attempt_name for one in stopped_admissions(home)] == [str(attempt)] and admissions(home) == []
    ledger.seal(home, "build", {})
    assert verify(home, [ledger.head(home)]) == []


def test_a_stopped_batch_is_let_pass_by_two_people(tmp_path: Path) -> None:
    home = strict(tmp_path)
    attempt = a_stopped_attempt(home)
    passed = let_pass(attempt, home, APPROVAL, a_book())
    assert (passed.accepted, passed.quarantined) == (10, 40)
    line = ledger.records(home)[-1]
    assert (line["step"], line["approval"]["by"]) == ("unstopped", "Li Wei") and "are refused" in line["overruled"]
    assert admissions(home) == [passed] and stopped_admissions(home) == [] and broken(home) == []
    assert admit(attempt, home, a_book()) == passed, "and stays so under the same rules"


def test_an_admitted_attempt_that_new_rules_would_stop_stays_as_it_was_admitted(tmp_path: Path) -> None:
    home = strict(tmp_path)
    attempt = a_stopped_attempt(home)
    passed = let_pass(attempt, home, APPROVAL, a_book())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(GateError, match="stays as it was admitted before"):
        admit(attempt, home, a_book(version="v2"))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before and admissions(home) == [passed]


def test_a_stopped_batch_is_given_up_whole(tmp_path: Path) -> None:
    home = strict(tmp_path)
    attempt = a_stopped_attempt(home)
    (stopped,) = stopped_admissions(home)
    assert waive_stopped(stopped, opened(home), APPROVAL, home) == 50
    assert opened(home) == [] and moves(home).waived_attempts == {str(attempt)}
    assert ledger.records(home)[-1]["counts"] == {"waived": 50, "held_back": 10}


@pytest.mark.parametrize(
    ("said", "todo"),
    [
        pytest.param(("", "Li Wei", "Chen Yu"), "--reason is empty", id="no reason"),
        pytest.param(("looks fine", " ", "Chen Yu"), "--by is empty", id="no name"),
        pytest.param(("looks fine", "Li Wei", ""), "--second is empty", id="no second name"),
        pytest.param(("looks fine", "Li Wei", "ＬＩ wei "), "the same person", id="one person twice"),
        pytest.param(("fine", "Li Wei", "Chen Yu"), "says too little", id="no real reason"),
        pytest.param(("the one of 13812345678", "Li Wei", "Chen Yu"), "a long number", id="a customer's phone"),
        pytest.param(("the one of １３８１２３４５６７８", "Li Wei", "Chen Yu"), "a long number", id="in full width"),
        pytest.param(("asked by li@shop.cn", "Li Wei", "Chen Yu"), "e-mail address", id="a customer's e-mail"),
    ],
)
def test_an_approval_is_a_reason_and_two_people_without_personal_data(said: tuple[str, str, str], todo: str) -> None:
    with pytest.raises(UsageError, match=todo):
        Approval(*said)


def test_ageing_counts_open_records_by_the_days_since_they_were_first_refused(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admitted(home, [a_call(1), a_call(2, wait_seconds=-1), a_call(3, wait_seconds=-1), a_call(4, outcome="lost")])
    waive(opened(home)[:1], APPROVAL, home)
    seen = opened(home)[0].first_seen
    for days, place in ((0.5, 0), (1, 1), (6.9, 1), (7, 2), (29, 2), (30, 3), (400, 3)):
        (one,) = ageing(home, seen + timedelta(days=days))
        assert (one.records, one.by_age[place], sum(one.by_age), one.oldest_days) == (2, 2, 2, int(days))


def test_what_a_later_reading_replaced_is_not_open(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admitted(home, [a_call(1), a_call(2, wait_seconds=-1)])
    admitted(home, [a_call(1), a_call(2)])
    assert opened(home) == [] and [one.status for one in list_refusals(home)] == ["replaced"]
