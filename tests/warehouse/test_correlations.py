"""Correlations as KPIS.md wants them: the unit stated, ties with their average rank, null below 30 pairs and without variance."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator, Sequence

import duckdb
import pytest

from tests.warehouse.quick import load_seeds
from tests.warehouse.rendering import rendered

MODELS = ("int_kpi_pairs_listed", "mart_kpi_correlations")
Pair = tuple[float, float]
EMPTY = {
    "fct_contacts": "contact_id text, contact_kind text, ticket_id text, channel_group text, started_at timestamptz, "
    "response_seconds decimal(18, 6), is_response_counted boolean",
    "fct_surveys": "survey_id text, contact_id text, ticket_id text, channel_group text, mapped_score int, is_csat_response boolean",
    "int_adjustments_unioned": "kpi text, subject text, adjustment_number bigint, is_first boolean, marks text",
    "int_kpi_periods_valued": "grain text, scope text, scope_id text, variant text, kpi text, channel_group text, "
    "period_start date, value double",
}


@pytest.fixture(scope="module")
def october() -> Iterator[duckdb.DuckDBPyConnection]:
    """A month in which nothing has happened, and the two models as views."""
    with duckdb.connect() as connection:
        connection.execute("create schema inputs; create schema seeds; set search_path = 'main,seeds'")
        load_seeds(connection)
        connection.execute(
            "create table inputs.build_info as select date '2026-10-01' as first_day, date '2026-10-31' as last_day"
        )
        for table, columns in EMPTY.items():
            connection.execute(f"create table {table} ({columns})")
        sql = {model.name: model.sql for model in rendered("duckdb")}
        for model in MODELS:
            connection.execute(f"create view {model} as {sql[model]}")
        yield connection


def correlated(october: duckdb.DuckDBPyConnection, pairs: Sequence[Pair]) -> tuple[int, float | None, float | None]:
    """The row of mart_kpi_correlations for frt and csat by agent and month, of agents with these values alone."""
    october.execute("delete from int_kpi_periods_valued")
    october.executemany(
        "insert into int_kpi_periods_valued values ('month', 'agent', ?, 'default', ?, 'chat', date '2026-10-01', ?)",
        [
            (f"A{number}", kpi, value)
            for number, pair in enumerate(pairs)
            for kpi, value in zip(("frt", "csat"), pair, strict=True)
        ],
    )
    row = october.execute(
        "select sample_size, pearson, spearman from mart_kpi_correlations "
        "where unit = 'agent-month' and kpi_x = 'frt' and kpi_y = 'csat' and channel_group = 'chat'"
    ).fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param([(n, 2 * n + 1) for n in range(30)], (30, 1, 1), id="a line"),
        pytest.param([(n, -n) for n in range(30)], (30, -1, -1), id="a falling line"),
        pytest.param([(n, n) for n in range(29)], (29, None, None), id="29 pairs are too few"),
        pytest.param([(n, 4) for n in range(30)], (30, None, None), id="a KPI that never varies"),
        # places of x 1 to 30, of y 8 (15 times) and 23: sum of products around 15.5: 7.5 * (112.5 + 112.5) = 1687.5; squares of x
        # 30 * 899 / 12 = 2247.5, of y 30 * 56.25 = 1687.5; 1687.5 / sqrt(2247.5 * 1687.5) = 0.866507
        pytest.param([(n * n, int(n >= 15)) for n in range(30)], (30, None, 0.866507), id="ties share their average rank"),
    ],
)
def test_the_correlation_by_hand(
    pairs: list[Pair], expected: tuple[int, float | None, float | None], october: duckdb.DuckDBPyConnection
) -> None:
    count, pearson, spearman = correlated(october, pairs)
    assert count == expected[0]
    assert (spearman is None) == (expected[2] is None)
    assert spearman == (None if expected[2] is None else pytest.approx(expected[2], abs=1e-6))
    if expected[1] is not None:
        assert pearson == pytest.approx(expected[1], abs=1e-6)


def test_it_is_that_of_another_implementation(october: duckdb.DuckDBPyConnection) -> None:
    chance = random.Random(3)
    pairs = [(chance.randint(1, 9) / 4, chance.randint(1, 5) + chance.random() // 0.1 / 10) for _ in range(80)]
    count, pearson, spearman = correlated(october, pairs)
    x, y = zip(*pairs, strict=True)
    assert count == 80
    assert pearson == pytest.approx(statistics.correlation(x, y), abs=1e-6)
    assert spearman == pytest.approx(statistics.correlation(places(x), places(y)), abs=1e-6)


def places(values: Sequence[float]) -> list[float]:
    """Average ranks."""
    return [sum(other < value for other in values) + (values.count(value) + 1) / 2 for value in values]


def test_the_order_of_the_agents_does_not_matter(october: duckdb.DuckDBPyConnection) -> None:
    chance = random.Random(5)
    pairs = [(chance.random() * 1000, chance.random()) for _ in range(50)]
    assert correlated(october, pairs) == correlated(october, pairs[::-1])
