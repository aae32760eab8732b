"""Weeks and months against small worlds that were worked out by hand (tests/warehouse/periods)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml

from tests.oracle.worlds import RawWorld
from tests.warehouse.quick import quick_warehouse

FOLDER = Path(__file__).parent / "periods"
KEY = ("scope", "scope_id", "channel_group", "kpi", "variant")
NAMES = {"weekly": "iso_week", "monthly": "month"}
ZONE = "Asia/Shanghai"


@pytest.fixture(scope="module")
def new_year() -> tuple[dict[str, Any], duckdb.DuckDBPyConnection]:
    document = yaml.safe_load((FOLDER / "new_year.yml").read_text(encoding="utf-8"))
    records = {stream: [_utc(document["defaults"][stream] | row) for row in rows] for stream, rows in document["records"].items()}
    since = datetime.combine(date(2026, 12, 30), time(), ZoneInfo(ZONE)).astimezone(UTC)
    return document, quick_warehouse(RawWorld(records, since, document["as_of"]["file_drop"].astimezone(UTC), ZONE))


def _utc(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.astimezone(UTC) if isinstance(value, datetime) else value for name, value in row.items()}


def _plain(value: object) -> object:
    is_amount = isinstance(value, float | int | Decimal) and not isinstance(value, bool)
    return Decimal(str(value)).quantize(Decimal("0.000001")) if is_amount else value


@pytest.mark.parametrize("mart", NAMES)
def test_a_period_is_what_was_worked_out_by_hand(new_year: tuple[dict[str, Any], duckdb.DuckDBPyConnection], mart: str) -> None:
    document, connection = new_year
    columns = document["columns"]
    asked = ", ".join(["period_start", NAMES[mart], *KEY, *columns])
    found = {tuple(row[:7]): row[7:] for row in connection.execute(f"select {asked} from marts.mart_kpi_{mart}").fetchall()}
    for line in document[mart]:
        assert tuple(line[:7]) in found, line[:7]
        actual = dict(zip(columns, map(_plain, found[tuple(line[:7])]), strict=True))
        assert actual == dict(zip(columns, map(_plain, line[7:]), strict=True)), line[:7]


def test_each_published_day_lies_in_one_week_and_one_month(new_year: tuple[dict[str, Any], duckdb.DuckDBPyConnection]) -> None:
    _, connection = new_year
    for mart in NAMES:
        sums = connection.execute(
            f"select sum(numerator) from marts.mart_kpi_{mart} where kpi = 'offered' and scope = 'queue'"
        ).fetchone()
        assert sums == (8,)
