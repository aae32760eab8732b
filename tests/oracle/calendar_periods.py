"""From parts to the rows of mart_kpi_weekly and mart_kpi_monthly: sums by ISO week or month, against the period before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tests.oracle.catalogue import CATALOGUE, Kpi
from tests.oracle.cells import Cell, Key, changes, published, published_denominator, rounded, together, value_of
from tests.oracle.periods import Series

Period = tuple[date, date]


class PeriodRow(NamedTuple):
    """A row of a weekly or monthly mart: the columns that are a pure sum and quotient of facts."""

    period_start: date
    period_end: date
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
    value_prev: Decimal | None
    change_abs: Decimal | None
    change_rel: Decimal | None

    @property
    def service_date(self) -> date:
        return self.period_start

    @property
    def key(self) -> tuple[date, str, str, str, str, str]:
        return (self.period_start, *self.series)

    @property
    def series(self) -> Series:
        """The key without the period."""
        return self[2:7]


def week_of(day: date) -> Period:
    """Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def month_of(day: date) -> Period:
    """The first to the last of the month."""
    begin = day.replace(day=1)
    return begin, (begin + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def by_period(
    cells: Mapping[Key, Mapping[date, Cell]],
    first: date,
    last: date,
    agent_days: Mapping[str, Collection[date]],
    period_of: Callable[[date], Period],
) -> Iterator[PeriodRow]:
    """Dense rows of every period that has a published day; an agent's only where one of that agent's days is in it.

    A period before has a value only when it lies wholly in the published range; there is a change only between two whole periods.
    """
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    periods = sorted({period_of(day) for day in days})
    present = {agent: {period_of(day) for day in found} for agent, found in agent_days.items()}
    for key, by_day in sorted(cells.items()):
        kpi = CATALOGUE[key[0]].of(key[1])
        sums = [_sum(kpi, by_day, period, last) for period in periods]
        values = [value_of(kpi, key[1], cell) for cell in sums]
        for number, period in enumerate(periods):
            if key[2] != "agent" or period in present.get(key[3], ()):
                is_before_whole = number > 0 and first <= periods[number - 1][0]
                before = values[number - 1] if is_before_whole else None
                yield _row(key, period, kpi, sums[number], (values[number], before), is_whole=period[1] <= last)


def _sum(kpi: Kpi, by_day: Mapping[date, Cell], period: Period, last: date) -> Cell:
    """The days' parts together; of a stock, its last published day alone."""
    end = min(period[1], last)
    begin = end if kpi.kind == "stock" else period[0]
    return together(cell for day, cell in by_day.items() if begin <= day <= end)


def _row(
    key: Key, period: Period, kpi: Kpi, cell: Cell, values: tuple[Fraction | None, Fraction | None], is_whole: bool
) -> PeriodRow:
    now, before = values
    change, relative = changes(now, before) if is_whole else (None, None)
    return PeriodRow(
        period_start=period[0],
        period_end=period[1],
        scope=key[2],
        scope_id=key[3],
        channel_group=key[4],
        kpi=key[0],
        variant=key[1],
        numerator=published(cell.numerator),
        denominator=published_denominator(kpi, cell),
        value=rounded(now),
        sample_size=cell.sample,
        pending_size=cell.pending,
        value_prev=rounded(before),
        change_abs=rounded(change),
        change_rel=rounded(relative),
    )
