"""A built warehouse against the oracle."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from duckdb import DuckDBPyConnection

from tests.oracle.calendar_periods import PeriodRow
from tests.oracle.compare import AnyRow, compare, name_of
from tests.oracle.judgement import Judge, Judgement
from tests.oracle.kpis import Marts, compute, compute_marts
from tests.oracle.periods import KpiRow
from tests.oracle.policy import Policy
from tests.oracle.reader import canonical_records, existing_relations, judged_rows, mart_rows

Judged = Mapping[str, Mapping[tuple[object, ...], Judgement]]  # by mart and key


def differences_in_warehouse(
    connection: DuckDBPyConnection,
    as_of: Mapping[str, datetime],
    policy: Policy | None = None,
    schema: str = "intermediate",
    mart: str = "marts.mart_kpi_daily",
    kpis: Collection[str] | None = None,
) -> list[str]:
    """Where mart_kpi_daily differs from what the oracle makes of the warehouse's own canonical rows; empty when nowhere.

    By default the KPIs are those that both know. An empty canonical union or mart is an error: nothing would be compared.
    """
    records = canonical_records(connection, existing_relations(connection, schema))
    rows = mart_rows(connection, mart)
    if not records.get("contact_legs") or not rows:
        raise ValueError(f"nothing to compare: {schema}.int_contact_legs_unioned or {mart} is empty")
    both = {row.kpi for row in rows} if kpis is None else kpis
    return compare(compute(records, as_of, policy), rows, both)


def differences_in_marts(
    connection: DuckDBPyConnection,
    as_of: Mapping[str, datetime],
    policy: Policy | None = None,
    kpis: Collection[str] | None = None,
) -> list[str]:
    """The same for the daily, the weekly and the monthly mart; a line begins with the mart's name."""
    oracle = compute_marts(canonical_records(connection, existing_relations(connection)), as_of, policy)
    daily, of_days = judged_rows(connection, "marts.mart_kpi_daily", KpiRow)
    weekly, of_weeks = judged_rows(connection, "marts.mart_kpi_weekly", PeriodRow)
    monthly, of_months = judged_rows(connection, "marts.mart_kpi_monthly", PeriodRow)
    if not daily or not weekly or not monthly:
        raise ValueError("nothing to compare: one of the KPI marts is empty")
    both = {row.kpi for row in daily} if kpis is None else kpis
    found = [f"daily {line}" for line in compare(oracle.daily, daily, both)]
    found += [f"weekly {line}" for line in compare(oracle.weekly, weekly, both)]
    found += [f"monthly {line}" for line in compare(oracle.monthly, monthly, both)]
    theirs = {"daily": _by_key(daily, of_days), "weekly": _by_key(weekly, of_weeks), "monthly": _by_key(monthly, of_months)}
    return found + _misjudged(theirs, oracle, as_of, policy or Policy(), both)


def _by_key(rows: Iterable[AnyRow], judgements: Iterable[Judgement]) -> dict[tuple[object, ...], Judgement]:
    return {row.key: judgement for row, judgement in zip(rows, judgements, strict=True)}


def _misjudged(theirs: Judged, oracle: Marts, as_of: Mapping[str, datetime], policy: Policy, kpis: Collection[str]) -> list[str]:
    """Where settling, target, band or verdict of a row that both have are different."""
    days = [row.service_date for row in oracle.daily]
    judge, found = Judge(policy, max(as_of.values()), (min(days), max(days))), []
    for name, judged in theirs.items():
        rows: list[AnyRow] = [row for row in getattr(oracle, name) if row.kpi in kpis]
        for row, ours in judge.judgements(rows):
            their = judged.get(row.key, ours)
            if their == ours:
                continue
            found += [
                f"{name} {name_of(row)}: {column} oracle {mine}, mart {other}"
                for column, mine, other in zip(Judgement._fields, ours, their, strict=True)
                if mine != other
            ]
    return found
