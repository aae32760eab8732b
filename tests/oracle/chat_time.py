"""Chats side by side: concurrency, and the handle time in which each second is shared among an agent's open chats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from tests.oracle.crew import Crew
from tests.oracle.handling_kpis import acw_state
from tests.oracle.legs import handler, is_handled
from tests.oracle.parts import Part, about, amount, waiting
from tests.oracle.spans import Span, by_day
from tests.oracle.workforce import microseconds
from tests.oracle.world import Row, World, grouped, seconds, seconds_between

MICROSECOND = timedelta(microseconds=1)
Shares = dict[tuple[str, datetime], int]  # leg and begin of one of its days → microseconds


def chat_time_parts(world: World, crew: Crew) -> Iterator[Part]:
    """concurrency per chat and local day, aht_chat_adjusted per chat."""
    chats = [leg for leg in world["contact_legs"] if leg["channel_group"] == "chat" and is_handled(crew, leg)]
    windows = {leg["contact_leg_id"]: (leg["answered_at"], leg["ended_at"]) for leg in chats}
    together = _all_shares(world, crew, chats, windows)
    for leg in chats:
        credit = handler(crew, leg)
        for start, end in by_day([windows[leg["contact_leg_id"]]], world.policy.zone):
            if start < end:
                shared = Decimal(together[leg["contact_leg_id"], start]) / 1_000_000
                part = Part("concurrency", "default", world.day(start), credit, seconds_between(start, end), shared, 1)
                yield from about([part], leg["contact_leg_id"], leg["contact_id"])
    yield from _adjusted(world, crew, chats)


def _adjusted(world: World, crew: Crew, chats: list[Row]) -> Iterator[Part]:
    windows = {leg["contact_leg_id"]: (leg["answered_at"], leg["ended_at"] + _wrap_up(world, leg)) for leg in chats}
    whole: dict[str, int] = defaultdict(int)
    for (leg_id, _), share in _all_shares(world, crew, chats, windows).items():
        whole[leg_id] += share
    for leg in chats:
        on, credit = world.day(leg["ended_at"]), handler(crew, leg)
        if leg["answered_at"] > leg["ended_at"]:
            continue
        part = waiting("aht_chat_adjusted", on, credit)
        if acw_state(world, leg) != "pending":
            part = amount("aht_chat_adjusted", on, credit, Decimal(whole[leg["contact_leg_id"]]) / 1_000_000)
        yield from about([part], leg["contact_leg_id"], leg["contact_id"])


def _wrap_up(world: World, leg: Row) -> timedelta:
    found = seconds(leg.get("acw_seconds")) if acw_state(world, leg) == "measured" else None
    return timedelta(0) if found is None else microseconds(found)


def _all_shares(world: World, crew: Crew, chats: list[Row], windows: Mapping[str, Span]) -> Shares:
    """Each agent's seconds shared among that agent's chats; a chat of an unknown agent has its own."""
    named: list[Row] = [dict(leg) | {"person": handler(crew, leg).agent_id} for leg in chats]
    groups = [*grouped(named, "person").values(), *([leg] for leg in named if leg["person"] is None)]
    found: Shares = defaultdict(int)
    for legs in groups:
        legs = sorted(legs, key=lambda leg: (leg["answered_at"], leg["contact_leg_id"]))
        pieces = [
            (piece, leg["contact_leg_id"])
            for leg in legs
            for piece in by_day([windows[leg["contact_leg_id"]]], world.policy.zone)
        ]
        _share(pieces, found)
    return found


def _share(pieces: list[tuple[Span, str]], found: Shares) -> None:
    """Between two changes everyone who is open has the same whole microseconds; what is left over goes one by one to the first."""
    moments = sorted({moment for piece, _ in pieces for moment in piece})
    for start, end in pairwise(moments):
        present = [(piece[0], leg_id) for piece, leg_id in pieces if piece[0] <= start and end <= piece[1]]
        if not present:
            continue
        each, left = divmod((end - start) // MICROSECOND, len(present))
        for number, (begin, leg_id) in enumerate(present):
            found[leg_id, begin] += each + (1 if number < left else 0)
