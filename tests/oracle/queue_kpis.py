"""The section Queue of KPIS.md: voice and chat legs, dated offered_at."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.crew import Crew
from tests.oracle.legs import is_offered, is_short, owner, wait
from tests.oracle.parts import ZERO, Part, amount, one, share, waiting
from tests.oracle.world import Row, World

SERVICE_LEVELS = ("offered", "all", "abandoned_ignored", "abandoned_positive", "answered", "removed")
OUTCOME_COUNTS = {
    "overflow": "overflows",
    "flow_out": "flow_outs",
    "callback": "callbacks",
    "voicemail": "voicemails",
    "missed": "missed",
}


def queue_parts(world: World, crew: Crew) -> Iterator[Part]:
    """Every queue KPI's parts of every offered leg."""
    for leg in world["contact_legs"]:
        if is_offered(leg):
            yield from _counts(world, crew, leg)
            yield from _open(world, crew, leg) if leg["outcome"] == "open" else _ratios(world, crew, leg)


def _counts(world: World, crew: Crew, leg: Row) -> Iterator[Part]:
    on, credit = world.day(leg["offered_at"]), owner(crew, leg)
    yield one("offered", on, credit)
    if leg["outcome"] == "answered":
        yield one("answered", on, credit)
    if leg["outcome"] in OUTCOME_COUNTS:
        yield one(OUTCOME_COUNTS[leg["outcome"]], on, credit)
    if is_short(world, leg):
        yield one("short_abandons", on, credit)


def _open(world: World, crew: Crew, leg: Row) -> Iterator[Part]:
    """An open leg is pending: out of both parts of every ratio."""
    on, credit = world.day(leg["offered_at"]), owner(crew, leg)
    for kpi in ("answered", "answer_rate", "abandon_time", "asa"):
        yield waiting(kpi, on, credit)
    for variant in ("default", "seed"):
        yield waiting("abandon_rate", on, credit, variant)
    for variant in SERVICE_LEVELS:
        yield waiting("service_level", on, credit, variant)


def _ratios(world: World, crew: Crew, leg: Row) -> Iterator[Part]:
    on, credit = world.day(leg["offered_at"]), owner(crew, leg)
    outcome, waited = leg["outcome"], wait(leg)
    abandoned, short = outcome == "abandoned", is_short(world, leg)
    if outcome != "overflow":
        yield share("answer_rate", on, credit, outcome == "answered")
    yield share("abandon_rate", on, credit, abandoned, "seed")
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
    yield from _service_level(world, crew, leg)


def _service_level(world: World, crew: Crew, leg: Row) -> Iterator[Part]:
    """The six variants side by side: which legs are below the line, and which of those above it."""
    on, credit = world.day(leg["offered_at"]), owner(crew, leg)
    in_time = (wait(leg) or ZERO) <= world.policy.threshold(leg["channel_group"], leg.get("queue_id"))
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
    for variant, (below, above) in below_and_above.items():
        if below:
            yield share("service_level", on, credit, above, variant)
