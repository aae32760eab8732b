"""Restatements on the auditor's pages: settled figures that a run changed, and closed months that would be others today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from expectations.report_html import code, number, section, text, titled, told, words
from expectations.report_marts import Marts
from expectations.report_runs import Run

MOST_CHANGES = 30
_CAUSES_ZH = {
    "definition": "定义变更", "late data": "迟到数据", "adjustment": "人工调整", "policy": "策略变更", "code": "代码变更",
    "outcome": "结果揭晓", "policy or code": "策略或代码变更",
}  # fmt: skip


def restatements(run: Run, marts: Marts) -> str:
    """Settled figures that this run changed, by cause and KPI, and the first of them; and closed months that would differ today."""
    restated = run.audit.get("restated") or {}
    compared, changed = restated.get("compared", 0), restated.get("changed", 0)
    accepted = run.of("restatements_accepted")
    note = (
        "已定案的数字若在发布时改变，就是重述：逐条留存于 audit/restatements/，注明原因；超过限额须有人批准。已封账的月份永不改变。",
        "A settled figure that a publish changes is a restatement: each is kept in audit/restatements/ with its cause; above the limit "
        "somebody must accept them. Closed months never change.",
    )
    said = told(
        f"比较了 {compared:,} 个已定案的日指标，改变 <b>{changed:,}</b> 个。",
        f"{compared:,} settled daily figures were compared, <b>{changed:,}</b> changed.",
    )
    said += "".join(
        f"<br>{told('批准人', 'Accepted by')} {text(one.get('accepted_by', '–'))}: {words(one.get('reason', '–'))}"
        for one in accepted
    )
    causes = [(told(_causes(cause), text(cause)), number(count)) for cause, count in restated.get("causes", {}).items()]
    kpis = [(code(kpi), number(count)) for kpi, count in list(restated.get("kpis", {}).items())[:10]]
    html = titled("重述", "Restatements", note) + f'<div class="sheet"><p class="said">{said}</p></div>'
    if changed:
        html += '<div class="pair">' + section("", "", None, ("原因|Cause", "#个数|Figures"), causes)
        html += (
            section("", "", None, ("指标|KPI", "#个数|Figures"), kpis)
            + "</div>"
            + _changes(marts.rows("mart_settled_changes") or ())
        )
    return html + _closed(marts.rows("mart_restatements"))


def _changes(rows: Sequence[Mapping[str, Any]]) -> str:
    def figure(value: object) -> str:
        return f'<td class="n">{"–" if value is None else text(f"{value:.6g}" if isinstance(value, float) else value)}</td>'

    lines = [
        (
            text(f"{row['period_start']} ({row['grain']})"),
            f"{code(row['kpi'])}<small>{text(row['variant'])}</small>",
            f"{text(row['scope'])}<small>{text(row['scope_id'])} · {text(row['channel_group'])}</small>",
            figure(row["value_old"]),
            figure(row["value_new"]),
            told(_causes(row["cause"]), text(row["cause"])),
        )
        for row in rows[:MOST_CHANGES]
    ]
    columns = ("期间|Period", "指标|KPI", "对象|Member", "#原值|Was", "#新值|Is", "原因|Cause")
    more = f"<p>{told(f'共 {len(rows):,} 行，其余见 mart_settled_changes。', f'{len(rows):,} rows in all; the others are in mart_settled_changes.')}</p>"
    return section("", "", None, columns, lines) + (more if len(rows) > MOST_CHANGES else "") if lines else ""


def _closed(rows: Sequence[Mapping[str, Any]] | None) -> str:
    """Closed months whose figures would be others today."""
    months: dict[str, int] = defaultdict(int)
    for row in rows or ():
        months[str(row["month"])[:7]] += 1
    lines = [(text(month), number(count)) for month, count in sorted(months.items())]
    columns = ("已封账月份|Closed month", "#如今不同的数字|Figures that would be others today")
    return section("", "", None, columns, lines) if lines else ""


def _causes(cause: str) -> str:
    return "、".join(text(_CAUSES_ZH.get(part, part)) for part in cause.split(", "))
