"""The marts' part of the auditor's pages: reconciliation, audit, restatements, freshness, as the publish of the run holds them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskmart.settings import Settings
from expectations.admission import Admission
from expectations.report_html import local, mark, number, section, text, titled, told, words
from expectations.report_runs import Run

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SUMS = ("landed", "accepted_current", "accepted_older", "quarantined", "waived", "erased", "duplicates", "outside", "held_back")
_RULES_ZH = {
    "the mart has rows": "指标表有数据",
    "its key is unique": "主键唯一",
    "every KPI stands in the catalogue": "每个指标都在目录中",
    "a part is missing only where nothing may be combined": "只有不可合并的指标才允许缺少分子",
    "rates lie in [0, 1]": "比率在 [0, 1] 之内",
    "nps lies in [-1, 1]": "NPS 在 [-1, 1] 之内",
    "no numerator is negative": "分子不为负",
    "samples are counts": "样本量是计数",
    "scopes are known": "统计范围均已知",
    "channel groups are known": "渠道组均已知",
    "offered and answered re-sum to the legs": "进线与接通之和等于话务明细",
    "every offered leg is open or closed": "每条进线或进行中或已结束",
    "every attempt balances": "每个批次平衡",
    "every landed record is accounted for in the files": "每条读入的记录都能在文件中找到去处",
    "every file of the build is reconciled": "构建所用的每个文件都已对账",
}


@dataclass(frozen=True, slots=True)
class Marts:
    """The published tables of a version; of none when `version` is None."""

    version: Path | None
    connection: DuckDBPyConnection

    def rows(self, name: str) -> list[dict[str, Any]] | None:
        """All rows of a mart as JSON has them; None where the version is not kept or has no such mart."""
        path = self.version / "marts" / f"{name}.parquet" if self.version else None
        if path is None or not path.exists():
            return None
        named = str(path).replace("'", "''")
        lines = self.connection.execute(f"select to_json(mart)::varchar from read_parquet('{named}') as mart").fetchall()
        return [json.loads(line) for (line,) in lines]


def unexplained(rows: Sequence[Mapping[str, Any]]) -> int:
    """In how many attempts records are nowhere, in two places, or not as many as the source told."""
    return sum(not row["is_balanced"] for row in rows)


def reconciliation(rows: Sequence[Mapping[str, Any]] | None) -> str:
    """Per source and stream where every landed record of every attempt is today."""
    note = (
        "对每个读入批次（含被后来读取取代的），按文件逐一清点并与账本核对：读入 = 在用 + 旧版本 + 隔离 + 放弃 + 已删除 + 重复 + 区间外 + 扣留。"
        "“来源自报”为源系统声明的条数（若接口提供）。“未解释”不为 0 则不予发布。",
        "Every attempt ever landed, replaced ones too, counted anew in the files and held against the ledger: landed = in use + older "
        "versions + quarantined + given up + erased + duplicates + outside + held back. Source count: what the source said it sent, "
        "where its interface tells. Nothing is published while anything is unexplained.",
    )
    if rows is None:
        return titled("对账", "Reconciliation") + _none(
            "本次运行没有发布，或该版本已不保留；对账见已发布的运行。",
            "Nothing was published by this run, or its version is no longer kept; see the runs that were published.",
        )
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["source"], row["stream"]].append(row)
    lines = [
        _reconciled(f"{text(source)}<small>{text(stream)}</small>", members)
        for (source, stream), members in sorted(groups.items())
    ]
    lines += [_reconciled(f"<b>{told('合计', 'All')}</b>", list(rows))] if rows else []
    columns = (
        "数据流|Stream", "#批次|Attempts", "#来源自报|Source count", "#读入|Landed", "#在用|In use", "#旧版本|Older versions", "#隔离|Quarantined",
        "#放弃|Given up", "#已删除|Erased", "#重复|Duplicates", "#区间外|Outside", "#扣留|Held back", "#未解释|Unexplained",
    )  # fmt: skip
    return section("对账", "Reconciliation", note, columns, lines, "wide")


def _reconciled(name: str, members: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    told_by_source = [row["source_count"] for row in members if row["source_count"] is not None]
    sums = [number(sum(row[part] or 0 for row in members)) for part in _SUMS]
    lost = sum(abs(row["unexplained"] or 0) for row in members)
    wrong = unexplained(members)
    verdict = f'<td class="n {"bad" if lost or wrong else "good"}">{lost:,} {mark(not lost and not wrong)}</td>'
    return (name, number(len(members)), number(sum(told_by_source) if told_by_source else None), *sums, verdict)


def audit_of_marts(run: Run) -> str:
    """Every rule the marts had to fulfil, broken ones first."""
    held, broken = run.audit.get("held", ()), run.audit.get("broken", {})
    rows = [(mark(False), _rule(rule), words(found)) for rule, found in broken.items()]
    rows += [(mark(True), _rule(rule), "") for rule in dict.fromkeys(held)]
    note = (
        "发布前，指标表必须满足以下每一条；只要有一条不满足，就不发布，读者继续看到上一版。",
        "Before a publish the marts must fulfil each of these. One that is broken, and nothing is published: readers keep what they had.",
    )
    if not rows:
        return titled("指标表审计", "Audit of the marts") + _none("本次运行尚未审计。", "Nothing was audited yet.")
    return section("指标表审计", "Audit of the marts", note, ("|", "规则|Rule", "发现|Found"), rows, "narrow")


def _rule(rule: str) -> str:
    return told(text(rule_zh(rule)), text(rule))


def rule_zh(rule: str) -> str:
    """A rule of the audit in Chinese; one that nobody translated as it is."""
    return _RULES_ZH.get(rule) or (f"{rule.removesuffix(' is never null')} 从不为空" if rule.endswith(" is never null") else rule)


def freshness(rows: Sequence[Mapping[str, Any]] | None, admissions: Sequence[Admission], settings: Settings) -> str:
    """Per source how far it has told everything, as the publish saw it and as the gate knows it now."""
    known = {row["source"]: row for row in rows or ()}
    lines = []
    for source in sorted({one.source for one in admissions} | known.keys()):
        own = [one for one in admissions if one.source == source]
        ends = [datetime.fromisoformat(one.until) for one in own if one.until]
        row = known.get(source)
        behind = float(row["behind_seconds"]) if row and row["behind_seconds"] is not None else None
        lines.append(
            (
                text(source),
                text(local(row["as_of"], settings)) if row and row["as_of"] else "–",
                f'<td class="n{" bad" if behind and behind > 86_400 else ""}">{"–" if behind is None else f"{behind / 3600:,.1f} h"}</td>',
                text(local(max(ends), settings)) if ends else "–",
                text(local(max(one.landed_at for one in own), settings)) if own else "–",
                number(len(own)),
            )
        )
    note = (
        "“数据截至”：此前的数据已完整读到，指标只算到这里。落后以最新的来源为准，超过一天标红。",
        "Complete until: everything before was read, and figures go no further. Behind: compared with the newest source; more than a day is red.",
    )
    columns = (
        "来源|Source",
        "数据截至（已发布）|Complete until (published)",
        "#落后|Behind",
        "最晚的批次截至|Newest batch until",
        "最近读入|Last landed",
        "#批次|Batches",
    )
    return section("新鲜度", "Freshness", note, columns, lines)


def _none(zh: str, en: str) -> str:
    return f'<div class="sheet"><p class="none">{told(zh, en)}</p></div>'
