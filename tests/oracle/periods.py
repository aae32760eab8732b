"""From cells to the rows of mart_kpi_daily: every day, the 7 days that end on it, and the change against the 7 before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tests.oracle.catalogue import CATALOGUE, Kpi
from tests.oracle.cells import EMPTY, Cell, Figures, Key, changes, figures, rounded, together, value_of

Series = tuple[str, str, str, str, str]  # scope, scope_id, channel_group, kpi, variant
Week = tuple[Fraction | None, Decimal | None]  # a value, exact and as it is published
NO_WEEK: Week = (None, None)


class KpiRow(NamedTuple):
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
        return self[:6]

    @property
    def series(self) -> Series:
        """The key without the day."""
        return self[1:6]


def daily(
    cells: Mapping[Key, Mapping[date, Cell]],
    first: date,
    last: date,
    agent_days: Mapping[str, Collection[date]],
) -> Iterator[KpiRow]:
    """Dense rows from first to last day; an agent's only on that agent's days."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for key, by_day in sorted(cells.items()):
        code, variant, scope, member, group = key
        kpi, series = CATALOGUE[code].of(variant), (scope, member, group, code, variant)
        found = _stock(kpi, by_day, days) if kpi.kind == "stock" else _weeks(kpi, variant, by_day, days)
        weeks, nothing = [(value, rounded(value)) for value in found], figures(kpi, variant, EMPTY)
        for number, day in enumerate(days):
            if scope != "agent" or day in agent_days.get(member, ()):
                today = figures(kpi, variant, by_day[day]) if day in by_day else nothing
                yield _row(series, day, today, weeks[number], weeks[number - 7] if number >= 7 else NO_WEEK)


def _stock(kpi: Kpi, by_day: Mapping[date, Cell], days: list[date]) -> list[Fraction | None]:
    """A stock: day against the same weekday."""
    return [value_of(kpi, "default", by_day.get(day) or EMPTY) for day in days]


def _weeks(kpi: Kpi, variant: str, by_day: Mapping[date, Cell], days: list[date]) -> list[Fraction | None]:
    """The 7 days ending on each day, parts re-summed (a percentile is taken anew); null before there are 7."""
    found: list[Fraction | None] = [None] * min(6, len(days))
    for number in range(6, len(days)):
        week = [by_day[day] for day in days[number - 6 : number + 1] if day in by_day]
        found.append(value_of(kpi, variant, together(week)))
    return found


def _row(series: Series, day: date, today: Figures, now: Week, before: Week) -> KpiRow:
    change, relative = changes(now[0], before[0])
    return KpiRow(day, *series, *today, now[1], before[1], rounded(change), rounded(relative))
