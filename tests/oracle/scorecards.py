"""Scorecards of KPIS.md: points per KPI of a month, their weighted mean, band and rank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.oracle.calendar_periods import PeriodRow
from tests.oracle.crew import Crew
from tests.oracle.parts import NONE
from tests.oracle.world import World

Member = tuple[str, str, str]  # month, scope, id
BANDS = ((90, "excellent"), (80, "pass"))


@dataclass(frozen=True, slots=True)
class Item:
    """One KPI of a scorecard: floor, target and cap are strictly monotone."""

    kpi: str
    channel_group: str
    weight: Fraction
    floor: Fraction
    target: Fraction
    cap: Fraction
    minimum_sample: int

    def points(self, x: Fraction) -> Fraction:
        """0 at the floor, 80 at the target, 100 at the cap, straight between them."""
        sign = 1 if self.cap > self.floor else -1
        if sign * (x - self.floor) <= 0:
            return Fraction(0)
        if sign * (x - self.target) <= 0:
            return 80 * (x - self.floor) / (self.target - self.floor)
        if sign * (x - self.cap) <= 0:
            return 80 + 20 * (x - self.target) / (self.cap - self.target)
        return Fraction(100)


@dataclass(frozen=True, slots=True)
class Score:
    """A member's month; without half of the weight there is no score, band or rank."""

    score: Decimal | None
    band: str | None
    rank: int | None
    weight: Fraction


def scorecards(items: Collection[Item], monthly: Iterable[PeriodRow], world: World, crew: Crew) -> dict[Member, Score]:
    """Agents (ranked in the team they are in at the month's end) and teams (ranked among themselves)."""
    by_kpi = {(item.kpi, item.channel_group): item for item in items}
    points: dict[Member, list[tuple[Fraction, Fraction]]] = defaultdict(list)
    ends: dict[Member, datetime] = {}
    for row in monthly:
        item = by_kpi.get((row.kpi, row.channel_group))
        if item is None or row.variant != "default" or row.scope not in ("agent", "team") or row.scope_id == NONE:
            continue
        member = (f"{row.period_start:%Y-%m}", row.scope, row.scope_id)
        ends[member] = datetime.combine(row.period_end + timedelta(days=1), time(), world.policy.zone).astimezone(UTC)
        if row.sample_size >= item.minimum_sample and row.denominator:
            points[member].append((item.weight, item.points(Fraction(row.numerator) / Fraction(row.denominator))))
    scores = {member: _mean(points[member]) for member in ends}
    groups = {member: _group(member, ends[member], crew) for member in ends}
    return {
        member: Score(score, _band(score), _rank(score, member, scores, groups), sum((w for w, _ in points[member]), Fraction(0)))
        for member, score in scores.items()
    }


def _mean(points: list[tuple[Fraction, Fraction]]) -> Decimal | None:
    """Σ ws / Σ w, half up at 2 decimals."""
    weight = sum((w for w, _ in points), Fraction(0))
    if weight < Fraction(1, 2):
        return None
    mean = sum((w * s for w, s in points), Fraction(0)) / weight
    return Decimal((200 * mean.numerator + mean.denominator) // (2 * mean.denominator)).scaleb(-2)


def _band(score: Decimal | None) -> str | None:
    if score is None:
        return None
    return next((band for low, band in BANDS if score >= low), "below")


def _group(member: Member, end: datetime, crew: Crew) -> tuple[str, str, str]:
    month, scope, name = member
    team = crew.team(name, end - timedelta(microseconds=1)) if scope == "agent" else None
    return (month, scope, team or NONE)


def _rank(
    score: Decimal | None,
    member: Member,
    scores: Mapping[Member, Decimal | None],
    groups: Mapping[Member, tuple[str, str, str]],
) -> int | None:
    """1 + how many of the same team have more: 1, 2, 2, 4."""
    if score is None:
        return None
    others = [scores[other] for other in scores if groups[other] == groups[member]]
    return 1 + sum(1 for other in others if other is not None and other > score)
