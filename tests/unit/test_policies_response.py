"""A policy of response or records that would count wrongly in silence stops the build with a sentence."""

from __future__ import annotations

import pytest

from deskmart.freeze import PROJECT
from expectations.policies import check_policies
from expectations.policies_response import response_faults
from expectations.policy_rows import SeedRow, read_seeds

SHIPPED = {
    "sla_policies": {"queue_id": "*", "channel_group": "chat", "metric": "first_reply", "target_seconds": "30", "clock": "wall"},
    "record_policies": {"channel_group": "voice", "required_field": "topic"},
    "response_window_policies": {
        **{"queue_id": "*", "channel_group": "*", "window_seconds": "180", "effective_from": "1970-01-01"}
    },
    "fcr_policies": {"queue_id": "*", "channel_group": "*", "window_seconds": "604800", "effective_from": "1970-01-01"},
}


def faults(seed: str, **cells: str) -> list[str]:
    return list(response_faults({seed: [SeedRow(seed, 2, SHIPPED[seed] | cells)]}))


def test_the_shipped_policies_have_no_fault() -> None:
    assert list(response_faults(read_seeds(PROJECT / "seeds"))) == []
    check_policies()


@pytest.mark.parametrize(
    ("seed", "cells", "said"),
    [
        pytest.param(
            "sla_policies", {"metric": "reply"}, "metric is 'reply'; it may be first_reply, next", id="a metric nobody knows"
        ),
        pytest.param("sla_policies", {"clock": ""}, "clock is ''; it may be wall, business", id="no clock"),
        pytest.param("sla_policies", {"target_seconds": "0"}, "target_seconds must be told", id="no time at all"),
        pytest.param("sla_policies", {"metric": "resolve"}, "for chat it would do nothing", id="a chat to be resolved"),
        pytest.param("record_policies", {"required_field": "mood"}, "required_field is 'mood'", id="a field nobody has"),
        pytest.param(
            "record_policies",
            {"channel_group": "written", "required_field": "disposition"},
            "tickets have no disposition",
            id="a field tickets do not have",
        ),
        pytest.param("response_window_policies", {"window_seconds": ""}, "must be told", id="no window"),
        pytest.param("response_window_policies", {"channel_group": "chat"}, "written has no window", id="a group left out"),
        pytest.param("fcr_policies", {"queue_id": "Q1"}, "voice has no window", id="a window for one queue alone"),
        pytest.param("fcr_policies", {"effective_from": "2026-01-01"}, "since 1970-01-01", id="a window since this year"),
    ],
)
def test_a_policy_that_would_count_wrongly_is_told(seed: str, cells: dict[str, str], said: str) -> None:
    assert any(said in fault for fault in faults(seed, **cells))
    assert faults(seed) == []
