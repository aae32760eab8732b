"""Provisioning a Metabase, tried on a look-alike of its API that runs every question; no real Metabase is started here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from deskmart.dictionary import published_tables
from deskmart.errors import DeskmartError
from serving.bi.dashboards import dashboards
from serving.bi.datasets import datasets
from serving.metabase.api import Metabase
from serving.metabase.provision import Server, provision
from tests.serving.metabase_lookalike import State, a_metabase
from tests.serving.published import empty_marts

SERVER = Server("serving-db", 5432, "deskmart", "metabase", "a secret")
CHARTS = sum(1 for dashboard in dashboards() for _ in dashboard.charts)


@pytest.fixture(scope="module")
def lookalike(make_database: Callable[[], str]) -> Iterator[tuple[str, State]]:
    with psycopg.connect(make_database(), autocommit=True) as connection:
        empty_marts(connection, commented=True)
        with a_metabase(connection) as served:
            yield served


@pytest.fixture(scope="module")
def twice(lookalike: tuple[str, State]) -> tuple[list[str], list[str]]:
    """What provisioning said the first time and the second."""
    return provision(logged_in(lookalike[0]), SERVER), provision(logged_in(lookalike[0]), SERVER)


def logged_in(url: str, password: str = "a password") -> Metabase:
    metabase = Metabase(url)
    metabase.log_in("admin@shop.example", password)
    return metabase


def test_a_new_metabase_gets_everything_and_a_second_time_nothing_twice(
    lookalike: tuple[str, State], twice: tuple[list[str], list[str]]
) -> None:
    _, state = lookalike
    first, second = twice
    assert first == second
    assert state.problems == []
    assert len(first) == len(state.dashboards) == len(dashboards())
    assert len(state.cards) == CHARTS + len(datasets())
    assert len(state.databases) == len(state.collections) == 1
    placed = {dashboard["name"]: len(dashboard["dashcards"]) for dashboard in state.dashboards.values()}
    assert placed == {dashboard.title: sum(len(row) for row in dashboard.rows) for dashboard in dashboards()}


def test_tables_and_fields_carry_the_dictionarys_texts(lookalike: tuple[str, State], twice: object) -> None:
    _, state = lookalike
    told: dict[str, Any] = {table.name: table for table in published_tables()}
    assert {table["name"]: table["description"] for table in state.tables.values()} == {
        name: table.text for name, table in told.items()
    }
    described = {
        (state.tables[field["table_id"]]["name"], field["name"]): field["description"] or "" for field in state.fields.values()
    }
    assert described == {(name, column): what.text for name, table in told.items() for column, what in table.columns.items()}


def test_no_two_cards_of_a_dashboard_lie_on_each_other(lookalike: tuple[str, State], twice: object) -> None:
    _, state = lookalike
    for dashboard in state.dashboards.values():
        taken = [
            (row, column)
            for place in dashboard["dashcards"]
            for row in range(place["row"], place["row"] + place["size_y"])
            for column in range(place["col"], place["col"] + place["size_x"])
        ]
        assert len(taken) == len(set(taken))


def test_a_wrong_password_is_one_line_that_does_not_say_it(lookalike: tuple[str, State], twice: object) -> None:
    url, _ = lookalike
    with pytest.raises(DeskmartError, match="refused POST /api/session") as said:
        logged_in(url, "another secret")
    assert "another secret" not in str(said.value)


def test_a_metabase_that_is_not_there_is_one_line() -> None:
    with pytest.raises(DeskmartError, match="does not answer"):
        logged_in("http://127.0.0.1:9")
