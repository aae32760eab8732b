"""A built warehouse against the oracle."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from duckdb import DuckDBPyConnection

from tests.oracle.compare import compare
from tests.oracle.kpis import compute
from tests.oracle.policy import Policy
from tests.oracle.reader import canonical_records, existing_relations, mart_rows


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
