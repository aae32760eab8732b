"""Rules of the canonical streams beside contacts: orders, reviews, verdicts, costs, corrections, the vendors' own figures."""

from __future__ import annotations

from expectations.rule import Rule, between, holds, in_order, known, required
from expectations.suites.canonical_shapes import shaped

CURRENCY = r"[A-Z]{3}"


def orders() -> list[Rule]:
    return [
        required("order_id", "订单"),
        required("created_at", "下单时间"),
        in_order("created_at", "paid_at", "付款时间早于下单时间"),
        in_order("paid_at", "refunded_at", "退款时间早于付款时间"),
        between("amount", 0, None, "金额"),
        between("refunded_amount", 0, None, "退款金额"),
        holds(
            "refund_without_time",
            ("refunded_amount", "refunded_at"),
            lambda rows: ~(rows["refunded_amount"] > 0) | rows["refunded_at"].notna(),
            "warning",
            "有退款金额却没有退款时间",
            "there is a refund, but no time of it",
        ),
        shaped("currency", CURRENCY, "币种不是三位大写代码", "currency is not a code of three capital letters", "warning"),
        in_order("refunded_amount", "amount", "退款金额大于订单金额", "warning"),
        between("item_count", 0, 1_000_000, "件数"),
        in_order("distinct_products", "item_count", "商品种数大于件数", "warning"),
    ]


def reviews() -> list[Rule]:
    return [
        required("review_id", "质检编号"),
        required("criterion", "质检项"),
        required("agent_id", "坐席"),
        required("reviewed_at", "质检时间"),
        known("status", "质检状态"),
        between("score", 0, None, "得分"),
        in_order("score", "max_score", "得分高于满分"),
    ]


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
        shaped("month", r"[12]\d{3}-(0[1-9]|1[0-2])", "月份的写法不是 2026-03", "month is not written like 2026-03"),
        shaped("currency", CURRENCY, "币种不是三位大写代码", "currency is not a code of three capital letters", "warning"),
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
