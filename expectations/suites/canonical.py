"""Rules of the canonical streams, as file drop delivers them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from deskmart.errors import GateError
from expectations.rule import Rule, holds, in_order, known, required
from expectations.suites import canonical_legs as legs
from expectations.suites import canonical_office as office
from expectations.suites import canonical_people as people
from expectations.suites.canonical_shapes import below, differ, either
from ingestion.canonical import TICKET_STATUSES

if TYPE_CHECKING:
    pass


def suite(stream: str) -> list[Rule]:
    """The rules of a canonical stream; `GateError` when it has none."""
    if stream not in SUITES:
        raise GateError("no rule is written for this stream", stream=stream, todo="write it in suites/canonical.py")
    return SUITES[stream]()


def _messages() -> list[Rule]:
    return [
        required("message_id", "消息编号"),
        required("sender_type", "发送方类型"),
        required("sent_at", "发送时间"),
        known("sender_type", "发送方类型"),
        either("message_of_nothing", "contact_id", "ticket_id", "消息既不属于联络也不属于工单"),
        holds(
            "message_by_nobody",
            ("sender_type", "sender_id"),
            lambda rows: ~rows["sender_type"].eq("agent") | rows["sender_id"].notna(),
            "warning",
            "坐席消息没有坐席编号",
            "an agent's message does not say which agent",
        ),
    ]


def _tickets() -> list[Rule]:
    return [
        required("ticket_id", "工单编号"),
        required("version", "版本时间"),
        required("created_at", "创建时间"),
        required("status", "状态"),
        known("status", "状态"),
        in_order("created_at", "version", "版本时间早于创建时间"),
        differ("ticket_merged_into_itself", "ticket_id", "merged_into_id", "工单被合并到自身"),
    ]


def _ticket_events() -> list[Rule]:
    return [
        required("event_id", "事件编号"),
        required("ticket_id", "工单编号"),
        required("occurred_at", "发生时间"),
        required("field", "变更字段"),
        known("field", "变更字段"),
        known("actor_type", "操作方类型", "warning"),
        holds(
            "status_unknown",
            ("field", "new_value"),
            lambda rows: ~rows["field"].eq("status") | rows["new_value"].isin(TICKET_STATUSES),
            "warning",
            "状态的取值未知",
            "the new status is not known",
        ),
    ]


def _surveys() -> list[Rule]:
    return [
        required("survey_id", "调查编号"),
        required("kind", "调查类型"),
        known("kind", "调查类型"),
        in_order("invited_at", "responded_at", "作答时间早于邀请时间"),
        below("scale_upside_down", "scale_min", "scale_max", "量表下限不低于上限"),
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
        either("survey_of_nothing", "contact_id", "ticket_id", "评价既不属于联络也不属于工单", "warning"),
        holds(
            "answer_without_score",
            ("responded_at", "score"),
            lambda rows: rows["responded_at"].isna() | rows["score"].notna(),
            "warning",
            "已作答却没有评分",
            "there is an answer, but no score",
        ),
    ]


SUITES: dict[str, Callable[[], list[Rule]]] = {
    "contact_legs": legs.contact_legs,
    "messages": _messages,
    "tickets": _tickets,
    "ticket_events": _ticket_events,
    "surveys": _surveys,
    "agent_states": people.agent_states,
    "agents": people.agents,
    "agent_logins": people.agent_logins,
    "queues": people.queues,
    "customers": people.customers,
    "shifts": people.shifts,
    "attendance": people.shifts,
    "orders": office.orders,
    "reviews": office.reviews,
    "finding_verdicts": office.finding_verdicts,
    "costs": office.costs,
    "adjustments": office.adjustments,
    "vendor_figures": office.vendor_figures,
}
