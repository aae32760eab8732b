"""The auditor's report: an offline page per run and an index over them. What came in, what was refused and why, what was published.

A run's page is written once, when the run has ended, and stays; the index tells of today. No value of a row is on any of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskmart.lake import Lake, write_bytes
from deskmart.settings import Settings
from expectations import ledger, report_gate, report_ledger, report_marts, report_quarantine, report_restated, report_trend
from expectations.admission import Admission, current_admissions, stopped_admissions
from expectations.moves import moves
from expectations.report_html import link, local, page, told
from expectations.report_runs import OPEN, Run, runs_of
from expectations.report_summary import checks, run_list

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RUNS = "runs"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a home when its report is written; read once."""

    settings: Settings
    at: datetime
    runs: Sequence[Run]
    current: Sequence[Admission]
    stopped: Sequence[Admission]
    results: Sequence[dict[str, Any]]
    waiting: dict[tuple[str, str], report_quarantine.Waiting]
    known: report_gate.Sentences
    connection: DuckDBPyConnection


def write_report(settings: Settings) -> Path:
    """Write the index and the pages of runs that have none yet; returns the path of audit/report/index.html.

    From the ledger, the results of gate and audit, and the published marts; half a second of work at most for a home of some
    hundred batches.
    """
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return _write(_standing(settings, connection))


def _write(now: Standing) -> Path:
    folder = Lake(now.settings.home).audit / "report"
    for run in now.runs:
        path = folder / RUNS / run.page
        if run is now.runs[-1] or not path.exists():
            write_bytes(path, _run_page(run, now).encode("utf-8", "replace"))
    if now.runs[-1].id != OPEN:
        (folder / RUNS / f"{OPEN}.html").unlink(missing_ok=True)
    index = folder / "index.html"
    write_bytes(index, _index(now).encode("utf-8", "replace"))
    return index


def _standing(settings: Settings, connection: DuckDBPyConnection) -> Standing:
    at = datetime.now(UTC)
    root = Lake(settings.home).audit / "validation"
    results = [json.loads(path.read_bytes()) for path in sorted(root.rglob("[!.]*.json"))] if root.is_dir() else []
    current, moved = current_admissions(settings), moves(settings)
    stopped = [one for one in stopped_admissions(settings) if one.attempt_name not in moved.waived_attempts]
    return Standing(
        settings,
        at,
        runs_of(settings, ledger.records(settings)),
        current,
        stopped,
        results,
        report_quarantine.waiting([*current, *stopped], moved, at, settings, connection),
        report_gate.sentences_of(results),
        connection,
    )


def _index(now: Standing) -> str:
    last = next((run for run in reversed(now.runs) if run.outcome == "published"), None)
    marts = _marts(last, now)
    sums = report_gate.totals(now.current)
    reconciled, fresh = marts.rows("mart_audit_reconciliation"), marts.rows("mart_data_freshness")
    return page(
        ("数据验收报告", "Validation report"),
        "".join(
            (
                _title("数据验收报告", "Validation report", now),
                checks(sums, now.runs[-1], last, reconciled, now.stopped, now.waiting, "index"),
                report_gate.tiles(sums),
                report_gate.stopped(now.stopped, now.results),
                run_list(now.runs, now.settings),
                report_trend.trends(now.current, now.settings),
                report_gate.streams(now.current),
                report_quarantine.open_quarantine(now.waiting, now.known, now.settings),
                report_gate.reasons(now.current, now.known),
                report_marts.freshness(fresh, now.current, now.settings),
                report_marts.reconciliation(reconciled),
                report_quarantine.ways_out([one for run in now.runs for one in run.records], now.settings),
                report_ledger.policies(now.runs, now.settings),
                report_ledger.versions(None, now.current, now.settings),
            )
        ),
    )


def _run_page(run: Run, now: Standing) -> str:
    judged = run.judged
    marts = _marts(run, now)
    stopped_names = {one["subject"] for one in run.of("stopped")}
    stopped = [one for one in now.stopped if one.attempt_name in stopped_names]
    sums = report_gate.totals(judged)
    reconciled, fresh = marts.rows("mart_audit_reconciliation"), marts.rows("mart_data_freshness")
    return page(
        ("运行报告", "Run report"),
        "".join(
            (
                _title("运行报告", "Run report", now, run),
                checks(sums, run, run, reconciled, stopped, now.waiting, "run"),
                report_gate.tiles(sums),
                report_gate.stopped(stopped, now.results),
                report_gate.streams(judged),
                report_trend.trends(judged, now.settings),
                report_gate.reasons(judged, now.known),
                report_gate.unlike(judged, now.results),
                report_quarantine.open_quarantine(now.waiting, now.known, now.settings),
                report_quarantine.ways_out(run.records, now.settings),
                report_marts.reconciliation(reconciled),
                report_marts.audit_of_marts(run),
                report_restated.restatements(run, marts),
                report_marts.freshness(fresh, judged, now.settings),
                report_ledger.policies([run], now.settings),
                report_ledger.versions(run, judged, now.settings),
            )
        ),
        link("../index.html", "← 全部运行", "← all runs"),
    )


def _title(zh: str, en: str, now: Standing, run: Run | None = None) -> str:
    when = local(now.at, now.settings)
    ended = f" · {told('结束于', 'ended')} {local(run.ended_at, now.settings)}" if run and run.ended_at else ""
    return (
        f"<h1>{told(zh, en)}</h1><p class=meta>{told('写于', 'Written')} {when}{ended}{told('。', '.')}"
        + told(
            "记录以源系统的条数计。本页不含任何客户数据，不联网，不含脚本。",
            " Records are counted as the source systems hold them. No customer data is on this page; it fetches nothing and runs nothing.",
        )
        + "</p>"
    )


def _marts(run: Run | None, now: Standing) -> report_marts.Marts:
    """What a run published, while it is kept."""
    version = Lake(now.settings.home).published / "versions" / Path(run.publish_id).name if run and run.publish_id else None
    return report_marts.Marts(version, now.connection)
