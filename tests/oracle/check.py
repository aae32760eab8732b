"""A built warehouse against the oracle."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from duckdb import DuckDBPyConnection

from tests.oracle.compare import compare
from tests.oracle.kpis import Marts, compute, compute_marts
from tests.oracle.policy import Policy
from tests.oracle.reader import canonical_records, existing_relations, mart_rows, period_rows


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
    theirs = Marts(
        mart_rows(connection), period_rows(connection, "marts.mart_kpi_weekly"), period_rows(connection, "marts.mart_kpi_monthly")
    )
    if not theirs.daily or not theirs.weekly or not theirs.monthly:
        raise ValueError("nothing to compare: one of the KPI marts is empty")
    both = {row.kpi for row in theirs.daily} if kpis is None else kpis
    found = [f"daily {line}" for line in compare(oracle.daily, theirs.daily, both)]
    found += [f"weekly {line}" for line in compare(oracle.weekly, theirs.weekly, both)]
    return found + [f"monthly {line}" for line in compare(oracle.monthly, theirs.monthly, both)]
