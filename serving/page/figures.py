"""The figures of the page, as the marts have them: by period, member, KPI, variant and channel group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SEVEN_DAYS = Path(__file__).with_name("figures.sql")
WEEKS, MONTHS = 4, 3  # how many of each one can choose
_MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Kpi:
    """A KPI as the catalogue has it; of a code that stands for many (a currency, a rule) the variant is in the name."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    unit: str
    display_factor: int
    direction: str
    definition_zh: str
    definition_en: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One KPI of one member in one period. `value` has 6 decimals, in the unit of the mart; None where there is none."""

    value: Decimal | None
    sample_size: int
    pending_size: int
    change_abs: float | None
    change_rel: float | None
    verdict: str | None
    target_low: float | None
    target_high: float | None
    is_settled: bool
    since: date
    until: date


Key = tuple[str, str, str, str, str]  # scope, member, KPI, variant, channel group


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days one can choose on the page, with its figures. `grain` is days, week or month."""

    grain: str
    name: str
    since: date
    until: date
    figures: Mapping[Key, Figure] = field(repr=False)

    def figure(
        self, kpi: str, variants: Sequence[str], group: str, scope: str = "company", member: str = "company"
    ) -> Figure | None:
        """The figure of the first of the variants that has a sample, else of the first there is."""
        return self.found(kpi, variants, group, scope, member)[1]

    def found(
        self, kpi: str, variants: Sequence[str], group: str, scope: str = "company", member: str = "company"
    ) -> tuple[str, Figure | None]:
        """As `figure`, with the variant."""
        there = [(name, one) for name in variants if (one := self.figures.get((scope, member, kpi, name, group)))]
        sampled = [(name, one) for name, one in there if one.sample_size]
        return next(iter([*sampled, *there]), (variants[0], None))

    def members(self, scope: str) -> set[str]:
        return {key[1] for key in self.figures if key[0] == scope}


def catalogue(connection: DuckDBPyConnection) -> dict[tuple[str, str], Kpi]:
    """The newest version of each KPI and variant."""
    rows = connection.execute(
        "select kpi, variant, name_zh, name_en, kind, unit, display_factor, direction, definition_zh, definition_en "
        "from kpi_catalog qualify row_number() over (partition by kpi, variant order by version desc) = 1"
    ).fetchall()
    return {(kpi, variant): Kpi(kpi, *rest) for kpi, variant, *rest in rows}


def kpi_of(known: Mapping[tuple[str, str], Kpi], kpi: str, variant: str) -> Kpi:
    """The catalogue's entry; of a variant that it has no row for, that of the row which stands for many."""
    return known.get((kpi, variant)) or next(one for key, one in known.items() if key[0] == kpi and key[1].startswith("{"))


def periods(
    connection: DuckDBPyConnection, wanted: Iterable[tuple[str, str]], known: Mapping[tuple[str, str], Kpi]
) -> list[Period]:
    """The last 7 days, the last complete weeks and the last months, the newest first; none where no day is published."""
    row = connection.execute("select min(service_date), max(service_date) from mart_kpi_daily").fetchone()
    first, last = row or (None, None)
    if first is None or last is None:
        return []
    scopes, kpis = zip(*sorted(wanted), strict=True)
    connection.execute("create or replace temp table wanted as select unnest(?) as scope, unnest(?) as kpi", [scopes, kpis])
    found = [Period("days", "7", max(first, last - timedelta(days=6)), last, _seven_days(connection, known, first))]
    for grain, table, name, most in (("week", "weekly", "iso_week", WEEKS), ("month", "monthly", "month", MONTHS)):
        query = f"select distinct period_start, period_end, {name} from mart_kpi_{table} where period_start <= ? order by 1 desc"
        rows = connection.execute(query, [last]).fetchall()
        whole = [row for row in rows if grain == "month" or (first <= row[0] and row[1] <= last)]
        found += [
            Period(grain, called, max(a, first), min(b, last), _period(connection, table, a, first, last))
            for a, b, called in whole[:most]
        ]
    return found


def _seven_days(connection: DuckDBPyConnection, known: Mapping[tuple[str, str], Kpi], first: date) -> dict[Key, Figure]:
    result = connection.execute(_SEVEN_DAYS.read_text(encoding="utf-8"))
    names = [column[0] for column in result.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return {_key(row): _of_seven(row, kpi_of(known, row["kpi"], row["variant"]), first) for row in rows}


def _key(row: Mapping[str, Any]) -> Key:
    return row["scope"], row["scope_id"], row["kpi"], row["variant"], row["channel_group"]


def _of_seven(row: Mapping[str, Any], kpi: Kpi, first: date) -> Figure:
    return Figure(
        _summed(row, kpi),
        row["sample"] or 0 if kpi.kind == "stock" else row["samples"],
        row["pending_size"],
        row["change_abs"],
        row["change_rel"],
        row["verdict"],
        row["target_low"],
        row["target_high"],
        row["is_settled"],
        row["until"] if kpi.kind == "stock" else max(first, row["until"] - timedelta(days=6)),
        row["until"],
    )


def _summed(row: Mapping[str, Any], kpi: Kpi) -> Decimal | None:
    if kpi.kind in ("stock", "distribution"):
        return exact(row["value"] if kpi.kind == "stock" else row["value_7d"])
    above, below = row["numerator"], row["denominator"]
    if kpi.kind == "count":
        return exact(above)
    return (above / below).quantize(_MICRO, ROUND_HALF_UP) if above is not None and below else None


def _period(connection: DuckDBPyConnection, table: str, start: date, first: date, last: date) -> dict[Key, Figure]:
    rows = connection.execute(
        "select scope, scope_id, kpi, variant, channel_group, value, sample_size, pending_size, change_abs, change_rel, verdict, "
        f"target_low, target_high, is_settled, period_start, period_end from mart_kpi_{table} inner join wanted using (scope, kpi) "
        "where period_start = ?",
        [start],
    ).fetchall()
    return {row[:5]: Figure(exact(row[5]), *(*row[6:14], max(row[14], first), min(row[15], last))) for row in rows}


def exact(value: float | Decimal | None) -> Decimal | None:
    """A mart's number with its 6 decimals."""
    return None if value is None else Decimal(repr(value) if isinstance(value, float) else value).quantize(_MICRO, ROUND_HALF_UP)


def band_of(figure: Figure, direction: str) -> str:
    """excellent, pass, below or none: the value against the target, by the direction that is better."""
    value, low, high = figure.value, exact(figure.target_low), exact(figure.target_high)
    if value is None or direction not in ("up", "down", "range"):
        return "none"
    if direction == "range":
        if low is None and high is None:
            return "none"
        return "below" if (low is not None and value < low) or (high is not None and value > high) else "pass"
    sign, passing, excellent = (1, low, high) if direction == "up" else (-1, high, low)
    if passing is None:
        return "none"
    if excellent is not None and sign * value >= sign * excellent:
        return "excellent"
    return "pass" if sign * value >= sign * passing else "below"
