"""The KPI catalogue as a trace reads it: which row of it is in force on a day, and what a fact row adds to a figure.

Written in Python from the rules of the catalogue, not from the models' SQL, so that recomputing a figure is a second opinion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

END = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class KpiRow:
    """A row of the catalogue and the days on which it counts: from `since`, up to and not including `until`."""

    kpi: str
    variant: str
    version: int
    kind: str
    fact: str
    date_column: str
    numerator: str
    denominator: str | None
    pending: str | None
    channel_group_column: str
    members: Mapping[str, str]  # the fact's column by scope
    scopes: frozenset[str]
    channel_groups: frozenset[str]
    has_all: bool
    since: date
    until: date

    @property
    def variant_column(self) -> str | None:
        """The fact's column that tells the variant, of a catalogue row such as {currency}."""
        return self.variant[1:-1] if self.variant.startswith("{") else None

    @property
    def columns(self) -> list[str]:
        """The fact's columns that a figure needs."""
        named = [self.date_column, self.numerator, self.denominator, self.pending, self.channel_group_column]
        return list(dict.fromkeys(name for name in [*named, *self.members.values(), self.variant_column] if name))


@dataclass(frozen=True, slots=True)
class Parts:
    """What rows add to a figure; `amounts` are the values of a distribution."""

    numerator: Decimal = Decimal(0)
    denominator: Decimal | None = None
    sample: int = 0
    pending: int = 0
    amounts: tuple[Decimal, ...] = ()

    @property
    def is_nothing(self) -> bool:
        return not (self.numerator or self.denominator or self.sample or self.pending or self.amounts)


def catalogue_rows(connection: duckdb.DuckDBPyConnection, kpi: str, variant: str) -> list[KpiRow]:
    """The rows of a KPI's variant that are in force on any day, oldest first; none for a KPI that is not there."""
    found = connection.execute("select * from seeds.kpi_catalog where kpi = ? order by version", [kpi])
    named = [row[0] for row in found.description or ()]
    rows = [dict(zip(named, row, strict=True)) for row in found.fetchall()]
    own = [row for row in rows if row["variant"] == variant] or [row for row in rows if row["variant"].startswith("{")]
    earlier = dict(
        connection.execute(
            "select version::int, restated_from::date from seeds.kpi_restatements where kpi = ? and variant = ?", [kpi, variant]
        ).fetchall()
    )
    begins = [min(_day(row["effective_from"]), earlier.get(int(row["version"]), END)) for row in own]
    ends = [min(begins[place + 1 :], default=END) for place in range(len(own))]
    spans = zip(own, begins, ends, strict=True)
    return [_kpi_row(row, since, until) for row, since, until in spans if since < until]


def parts_of(rows: Sequence[Mapping[str, Any]], kpi: KpiRow) -> Parts:
    """The parts that fact rows add up to."""
    amounts = [value for row in rows if (value := _value(row, kpi)) is not None]
    if kpi.kind == "distribution":
        denominator, numerator, sample = None, Decimal(0), len(amounts)
    elif kpi.denominator:
        counted = [row for row in rows if _counts(row, kpi.denominator)]
        numerator = sum((_amount(row, kpi.numerator) for row in counted), Decimal(0))
        denominator = sum((_amount(row, kpi.denominator) for row in rows), Decimal(0))
        is_sum = kpi.kind == "ratio" and not _is_flag(kpi.denominator)
        sample = sum(_amount(row, kpi.denominator) > 0 for row in rows) if is_sum else int(denominator)
    else:
        numerator = sum((_amount(row, kpi.numerator) for row in rows), Decimal(0))
        denominator, sample = None, int(numerator)
    pending = sum(int(_amount(row, kpi.pending)) for row in rows) if kpi.pending else 0
    return Parts(numerator, denominator, sample, pending, tuple(amounts) if kpi.kind == "distribution" else ())


def _kpi_row(row: Mapping[str, Any], since: date, until: date) -> KpiRow:
    scopes = ("channel", "queue", "team", "agent")
    return KpiRow(
        kpi=row["kpi"],
        variant=row["variant"],
        version=int(row["version"]),
        kind=row["kind"],
        fact=row["fact"],
        date_column=row["date_column"],
        numerator=row["numerator_column"],
        denominator=row["denominator_column"],
        pending=row["pending_column"],
        channel_group_column=row["channel_group_column"],
        members={scope: row[f"{scope}_column"] for scope in scopes if row[f"{scope}_column"]},
        scopes=frozenset(row["scopes"].split("|")),
        channel_groups=frozenset(row["channel_groups"].split("|")),
        has_all=str(row["has_all"]).lower() == "true",
        since=since,
        until=until,
    )


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _is_flag(column: str) -> bool:
    return column.startswith(("is_", "has_"))


def _amount(row: Mapping[str, Any], column: str) -> Decimal:
    value = row[column]
    return Decimal(bool(value)) if _is_flag(column) else Decimal(str(value)) if value is not None else Decimal(0)


def _counts(row: Mapping[str, Any], column: str) -> bool:
    """Whether the row is in the denominator."""
    return bool(row[column]) if _is_flag(column) else row[column] is not None


def _value(row: Mapping[str, Any], kpi: KpiRow) -> Decimal | None:
    """The row's value in a distribution; None where it is not in it."""
    if kpi.kind != "distribution" or row[kpi.numerator] is None or (kpi.denominator and not row[kpi.denominator]):
        return None
    return Decimal(str(row[kpi.numerator]))
