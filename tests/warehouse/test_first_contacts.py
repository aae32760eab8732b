"""First contacts whose outcome is not yet told, although their window has passed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.oracle.worlds import RawWorld
from tests.warehouse.quick import quick_warehouse


def at(text: str) -> datetime:
    """A wall-clock time in Shanghai of March 2026."""
    return datetime.fromisoformat(f"2026-03-{text}:00+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("said", "as_of", "outcome"),
    [
        pytest.param("谢谢", "10 10:00", (False, True, False), id="thanks whose 24 h still run"),
        pytest.param("谢谢", "10 10:01", (True, False, False), id="thanks that nobody closed in 24 h"),
        pytest.param("还没到账", "09 12:00", (True, False, False), id="another question"),
    ],
)
def test_a_reopen_that_may_still_be_a_thank_you_keeps_a_first_contact_pending(
    said: str, as_of: str, outcome: tuple[bool, bool, bool]
) -> None:
    call = {
        **{
            "contact_leg_id": "L1",
            "contact_id": "K1",
            "customer_id": "P1",
            "ticket_id": "T1",
            "agent_id": "A1",
            "outcome": "answered",
        },
        **{"channel": "phone", "channel_group": "voice", "leg_kind": "queue", "direction": "inbound", "queue_id": "Q1"},
        **{"offered_at": at("02 10:00"), "answered_at": at("02 10:01"), "ended_at": at("02 10:02")},
    }
    ticket = {"ticket_id": "T1", "customer_id": "P1", "created_at": at("02 10:01"), "version": at("09 10:00"), "status": "open"}
    solve = {"event_id": "E1", "ticket_id": "T1", "field": "status", "old_value": "open", "new_value": "solved"}
    reopen = {"event_id": "E2", "ticket_id": "T1", "field": "status", "old_value": "solved", "new_value": "open"}
    message = {"message_id": "M1", "ticket_id": "T1", "sender_type": "customer", "sent_at": at("09 10:00"), "is_public": True}
    world = RawWorld(
        {
            "contact_legs": [call],
            "tickets": [{**ticket, "channel": "phone"}],
            "ticket_events": [{**solve, "occurred_at": at("02 11:00")}, {**reopen, "occurred_at": at("09 10:00")}],
            "messages": [{**message, "is_automatic": False, "text": said}],
        },
        at("01 00:00"),
        at(as_of),
        "Asia/Shanghai",
    )
    found = quick_warehouse(world, stop_at="fct_contacts").execute(
        "select is_fcr_base, is_fcr_pending, is_first_contact_resolved from fct_contacts where contact_id = 'K1'"
    )
    assert found.fetchall() == [outcome]
