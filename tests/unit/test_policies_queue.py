"""A service-level policy that would count wrongly in silence stops the build with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskmart.freeze import PROJECT
from expectations.policies_queue import VARIANTS, service_level_faults
from expectations.policy_rows import SeedRow, read_seeds

SHIPPED = {
    **{"queue_id": "*", "channel_group": "*", "variant": "offered", "threshold_seconds": "20", "short_abandon_seconds": "5"},
    "effective_from": "1970-01-01",
}


def faults(*rows: dict[str, str]) -> list[str]:
    seed = "service_level_policies"
    return list(service_level_faults({seed: [SeedRow(seed, line, SHIPPED | row) for line, row in enumerate(rows, start=2)]}))


def test_the_shipped_policies_have_no_fault() -> None:
    assert list(service_level_faults(read_seeds(PROJECT / "seeds"))) == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_of_the_six_variants_may_be_agreed(variant: str) -> None:
    assert faults({}, {"queue_id": "Q1", "variant": variant}) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param({"variant": "offerd"}, "line 3: variant is 'offerd'; it may be offered, all", id="a variant nobody knows"),
        pytest.param({"variant": ""}, "line 3: variant is ''", id="no variant"),
        pytest.param({"variant": "mixed"}, "line 3: variant is 'mixed'", id="a sum is nothing to agree on"),
        pytest.param({"threshold_seconds": ""}, "must both be told", id="no threshold"),
        pytest.param({"short_abandon_seconds": "20"}, "(20) must lie from 0 to below threshold_seconds (20)", id="S is T"),
        pytest.param({"short_abandon_seconds": "-1"}, "(-1) must lie from 0", id="S is negative"),
    ],
)
def test_a_wrong_row_is_told(row: dict[str, str], said: str) -> None:
    (fault,) = faults({}, {"queue_id": "Q1"} | row)
    assert said in fault


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"queue_id": "Q1"}, id="only for one queue"),
        pytest.param({"effective_from": "2026-01-01"}, id="not since ever"),
        pytest.param({"channel_group": "chat"}, id="only for the other group"),
    ],
)
def test_a_group_without_a_policy_for_every_queue_is_told(row: dict[str, str]) -> None:
    assert any("voice has no policy for queues without one of their own" in fault for fault in faults(row))


def test_the_warehouse_counts_by_the_variants_that_may_be_agreed() -> None:
    model = Path(PROJECT / "models" / "intermediate" / "int_contact_legs_queued.sql").read_text(encoding="utf-8")
    assert {name for name in VARIANTS if f"when '{name}'" not in model} == {"all"}
