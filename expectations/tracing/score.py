"""A scorecard's points and score, worked out again in Python from its items as KPIS.md defines them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

from expectations.tracing.facts import Recomputed

_EXACT = Context(prec=80)
_ENOUGH = Fraction(1, 2)  # of the weight must have a sample


def score_differences(row: Mapping[str, Any], items: Sequence[Mapping[str, Any]], figures: Sequence[Recomputed]) -> list[str]:
    """Where the score of a scorecard's row is not what the recomputed figures of its items, in their order, earn."""
    earned = [
        (Fraction(item["weight"]), points_of(_exact(figure), item))
        for item, figure in zip(items, figures, strict=True)
        if figure.value is not None and figure.parts.sample >= item["minimum_sample"]
    ]
    weight = sum((each for each, _ in earned), Fraction(0))
    score = _half_up(sum((each * points for each, points in earned), Fraction(0)) / weight, 2) if weight >= _ENOUGH else None
    said = None if row["score"] is None else Decimal(row["score"])
    return [] if score == said else [f"score: mart says {said}, recomputed {score}"]


def points_of(value: Fraction, item: Mapping[str, Any]) -> Fraction:
    """0 up to the floor, straight to 80 at the target, straight to 100 at the cap; rounded once at 10 decimals."""
    floor, target, cap = (Fraction(item[name]) for name in ("floor_value", "target_value", "cap_value"))
    sign = 1 if cap > floor else -1
    if sign * value >= sign * cap:
        return Fraction(100)
    if sign * value >= sign * target:
        return 80 + Fraction(_half_up((value - target) / (cap - target) * 20, 10))
    if sign * value >= sign * floor:
        return Fraction(_half_up((value - floor) / (target - floor) * 80, 10))
    return Fraction(0)


def _exact(figure: Recomputed) -> Fraction:
    """The figure's value before it is rounded; of a distribution as it is."""
    if figure.parts.denominator:
        return Fraction(figure.parts.numerator) / Fraction(figure.parts.denominator)
    return Fraction(figure.value or 0)


def _half_up(value: Fraction, places: int) -> Decimal:
    whole = _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return whole.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)
