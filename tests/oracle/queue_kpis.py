"""The section Queue of KPIS.md, leg by leg: voice and chat, dated offered_at. Contacts over several queues: entries.py."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.oracle.crew import Crew
from tests.oracle.legs import is_blocked, is_offered, is_short, owner, wait
from tests.oracle.parts import ZERO, Credit, Part, about, amount, one, share, waiting
from tests.oracle.world import Row, World, seconds

SERVICE_LEVELS = ("offered", "all", "abandoned_ignored", "abandoned_positive", "answered", "removed")
OUTCOME_COUNTS = {
    "overflow": "overflows",
    "flow_out": "flow_outs",
    "callback": "callbacks",
    "voicemail": "voicemails",
    "missed": "missed",
}
OPEN_RATIOS = ("answer_rate", "abandon_time", "asa", "queue_time", "ring_time")


def queue_parts(world: World, crew: Crew) -> Iterator[Part]:
    """Every queue KPI's parts of every offered or blocked leg."""
    for leg in world["contact_legs"]:
        if is_offered(crew, leg) or is_blocked(leg):
            yield from about(_leg(world, crew, leg), leg["contact_leg_id"], leg["contact_id"])


def _leg(world: World, crew: Crew, leg: Row) -> Iterator[Part]:
    on, credit = world.day(leg["offered_at"]), owner(crew, leg)
    if is_blocked(leg):
        yield one("blocked", on, credit)
    yield share("blocked_rate", on, credit, is_blocked(leg))
    if is_offered(crew, leg):
        yield from _counts(world, leg, credit)
        yield from _open(world, leg, credit) if leg["outcome"] == "open" else _ratios(world, leg, credit)


def _counts(world: World, leg: Row, credit: Credit) -> Iterator[Part]:
    on = world.day(leg["offered_at"])
    yield one("offered", on, credit)
    if leg["outcome"] == "answered":
        yield one("answered", on, credit)
    if leg["outcome"] in OUTCOME_COUNTS:
        yield one(OUTCOME_COUNTS[leg["outcome"]], on, credit)
    if is_short(world, leg):
        yield one("short_abandons", on, credit)


def _open(world: World, leg: Row, credit: Credit) -> Iterator[Part]:
    """An open leg is pending: out of both parts of every ratio."""
    on = world.day(leg["offered_at"])
    for kpi in ("answered", *OUTCOME_COUNTS.values(), "short_abandons", *OPEN_RATIOS):
        yield waiting(kpi, on, credit)
    for variant in ("default", "seed"):
        yield waiting("abandon_rate", on, credit, variant)
    for variant in (*SERVICE_LEVELS, "mixed"):
        yield waiting("service_level", on, credit, variant)


def _ratios(world: World, leg: Row, credit: Credit) -> Iterator[Part]:
    on = world.day(leg["offered_at"])
    outcome, waited = leg["outcome"], wait(leg)
    abandoned, short = outcome == "abandoned", is_short(world, leg)
    if outcome != "overflow":
        yield share("answer_rate", on, credit, outcome == "answered")
    yield share("abandon_rate", on, credit, abandoned, "seed")
    yield from _ring(world, leg, credit)
    if waited is None:
        if not abandoned and outcome != "overflow":
            yield share("abandon_rate", on, credit, False)
        return
    if not short and outcome != "overflow":
        yield share("abandon_rate", on, credit, abandoned)
    if abandoned and not short:
        yield amount("abandon_time", on, credit, waited)
    if outcome == "answered":
        yield amount("asa", on, credit, waited)
    yield from _service_level(world, leg, credit, waited)


def _ring(world: World, leg: Row, credit: Credit) -> Iterator[Part]:
    """ring_time of the answered; queue_time, the wait before that ring, of whichever leg had one."""
    on, waited, answered = world.day(leg["offered_at"]), wait(leg), leg["outcome"] == "answered"
    ring = seconds(leg.get("ring_seconds"))
    if answered and ring is not None:
        yield amount("ring_time", on, credit, ring)
    queued = None if waited is None else waited - (ring or ZERO if answered else ZERO)
    if queued is not None and queued > 0:
        yield amount("queue_time", on, credit, queued)


def _service_level(world: World, leg: Row, credit: Credit, waited: Decimal) -> Iterator[Part]:
    """The six variants side by side: which legs are below the line, and which of those above it.

    `mixed` counts each leg as its own queue's variant says.
    """
    on, policy = world.day(leg["offered_at"]), world.policy
    in_time = waited <= policy.threshold(leg["channel_group"], leg.get("queue_id"), on)
    answered = leg["outcome"] == "answered"
    a = answered and in_time
    b = leg["outcome"] == "abandoned" and in_time
    o = leg["outcome"] == "overflow" and in_time
    below_and_above = {
        "offered": (not is_short(world, leg) and not o, a),
        "all": (True, a),
        "abandoned_ignored": (not b, a),
        "abandoned_positive": (True, a or b),
        "answered": (answered, a),
        "removed": (True, in_time),
    }
    below_and_above["mixed"] = below_and_above[policy.service_level_variant(leg["channel_group"], leg.get("queue_id"), on)]
    for variant, (below, above) in below_and_above.items():
        if below:
            yield share("service_level", on, credit, above, variant)
