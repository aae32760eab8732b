"""The top of the auditor's pages: the verdict in a few lines, and the list of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deskmart.settings import Settings
from expectations.admission import Admission
from expectations.report_gate import bar, totals
from expectations.report_html import link, local, mark, number, section, share, text, told
from expectations.report_marts import unexplained
from expectations.report_quarantine import Waiting
from expectations.report_runs import Run

_OUTCOMES = {
    "published": ("已发布", "published", "good"),
    "broken": ("审计未通过，未发布", "audit failed, not published", "bad"),
    "unpublished": ("已审计，未发布", "audited, not published", "warn"),
    "open": ("尚未构建", "not built yet", "warn"),
}


def checks(
    sums: Mapping[str, int],
    run: Run,
    audited: Run | None,
    reconciled: Sequence[Mapping[str, Any]] | None,
    stopped: Sequence[Admission],
    waiting: Mapping[tuple[str, str], Waiting],
    kind: str,
) -> str:
    """Questions an auditor asks first, each with its answer."""
    zh, en, style = _OUTCOMES[run.outcome]
    balanced = sums["landed"] == sum(sums[part] for part in ("accepted", "quarantined", "duplicates", "outside"))
    records = sum(one.records for one in waiting.values())
    lines = [
        _published(run, kind),
        (balanced, told("每条记录都有去处", "Every record is in exactly one place"), _came_in(sums)),
        _reconciled(reconciled),
        _audited(audited),
        _restated(audited),
        (not stopped, told("没有被拦下的批次", "No batch is stopped") if not stopped else told("有批次被拦下", "Batches are stopped"), f"{len(stopped):,}"),
        (None if records else True, told("待处理的隔离记录", "Records waiting in quarantine"), f"{records:,}"),
    ]  # fmt: skip
    items = "".join(f"<li>{mark(is_well)}<span>{question}</span><em>{answer}</em></li>" for is_well, question, answer in lines)
    worst = "bad" if any(is_well is False for is_well, _, _ in lines) else style
    return f'<div class="verdict {worst}"><h2>{told(zh, en.capitalize())}</h2><ul>{items}</ul></div>'


def _came_in(sums: Mapping[str, int]) -> str:
    landed = sums["landed"]
    if not landed:
        return told("没有读入新的记录", "nothing new was landed")
    accepted, refused = share(sums["accepted"], landed), share(sums["quarantined"], landed)
    return told(
        f"读入 {landed:,} 条，接收 {accepted}，隔离 {refused}", f"{landed:,} landed, {accepted} accepted, {refused} quarantined"
    )


def _published(run: Run, kind: str) -> tuple[bool | None, str, str]:
    if run.outcome == "open":
        return (
            None,
            told("最近的发布之后又有新的记录", "Something came since the last publish"),
            told(f"账本记录 {len(run.records):,} 条", f"{len(run.records):,} ledger records"),
        )
    question = (
        told("最近一次运行已发布", "The last run was published")
        if kind == "index"
        else told("本次运行已发布", "This run was published")
    )
    return run.outcome == "published", question, f"<code>{text(run.publish_id or run.id)}</code>"


def _reconciled(rows: Sequence[Mapping[str, Any]] | None) -> tuple[bool | None, str, str]:
    question = told("文件与账本一致", "Files and ledger agree")
    if rows is None:
        return None, question, told("没有可用的对账", "no reconciliation at hand")
    wrong = unexplained(rows)
    return (
        not wrong,
        question,
        told(f"清点 {len(rows):,} 个批次，{wrong:,} 个不一致", f"{len(rows):,} attempts counted anew, {wrong:,} differ"),
    )


def _audited(run: Run | None) -> tuple[bool | None, str, str]:
    question = told("指标表满足全部规则", "The marts fulfil every rule")
    if run is None or not run.audit:
        return None, question, told("尚未审计", "not audited yet")
    held, broken = len(run.audit["held"]), len(run.audit["broken"])
    return not broken, question, told(f"{held:,} 条满足，{broken:,} 条不满足", f"{held:,} hold, {broken:,} do not")


def _restated(run: Run | None) -> tuple[bool | None, str, str]:
    restated = (run.audit.get("restated") if run else None) or {}
    if not restated.get("compared"):
        return None, told("已定案的数字", "Settled figures"), told("此前没有可比较的发布", "no earlier publish to compare with")
    changed = restated["changed"]
    answer = told(f"{restated['compared']:,} 个中有 {changed:,} 个改变", f"{changed:,} of {restated['compared']:,} changed")
    if changed:
        return None, told("已定案的数字有改变", "Settled figures changed"), answer
    return True, told("已定案的数字未变", "No settled figure changed"), answer


def run_list(runs: Sequence[Run], settings: Settings, most: int = 100) -> str:
    """A line per run, newest first, with a link to its page."""
    rows = []
    for run in list(reversed(runs))[:most]:
        zh, en, style = _OUTCOMES[run.outcome]
        sums = totals(run.judged)
        when = local(run.ended_at, settings) if run.ended_at else "…"
        changed = (run.audit.get("restated") or {}).get("changed")
        refused = f'<td class="n{" bad" if sums["quarantined"] else ""}">{share(sums["quarantined"], sums["landed"])}</td>'
        rows.append(
            (
                link(f"runs/{run.page}", when if run.ended_at else "尚未构建", when if run.ended_at else "not built yet"),
                f'<span class="badge {style}">{told(zh, en)}</span>',
                number(len(run.judged)),
                number(sums["landed"]),
                number(sums["accepted"]),
                number(sums["quarantined"], "bad"),
                refused,
                bar(sums),
                number(len(run.audit["broken"]) if run.audit else None, "bad"),
                number(changed, "bad"),
            )
        )
    note = (
        "每次审计结束一次运行；点开可看这次读入、拒收、核对与发布了什么。",
        "A run ends with an audit. Each has a page: what came in, what was refused, checked and published.",
    )
    columns = (
        "结束于|Ended", "结果|Outcome", "#批次|Batches", "#读入|Landed", "#接收|Accepted", "#隔离|Quarantined", "#隔离率|Refused",
        "构成|Share", "#未过规则|Broken rules", "#重述|Restated",
    )  # fmt: skip
    return section("运行", "Runs", note, columns, rows)
