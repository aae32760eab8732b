"""The section Handling of KPIS.md: handled legs, dated by the end of talk."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.oracle.crew import Crew
from tests.oracle.legs import handler, is_handled
from tests.oracle.parts import ZERO, Credit, Part, about, amount, one, share, waiting
from tests.oracle.world import Row, World, seconds


def handling_parts(world: World, crew: Crew) -> Iterator[Part]:
    """Every handling KPI's parts of every handled leg."""
    for leg in world["contact_legs"]:
        if is_handled(crew, leg):
            yield from about(_leg(world, leg, handler(crew, leg)), leg["contact_leg_id"], leg["contact_id"])


def _leg(world: World, leg: Row, credit: Credit) -> Iterator[Part]:
    on = world.day(leg["ended_at"])
    talk, hold = seconds(leg.get("talk_seconds")), seconds(leg.get("hold_seconds"))
    yield one("handled_volume", on, credit)
    yield share("transfer_rate", on, credit, leg.get("transfer_kind") in ("blind", "attended"))
    if leg["channel_group"] not in ("voice", "chat"):
        return
    if talk is not None:
        yield amount("talk_time", on, credit, talk)
    if hold is not None and leg["channel_group"] == "voice":
        yield amount("hold_time", on, credit, hold)
        if hold > 0:
            yield amount("hold_time_held", on, credit, hold)
    yield from _handle_time(world, leg, credit)


def acw_state(world: World, leg: Row) -> str:
    """measured, pending, missing or not_measured, as the leg stands now: pending turns missing after 24 h."""
    status = leg.get("acw_status")
    if status is None:
        return "not_measured" if leg.get("acw_seconds") is None else "measured"
    if status == "pending" and world.passed(leg["ended_at"], world.policy.acw_window, leg["source_system"]):
        return "missing"
    return str(status)


def handle_seconds(world: World, leg: Row) -> Decimal | None:
    """talk + hold + acw as far as they are known; None where talk is not."""
    talk, hold = seconds(leg.get("talk_seconds")), seconds(leg.get("hold_seconds")) or ZERO
    acw = seconds(leg.get("acw_seconds")) if acw_state(world, leg) == "measured" else None
    return None if talk is None else talk + hold + (acw or ZERO)


def _handle_time(world: World, leg: Row, credit: Credit) -> Iterator[Part]:
    """aht: talk + hold + acw where that is final; talk + hold where ACW stayed missing, or is never measured."""
    on, state, acw = world.day(leg["ended_at"]), acw_state(world, leg), seconds(leg.get("acw_seconds"))
    if state == "pending":
        yield waiting("acw_time", on, credit)
    if state == "measured" and acw is not None:
        yield amount("acw_time", on, credit, acw)
    handled = handle_seconds(world, leg)
    if handled is None:
        return
    if state == "pending":
        yield waiting("aht", on, credit)
    else:
        yield amount("aht", on, credit, handled, "talk_hold" if state == "not_measured" else "default")
