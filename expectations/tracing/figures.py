"""Figures: what a row of a mart says, as KPI, days, member and channel group; and what it must be, from its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from math import ceil
from typing import Any

from expectations.tracing.catalogue import KpiRow, Parts

COMPANY, ALL, NOBODY = "company", "all", "(none)"
_MICRO = Decimal("0.000001")
_EXACT = Context(prec=80)


@dataclass(frozen=True, slots=True)
class Figure:
    """One KPI as a mart's row tells it, about the local days `first` to `last`.

    `members` maps scopes to the member asked for, `(none)` for nobody; `scope` is "" where the row crosses scopes. `told` holds what
    the row says: numerator, denominator, value, sample_size, pending_size, as far as it does. `since` and `until` narrow it to legs
    offered in between (an interval of a day).
    """

    kpi: str
    variant: str
    first: date
    last: date
    scope: str
    members: Mapping[str, str]
    channel_group: str
    told: Mapping[str, Any] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    note: str = ""

    @property
    def name(self) -> str:
        return self.kpi if self.variant == "default" else f"{self.kpi} ({self.variant})"


def wanted(row: Mapping[str, Any], figure: Figure, kpi: KpiRow) -> bool:
    """Whether a fact row, dated within the figure, belongs to it: day, version, channel group, variant, member, scope."""
    day, group = row[kpi.date_column], row[kpi.channel_group_column]
    if not kpi.since <= day < kpi.until or (group is not None and group not in kpi.channel_groups):
        return False
    if figure.channel_group != ALL and (group or NOBODY) != figure.channel_group:
        return False
    if kpi.variant_column and str(row[kpi.variant_column]) != figure.variant:
        return False
    if figure.since and figure.until and not figure.since <= row["offered_at"] < figure.until:
        return False
    return _counts_in(row, figure, kpi) and all(
        (_member(row, kpi, scope) or NOBODY) == name for scope, name in figure.members.items()
    )


def value_of(parts: Parts, kpi: KpiRow, percent: int | None = None) -> Decimal | None:
    """The figure's value, rounded once, half away from zero, at 6 decimals; None without a denominator.

    Of a distribution the nearest rank at `percent`: the smallest amount that so many of a hundred do not exceed.
    """
    if kpi.kind == "distribution":
        ranked = sorted(parts.amounts)
        return rounded(ranked[max(ceil(len(ranked) * (percent or 50) / 100), 1) - 1]) if ranked else None
    if kpi.denominator is None:
        return rounded(parts.numerator)
    return rounded(_EXACT.divide(parts.numerator, parts.denominator)) if parts.denominator else None


def rounded(value: Decimal) -> Decimal:
    return value.quantize(_MICRO, ROUND_HALF_UP, _EXACT)


def differences(figure: Figure, parts: Parts, value: Decimal | None, *, is_distribution: bool = False) -> list[str]:
    """Where what the mart says is not what its parts give; each as `name: mart says X, recomputed Y`. A distribution has no numerator."""
    found = {
        "numerator": None if is_distribution else parts.numerator,
        "denominator": parts.denominator,
        "value": value,
        "sample_size": parts.sample,
        "pending_size": parts.pending,
    }
    pairs = ((name, figure.told[name], found[name]) for name in found if name in figure.told)
    return [f"{name}: mart says {plain(said)}, recomputed {plain(ours)}" for name, said, ours in pairs if not _equal(said, ours)]


def plain(value: Any) -> str:
    """A number without trailing zeros; – for none."""
    if value is None:
        return "–"
    text = format(Decimal(str(value)), "f") if isinstance(value, (Decimal, float, int)) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def sum_of(all_parts: Sequence[Parts]) -> Parts:
    """Parts of several rows of the catalogue as one."""
    below = [parts.denominator for parts in all_parts if parts.denominator is not None]
    return Parts(
        sum((parts.numerator for parts in all_parts), Decimal(0)),
        sum(below, Decimal(0)) if below else None,
        sum(parts.sample for parts in all_parts),
        sum(parts.pending for parts in all_parts),
        tuple(amount for parts in all_parts for amount in parts.amounts),
    )


def _counts_in(row: Mapping[str, Any], figure: Figure, kpi: KpiRow) -> bool:
    counted = row.get("counted_scopes")
    scopes = frozenset(counted.split("|")) if counted else kpi.scopes
    return not figure.scope or figure.scope in scopes


def _member(row: Mapping[str, Any], kpi: KpiRow, scope: str) -> str | None:
    column = kpi.members.get(scope)
    value = row[column] if column else None
    return None if value is None else str(value)


def _equal(said: Any, ours: Any) -> bool:
    if said is None or ours is None:
        return said is None and ours is None
    return rounded(Decimal(str(said))) == rounded(Decimal(str(ours)))
