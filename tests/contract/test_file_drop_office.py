"""What people keep rather than systems, dropped as files: attendance, verdicts, costs, adjustments, the vendors' own figures."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from deskmart.lake import Lake
from expectations.gate import admit
from tests.contract.file_drop_home import Home

CASES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "attendance": (
        "agent_id: {from: 工号}, activity: {from: 活动, map: {上班: work, 用餐: meal}}, starts_at: {from: 起}, ends_at: {from: 止}",
        "工号,活动,起,止\nA1,上班,2026-03-02 09:00:00,2026-03-02 12:00:00\nA1,用餐,2026-03-02 12:00:00,2026-03-02 12:00:00\n",
        {"agent_id": "A1", "activity": "work", "starts_at": dt.datetime(2026, 3, 2, 1, tzinfo=dt.UTC)},
        "shift_without_length",
    ),
    "finding_verdicts": (
        "finding_id: {from: 编号}, verdict: {from: 结论, map: {成立: stands, 撤销: dismissed}}, decided_by: {from: 复核人}, "
        "decided_at: {from: 时间}, reason: {from: 理由}",
        "编号,结论,复核人,时间,理由\nF1,撤销,王五,2026-03-02 09:00:00,客户先提供\nF2,待定,王五,2026-03-02 09:00:00,再看\n",
        {"finding_id": "F1", "verdict": "dismissed", "decided_by": "王五", "reason": "客户先提供"},
        "verdict_unmapped",
    ),
    "costs": (
        "month: {from: 月份}, cost_center: {from: 中心}, amount: {from: 金额}, currency: {from: 币种}",
        "月份,中心,金额,币种\n2026-03,客服,100000.50,CNY\n2026-13,客服,1,CNY\n",
        {"month": "2026-03", "cost_center": "客服", "amount": 100000.5, "currency": "CNY"},
        "month_misshapen",
    ),
    "adjustments": (
        "subject: {from: 对象}, kpi: {from: 指标}, reason: {from: 理由}, approved_by: {from: 批准人}, approved_at: {from: 时间}",
        "对象,指标,理由,批准人,时间\ncontact:C1,csat,误点,李四,2026-03-02 09:00:00\ncontact:C2,csat,,李四,2026-03-02 09:00:00\n",
        {"subject": "contact:C1", "kpi": "csat", "reason": "误点", "approved_by": "李四"},
        "reason_missing",
    ),
    "vendor_figures": (
        "source: {const: genesys}, service_date: {from: 日期}, scope: {from: 范围}, scope_id: {from: 对象}, metric: {from: 指标}, "
        "value: {from: 值}",
        "日期,范围,对象,指标,值\n2026-03-02,queue,Q1,service_level,0.81\n2026-03-02,planet,Q1,service_level,0.81\n",
        {"service_date": dt.date(2026, 3, 2), "scope": "queue", "scope_id": "Q1", "value": 0.81},
        "scope_unmapped",
    ),
}


@pytest.mark.parametrize("stream", CASES)
def test_one_row_is_accepted_and_a_wrong_one_is_refused_with_its_reason(stream: str, tmp_path: Path) -> None:
    columns, file, expected, reason = CASES[stream]
    home = Home(tmp_path)
    (tmp_path / "deskmart.toml").write_text("bad_share_limit = 0.9\n")
    home.map(
        f"name: office\nfiles: '*.csv'\ntimezone: Asia/Shanghai\nstreams:\n  {stream}:\n    columns: {{{columns}}}\n",
    )
    home.drop("office.csv", file)
    [attempt] = home.land()
    admitted = admit(attempt, home.settings)
    assert (admitted.landed, admitted.accepted, admitted.quarantined) == (2, 1, 1)
    assert admitted.reasons == {reason: 1}
    [row] = pq.read_table(Lake(tmp_path).accepted(attempt.batch, attempt.name)).to_pylist()
    assert {name: row[name] for name in expected} == expected
