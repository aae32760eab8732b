"""Comparing: every kind of difference is told, and a warehouse's rows come back as they went in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from ingestion.canonical import CANONICAL
from ingestion.schema import accepted_columns
from tests.oracle.check import differences_in_warehouse
from tests.oracle.compare import MEASURES, by_kpi, compare
from tests.oracle.gate import behind_the_gate
from tests.oracle.kpis import compute
from tests.oracle.periods import KpiRow
from tests.oracle.worlds import RawWorld, random_world

A_ROW = KpiRow(
    date(2026, 3, 2), "queue", "Q1", "voice", "asa", "default", Decimal("30.000000"), Decimal("2.000000"),
    Decimal("15.000000"), 2, 0, None, None, None, None,
)  # fmt: skip


@pytest.mark.parametrize("measure", MEASURES)
def test_a_difference_in_any_figure_is_told(measure: str) -> None:
    changed: dict[str, Any] = {measure: 7}
    other = A_ROW._replace(**changed)
    (line,) = compare([A_ROW], [other])
    assert line.startswith(f"2026-03-02 queue=Q1 voice asa: {measure} oracle ")
    assert by_kpi([line]) == {"asa": 1}


def test_a_row_that_one_side_lacks_is_told_on_both_sides() -> None:
    assert compare([A_ROW], []) == ["2026-03-02 queue=Q1 voice asa: not in the mart; 30.000000 / 2.000000, pending 0"]
    assert compare([], [A_ROW]) == ["2026-03-02 queue=Q1 voice asa: not in the oracle; 30.000000 / 2.000000, pending 0"]


def test_a_row_that_stands_twice_in_the_mart_is_told() -> None:
    assert compare([A_ROW], [A_ROW, A_ROW]) == ["2026-03-02 queue=Q1 voice asa: twice in the mart"]


def test_a_dense_row_of_nothing_may_be_missing_but_not_one_with_a_week_behind_it() -> None:
    empty = A_ROW._replace(numerator=Decimal(0), denominator=Decimal(0), value=None, sample_size=0)
    assert compare([empty], []) == []
    assert len(compare([empty._replace(value_7d=Decimal(1))], [])) == 1


def test_kpis_that_the_oracle_does_not_know_are_left_alone() -> None:
    assert compare([], [A_ROW._replace(kpi="somebody_elses")]) == []


@pytest.fixture(scope="module")
def a_world() -> RawWorld:
    return random_world(11, contacts=60)


@pytest.fixture(scope="module")
def judged(a_world: RawWorld) -> tuple[dict[str, list[dict[str, Any]]], list[KpiRow]]:
    """The world's records behind the gate, and what the oracle makes of them."""
    records = behind_the_gate(a_world.rows)
    return records, compute(records, {"file_drop": a_world.as_of})


@pytest.fixture
def a_warehouse(judged: tuple[dict[str, list[dict[str, Any]]], list[KpiRow]]) -> duckdb.DuckDBPyConnection:
    """A database with the canonical unions of a world and the oracle's own rows as its mart."""
    import pyarrow as pa

    connection = duckdb.connect()
    connection.execute("create schema intermediate; create schema marts")
    records, figures = judged
    for stream, canonical in CANONICAL.items():
        columns = {column.name: column for field in canonical.fields for column in accepted_columns(field)}
        columns |= {"source_system": pa.field("source_system", pa.string())}
        if stream == "contact_legs":
            columns |= {"is_suspect": pa.field("is_suspect", pa.bool_())}
        schema = pa.schema(list(columns.values()))
        rows = [{name: _fits(columns[name], row.get(name)) for name in columns} for row in records.get(stream, [])]
        table = pa.Table.from_pylist(rows, schema=schema)
        connection.register("frame", table)
        connection.execute(f"create table intermediate.int_{stream}_unioned as select * from frame")
        connection.unregister("frame")
    connection.register("frame", pa.Table.from_pylist(records["markers"]))
    connection.execute("create table intermediate.int_markers_unioned as select * from frame")
    connection.unregister("frame")
    _write_mart(connection, figures)
    return connection


def _fits(column: object, value: object) -> object:
    import pyarrow as pa

    is_decimal = isinstance(column, pa.Field) and pa.types.is_decimal(column.type)
    return Decimal(str(value)) if is_decimal and value is not None else value


def _write_mart(connection: duckdb.DuckDBPyConnection, rows: list[KpiRow]) -> None:
    import pyarrow as pa

    names = list(KpiRow._fields)
    amount = pa.decimal128(38, 6)
    types = {"service_date": pa.date32(), "sample_size": pa.int64(), "pending_size": pa.int64()}
    types |= {name: pa.float64() for name in names if name.startswith(("value", "change"))}
    types |= dict.fromkeys(("numerator", "denominator"), amount)
    data = {
        name: [
            float(value) if types.get(name) == pa.float64() and value is not None else value
            for value in (getattr(row, name) for row in rows)
        ]
        for name in names
    }
    table = pa.table(data, schema=pa.schema([(name, types.get(name, pa.string())) for name in names]))
    connection.register("frame", table)
    connection.execute("create table marts.mart_kpi_daily as select * from frame")
    connection.unregister("frame")


def test_a_warehouse_gives_back_what_the_oracle_made_of_the_same_records(
    a_warehouse: duckdb.DuckDBPyConnection, a_world: RawWorld
) -> None:
    assert differences_in_warehouse(a_warehouse, {"file_drop": a_world.as_of}) == []


def test_one_spoilt_leg_in_the_warehouse_is_found(a_warehouse: duckdb.DuckDBPyConnection, a_world: RawWorld) -> None:
    a_warehouse.execute(
        "update intermediate.int_contact_legs_unioned set outcome = 'missed' where contact_leg_id = "
        "(select min(contact_leg_id) from intermediate.int_contact_legs_unioned where outcome = 'answered' "
        "and leg_kind = 'queue' and not is_test and not is_spam and channel_group = 'voice')"
    )
    found = differences_in_warehouse(a_warehouse, {"file_drop": a_world.as_of})
    assert {"answered", "missed", "answer_rate"} <= set(by_kpi(found))


def test_an_empty_mart_is_no_agreement(a_warehouse: duckdb.DuckDBPyConnection, a_world: RawWorld) -> None:
    a_warehouse.execute("delete from marts.mart_kpi_daily")
    with pytest.raises(ValueError, match="nothing to compare"):
        differences_in_warehouse(a_warehouse, {"file_drop": a_world.as_of})
