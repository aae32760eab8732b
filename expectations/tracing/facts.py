"""The fact rows behind a figure, chosen and added up in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from expectations.tracing.catalogue import KpiRow, Parts, catalogue_rows, parts_of
from expectations.tracing.figures import Figure, differences, sum_of, value_of, wanted
from expectations.tracing.links import FactLinks, links

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class FactRow:
    """One row of a fact that a figure is made of. `place` is its rowid in the warehouse; `adds` what it adds to the figure."""

    fact: str
    place: int
    key: str
    on: date
    adds: Parts
    adjusted_out: bool
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A figure, the rows of the catalogue it goes by, its fact rows, and what they add up to."""

    figure: Figure
    catalogue: tuple[KpiRow, ...]
    rows: tuple[FactRow, ...]
    parts: Parts
    value: Decimal | None
    differences: tuple[str, ...]

    @property
    def counting(self) -> list[FactRow]:
        return [row for row in self.rows if not row.adjusted_out]


def recompute(connection: duckdb.DuckDBPyConnection, figure: Figure) -> Recomputed:
    """Choose the figure's fact rows, add them up, and say where the mart differs. A KPI the catalogue does not know has no rows."""
    first, last = _days(connection, figure)
    catalogue = tuple(
        row for row in catalogue_rows(connection, figure.kpi, figure.variant) if row.since <= last and row.until > first
    )
    rows: list[FactRow] = []
    all_parts: list[Parts] = []
    for kpi in catalogue:
        found = _rows(connection, figure, kpi, first, last)
        rows += found
        all_parts.append(parts_of([row.values for row in found if not row.adjusted_out], kpi))
    if not catalogue:
        return Recomputed(figure, (), (), Parts(), None, (f"the catalogue has no {figure.name}",))
    parts = sum_of(all_parts)
    is_ranked = catalogue[-1].kind == "distribution"
    percent = int(figure.variant[1:]) if is_ranked else None
    value = value_of(parts, catalogue[-1], percent)
    return Recomputed(
        figure, catalogue, tuple(rows), parts, value, tuple(differences(figure, parts, value, is_distribution=is_ranked))
    )


def _days(connection: duckdb.DuckDBPyConnection, figure: Figure) -> tuple[date, date]:
    """The days that count: those that are published; of a stock over a week or month its last complete one."""
    ((low, high),) = connection.execute("select first_day, last_day from inputs.build_info").fetchall()
    first, last = max(figure.first, low), min(figure.last, high)
    kinds = {row.kind for row in catalogue_rows(connection, figure.kpi, figure.variant)}
    if kinds == {"stock"} and figure.first != figure.last:
        ((shown,),) = connection.execute(
            "select max(service_date) from marts.mart_kpi_daily where kpi = ? and service_date between ? and ?",
            [figure.kpi, first, last],
        ).fetchall()
        return (shown, shown) if shown else (first, last)
    return first, last


def _rows(connection: duckdb.DuckDBPyConnection, figure: Figure, kpi: KpiRow, first: date, last: date) -> list[FactRow]:
    link = links().facts[kpi.fact]
    extra = [
        *link.key,
        *link.shows,
        *(["counted_scopes"] if link.has_counted_scopes else []),
        *(["offered_at"] if figure.since else []),
    ]
    columns = list(dict.fromkeys([*kpi.columns, *extra]))
    subjects = [f"cast({subject} as varchar) as _subject_{place}" for place, subject in enumerate(link.adjusted_by)]
    chosen = ", ".join([f'fact."{name}"' for name in columns] + subjects)
    found = connection.execute(
        f"select fact.rowid as _place, {chosen} from core.{kpi.fact} as fact "
        f"where fact.{kpi.date_column} between ? and ? order by fact.{kpi.date_column}, {', '.join(f'fact.{name}' for name in link.key)}",
        [first, last],
    )
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    adjusted = _adjustments(connection, kpi.kpi)
    return [made for row in rows if wanted(row, figure, kpi) and (made := _fact_row(row, kpi, link, adjusted))]


def _fact_row(row: Mapping[str, Any], kpi: KpiRow, link: FactLinks, adjusted: frozenset[str]) -> FactRow | None:
    adds = parts_of([row], kpi)
    if adds.is_nothing:
        return None
    subjects = {row[f"_subject_{place}"] for place in range(len(link.adjusted_by))}
    key = " | ".join(str(row[name]) for name in link.key)
    values = {name: value for name, value in row.items() if not name.startswith("_subject_")}
    return FactRow(kpi.fact, row["_place"], key, row[kpi.date_column], adds, not adjusted.isdisjoint(subjects), values)


def _adjustments(connection: duckdb.DuckDBPyConnection, kpi: str) -> frozenset[str]:
    """The subjects that somebody took out of a KPI."""
    found: Sequence[tuple[str]] = connection.execute(
        "select distinct subject from intermediate.int_adjustments_unioned where kpi in (?, '*')", [kpi]
    ).fetchall()
    return frozenset(subject for (subject,) in found)
