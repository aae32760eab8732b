"""Rules of the canonical streams, as file drop delivers them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from deskmart.errors import GateError
from expectations.rule import Rule, between, holds, in_order, known, required
from expectations.suites import canonical_office as office

if TYPE_CHECKING:
    import pandas as pd

DAY = 86_400.0


def suite(stream: str) -> list[Rule]:
    """The rules of a canonical stream; `GateError` when it has none."""
    if stream not in SUITES:
        raise GateError("no rule is written for this stream", stream=stream, todo="write it in suites/canonical.py")
    return SUITES[stream]()


def _contact_legs() -> list[Rule]:
    seconds = {"wait": "等待", "ring": "振铃", "talk": "通话", "hold": "保持", "acw": "话后处理"}
    return [
        required("contact_leg_id", "通话段编号"),
        required("contact_id", "联络编号"),
        required("channel", "渠道"),
        required("channel_group", "渠道组"),
        required("leg_kind", "通话段类型"),
        required("outcome", "结果"),
        required("offered_at", "进线时间"),
        known("channel_group", "渠道组"),
        known("leg_kind", "通话段类型"),
        known("outcome", "结果"),
        known("direction", "方向", "warning"),
        known("acw_status", "话后处理状态", "warning"),
        known("disconnected_by", "挂断方", "warning"),
        known("transfer_kind", "转接方式", "warning"),
        in_order("offered_at", "assigned_at", "分配时间早于进线时间"),
        in_order("offered_at", "answered_at", "接听时间早于进线时间"),
        in_order("offered_at", "ended_at", "结束时间早于进线时间"),
        in_order("answered_at", "ended_at", "结束时间早于接听时间"),
        *(between(f"{name}_seconds", 0, 7 * DAY, f"{zh}时长") for name, zh in seconds.items()),
        holds(
            "answered_by_nobody",
            ("outcome", "agent_id", "answered_at"),
            lambda rows: (rows["outcome"] != "answered") | rows["agent_id"].notna() | rows["answered_at"].notna(),
            "critical",
            "结果为已接通，却既无坐席也无接听时间",
            "outcome is answered, but there is neither an agent nor a time of answer",
        ),
        holds(
            "abandoned_yet_answered",
            ("outcome", "answered_at"),
            lambda rows: (rows["outcome"] != "abandoned") | rows["answered_at"].isna(),
            "critical",
            "结果为放弃，却有接听时间",
            "outcome is abandoned, but there is a time of answer",
        ),
    ]


def _messages() -> list[Rule]:
    return [
        required("message_id", "消息编号"),
        required("sender_type", "发送方类型"),
        required("sent_at", "发送时间"),
        known("sender_type", "发送方类型"),
        _either("message_of_nothing", "contact_id", "ticket_id", "消息既不属于联络也不属于工单"),
    ]


def _tickets() -> list[Rule]:
    return [
        required("ticket_id", "工单编号"),
        required("version", "版本时间"),
        required("created_at", "创建时间"),
        required("status", "状态"),
        known("status", "状态"),
        in_order("created_at", "version", "版本时间早于创建时间"),
        _differ("ticket_merged_into_itself", "ticket_id", "merged_into_id", "工单被合并到自身"),
    ]


def _ticket_events() -> list[Rule]:
    return [
        required("event_id", "事件编号"),
        required("ticket_id", "工单编号"),
        required("occurred_at", "发生时间"),
        required("field", "变更字段"),
        known("field", "变更字段"),
        known("actor_type", "操作方类型", "warning"),
    ]


def _surveys() -> list[Rule]:
    return [
        required("survey_id", "调查编号"),
        required("kind", "调查类型"),
        known("kind", "调查类型"),
        in_order("invited_at", "responded_at", "作答时间早于邀请时间"),
        _below("scale_upside_down", "scale_min", "scale_max", "量表下限不低于上限"),
        in_order("scale_min", "score", "评分低于量表下限"),
        in_order("score", "scale_max", "评分高于量表上限"),
        holds(
            "score_without_scale",
            ("score", "scale_min", "scale_max"),
            lambda rows: rows["score"].isna() | (rows["scale_min"].notna() & rows["scale_max"].notna()),
            "critical",
            "有评分却没有量表",
            "there is a score, but no scale",
        ),
    ]


def _agent_states() -> list[Rule]:
    return [
        required("agent_id", "坐席"),
        required("state", "状态"),
        required("started_at", "开始时间"),
        in_order("started_at", "ended_at", "结束时间早于开始时间"),
    ]


def _agents() -> list[Rule]:
    return [
        required("agent_id", "坐席"),
        required("valid_from", "生效时间"),
        known("role", "角色", "warning"),
        in_order("valid_from", "valid_to", "失效时间早于生效时间"),
    ]


def _agent_logins() -> list[Rule]:
    return [required("source_system", "来源系统"), required("login", "登录名"), required("agent_id", "坐席")]


def _queues() -> list[Rule]:
    return [required("queue_id", "队列"), required("valid_from", "生效时间")]


def _customers() -> list[Rule]:
    return [
        required("customer_id", "客户"),
        _either("customer_unreachable", "customer_phone", "customer_email", "客户既无电话也无邮箱", "warning"),
    ]


def _shifts() -> list[Rule]:
    return [
        required("agent_id", "坐席"),
        required("activity", "活动"),
        required("starts_at", "开始时间"),
        required("ends_at", "结束时间"),
        known("activity", "活动"),
        _below("shift_without_length", "starts_at", "ends_at", "班次结束时间不晚于开始时间"),
    ]


def _orders() -> list[Rule]:
    return [
        required("order_id", "订单"),
        required("created_at", "下单时间"),
        in_order("created_at", "paid_at", "付款时间早于下单时间"),
        in_order("paid_at", "refunded_at", "退款时间早于付款时间"),
        between("amount", 0, None, "金额"),
        between("refunded_amount", 0, None, "退款金额"),
        in_order("refunded_amount", "amount", "退款金额大于订单金额", "warning"),
        between("item_count", 0, 1_000_000, "件数"),
        in_order("distinct_products", "item_count", "商品种数大于件数", "warning"),
    ]


def _reviews() -> list[Rule]:
    return [
        required("review_id", "质检编号"),
        required("criterion", "质检项"),
        required("agent_id", "坐席"),
        required("reviewed_at", "质检时间"),
        known("status", "质检状态"),
        between("score", 0, None, "得分"),
        in_order("score", "max_score", "得分高于满分"),
    ]


def _either(code: str, one: str, other: str, zh: str, severity: str = "critical") -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return rows[one].notna() | rows[other].notna()

    en = f"there is neither {one} nor {other}"
    return holds(code, (one, other), test, "warning" if severity == "warning" else "critical", zh, en)


def _differ(code: str, one: str, other: str, zh: str) -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return rows[other].isna() | (rows[one] != rows[other])

    return holds(code, (one, other), test, "critical", zh, f"{one} and {other} are the same")


def _below(code: str, low: str, high: str, zh: str) -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return rows[low].isna() | rows[high].isna() | (rows[low] < rows[high])

    return holds(code, (low, high), test, "critical", zh, f"{low} is not below {high}")


SUITES: dict[str, Callable[[], list[Rule]]] = {
    "contact_legs": _contact_legs,
    "messages": _messages,
    "tickets": _tickets,
    "ticket_events": _ticket_events,
    "surveys": _surveys,
    "agent_states": _agent_states,
    "agents": _agents,
    "agent_logins": _agent_logins,
    "queues": _queues,
    "customers": _customers,
    "shifts": _shifts,
    "attendance": _shifts,
    "orders": _orders,
    "reviews": _reviews,
    "finding_verdicts": office.finding_verdicts,
    "costs": office.costs,
    "adjustments": office.adjustments,
    "vendor_figures": office.vendor_figures,
}
