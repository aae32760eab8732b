"""Differences between the oracle's rows and those of mart_kpi_daily, _weekly or _monthly, told so that one can look the case up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

from tests.oracle.calendar_periods import PeriodRow
from tests.oracle.catalogue import CATALOGUE
from tests.oracle.periods import KpiRow

KEY = ("service_date", "scope", "scope_id", "channel_group", "kpi", "variant")
MEASURES = tuple(name for name in KpiRow._fields if name not in KEY)
PERIOD_MEASURES = tuple(name for name in PeriodRow._fields if name not in (*KEY, "period_start"))
DOUBLES_END = 10**9  # up to here a double has 6 decimals
FIFTEEN_DIGITS = Decimal("1e-15")
AnyRow = KpiRow | PeriodRow


def compare(oracle: Iterable[AnyRow], mart: Iterable[AnyRow], kpis: Collection[str] | None = None) -> list[str]:
    """One line per differing cell, in the order of the keys; empty when all agree.

    Only KPIs that the oracle has are compared, and of these only `kpis` when given. A row that one side lacks must be empty on
    the other: no fact in that period and, except at agent scope (whose days are not dense), none in the one before.
    """
    known = CATALOGUE.keys() if kpis is None else CATALOGUE.keys() & set(kpis)
    ours, theirs = {row.key: row for row in oracle if row.kpi in known}, {}
    found = []
    for row in mart:
        if row.kpi in known:
            key = row.key
            if key in theirs:
                found.append(f"{name_of(row)}: twice in the mart")
            theirs[key] = row
    unlike = [key for key, row in ours.items() if theirs.get(key) != row]
    for key in sorted([*unlike, *(theirs.keys() - ours.keys())]):
        our, their = ours.get(key), theirs.get(key)
        if our is not None and their is not None:
            found += _cells(our, their)
        else:
            found += _lonely(our, "mart") if our is not None else _lonely(their, "oracle")
    return found


def name_of(row: AnyRow) -> str:
    """A row's key as one reads it."""
    variant = "" if row.variant == "default" else f" ({row.variant})"
    return f"{row.service_date} {row.scope}={row.scope_id} {row.channel_group} {row.kpi}{variant}"


def _cells(our: AnyRow, their: AnyRow) -> list[str]:
    return [
        f"{name_of(our)}: {name} oracle {getattr(our, name)}, mart {getattr(their, name)}"
        for name in (MEASURES if isinstance(our, KpiRow) else PERIOD_MEASURES)
        if not _same(getattr(our, name), getattr(their, name))
    ]


def _same(our: object, their: object) -> bool:
    """Equal, or no double could tell them apart: a quotient of 12 digits before the point has no sixth one behind it."""
    if isinstance(our, Decimal) and isinstance(their, Decimal):
        return our == their or (abs(our) > DOUBLES_END and abs(our - their) < abs(our) * FIFTEEN_DIGITS)
    return our == their


def _lonely(row: AnyRow | None, lacking: str) -> list[str]:
    if row is None:
        return []
    facts = [row.numerator, row.denominator, row.sample_size, row.pending_size]
    if row.scope != "agent":
        facts += [row.value_7d, row.value_prev_7d] if isinstance(row, KpiRow) else [row.value_prev]
    if not any(facts):
        return []
    return [f"{name_of(row)}: not in the {lacking}; {row.numerator} / {row.denominator}, pending {row.pending_size}"]


def by_kpi(differences: Iterable[str]) -> dict[str, int]:
    """How many differences each KPI has: where to look first."""
    counted: dict[str, int] = {}
    for line in differences:
        kpi = line.split(": ")[0].split(" (")[0].rsplit(" ", 1)[-1]
        counted[kpi] = counted.get(kpi, 0) + 1
    return dict(sorted(counted.items(), key=lambda item: -item[1]))
