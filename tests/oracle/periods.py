"""From parts to the rows of mart_kpi_daily: sums by day, the plain quotient, the 7-day change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from tests.oracle.catalogue import CATALOGUE, PERCENTILES, Kpi
from tests.oracle.parts import ZERO, Part

SIX = Decimal("0.000001")
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
NOTHING = ZERO.quantize(SIX)
NIL = Fraction(0)
Key = tuple[str, str, str, str, str]  # kpi, variant, scope, scope_id, channel_group


@dataclass(frozen=True, slots=True)
class KpiRow:
    """A row of mart_kpi_daily: the columns that are a pure sum and quotient of facts."""

    service_date: date
    scope: str
    scope_id: str
    channel_group: str
    kpi: str
    variant: str
    numerator: Decimal
    denominator: Decimal | None
    value: Decimal | None
    sample_size: int
    pending_size: int
    value_7d: Decimal | None
    value_prev_7d: Decimal | None
    change_abs: Decimal | None
    change_rel: Decimal | None

    @property
    def key(self) -> tuple[date, str, str, str, str, str]:
        return (self.service_date, self.scope, self.scope_id, self.channel_group, self.kpi, self.variant)


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
    """Several cells as one: parts summed, values put together."""
    whole = Cell()
    for cell in cells:
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
    return Fraction(cell.numerator) / Fraction(cell.denominator) if kpi.is_mean else Fraction(cell.numerator)


def published(amount: Decimal) -> Decimal:
    return amount.quantize(SIX, context=EXACT) if amount else NOTHING


def published_denominator(kpi: Kpi, cell: Cell) -> Decimal | None:
    return published(cell.denominator) if kpi.is_mean else None


def daily(
    cells: Mapping[Key, Mapping[date, Cell]],
    first: date,
    last: date,
    agent_days: Mapping[str, Collection[date]],
) -> Iterator[KpiRow]:
    """Dense rows from first to last day; an agent's only on that agent's days."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for key, by_day in sorted(cells.items()):
        kpi = CATALOGUE[key[0]].of(key[1])
        weeks = _stock(kpi, by_day, days) if kpi.kind == "stock" else _weeks(kpi, key[1], by_day, days)
        for number, day in enumerate(days):
            if key[2] != "agent" or day in agent_days.get(key[3], ()):
                previous = weeks[number - 7] if number >= 7 else None
                yield _row(key, kpi, day, by_day.get(day) or EMPTY, weeks[number], previous)


def _stock(kpi: Kpi, by_day: Mapping[date, Cell], days: list[date]) -> list[Fraction | None]:
    """A stock: day against the same weekday."""
    return [value_of(kpi, "default", by_day.get(day) or EMPTY) for day in days]


def _weeks(kpi: Kpi, variant: str, by_day: Mapping[date, Cell], days: list[date]) -> list[Fraction | None]:
    """The 7 days ending on each day, parts re-summed (a percentile is taken anew); null before there are 7."""
    found: list[Fraction | None] = [None] * min(6, len(days))
    for number in range(6, len(days)):
        week = [by_day[day] for day in days[number - 6 : number + 1] if day in by_day]
        found.append(value_of(kpi, variant, together(week) if week else EMPTY))
    return found


def _row(key: Key, kpi: Kpi, day: date, cell: Cell, now: Fraction | None, before: Fraction | None) -> KpiRow:
    change = None if now is None or before is None else now - before
    relative = None if change is None or not before else change / abs(before)
    return KpiRow(
        service_date=day,
        scope=key[2],
        scope_id=key[3],
        channel_group=key[4],
        kpi=key[0],
        variant=key[1],
        numerator=published(cell.numerator),
        denominator=published_denominator(kpi, cell),
        value=rounded(value_of(kpi, key[1], cell)),
        sample_size=cell.sample,
        pending_size=cell.pending,
        value_7d=rounded(now),
        value_prev_7d=rounded(before),
        change_abs=rounded(change),
        change_rel=rounded(relative),
    )
