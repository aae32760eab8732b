"""The oracle gives the figures that were worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.oracle.gate import behind_the_gate
from tests.oracle.golden import Golden, differences, golden_names, load_golden
from tests.oracle.kpis import compute
from tests.oracle.periods import KpiRow
from tests.oracle.policy import Policy


def rows_of(golden: Golden, folder: Path) -> list[KpiRow]:
    policy = Policy(site_timezone=golden.site_timezone, seeds=golden.seeds(folder / "seeds"))
    return compute(behind_the_gate(golden.records), golden.as_of, policy)


@pytest.mark.parametrize("name", golden_names())
def test_the_oracle_agrees_with_the_figures_worked_out_by_hand(name: str, tmp_path: Path) -> None:
    golden = load_golden(name)
    rows = rows_of(golden, tmp_path)
    assert differences(golden, rows) == []


@pytest.mark.parametrize("name", golden_names())
def test_any_expected_figure_that_is_off_by_a_millionth_is_told(name: str, tmp_path: Path) -> None:
    golden = load_golden(name)
    rows = rows_of(golden, tmp_path)
    slip, listed = Decimal("0.000001"), {key: cells for key, cells in golden.expected.items() if key in {row.key for row in rows}}
    off = [
        replace(row, numerator=row.numerator + slip)
        if "numerator" in listed.get(row.key, {})
        else replace(row, value=row.value and row.value + slip)
        for row in rows
    ]
    figures = [key for key, cells in listed.items() if "numerator" in cells or cells["value"]]
    assert len(differences(golden, off)) == len(figures)


def test_an_expected_row_that_is_missing_is_told_unless_it_is_empty() -> None:
    golden = load_golden("fcr")
    empty = [key for key, cells in golden.expected.items() if not any(cells.values())]
    assert len(differences(golden, [])) == len(golden.expected) - len(empty)
