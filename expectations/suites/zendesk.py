"""Rules of Zendesk's streams."""

from __future__ import annotations

from collections.abc import Callable

from deskmart.errors import GateError
from expectations.rule import Rule, between, holds, in_order, known, required


def suite(stream: str) -> list[Rule]:
    """The rules of a stream of Zendesk; `GateError` when it has none."""
    if stream not in SUITES:
        raise GateError(
            "no rule is written for this stream", source="zendesk", stream=stream, todo="write it in suites/zendesk.py"
        )
    return SUITES[stream]()


def _tickets() -> list[Rule]:
    return [
        required("ticket_id", "工单编号"),
        required("generated_at", "版本时间"),
        required("created_at", "创建时间"),
        required("status", "状态"),
        required("requester_id", "请求人"),
        known("status", "状态"),
        between("ticket_id", 1, None, "工单编号"),
        in_order("created_at", "updated_at", "更新时间早于创建时间"),
        in_order("updated_at", "generated_at", "版本时间早于更新时间", "warning"),
        holds(
            "followup_of_itself",
            ("ticket_id", "followup_of_id"),
            lambda rows: rows["followup_of_id"].isna() | (rows["followup_of_id"] != rows["ticket_id"]),
            "critical",
            "工单是自身的后续工单",
            "the ticket follows up on itself",
        ),
        holds(
            "solved_by_nobody",
            ("status", "assignee_id"),
            lambda rows: (rows["status"] != "solved") | rows["assignee_id"].notna(),
            "warning",
            "工单已解决却没有受理人",
            "the ticket is solved, but nobody is assigned",
        ),
    ]


def _ticket_events() -> list[Rule]:
    return [
        required("event_id", "事件编号"),
        required("audit_id", "更新编号"),
        required("ticket_id", "工单编号"),
        required("occurred_at", "发生时间"),
        required("event_type", "事件类型"),
        between("audit_id", 1, None, "更新编号"),
        holds(
            "change_of_nothing",
            ("event_type", "field"),
            lambda rows: ~rows["event_type"].isin(["Change", "Create"]) | rows["field"].notna(),
            "critical",
            "变更事件没有字段",
            "a change does not say which field it changes",
        ),
        holds(
            "comment_without_visibility",
            ("event_type", "is_public"),
            lambda rows: ~rows["event_type"].eq("Comment") | rows["is_public"].notna(),
            "critical",
            "评论未注明是否公开",
            "a comment does not say whether it is public",
        ),
        holds(
            "comment_by_nobody",
            ("event_type", "actor_id", "is_system"),
            lambda rows: ~rows["event_type"].eq("Comment") | rows["actor_id"].notna() | rows["is_system"].eq(True),
            "warning",
            "评论没有作者",
            "a comment has no author",
        ),
        holds(
            "status_unknown",
            ("field", "new_value"),
            lambda rows: ~rows["field"].eq("status") | rows["new_value"].isin(_STATUSES),
            "warning",
            "状态的取值未知",
            "the new status is not known",
        ),
    ]


def _users() -> list[Rule]:
    return [
        required("user_id", "用户编号"),
        required("role", "角色"),
        required("updated_at", "更新时间"),
        known("role", "角色"),
        in_order("created_at", "updated_at", "更新时间早于创建时间"),
        holds(
            "agent_without_id",
            ("role", "agent_id"),
            lambda rows: ~rows["role"].isin(["agent", "admin"]) | rows["agent_id"].notna(),
            "critical",
            "坐席没有编号",
            "an agent has no id",
        ),
        holds(
            "customer_shown_as_agent",
            ("role", "agent_id", "agent_name", "agent_email"),
            lambda rows: (
                rows["role"].isin(["agent", "admin"])
                | (rows["agent_id"].isna() & rows["agent_name"].isna() & rows["agent_email"].isna())
            ),
            "critical",
            "客户的姓名或邮箱以明文出现",
            "a customer's id, name or e-mail would be kept in the clear",
        ),
    ]


def _groups() -> list[Rule]:
    return [
        required("group_id", "组编号"),
        required("name", "组名"),
        between("group_id", 1, None, "组编号"),
        in_order("created_at", "updated_at", "更新时间早于创建时间"),
        _not_empty("组"),
    ]


def _group_memberships() -> list[Rule]:
    return [
        required("membership_id", "成员关系编号"),
        required("user_id", "坐席"),
        required("group_id", "组编号"),
        in_order("created_at", "updated_at", "更新时间早于创建时间"),
        _not_empty("成员关系"),
    ]


def _satisfaction_ratings() -> list[Rule]:
    return [
        required("rating_id", "评价编号"),
        required("ticket_id", "工单编号"),
        required("score", "评分"),
        required("updated_at", "更新时间"),
        known("score", "评分"),
        in_order("created_at", "updated_at", "更新时间早于创建时间"),
        holds(
            "answer_of_nobody",
            ("score", "assignee_id"),
            lambda rows: ~rows["score"].isin(["good", "bad"]) | rows["assignee_id"].notna(),
            "warning",
            "评价没有对应的坐席",
            "the rating names no agent",
        ),
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


_STATUSES = ("new", "open", "pending", "hold", "solved", "closed", "deleted")
SUITES: dict[str, Callable[[], list[Rule]]] = {
    "tickets": _tickets,
    "ticket_events": _ticket_events,
    "users": _users,
    "groups": _groups,
    "group_memberships": _group_memberships,
    "satisfaction_ratings": _satisfaction_ratings,
}
