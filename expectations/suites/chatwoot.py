"""Rules of Chatwoot's streams."""

from __future__ import annotations

from collections.abc import Callable

from deskmart.errors import GateError
from expectations.rule import Rule, between, holds, in_order, known, required

SENDERS = ("contact", "user", "agent_bot", "captain_assistant")


def suite(stream: str) -> list[Rule]:
    """The rules of a stream of Chatwoot; `GateError` when it has none."""
    if stream not in SUITES:
        raise GateError(
            "no rule is written for this stream", source="chatwoot", stream=stream, todo="write it in suites/chatwoot.py"
        )
    return SUITES[stream]()


def _conversations() -> list[Rule]:
    return [
        required("conversation_id", "会话编号"),
        required("version", "版本时间"),
        required("inbox_id", "收件箱"),
        required("status", "状态"),
        required("created_at", "创建时间"),
        required("last_activity_at", "最后活动时间"),
        required("contact_id", "联系人"),
        known("status", "状态"),
        in_order("created_at", "last_activity_at", "最后活动时间早于创建时间"),
        in_order("last_activity_at", "version", "版本时间早于最后活动时间"),
    ]


def _messages() -> list[Rule]:
    return [
        required("message_id", "消息编号"),
        required("conversation_id", "会话编号"),
        required("created_at", "发送时间"),
        required("kind", "消息类型"),
        known("kind", "消息类型"),
        known("activity", "动态类型", "warning"),
        holds(
            "incoming_from_an_agent",
            ("kind", "agent_id"),
            lambda rows: ~rows["kind"].eq("incoming") | rows["agent_id"].isna(),
            "critical",
            "客户消息的发送方是坐席",
            "a customer's message comes from an agent",
        ),
        holds(
            "outgoing_from_a_contact",
            ("kind", "contact_id"),
            lambda rows: ~rows["kind"].isin(["outgoing", "template"]) | rows["contact_id"].isna(),
            "critical",
            "客服消息的发送方是客户",
            "an outgoing message comes from a contact",
        ),
        holds(
            "user_without_id",
            ("sender_type", "agent_id"),
            lambda rows: ~rows["sender_type"].eq("user") | rows["agent_id"].notna(),
            "critical",
            "坐席消息没有坐席编号",
            "a user's message does not say which user",
        ),
        holds(
            "sender_type_unknown",
            ("sender_type",),
            lambda rows: rows["sender_type"].isna() | rows["sender_type"].isin(SENDERS),
            "critical",
            "发送方的类型未知",
            "the sender is neither a contact, a user nor a bot",
        ),
        holds(
            "incoming_from_nobody",
            ("kind", "contact_id"),
            lambda rows: ~rows["kind"].eq("incoming") | rows["contact_id"].notna(),
            "warning",
            "客户消息没有注明是哪位客户",
            "a customer's message does not say whose it is",
        ),
        holds(
            "activity_not_understood",
            ("kind", "activity"),
            lambda rows: ~rows["kind"].eq("activity") | ~rows["activity"].eq("other"),
            "warning",
            "动态消息的语言或内容无法识别",
            "an activity message is in words that are not known",
        ),
    ]


def _reporting_events() -> list[Rule]:
    return [
        required("event_id", "事件编号"),
        required("name", "事件名称"),
        required("created_at", "记录时间"),
        required("ended_at", "结束时间"),
        between("value", 0, None, "时长", "warning"),
        in_order("started_at", "ended_at", "结束时间早于开始时间", "warning"),
    ]


def _csat_survey_responses() -> list[Rule]:
    return [
        required("response_id", "评价编号"),
        required("conversation_id", "会话编号"),
        required("message_id", "邀请消息编号"),
        required("score", "评分"),
        required("created_at", "评价时间"),
        between("score", 1, 5, "评分"),
    ]


def _agents() -> list[Rule]:
    return [
        required("agent_id", "坐席编号"),
        required("name", "姓名"),
        known("role", "角色", "warning"),
        between("agent_id", 1, None, "坐席编号"),
        _not_empty("坐席"),
    ]


def _teams() -> list[Rule]:
    return [required("team_id", "团队编号"), required("name", "团队名"), between("team_id", 1, None, "团队编号")]


def _team_members() -> list[Rule]:
    return [required("team_id", "团队编号"), required("agent_id", "坐席编号"), between("agent_id", 1, None, "坐席编号")]


def _inboxes() -> list[Rule]:
    return [
        required("inbox_id", "收件箱编号"),
        required("name", "收件箱名"),
        required("channel_type", "渠道类型"),
        between("inbox_id", 1, None, "收件箱编号"),
        _not_empty("收件箱"),
    ]


def _not_empty(zh: str) -> Rule:
    import great_expectations.expectations as gxe

    return Rule(
        "nothing_there",
        gxe.ExpectTableRowCountToBeBetween(min_value=1),
        "critical",
        f"快照中没有任何{zh}",
        "the snapshot is empty",
    )


SUITES: dict[str, Callable[[], list[Rule]]] = {
    "conversations": _conversations,
    "messages": _messages,
    "reporting_events": _reporting_events,
    "csat_survey_responses": _csat_survey_responses,
    "agents": _agents,
    "teams": _teams,
    "team_members": _team_members,
    "inboxes": _inboxes,
}
