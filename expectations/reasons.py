"""Reasons: why a record was refused, in words that hold no value, in English and Chinese."""

from __future__ import annotations

import re

UNMAPPED = "unmapped"
OTHER_INTERVAL = "belongs to another interval"
NO_ROWS = "holds no row of this stream"
ERASED = "erased at the customer's request"  # a tombstone of which neither a row nor a refusal was made before

_NOUNS = {
    "a text": "文本",
    "an integer": "整数",
    "a number": "数字",
    "a number of seconds": "秒数",
    "a yes or no": "是或否",
    "a timestamp": "时间",
    "a timestamp with a time zone": "带时区的时间",
    "a time": "时间",
    "a date": "日期",
    "an email": "电子邮箱",
    "a phone number": "电话号码",
    "a list": "列表",
    "an object": "对象",
}
_PHRASES = {
    "page is not JSON": "页面不是 JSON",
    "record is not an object": "记录不是对象",
    "a child event is not an object": "子事件不是对象",
    "line is not JSON": "该行不是 JSON",
    "line_is_cut_off": "该行不完整",
    "line_has_too_many_parts": "该行的列数多于事件应有的列数",
    "line_is_no_cdr": "该行不是通话详单",
    "time_is_unreadable": "时间无法识别",
    OTHER_INTERVAL: "属于其他时间段",
    NO_ROWS: "不含此数据流的任何行",
    ERASED: "已应客户要求删除",
    "blank line": "空行",
    "undated line of another interval": "无日期的行，属于其他时间段",
    "custom event": "自定义事件",
    "an update without child events": "没有子事件的更新",
    "not for this stream": "不属于此数据流",
    "the mapping no longer feeds this stream": "映射已不再供给此数据流",
}
_NOT_A = re.compile(r"(.+) is not (an? .+)")
_UNMAPPED = re.compile(r"(.+)_unmapped")
_COLUMNS = re.compile(r"has (\d+) columns where the header has (\d+)")
_MISSING = re.compile(r"(.+) is missing")


def not_a(field: str, what: str) -> str:
    """The reason of a value that could not be conformed."""
    return f"{field} is not {what}"


def missing(field: str) -> str:
    """The reason of a key or a dating time without a value."""
    return f"{field} is missing"


def unmapped(field: str) -> str:
    """The code of a field's values that its codes do not know; a rule of this code says how bad that is."""
    return f"{field}_unmapped"


def unreadable(what: str, error: Exception) -> str:
    """The reason of a page or record that its decoder could not take apart: the kind of error, not its words."""
    return f"{what} cannot be read ({type(error).__name__})"


def sentences(reason: str) -> tuple[str, str]:
    """A reason that is not a rule's, as a zh and an en sentence; one that only a decoder knows is given as it is."""
    if reason in _PHRASES:
        return _PHRASES[reason], reason
    if (match := _NOT_A.fullmatch(reason)) and match[2] in _NOUNS:
        return f"{match[1]} 不是{_NOUNS[match[2]]}", reason
    if match := _MISSING.fullmatch(reason):
        return f"缺少 {match[1]}", reason
    if match := _UNMAPPED.fullmatch(reason):
        return f"{match[1]} 的取值未知", f"{match[1]} has a value that is not known"
    if match := _COLUMNS.fullmatch(reason):
        return f"有 {match[1]} 列，而表头有 {match[2]} 列", reason
    return reason, reason
