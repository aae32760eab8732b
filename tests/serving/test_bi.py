"""The dashboards' declaration: its SQL runs on PostgreSQL over the published columns, and its figures are those of `deskmart kpi`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from deskmart.dictionary import published_tables
from deskmart.kpi import cells, kpi_lines
from deskmart.settings import Settings
from serving.bi import figures
from serving.bi.dashboards import dashboards
from serving.bi.datasets import datasets
from serving.bi.parts import Chart
from serving.bi.questions import sql_of
from tests.serving.published import empty_marts

CHARTS = [chart for dashboard in dashboards() for chart in dashboard.charts]
# kpi, kind, unit, display factor, direction, low, high; then per day: numerator, denominator, value, 7 days, 7 before, change, relative
_KPIS = (
    ("answer_rate", "ratio", "rate", 100, "up", 0.95, None, [(90, 100), (7, 9), (33, 64)]),
    ("pii_leak_rate", "ratio", "rate", 100, "down", None, 0.0, [(0, 100), (0, 9), (0, 64)]),
    ("csat", "ratio", "rate", 100, "up", 0.85, 0.95, [(90, 100), (9, 9), (64, 64)]),
    ("asa", "ratio", "seconds", 1, "down", 10, 20, [(1234.5, 100), (900, 9), (0, 64)]),
    ("frt", "ratio", "seconds", 1, "down", None, 20, [(123456.789, 1), (0, 0), (0, 0)]),
    ("nps", "ratio", "score", 100, "up", None, None, [(-5, 100), (-9, 9), (3, 64)]),
    ("aov", "ratio", "money", 1, "up", None, None, [(1000.005, 3), (12345678.9, 9), (0, 0)]),
    ("offered", "count", "contacts", 1, "none", None, None, [(1200, None), (0, None), (34567, None)]),
    ("backlog", "stock", "tickets", 1, "down", None, None, [(12, None), (47, None), (4711, None)]),
    ("open_age", "stock", "seconds", 1, "down", None, None, [(12, 3), (47, 4), (4711, 7)]),
    ("time_to_resolve", "distribution", "seconds", 1, "down", None, None, [(None, None), (None, None), (None, None)]),
    ("no_reply_rate", "ratio", "rate", 100, "down", 0.01, 0.02, [(0, 0), (0, 0), (0, 0)]),
)


@pytest.fixture
def marts(a_database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(a_database, autocommit=True) as connection:
        empty_marts(connection)
        yield connection


def test_every_question_runs_over_the_published_columns(marts: psycopg.Connection[Any]) -> None:
    for chart in CHARTS:
        rows = marts.execute(sql_of(chart, days="{column} >= date '2026-01-01'").encode()).fetchall()
        assert len(rows) == (1 if chart.kind in ("number", "trend") else 0), chart.key
    for dataset in datasets().values():
        named = ", ".join(f'"{column.name}"' for column in dataset.fields)
        marts.execute(f"select {named} from {dataset.source}".encode())
        for metric in dataset.metrics:
            marts.execute(f"select {metric.sql} from {dataset.source}".encode())


@pytest.mark.parametrize("days", [1, 2, 3])
def test_figures_are_those_of_deskmart_kpi(marts: psycopg.Connection[Any], tmp_path: Path, days: int) -> None:
    settings = a_home_with(tmp_path, marts, days)
    shown = {
        row[0]: list(row[1:])
        for row in marts.execute(
            (
                f"select kpi, {figures.shown(figures.VALUE)}, {figures.TARGET}, {figures.BAND}, to_char({figures.SAMPLE}, 'FM999,999,990'), "
                f"{figures.shown(figures.last('value_7d'))}, {figures.shown(figures.last('value_prev_7d'))}, {figures.CHANGE} "
                f"from {datasets()['kpi_daily'].source} group by kpi"
            ).encode()
        )
    }
    lines = {line.kpi: [clean(text) for text in cells(line, "en")] for line in kpi_lines(settings)}
    assert set(shown) == set(lines) == {kpi[0] for kpi in _KPIS}
    for kpi, row in lines.items():
        assert shown[kpi] == [*row[3:7], *row[9:12]], kpi


def a_home_with(home: Path, connection: psycopg.Connection[Any], days: int) -> Settings:
    """A home that publishes some KPIs of every kind over some days, and the same rows in PostgreSQL."""
    catalogue = [
        (kpi, "default", 1, f"{kpi}!", f"{kpi}？", kind, unit, factor, direction)
        for kpi, kind, unit, factor, direction, *_ in _KPIS
    ]
    daily = []
    for number, (kpi, kind, _unit, _factor, _direction, low, high, parts) in enumerate(_KPIS):
        for day, (above, below) in enumerate(parts[:days], 1):
            value = day + number / 7 if kind == "distribution" else None
            week = None if day == 1 else (day + number) / 9
            before = None if week is None else week * 0.9
            change = None if week is None or before is None else week - before
            verdict = None if change is None else ("better", "worse", "flat")[number % 3]
            relative = None if change is None or number % 4 == 0 else 0.1111
            daily.append(
                (
                    *(f"2026-03-0{day}", "company", "company", "all", kpi, "default", 1, above, below, value, 10 * day, day),
                    *(week, before, change, relative, verdict, low, high),
                )
            )
    catalogue_columns = "kpi, variant, version, name_en, name_zh, kind, unit, display_factor, direction"
    daily_columns = (
        "service_date, scope, scope_id, channel_group, kpi, variant, kpi_version, numerator, denominator, value, sample_size, pending_size, "
        "value_7d, value_prev_7d, change_abs, change_rel, verdict, target_low, target_high"
    )
    (home / "published" / "current").mkdir(parents=True)
    tables = {table.name: table for table in published_tables()}
    with duckdb.connect(str(home / "published" / "current" / "marts.duckdb")) as file:
        for name, columns, rows in (("kpi_catalog", catalogue_columns, catalogue), ("mart_kpi_daily", daily_columns, daily)):
            typed = ", ".join(f'"{column}" {told.type or "varchar"}' for column, told in tables[name].columns.items())
            file.execute(f"create table {name} ({typed})")
            width = len(rows[0])
            file.executemany(f"insert into {name} ({columns}) values ({', '.join('?' * width)})", rows)
            with connection.cursor() as cursor:
                cursor.executemany(f"insert into marts.{name} ({columns}) values ({', '.join(['%s'] * width)})".encode(), rows)
    return Settings(home, token_key=b"a key for tests")


def clean(text: str) -> str:
    for mark in ("[green]", "[/green]", "[red]", "[/red]"):
        text = text.replace(mark, "")
    return text


def test_no_question_holds_what_a_driver_or_a_template_would_take_for_its_own() -> None:
    texts: list[str] = [dataset.sql for dataset in datasets().values()]
    texts += [metric.sql for dataset in datasets().values() for metric in dataset.metrics]
    texts += [chart.where for chart in CHARTS]
    assert [text for text in texts if "%" in text or "{" in text or "}" in text] == []


def test_every_chart_has_a_name_of_its_own() -> None:
    assert len({chart.key for chart in CHARTS}) == len(CHARTS)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.key)
def test_a_chart_names_what_its_dataset_has(chart: Chart) -> None:
    known = {column.name for column in chart.dataset.fields}
    assert {*chart.by, *filter(None, [chart.x])} <= known
    assert {*chart.metrics} <= {metric.name for metric in chart.dataset.metrics}
