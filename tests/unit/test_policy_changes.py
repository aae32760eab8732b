"""A changed policy seed is in the ledger from the build on that reads it: which, from what to what, and which lines."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deskmart.freeze import PROJECT
from deskmart.settings import Settings
from expectations import ledger
from expectations.policy_changes import policy_changes, record_policies
from expectations.verify import verify
from tests.unit.gate_world import a_home


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A copy of the project's seeds to change."""
    return Path(shutil.copytree(PROJECT / "seeds", tmp_path / "seeds"))


@pytest.fixture
def home(tmp_path: Path, seeds: Path) -> Settings:
    """A home whose first build read the seeds as they are."""
    home = a_home(tmp_path / "home")
    assert record_policies(home, "build-1", seeds)
    return home


def test_the_first_build_records_every_seed_and_is_no_change(home: Settings, seeds: Path) -> None:
    (one,) = ledger.records(home, "policies")
    assert set(one["seeds"]) == {path.stem for path in seeds.glob("*.csv")} and one["subject"] == "build-1"
    assert one["counts"]["changed"] == len(one["seeds"]) and policy_changes(home) == []


def test_the_same_seeds_are_not_recorded_again(home: Settings, seeds: Path) -> None:
    assert record_policies(home, "build-2", seeds) is None
    assert len(ledger.records(home)) == 1


def test_a_changed_line_is_shown_as_one_that_went_and_one_that_came(home: Settings, seeds: Path) -> None:
    path = seeds / "kpi_targets.csv"
    head, first, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([head, *rest, first.replace(",", ",9", 1)]), encoding="utf-8")
    record_policies(home, "build-2", seeds)

    one = ledger.records(home)[-1]
    assert one["counts"] == {"seeds": len(one["seeds"]), "changed": 1, "rows_added": 1, "rows_removed": 1}
    (change,) = policy_changes(home, "kpi_targets")
    assert (change.build_id, change.removed, change.added) == (
        "build-2",
        (first.strip(),),
        (first.replace(",", ",9", 1).strip(),),
    )
    assert change.before != change.after and policy_changes(home, "tiers") == []
    ledger.seal(home, "build", {})
    assert verify(home, [ledger.head(home)]) == []


def test_seeds_that_come_and_go_are_changes(home: Settings, seeds: Path) -> None:
    (seeds / "tiers.csv").unlink()
    (seeds / "bonuses.csv").write_text("kpi,bonus\naht,1\n")
    record_policies(home, "build-2", seeds)
    told = {change.seed: (change.before is None, change.after is None, len(change.added)) for change in policy_changes(home)}
    assert told == {"bonuses": (True, False, 2), "tiers": (False, True, 0)}


def test_going_back_is_a_change_too(home: Settings, seeds: Path) -> None:
    path = seeds / "tiers.csv"
    before = path.read_bytes()
    path.write_bytes(before + b"x,y\n")
    record_policies(home, "build-2", seeds)
    path.write_bytes(before)
    record_policies(home, "build-3", seeds)
    back, forth = policy_changes(home)[::-1]
    assert (back.before, back.after) == (forth.after, forth.before) and back.removed == forth.added


def test_a_kept_copy_that_somebody_changed_is_found(home: Settings) -> None:
    copy = next((home.home / "audit/policies/kpi_targets").glob("*.csv"))
    copy.write_text("kpi\n")
    assert [finding.subject for finding in verify(home) if finding.severity == "broken"] == [
        copy.relative_to(home.home).as_posix()
    ]
