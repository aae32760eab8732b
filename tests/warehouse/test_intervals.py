"""mart_interval_queue_service: half hours of the local day, whatever the clocks do, whose parts make up the day's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.oracle.golden import load_golden
from tests.oracle.worlds import RawWorld
from tests.warehouse.quick import quick_warehouse

pytestmark = pytest.mark.slow

LEG = {
    **{"channel": "phone", "channel_group": "voice", "leg_kind": "queue", "direction": "inbound", "queue_id": "Q1"},
    **{"outcome": "answered", "wait_seconds": 10},
}
# The KPI of the day whose numerator a column of the half hours adds up to.
SAME = {
    **{"offered": "offered", "answered": "answered", "short_abandons": "short_abandons", "overflows": "overflows"},
    **{"flow_outs": "flow_outs", "callbacks": "callbacks", "voicemails": "voicemails", "missed": "missed", "blocked": "blocked"},
    **{"service_level": "service_level_met_legs", "abandon_rate": "long_abandons", "asa": "answered_wait_seconds"},
    "abandon_time": "abandoned_wait_seconds",
}


def test_the_hour_that_clocks_repeat_has_its_half_hours_twice() -> None:
    # Berlin, 2026-10-25: at 03:00 summer time (01:00 UTC) it is 02:00 again.
    asked = ["00:10:00", "00:29:59.999999", "00:30:00", "01:10:00", "22:59:59.999999"]
    legs = [_leg(number, datetime.fromisoformat(f"2026-10-25T{at}+00:00")) for number, at in enumerate(asked)]
    world = RawWorld(
        {"contact_legs": legs}, datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC), "Europe/Berlin"
    )
    found = quick_warehouse(world, "mart_interval_queue_service").sql(
        "select service_date, interval_starts_at, interval_starts, offered from mart_interval_queue_service order by 2"
    )
    day = datetime(2026, 10, 25).date()
    assert found.fetchall() == [
        (day, datetime(2026, 10, 25, 0, 0, tzinfo=UTC), "02:00", 2),
        (day, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30", 1),
        (day, datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "02:00", 1),
        (day, datetime(2026, 10, 25, 22, 30, tzinfo=UTC), "23:30", 1),
    ]


def _leg(number: int, offered: datetime) -> dict[str, Any]:
    return LEG | {"contact_leg_id": f"L{number}", "contact_id": f"C{number}", "offered_at": offered}


@pytest.mark.parametrize("name", ["contacts", "queue_outcomes"])
def test_the_half_hours_of_a_day_make_up_the_day(name: str) -> None:
    golden = load_golden(name)
    (as_of,) = set(golden.as_of.values())
    warehouse = quick_warehouse(RawWorld(golden.records, golden.first_day, as_of, golden.site_timezone))
    half_hours = {
        (*place, kpi): total
        for kpi, column in SAME.items()
        for *place, total in warehouse.sql(
            f"select service_date, queue_id, channel_group, sum({column}) from mart_interval_queue_service group by all"
        ).fetchall()
        if total
    }
    days = {
        (day, queue, group, kpi): numerator
        for day, queue, group, kpi, numerator in warehouse.sql(
            "select service_date, scope_id, channel_group, kpi, numerator from mart_kpi_daily "
            "where scope = 'queue' and numerator > 0 and variant in ('default', 'mixed')"
        ).fetchall()
        if kpi in SAME
    }
    assert half_hours == days
    assert len(days) >= len(SAME)
