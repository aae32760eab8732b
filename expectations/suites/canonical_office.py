"""Rules of the canonical streams that people keep: attendance, verdicts, costs, corrections, the vendors' own figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import Rule, Severity, holds, known, required

if TYPE_CHECKING:
    import pandas as pd


def finding_verdicts() -> list[Rule]:
    return [
        required("finding_id", "问题编号"),
        required("verdict", "复核结论"),
        required("decided_by", "复核人"),
        required("decided_at", "复核时间"),
        known("verdict", "复核结论"),
        required("reason", "复核理由"),
    ]


def costs() -> list[Rule]:
    """A cost without an amount, or in no known currency, goes on with a warning: its month then has no figure, not one too low."""
    return [
        required("month", "月份"),
        required("cost_center", "成本中心"),
        required("amount", "金额", "warning"),
        required("currency", "币种"),
        _shaped("month", r"[12]\d{3}-(0[1-9]|1[0-2])", "月份的写法不是 2026-03", "month is not written like 2026-03"),
        _shaped("currency", r"[A-Z]{3}", "币种不是三位大写代码", "currency is not a code of three capital letters", "warning"),
    ]


def adjustments() -> list[Rule]:
    return [
        required("subject", "调整对象"),
        required("kpi", "指标"),
        required("reason", "调整理由"),
        required("approved_by", "批准人"),
        required("approved_at", "批准时间"),
    ]


def vendor_figures() -> list[Rule]:
    return [
        required("source", "来源系统"),
        required("service_date", "日期"),
        required("scope", "范围"),
        required("metric", "指标"),
        known("scope", "范围"),
    ]


def _shaped(field: str, pattern: str, zh: str, en: str, severity: Severity = "critical") -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return rows[field].isna() | rows[field].str.fullmatch(pattern).fillna(False).astype(bool)

    return holds(f"{field}_misshapen", (field,), test, severity, zh, en)
