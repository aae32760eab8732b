"""Queues with policies of their own: each leg by its queue's T and S, `mixed` by the agreed variant, from its first day on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.oracle.golden import load_golden
from tests.oracle.worlds import RawWorld
from tests.warehouse import quick

VIP = {"channel": "phone", "channel_group": "voice", "leg_kind": "queue", "direction": "inbound", "queue_id": "VIP"}
DAY = datetime(2026, 3, 2, 2, tzinfo=UTC)


def _leg(name: str, day: int, outcome: str, wait: int) -> dict[str, Any]:
    offered = DAY + timedelta(days=day)
    return VIP | {
        **{"contact_leg_id": name, "contact_id": name, "outcome": outcome, "offered_at": offered, "wait_seconds": wait},
        **{"answered_at": offered + timedelta(seconds=wait), "ended_at": offered + timedelta(seconds=wait + 60)},
    }


@pytest.fixture(scope="module")
def levels() -> dict[tuple[str, str, str], tuple[Decimal, Decimal]]:
    """Parts of the service level by day, scope member and variant: the hotline of the golden world and a VIP queue.

    VIP has agreed on all within 10 s from March 2 on, and on nothing of its own on March 1.
    """
    golden = load_golden("queue_outcomes")
    # 5, 8 and 10 s answered, one given up after 4 s: all within 10 s: 3 / 4; the day before: 15 s answered, one given up after 4 s
    legs = [
        _leg("V1", 0, "answered", 5),
        _leg("V2", 0, "answered", 8),
        _leg("V3", 0, "answered", 10),
        _leg("V4", 0, "abandoned", 4),
    ]
    legs += [_leg("V5", -1, "answered", 15), _leg("V6", -1, "abandoned", 4)]
    records = {**golden.records, "contact_legs": [*golden.records["contact_legs"], *legs]}
    load = quick.load_seeds

    def with_vip(connection: duckdb.DuckDBPyConnection, seeds: Path) -> None:
        load(connection, seeds)
        connection.execute(
            "insert into seeds.service_level_policies (queue_id, channel_group, variant, threshold_seconds, short_abandon_seconds, "
            "effective_from) values ('VIP', 'voice', 'all', 10, 3, '2026-03-02')"
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick, "load_seeds", with_vip)
        (as_of,) = set(golden.as_of.values())
        world = RawWorld(records, golden.first_day - timedelta(days=1), as_of, golden.site_timezone)
        warehouse = quick.quick_warehouse(world, stop_at="mart_kpi_daily")
    rows = warehouse.sql(
        "select service_date::varchar, scope_id, variant, numerator, denominator from mart_kpi_daily "
        "where kpi = 'service_level' and channel_group = 'voice' and scope in ('company', 'queue')"
    ).fetchall()
    return {(day, member, variant): (above, below) for day, member, variant, above, below in rows}


def test_each_queue_is_judged_by_its_own_variant_and_the_sum_is_mixed(levels: dict[Any, Any]) -> None:
    assert levels["2026-03-02", "Q1", "mixed"] == levels["2026-03-02", "Q1", "offered"] == (2, 11)
    assert levels["2026-03-02", "VIP", "mixed"] == levels["2026-03-02", "VIP", "all"] == (3, 4)
    assert levels["2026-03-02", "company", "mixed"] == (5, 15)


def test_in_every_variant_each_leg_meets_the_limits_of_its_own_queue(levels: dict[Any, Any]) -> None:
    # 4 s is no short abandon where S is 3
    assert levels["2026-03-02", "VIP", "offered"] == (3, 4)
    assert levels["2026-03-02", "company", "offered"] == (2 + 3, 11 + 4)
    assert levels["2026-03-02", "company", "abandoned_positive"] == (5 + 4, 13 + 4)


def test_a_policy_counts_from_its_first_day_on(levels: dict[Any, Any]) -> None:
    # March 1 has the general policy: 15 s is within 20 s, 4 s is short, and offered is agreed
    assert levels["2026-03-01", "VIP", "mixed"] == (1, 1)
    assert levels["2026-03-01", "VIP", "all"] == (1, 2)
