"""The oracle gives the figures that were worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from tests.oracle.gate import behind_the_gate
from tests.oracle.golden import Golden, differences, golden_names, load_golden
from tests.oracle.kpis import compute
from tests.oracle.periods import KpiRow
from tests.oracle.policy import Policy


@dataclass(frozen=True, slots=True)
class Counted:
    """A golden world, and what the oracle makes of it."""

    golden: Golden
    rows: list[KpiRow]


@pytest.fixture(scope="module", params=golden_names())
def counted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    golden = load_golden(request.param)
    policy = Policy(site_timezone=golden.site_timezone, seeds=golden.seeds(tmp_path_factory.mktemp("golden") / "seeds"))
    return Counted(golden, compute(behind_the_gate(golden.records), golden.as_of, policy))


def test_the_oracle_agrees_with_the_figures_worked_out_by_hand(counted: Counted) -> None:
    assert differences(counted.golden, counted.rows) == []


def test_any_expected_figure_that_is_off_by_a_millionth_is_told(counted: Counted) -> None:
    golden, rows = counted.golden, counted.rows
    slip, listed = Decimal("0.000001"), {key: cells for key, cells in golden.expected.items() if key in {row.key for row in rows}}
    off = [
        row._replace(numerator=row.numerator + slip)
        if "numerator" in listed.get(row.key, {})
        else row._replace(value=row.value and row.value + slip)
        for row in rows
    ]
    figures = [key for key, cells in listed.items() if "numerator" in cells or cells["value"]]
    assert len(differences(golden, off)) == len(figures)


def test_an_expected_row_that_is_missing_is_told_unless_it_is_empty() -> None:
    golden = load_golden("fcr")
    empty = [key for key, cells in golden.expected.items() if not any(cells.values())]
    assert len(differences(golden, [])) == len(golden.expected) - len(empty)
