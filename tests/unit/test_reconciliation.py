"""Reconciliation: every landed record is in exactly one place, counted in the files and held against the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deskmart.batch import Batch
from deskmart.errors import GateError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.admission import stopped_admissions
from expectations.gate import admit, let_pass
from expectations.quarantine import list_refusals
from expectations.reconciliation import Reconciled, digest_of, reconcile
from expectations.release import release
from expectations.waive import waive, waive_stopped
from ingestion.landing import Attempt, land
from ingestion.source import Page
from tests.unit.gate_world import SINCE, UNTIL, a_book, a_call, a_home, a_stream, admitted, landed
from tests.unit.test_quarantine_ways_out import APPROVAL, mended

DIRTY = [
    a_call(1),
    a_call(2, wait_seconds=-1),
    a_call(3, wait_seconds=-2),
    a_call(4, outcome="lost"),
    a_call(1),
    a_call(6, offered_at="2024-02-01T00:00:00Z"),
]


def places(one: Reconciled) -> dict[str, int | None]:
    """The counts that are not 0."""
    names = ("landed", "accepted", "quarantined", "waived", "erased", "duplicates", "outside", "held_back", "released")
    return {name: getattr(one, name) for name in names if getattr(one, name)}


def the_one(home: Settings) -> Reconciled:
    (one,) = reconcile(home, sorted((home.home / "accepted").rglob("*.parquet")))
    return one


def test_after_the_gate_each_record_is_in_one_place(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admitted(home, DIRTY)
    one = the_one(home)
    assert places(one) == {"landed": 6, "accepted": 1, "quarantined": 3, "duplicates": 1, "outside": 1}
    assert (one.status, one.is_current, one.unexplained, one.source_count) == ("admitted", True, 0, None)
    assert (one.first_day, one.last_day) == (date(2024, 3, 1), date(2024, 3, 2)), "local days of Shanghai"


def test_released_and_waived_records_move_and_the_balance_holds(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admitted(home, DIRTY)
    before = digest_of([the_one(home)])
    first, second, third = list_refusals(home)
    release([first], APPROVAL, home, mended())
    waive([second], APPROVAL, home)
    one = the_one(home)
    moved = {"accepted": 2, "released": 1, "quarantined": 1, "waived": 1}
    assert places(one) == {"landed": 6, "duplicates": 1, "outside": 1, **moved} and one.unexplained == 0
    assert third.reasons == ("outcome_unmapped",) and digest_of([one]) != before


def test_an_erased_record_in_quarantine_is_counted_by_its_tombstone(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admitted(home, DIRTY)
    path = next((tmp_path / "quarantine").rglob("*.parquet"))
    stone = hashlib.sha256(b'{"_erased":true}').hexdigest()
    table = pq.read_table(path)
    hashes = pa.array([stone, *table["record_sha256"].to_pylist()[1:]])
    pq.write_table(table.set_column(table.column_names.index("record_sha256"), "record_sha256", hashes), path)
    assert places(the_one(home)) | {"erased": 1, "quarantined": 2} == places(the_one(home)) and the_one(home).unexplained == 0


def test_an_accepted_record_of_an_erased_customer_stays_accepted_and_is_counted(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admitted(home, DIRTY)
    path = next((tmp_path / "accepted").rglob("*.parquet"))
    table = pq.read_table(path)
    stones = pa.array([hashlib.sha256(b'{"_erased":true}').hexdigest()] * table.num_rows)
    pq.write_table(table.set_column(table.column_names.index("_record_sha256"), "_record_sha256", stones), path)
    assert (the_one(home).accepted, the_one(home).accepted_erased, the_one(home).unexplained) == (1, 1, 0)


def stopped(path: Path) -> tuple[Settings, Attempt]:
    home = replace(a_home(path), bad_share_limit=0.2)
    attempt = landed(home, [a_call(number, wait_seconds=-1 if number < 40 else 1) for number in range(50)])
    with pytest.raises(GateError):
        admit(attempt, home, a_book())
    return home, attempt


def test_of_a_stopped_batch_the_good_records_are_held_back(tmp_path: Path) -> None:
    home, _ = stopped(tmp_path)
    one = the_one(home)
    assert (one.status, one.is_current, one.unexplained) == ("stopped", True, 0)
    assert places(one) == {"landed": 50, "quarantined": 40, "held_back": 10}


def test_a_stopped_batch_that_was_let_pass_is_an_admitted_one(tmp_path: Path) -> None:
    home, attempt = stopped(tmp_path)
    let_pass(attempt, home, APPROVAL, a_book())
    assert (the_one(home).status, places(the_one(home))) == ("admitted", {"landed": 50, "quarantined": 40, "accepted": 10})


def test_a_stopped_batch_that_was_given_up_is_waived_whole(tmp_path: Path) -> None:
    home, _ = stopped(tmp_path)
    waive_stopped(stopped_admissions(home)[0], list(list_refusals(home)), APPROVAL, home)
    one = the_one(home)
    assert (one.status, one.is_current, one.unexplained, places(one)) == ("given up", False, 0, {"landed": 50, "waived": 50})


def test_what_the_gate_has_not_judged_yet_is_shown_as_waiting(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    landed(home, DIRTY)
    one = the_one(home)
    assert (one.status, one.landed, one.unexplained, digest_of([one])) == ("waiting", None, 0, digest_of([]))


def test_an_attempt_that_a_later_reading_replaced_stays_in_the_list(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admitted(home, DIRTY)
    later = admitted(home, [a_call(1)])
    old, new = reconcile(home, [tmp_path / later.accepted_file])
    assert (old.is_current, new.is_current, old.unexplained, places(new)) == (False, True, 0, {"landed": 1, "accepted": 1})


def without_first_row(pattern: str) -> Callable[[Path], None]:
    def spoil(home: Path) -> None:
        path = next(home.glob(pattern))
        pq.write_table(pq.read_table(path).slice(1), path)

    return spoil


def twice(home: Path) -> None:
    path = next(home.glob("quarantine/**/*.parquet"))
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), path)


@pytest.mark.parametrize(
    ("spoil", "unexplained"),
    [
        pytest.param(without_first_row("accepted/**/*.parquet"), 1, id="an accepted record is lost"),
        pytest.param(without_first_row("quarantine/**/*.parquet"), 1, id="a refused record is lost"),
        pytest.param(lambda home: next(home.glob("accepted/**/*.parquet")).unlink(), 1, id="the accepted file is gone"),
        pytest.param(lambda home: next(home.glob("quarantine/**/*.parquet")).unlink(), 3, id="the quarantine file is gone"),
        pytest.param(twice, -1, id="a record is in quarantine twice"),
    ],
)
def test_a_record_that_is_nowhere_or_in_two_places_is_unexplained(
    spoil: Callable[[Path], None], unexplained: int, tmp_path: Path
) -> None:
    home = a_home(tmp_path)
    admitted(home, DIRTY)
    spoil(tmp_path)
    assert the_one(home).unexplained == unexplained


@pytest.mark.parametrize(("told", "source_count"), [((2, 1), 3), ((2, None), None)], ids=["of every page", "not of every page"])
def test_the_count_of_the_source_is_kept_where_it_tells_one(
    told: tuple[Any, Any], source_count: int | None, tmp_path: Path
) -> None:
    home = a_home(tmp_path)
    bodies = [json.dumps([a_call(1), a_call(2)]).encode(), json.dumps([a_call(3)]).encode()]
    pages = [Page(body, "json", {"source_count": count}) for body, count in zip(bodies, told, strict=True)]
    attempt = land(Batch("shop", "calls", SINCE, UNTIL), a_stream(), pages, Lake(tmp_path))
    admit(attempt, home, a_book())
    assert the_one(home).source_count == source_count
