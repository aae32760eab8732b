"""Shapes of rules that several canonical streams have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import Rule, Severity, holds

if TYPE_CHECKING:
    import pandas as pd


def either(code: str, one: str, other: str, zh: str, severity: Severity = "critical") -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return rows[one].notna() | rows[other].notna()

    en = f"there is neither {one} nor {other}"
    return holds(code, (one, other), test, severity, zh, en)


def differ(code: str, one: str, other: str, zh: str) -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return rows[other].isna() | (rows[one] != rows[other])

    return holds(code, (one, other), test, "critical", zh, f"{one} and {other} are the same")


def below(code: str, low: str, high: str, zh: str) -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return rows[low].isna() | rows[high].isna() | (rows[low] < rows[high])

    return holds(code, (low, high), test, "critical", zh, f"{low} is not below {high}")


def shaped(field: str, pattern: str, zh: str, en: str, severity: Severity = "critical") -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return rows[field].isna() | rows[field].str.fullmatch(pattern).fillna(False).astype(bool)

    return holds(f"{field}_misshapen", (field,), test, severity, zh, en)
