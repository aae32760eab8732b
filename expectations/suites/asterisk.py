"""Rules of Asterisk's queue log and call detail records."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from deskmart.errors import GateError
from expectations.rule import Rule, Severity, among, between, holds, in_order, required
from ingestion.sources.asterisk_records import EVENTS, TRANSFERS

if TYPE_CHECKING:
    import pandas as pd

DAY = 86_400.0
COMPLETIONS = ("COMPLETEAGENT", "COMPLETECALLER")
EXITS = ("ABANDON", "EXITEMPTY", "EXITWITHKEY", "EXITWITHTIMEOUT", "LEAVEEMPTY")
CALL_EVENTS = ("CONNECT", "ENTERQUEUE", "FULL", "JOINEMPTY", "RINGNOANSWER", "SYSCOMPAT", *COMPLETIONS, *EXITS, *TRANSFERS)
AGENT_EVENTS = ("CONNECT", "RINGNOANSWER", *COMPLETIONS, *TRANSFERS)
UNREADABLE = "\N{REPLACEMENT CHARACTER}"


def suite(stream: str) -> list[Rule]:
    """The rules of a stream of this source; `GateError` when it has none."""
    if stream not in SUITES:
        raise GateError(
            "no rule is written for this stream", source="asterisk", stream=stream, todo="write it in suites/asterisk.py"
        )
    return SUITES[stream]()


def _queue_log() -> list[Rule]:
    import great_expectations.expectations as gxe

    return [
        required("occurred_at", "时间"),
        required("call_id", "呼叫编号"),
        required("event", "事件"),
        Rule(
            "event_unknown",
            gxe.ExpectColumnValuesToBeInSet(column="event", value_set=list(EVENTS)),
            "critical",
            "事件名称未知(拨号方案自定义的事件请列入 custom_events)",
            "the event is not one that Asterisk writes (list those of your dial plan under custom_events)",
        ),
        _named("call_unnamed", "call_id", CALL_EVENTS, "呼叫事件没有呼叫编号", "an event of a call does not name the call"),
        _named("queue_unnamed", "queue", CALL_EVENTS, "呼叫事件没有队列", "an event of a call does not name the queue"),
        _named("agent_unnamed", "agent", AGENT_EVENTS, "坐席事件没有坐席", "an event of an agent does not name the agent"),
        _readable("queue", "队列名称含有无法解码的字符"),
        _readable("agent", "坐席名称含有无法解码的字符"),
        _has("wait_absent", "wait_seconds", ("CONNECT", *COMPLETIONS), "critical", "缺少等待时长"),
        _has("talk_absent", "talk_seconds", COMPLETIONS, "critical", "缺少通话时长"),
        _has("exit_wait_absent", "wait_seconds", EXITS, "warning", "离开队列的事件缺少等待时长"),
        _has("transfer_talk_absent", "talk_seconds", TRANSFERS, "warning", "转接事件缺少通话时长"),
        between("wait_seconds", 0, DAY, "等待时长"),
        between("ring_seconds", 0, DAY, "振铃时长"),
        between("talk_seconds", 0, DAY, "通话时长"),
        among(
            "complete_without_connect",
            ("event", "call_id"),
            lambda rows: ~rows["event"].isin(COMPLETIONS) | rows["call_id"].isin(_calls(rows, ("CONNECT",))),
            "warning",
            "呼叫没有接通事件却有完成事件",
            "a call was completed, but these lines have no connection of it",
        ),
        among(
            "connect_without_enter",
            ("event", "call_id"),
            lambda rows: ~rows["event"].eq("CONNECT") | rows["call_id"].isin(_calls(rows, ("ENTERQUEUE",))),
            "warning",
            "呼叫没有进入队列却已接通",
            "a call was connected, but these lines do not have it enter a queue",
        ),
        between("position", 0, 100_000, "队列位置", "warning"),
        between("original_position", 0, 100_000, "进入时的队列位置", "warning"),
    ]


def _cdr() -> list[Rule]:
    import great_expectations.expectations as gxe

    return [
        required("unique_id", "通道编号"),
        required("started_at", "开始时间"),
        required("ended_at", "结束时间"),
        required("disposition", "接续结果"),
        Rule(
            "disposition_unknown",
            gxe.ExpectColumnValuesToBeInSet(
                column="disposition", value_set=["ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION", "UNKNOWN"]
            ),
            "critical",
            "接续结果未知",
            "the disposition is not one that Asterisk writes",
        ),
        in_order("started_at", "answered_at", "应答时间早于开始时间"),
        in_order("started_at", "ended_at", "结束时间早于开始时间"),
        in_order("answered_at", "ended_at", "结束时间早于应答时间"),
        holds(
            "answered_without_time",
            ("disposition", "answered_at"),
            lambda rows: ~rows["disposition"].eq("ANSWERED") | rows["answered_at"].notna(),
            "critical",
            "结果为已应答，却没有应答时间",
            "the call was answered, but at no time",
        ),
        holds(
            "billed_more_than_it_lasted",
            ("duration_seconds", "billed_seconds"),
            lambda rows: ~(rows["billed_seconds"] > rows["duration_seconds"]),
            "critical",
            "计费时长大于总时长",
            "more seconds are billed than the call lasted",
        ),
        holds(
            "duration_disagrees",
            ("started_at", "ended_at", "duration_seconds"),
            lambda rows: ~(((rows["ended_at"] - rows["started_at"]).dt.total_seconds() - rows["duration_seconds"]).abs() > 2),
            "warning",
            "总时长与起止时间不符",
            "the duration is not what lies between start and end",
        ),
        between("duration_seconds", 0, 7 * DAY, "总时长"),
        between("billed_seconds", 0, 7 * DAY, "计费时长"),
        _readable("channel", "通道名称含有无法解码的字符"),
        _readable("destination_channel", "目标通道名称含有无法解码的字符"),
    ]


def _named(code: str, field: str, events: tuple[str, ...], zh: str, en: str) -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return ~rows["event"].isin(events) | (rows[field].notna() & (rows[field] != "NONE"))

    return holds(code, ("event", field), test, "critical", zh, en)


def _has(code: str, field: str, events: tuple[str, ...], severity: Severity, zh: str) -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return ~rows["event"].isin(events) | rows[field].notna()

    return holds(code, ("event", field), test, severity, zh, f"{field} is missing from an event that has it")


def _calls(rows: pd.DataFrame, events: tuple[str, ...]) -> pd.Series[str]:
    """The calls that have one of the events."""
    return rows["call_id"][rows["event"].isin(events)]


def _readable(field: str, zh: str) -> Rule:
    def test(rows: pd.DataFrame) -> pd.Series[bool]:
        return ~rows[field].fillna("").str.contains(UNREADABLE, regex=False)

    return holds(f"{field}_unreadable", (field,), test, "critical", zh, f"{field} has characters that could not be decoded")


SUITES: dict[str, Callable[[], list[Rule]]] = {"queue_log": _queue_log, "cdr": _cdr}
