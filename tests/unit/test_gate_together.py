"""Attempts that go through the gate together come out as they do one by one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import great_expectations.expectations as gxe
import pyarrow.parquet as pq
import pytest

from deskmart.batch import Batch
from deskmart.errors import DeskmartError, GateError, LandingError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations import verdicts
from expectations.gate import Admission, admissions, admit, admit_all
from expectations.rule import Rule
from expectations.rulebook import Rulebook
from ingestion.landing import Attempt
from ingestion.source import Mode
from tests.unit.gate_world import SINCE, UNTIL, a_book, a_call, a_home, a_stream, landed, rules

TIMES = ("_admitted_at", "quarantined_at", "first_seen")


def files(settings: Settings, *pages: Sequence[Any] | bytes) -> list[Attempt]:
    """One attempt of a batch of its own for each page."""
    batches = [Batch("shop", "calls", SINCE, UNTIL, f"file-{number}") for number in range(len(pages))]
    return [landed(settings, page, batch=batch) for page, batch in zip(pages, batches, strict=True)]


def various(settings: Settings) -> list[Attempt]:
    return files(
        settings,
        [a_call(1), a_call(2, wait_seconds=-1), a_call(3, outcome="lost"), a_call(2, wait_seconds=-1)],
        [],
        [a_call(4, version=None), a_call(5, agent_id=None), a_call(6, ended_at="2024-03-01T01:00:00Z")],
        b"no JSON",
        [a_call(7, offered_at="2024-05-01T00:00:00Z")],
        [a_call(8, version=9_007_199_254_740_993), a_call(9, wait_seconds="long", phone="x")],
        [a_call(number) for number in range(10, 30)],
    )


def twin(settings: Settings, path: Path) -> Settings:
    """Another home in which the same has landed."""
    shutil.copytree(settings.home, path)
    return a_home(path)


def one_by_one(attempts: Sequence[Attempt], settings: Settings, book: Rulebook) -> list[Admission | str]:
    outcomes: list[Admission | str] = []
    for attempt in attempts:
        try:
            outcomes.append(admit(attempt, settings, book))
        except DeskmartError as error:
            outcomes.append(str(error))
    return outcomes


def written(settings: Settings) -> dict[str, Any]:
    """All that the gate wrote, without moments and what follows from them."""
    found: dict[str, Any] = {}
    for path in sorted(settings.home.rglob("*.parquet")):
        table = pq.read_table(path)
        found[str(path.relative_to(settings.home))] = table.drop_columns([one for one in TIMES if one in table.column_names])
    for path in sorted((settings.home / "audit" / "validation").rglob("*.json")):
        content = json.loads(path.read_text())
        found[str(path.relative_to(settings.home))] = {**content, "admission": timeless(content["admission"])}
    return found


def timeless(admission: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in admission.items() if name not in ("seconds", "admitted_at", "accepted_sha256")}


def runs_of_great_expectations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of rows of each run from here on."""
    rows: list[int] = []
    real = verdicts._validate
    monkeypatch.setattr(verdicts, "_validate", lambda frame, asked: rows.append(len(frame)) or real(frame, asked))  # type: ignore[func-returns-value]
    return rows


def test_attempts_of_one_stream_are_judged_in_one_run_with_the_same_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = a_home(tmp_path / "apart")
    attempts = various(apart)
    together = twin(apart, tmp_path / "together")
    alone = one_by_one(attempts, apart, a_book())
    runs = runs_of_great_expectations(monkeypatch)
    at_once = admit_all(attempts, together, a_book())

    assert len(runs) == 1
    assert [timeless(asdict(one)) for one in at_once] == [timeless(asdict(one)) for one in alone if isinstance(one, Admission)]
    assert written(together) == written(apart)
    assert [one.batch for one in admissions(together)] == [attempt.batch.id for attempt in attempts]


def test_one_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, token_key=b"a key", bad_share_limit=0.2)
    good, damaged, bad, last = files(
        settings,
        [a_call(1)],
        [a_call(2)],
        [a_call(number, wait_seconds=-1) for number in range(30)],
        [a_call(3), a_call(4)],
    )
    page = next(Lake(tmp_path).landing(damaged.batch, damaged.name).glob("page-*"))
    page.write_bytes(page.read_bytes()[:-9] + b"x" * 9)

    with pytest.raises(LandingError, match="not what was landed"):
        admit_all([good, damaged, bad, last], settings, a_book())
    assert [one.batch for one in admissions(settings)] == [good.batch.id, last.batch.id]
    with pytest.raises(GateError, match="are refused") as caught:
        admit_all([good, bad, last], settings, a_book())
    assert caught.value.batch == bad.batch.id


@pytest.mark.parametrize(
    "extra",
    [
        Rule("too_many", gxe.ExpectTableRowCountToBeBetween(max_value=3), "critical", "行数", "there are more than three rows"),
        Rule("twice", gxe.ExpectColumnValuesToBeUnique(column="call_id"), "critical", "重复", "the call is there twice"),
    ],
)
def test_rules_that_look_beyond_a_row_see_one_attempt(extra: Rule, tmp_path: Path) -> None:
    book = Rulebook(a_stream(), lambda: [*rules(), extra], "v1")
    settings = a_home(tmp_path)
    attempts = files(settings, [a_call(1), a_call(2)], [a_call(1), a_call(3)])
    assert [one.accepted for one in admit_all(attempts, settings, book)] == [2, 2]


def test_a_rule_that_cannot_be_evaluated_for_one_attempt_lets_the_others_pass(tmp_path: Path) -> None:
    def test(rows: Any) -> Any:
        if "c1" in set(rows["call_id"]):
            raise ZeroDivisionError
        return rows["call_id"].notna()

    from expectations.rule import holds

    rule = holds("fragile", ("call_id",), test, "critical", "脆弱", "fragile")
    settings = a_home(tmp_path)
    attempts = files(settings, [a_call(1)], [a_call(2)], [a_call(3)])
    with pytest.raises(GateError, match="fragile failed"):
        admit_all(attempts, settings, Rulebook(a_stream(), lambda: [*rules(), rule], "v1"))
    assert [one.batch for one in admissions(settings)] == ["file-1", "file-2"]


def test_what_was_admitted_before_and_what_is_named_twice_is_admitted_once(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    first, second = files(settings, [a_call(1)], [a_call(2)])
    before = admit(first, settings, a_book())
    found = admit_all([second, first, second], settings, a_book())
    assert found[1] == before and found[0] == found[2]
    assert len(list((tmp_path / "audit" / "ledger" / "records").iterdir())) == 2


def test_the_second_of_two_snapshots_is_compared_with_the_first(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    attempts = files(settings, [a_call(number) for number in range(40)], [a_call(1)])
    with pytest.raises(GateError, match="far less than before"):
        admit_all(attempts, settings, a_book(a_stream(Mode.SNAPSHOT)))
    assert [one.batch for one in admissions(settings)] == ["file-0"]
