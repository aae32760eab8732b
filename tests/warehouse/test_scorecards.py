"""Scorecards against a small month that was worked out by hand (tests/warehouse/periods/scorecards.yml)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.oracle.own_policies import seeds_with
from tests.oracle.worlds import RawWorld
from tests.warehouse.quick import quick_warehouse

FILE = Path(__file__).parent / "periods" / "scorecards.yml"
MARTS = {"agents": "mart_monthly_agent_scorecard", "teams": "mart_monthly_team_scorecard"}


def _utc(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.astimezone(UTC) if isinstance(value, datetime) else value for name, value in row.items()}


def _plain(row: tuple[Any, ...] | list[Any]) -> list[str | None]:
    return [None if value is None else value if isinstance(value, str) else f"{value:.2f}" for value in row]


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document, and in place of each list of expected rows a pair: these and what the mart has."""
    document: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    records = {stream: [_utc(document["defaults"][stream] | row) for row in rows] for stream, rows in document["records"].items()}
    seeds = seeds_with(document["policies"], tmp_path_factory.mktemp("policies") / "seeds")
    world = RawWorld(
        records, datetime(2026, 2, 28, 16, tzinfo=UTC), document["as_of"]["file_drop"].astimezone(UTC), "Asia/Shanghai"
    )
    found = {}
    with quick_warehouse(world, seeds=seeds) as connection:
        for name, mart in MARTS.items():
            columns = ", ".join(document[name]["columns"])
            rows = connection.execute(f"select {columns} from marts.{mart} where month = '2026-03' order by 1").fetchall()
            found[name] = ([_plain(row) for row in document[name]["expected"]], [_plain(row) for row in rows])
    return found


@pytest.mark.parametrize("name", MARTS)
def test_a_scorecard_is_what_was_worked_out_by_hand(march: dict[str, Any], name: str) -> None:
    expected, found = march[name]
    assert [row for row in found if row[0] in {line[0] for line in expected}] == expected
