"""Dropped files behind the gate: every record in exactly one place, a mended mapping applied to what landed, models per stream."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from deskmart.freeze import freeze
from deskmart.lake import Lake
from expectations.gate import admit
from ingestion.canonical import CANONICAL
from ingestion.source import Mark
from tests.contract.file_drop_home import Home

MAPPING = """
    name: partner
    files: "*.csv"
    timezone: Asia/Shanghai
    exclude:
      - {when: {结果: 测试}, reason: test call}
    streams:
      contact_legs:
        columns:
          contact_leg_id: {from: 编号, prefix: "p:"}
          contact_id: {from: 编号, prefix: "p:"}
          channel: {const: phone}
          channel_group: {const: voice}
          leg_kind: {const: queue}
          customer_phone: {from: 电话}
          offered_at: {from: 进线}
          ended_at: {from: 结束}
          outcome: {from: 结果, map: {放弃: abandoned, 溢出: overflow}}
"""
FILE = """编号,电话,进线,结束,结果
1,13800138000,2024-01-05 09:00:00,2024-01-05 09:00:30,放弃
1,13800138000,2024-01-05 09:00:00,2024-01-05 09:00:30,放弃
2,,2024-01-05 09:10:00,2024-01-05 09:11:00,溢出
3,,2024-01-05 09:10:00,2024-01-05 09:11:00,测试
4,,2024-01-05 09:10:00,2024-01-05 09:00:00,放弃
5,,soon,2024-01-05 09:00:00,放弃
6,,2024-01-05 09:10:00
7,,2024-01-05 09:20:00,2024-01-05 09:21:00,挂断
"""
STAGING = Path(__file__).parents[2] / "dbt_project/models/staging/file_drop"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "deskmart.toml").write_text("bad_share_limit = 0.9\n")
    found = Home(tmp_path)
    found.map(MAPPING)
    return found


def test_every_record_is_in_exactly_one_place_and_a_mended_mapping_replaces_what_was_admitted(home: Home) -> None:
    home.drop("calls.csv", FILE.encode("gb18030"))
    [attempt] = home.land()
    first = admit(attempt, home.settings)
    assert (first.landed, first.accepted, first.quarantined, first.duplicates, first.outside) == (8, 2, 4, 1, 1)
    assert first.outside_reasons == {"test call": 1}
    assert first.reasons == {
        "ended_at_before_offered_at": 1,
        "offered_at is not year, month, day, time; name its format": 1,
        "has 3 columns where the header has 5": 1,
        "outcome_unmapped": 1,
    }
    quarantine = pq.read_table(Lake(home.path).quarantine(attempt.batch, attempt.name)).column("payload").to_pylist()
    assert "7,,2024-01-05 09:20:00,2024-01-05 09:21:00,挂断\n".encode("gb18030") in quarantine

    home.map(MAPPING.replace("放弃: abandoned,", "放弃: abandoned, 挂断: abandoned,"))
    [again] = home.land()
    second = admit(again, home.settings)
    assert (second.accepted, second.quarantined) == (3, 3)
    [counting] = freeze(home.settings).files
    assert counting.attempt == again.name == "00002"


def test_each_canonical_stream_has_a_staging_model_with_its_key_and_version() -> None:
    for name, stream in CANONICAL.items():
        model = (STAGING / f"stg_file_drop__{name}.sql").read_text()
        keys = [_column(name, key) for key in stream.key]
        call = model[model.index("staging_file_drop(") :].partition("}}")[0]
        named = re.findall(r"'(\w+)'", call)
        assert named == [name, *keys, *([stream.version] if stream.version else [])]
        assert (STAGING / f"stg_file_drop__{name}.yml").exists()


def _column(stream: str, key: str) -> str:
    field: Any = next(field for field in CANONICAL[stream].fields if field.name == key)
    return f"{key}_token" if field.mark is Mark.IDENTIFIER else key
