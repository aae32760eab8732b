"""What the gate looks for in a batch as a whole: its fields, hours and days against the recent past. Names, never values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deskmart.settings import Settings
from expectations import unlike
from expectations.judging import Judged
from expectations.profile import Profile
from expectations.rule import Severity
from ingestion.source import Mode

_MOST_NAMES = 50


@dataclass(frozen=True, slots=True)
class BatchRule:
    """A rule over a batch: a critical one stops it, a warning is told."""

    code: str
    severity: Severity
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: fields, stretches of hours, days."""

    rule: BatchRule
    names: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        rule = self.rule
        named = list(self.names[:_MOST_NAMES])
        return {
            "code": rule.code,
            "severity": rule.severity,
            "zh": rule.zh,
            "en": rule.en,
            "names": named,
            "count": len(self.names),
        }


BATCH_RULES: Mapping[str, BatchRule] = {
    rule.code: rule
    for rule in (
        BatchRule("too_many_refused", "critical", "被拒记录的占比超过上限", "more records are refused than the limit allows"),
        BatchRule(
            "far_less_than_before", "critical", "记录数比上次读取少一半以上", "less than half of what the earlier reading held"
        ),
        BatchRule("field_removed", "critical", "网关读取的字段从所有记录中消失", "a field that is read is gone from all records"),
        BatchRule("field_gone", "warning", "未使用的字段从所有记录中消失", "a field that is not read is gone from all records"),
        BatchRule("field_added", "warning", "出现了以前没有的字段", "there is a field that was not there before"),
        BatchRule("field_retyped", "warning", "字段的类型变了", "a field has values of another type than before"),
        BatchRule(
            "hours_without_rows", "warning", "平时有数据的时段没有数据", "there is no row in hours that have rows on that weekday"
        ),
        BatchRule(
            "volume_unusual",
            "warning",
            "某天的数据量不到平时的一半或超过两倍",
            "a day has less than half or more than twice its usual rows",
        ),
        BatchRule(
            "ends_early",
            "warning",
            "最新数据距批次结束的时间远超以往",
            "the newest row lies much longer before the end than of late",
        ),
        BatchRule("rows_ahead_of_time", "warning", "有数据的时间晚于落盘时间", "rows lie later than their landing"),
    )
}


def look(profile: Profile, before: Sequence[Profile], judged: Judged, settings: Settings) -> list[Finding]:
    """What is unlike the recent past, in the order of the rules."""
    zone = settings.zone
    is_told_whole = bool(profile.group) or judged.book.stream.mode is Mode.EVENTS  # else a later change moves a row on
    removed = unlike.fields_removed(profile, before)
    read = _fields_read(profile, judged, settings) if removed else frozenset()
    found = {
        "field_removed": [name for name in removed if name in read],
        "field_gone": [name for name in removed if name not in read],
        "field_added": unlike.fields_added(profile, before),
        "field_retyped": unlike.fields_retyped(profile, before),
        "hours_without_rows": unlike.hours_without_rows(profile, before, zone) if is_told_whole else [],
        "volume_unusual": unlike.days_of_unusual_volume(profile, before, zone) if is_told_whole else [],
        "ends_early": unlike.ends_early(profile, before),
        "rows_ahead_of_time": [f"{profile.ahead} rows"] if profile.ahead else [],
    }
    return [Finding(BATCH_RULES[code], names) for code, names in found.items() if names]


def why_unlike(findings: Sequence[Finding]) -> str:
    """The sentence of the findings that stop a batch; empty when none does."""
    return "; ".join(f"{one.rule.en}: {', '.join(one.names)}" for one in findings if one.rule.severity == "critical")


def _fields_read(profile: Profile, judged: Judged, settings: Settings) -> frozenset[str]:
    """The raw fields that the gate reads: those a file's mapping names, or the declared paths and what they begin with."""
    if profile.group:
        from ingestion.mapping import mapping_named

        return frozenset(mapping_named(settings, profile.group).columns_read())
    paths = [item.path or item.name for item in judged.book.stream.fields]
    return frozenset(name for path in paths for name in (path, path.split(".")[0], ".".join(path.split(".")[:2])))
