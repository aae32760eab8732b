"""Versions and the ledger on the auditor's pages: what was at work, which policies changed, how to check that nothing was."""

from __future__ import annotations

from collections.abc import Sequence

from deskmart import __version__
from deskmart.settings import Settings
from expectations import ledger
from expectations.admission import Admission
from expectations.report_html import code, local, number, section, text, told
from expectations.report_runs import Run


def policies(runs: Sequence[Run], settings: Settings) -> str:
    """Seeds (catalogue, targets, policies) that are not what they were; the first build of a home found all of them new."""
    rows = [
        (
            text(local(one["at"], settings)),
            code(change["seed"]),
            number(change.get("rows_added")),
            number(change.get("rows_removed")),
            code(f"{(change.get('before') or '–')[:12]} → {(change.get('after') or '–')[:12]}"),
        )
        for run in runs
        for one in run.of("policies")
        if one["counts"]["changed"] < one["counts"]["seeds"]
        for change in one["seed_changes"]
    ]
    note = (
        "指标目录、目标值与各项策略也在账本中；逐行变化用 deskmart audit policies 查看。",
        "The KPI catalogue, targets and policies are in the ledger too; deskmart audit policies shows the lines.",
    )
    columns = ("时间|When", "策略|Policy", "#新增行|Lines added", "#删除行|Lines removed", "SHA-256|SHA-256")
    return section("策略变更", "Policies that changed", note, columns, rows)


def versions(run: Run | None, admissions: Sequence[Admission], settings: Settings) -> str:
    """Code, rules, build and publish, and the ledger's head to be noted elsewhere."""
    head = str(run.publish["head"]) if run and run.publish else ledger.head(settings)
    seen = sorted({(one.source, one.stream, one.rules_version) for one in admissions})
    codes = sorted({str(one["code_version"]) for one in run.records if "code_version" in one}) if run else []
    rows = [
        (told("Deskmart 版本", "Deskmart version"), code(", ".join(codes) or __version__)),
        *([(told("构建", "Build"), code(run.id))] if run and run.audit else []),
        *([(told("发布", "Publish"), code(run.publish_id))] if run and run.publish_id else []),
        (told("账本链头（请另行记下）", "Ledger head (note it elsewhere)"), code(head)),
        (told("账本记录", "Ledger records"), f"{len(run.records):,}" if run else f"{len(ledger.chain(settings)):,}"),
        (told("尚未封存的记录", "Records not sealed yet"), f"{len(ledger.unsealed(settings)):,}"),
        (told("核验命令", "To verify"), f"<code>deskmart audit verify --anchor {text(head)}</code>"),
    ]
    by_version: dict[str, list[str]] = {}
    for source, stream, version in seen:
        by_version.setdefault(version, []).append(f"{source}/{stream}")
    rows += [
        (told("规则版本", "Rules version") + f"<small>{text(', '.join(names))}</small>", code(version))
        for version, names in sorted(by_version.items(), key=lambda item: item[1])
    ]
    note = (
        "链头是一个哈希值：此前的任何记录若被改动、删除或调换，重新计算就会不同。",
        "The head is a hash: were any record before it changed, deleted or moved, it would come out as another one.",
    )
    return section("版本与账本", "Versions and ledger", note, ("项目|Item", "值|Value"), rows, "narrow")
