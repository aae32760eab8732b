"""Cells: the parts of a KPI summed by member and day, and the figures that come of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from tests.oracle.catalogue import CATALOGUE, PERCENTILES, Kpi
from tests.oracle.parts import ZERO, Part

SIX = Decimal("0.000001")
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
NOTHING = ZERO.quantize(SIX)
NIL = Fraction(0)
Key = tuple[str, str, str, str, str]  # kpi, variant, scope, scope_id, channel_group
Figures = tuple[Decimal, Decimal | None, Decimal | None, int, int]  # numerator, denominator, value, sample_size, pending_size


@dataclass(slots=True)
class Cell:
    """One KPI of one member on one day, or over several."""

    numerator: Decimal = ZERO
    denominator: Decimal = ZERO
    sample: int = 0
    pending: int = 0
    values: list[Decimal] = field(default_factory=list)  # of a distribution

    def add(self, part: Part) -> None:
        if part.variant in PERCENTILES:
            self.values += [part.numerator] * part.sample
        else:
            self.numerator += part.numerator
            self.denominator += part.denominator
        self.sample += part.sample
        self.pending += part.pending


EMPTY = Cell()


def together(cells: Iterable[Cell]) -> Cell:
    """Several cells as one: parts summed, values put together. Of one it is that one, of none the empty one."""
    several = list(cells)
    if len(several) < 2:
        return several[0] if several else EMPTY
    whole = Cell()
    for cell in several:
        whole.numerator += cell.numerator
        whole.denominator += cell.denominator
        whole.sample += cell.sample
        whole.pending += cell.pending
        whole.values += cell.values
    return whole


def nearest_rank(values: Iterable[Decimal], p: Fraction) -> Fraction | None:
    """The value at ⌈p·n⌉ of the sorted values; None of none."""
    ordered = sorted(values)
    return Fraction(ordered[-(-p * len(ordered) // 1) - 1]) if ordered else None


def rounded(value: Fraction | None) -> Decimal | None:
    """6 decimals, half away from zero (exactly: the quotient is taken of integers)."""
    if value is None:
        return None
    if not value:
        return NOTHING
    above, below = value.numerator, value.denominator
    whole = (2 * abs(above) * 10**6 + below) // (2 * below)
    return Decimal(whole if above > 0 else -whole).scaleb(-6)


def cells_of(parts: Iterable[Part]) -> dict[Key, dict[date, Cell]]:
    """The parts summed by key and day, in every scope and channel-group row they belong to."""
    cells: dict[Key, dict[date, Cell]] = defaultdict(lambda: defaultdict(Cell))
    for part in parts:
        kpi, group = CATALOGUE[part.kpi], part.credit.channel_group
        groups = ([] if group is None else [group]) + (["all"] if kpi.has_all else [])
        for scope in part.scopes or kpi.scopes:
            for name in groups:
                cells[part.kpi, part.variant, scope, part.credit.member(scope), name][part.on].add(part)
    return cells


def value_of(kpi: Kpi, variant: str, cell: Cell) -> Fraction | None:
    """A count is its numerator; a quotient over nothing is null."""
    if kpi.kind == "distribution":
        return nearest_rank(cell.values, PERCENTILES[variant])
    if kpi.is_mean and not cell.denominator:
        return None
    if not cell.numerator:
        return NIL
    return quotient(cell.numerator, cell.denominator) if kpi.is_mean else Fraction(cell.numerator)


def quotient(above: Decimal, below: Decimal) -> Fraction:
    (n, d), (m, e) = above.as_integer_ratio(), below.as_integer_ratio()
    return Fraction(n * e, d * m)


def published(amount: Decimal) -> Decimal:
    return amount.quantize(SIX, context=EXACT) if amount else NOTHING


def published_denominator(kpi: Kpi, cell: Cell) -> Decimal | None:
    return published(cell.denominator) if kpi.is_mean else None


def figures(kpi: Kpi, variant: str, cell: Cell) -> Figures:
    """What is published of a cell."""
    value = rounded(value_of(kpi, variant, cell))
    return published(cell.numerator), published_denominator(kpi, cell), value, cell.sample, cell.pending


def changes(now: Fraction | None, before: Fraction | None) -> tuple[Fraction | None, Fraction | None]:
    """By how much, and by which part of what was before: null without both, and against nothing."""
    if now is None or before is None:
        return None, None
    change = now - before if now or before else NIL
    return change, change / abs(before) if before else None
