"""Rules of the canonical streams about people and queues: who they are, what they do, when they are planned."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from expectations.rule import Rule, among, holds, in_order, known, required
from expectations.suites.canonical_shapes import below, either

if TYPE_CHECKING:
    import pandas as pd


def agent_states() -> list[Rule]:
    return [
        required("agent_id", "坐席"),
        required("state", "状态"),
        required("started_at", "开始时间"),
        in_order("started_at", "ended_at", "结束时间早于开始时间"),
        _at_most_a_day("state_longer_than_a_day", "started_at", "ended_at", "状态持续超过一天"),
        _apart(
            "states_overlap",
            ("agent_id",),
            "started_at",
            "ended_at",
            "坐席同时处于两个状态",
            "the agent is in two states at once",
        ),
    ]


def agents() -> list[Rule]:
    return [
        required("agent_id", "坐席"),
        required("valid_from", "生效时间"),
        known("role", "角色", "warning"),
        in_order("valid_from", "valid_to", "失效时间早于生效时间"),
    ]


def agent_logins() -> list[Rule]:
    return [required("source_system", "来源系统"), required("login", "登录名"), required("agent_id", "坐席")]


def queues() -> list[Rule]:
    return [required("queue_id", "队列"), required("valid_from", "生效时间")]


def customers() -> list[Rule]:
    return [
        required("customer_id", "客户"),
        either("customer_unreachable", "customer_phone", "customer_email", "客户既无电话也无邮箱", "warning"),
    ]


def shifts() -> list[Rule]:
    return [
        required("agent_id", "坐席"),
        required("activity", "活动"),
        required("starts_at", "开始时间"),
        required("ends_at", "结束时间"),
        known("activity", "活动"),
        below("shift_without_length", "starts_at", "ends_at", "班次结束时间不晚于开始时间"),
        _at_most_a_day("shift_longer_than_a_day", "starts_at", "ends_at", "班次超过一天"),
        _apart(
            "shifts_overlap",
            ("agent_id", "activity"),
            "starts_at",
            "ends_at",
            "同一活动的班次重叠",
            "two shifts of one activity overlap",
        ),
    ]


def _at_most_a_day(code: str, start: str, end: str, zh: str) -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return ~(rows[end] - rows[start] > timedelta(days=1))

    return holds(code, (start, end), test, "warning", zh, f"more than a day lies between {start} and {end}")


def _apart(code: str, of: tuple[str, ...], start: str, end: str, zh: str, en: str) -> Rule:
    """No stretch begins before the one before it, of the same `of`, has ended."""

    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        ordered = rows.sort_values([*of, start], kind="stable")
        before = ordered.groupby(list(of), dropna=False)[end].shift()
        return (~(ordered[start] < before)).reindex(rows.index)

    return among(code, (*of, start, end), test, "warning", zh, en)
