"""Rules of contact legs, on which most of the KPIs stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rule import Rule, among, between, holds, in_order, known, required

if TYPE_CHECKING:
    import pandas as pd

DAY = 86_400.0
ROUNDING = 2.0  # seconds by which a system's own durations and times may differ


def contact_legs() -> list[Rule]:
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
        in_order("assigned_at", "answered_at", "接听时间早于分配时间", "warning"),
        *(between(f"{name}_seconds", 0, 7 * DAY, f"{zh}时长") for name, zh in seconds.items()),
        *_outcomes_of_legs(),
        *_lengths_of_legs(),
        *_transfers_of_legs(),
    ]


def _outcomes_of_legs() -> list[Rule]:
    return [
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
        holds(
            "over_without_end",
            ("outcome", "ended_at"),
            lambda rows: rows["outcome"].isna() | rows["outcome"].eq("open") | rows["ended_at"].notna(),
            "warning",
            "通话段已结束，却没有结束时间",
            "the leg is over, but has no time of end",
        ),
        holds(
            "open_yet_ended",
            ("outcome", "ended_at"),
            lambda rows: ~rows["outcome"].eq("open") | rows["ended_at"].isna(),
            "warning",
            "通话段仍未结束，却有结束时间",
            "the leg is open, but has a time of end",
        ),
    ]


def _lengths_of_legs() -> list[Rule]:
    def talked(rows: pd.DataFrame) -> pd.Series[bool]:
        length = (rows["ended_at"] - rows["answered_at"]).dt.total_seconds()
        return ~(rows["talk_seconds"] + rows["hold_seconds"].fillna(0) > length + ROUNDING)

    def waited(rows: pd.DataFrame) -> pd.Series[bool]:
        end = rows["answered_at"].fillna(rows["ended_at"])
        return ~(rows["wait_seconds"] > (end - rows["offered_at"]).dt.total_seconds() + ROUNDING)

    return [
        holds(
            "talk_longer_than_the_leg",
            ("answered_at", "ended_at", "talk_seconds", "hold_seconds"),
            talked,
            "warning",
            "通话与保持时长之和超过接听到结束的时间",
            "more seconds of talk and hold than lie between answer and end",
        ),
        holds(
            "wait_longer_than_the_leg",
            ("offered_at", "answered_at", "ended_at", "wait_seconds"),
            waited,
            "warning",
            "等待时长超过进线到接听（或结束）的时间",
            "more seconds of waiting than lie between offer and answer or end",
        ),
    ]


def _transfers_of_legs() -> list[Rule]:
    return [
        holds(
            "transfer_to_nowhere",
            ("transfer_kind", "transferred_to_queue", "transferred_to_agent"),
            lambda rows: (
                rows["transfer_kind"].isna() | rows["transferred_to_queue"].notna() | rows["transferred_to_agent"].notna()
            ),
            "warning",
            "有转接方式，却没有转接去向",
            "there is a kind of transfer, but neither a queue nor an agent it went to",
        ),
        among(
            "transfer_of_nothing",
            ("leg_kind", "contact_id"),
            lambda rows: ~rows["leg_kind"].isin(["transfer", "consult"]) | rows["contact_id"].duplicated(keep=False),
            "warning",
            "转接段所属的联络在本批中没有其他通话段",
            "the contact of a transferred leg has no other leg in the batch",
        ),
    ]
