"""Macros that read a policy: which row is in force, what a label means, how high a tier stands, how a stock is counted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from deskmart.freeze import PROJECT
from tests.warehouse import rendering
from tests.warehouse.rendering import rendered_text

RESOLUTION = """queue_id,channel_group,window_seconds,effective_from
*,*,7,1970-01-01
*,written,14,1970-01-01
*,written,21,2026-02-01
VIP,*,3,2026-01-01
VIP,written,1,2026-03-01
"""


@pytest.fixture(scope="module", autouse=True)
def a_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    project = tmp_path_factory.mktemp("policies") / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    (project / "seeds" / "resolution_policies.csv").write_text(RESOLUTION, encoding="utf-8")
    (project / "seeds" / "tiers.csv").write_text("tier,name_zh,name_en,rank\nGold,金,Gold,9\n", encoding="utf-8")
    rules = "label,effective_from\nComplex,1970-01-01\nhard case,2026-02-01\n"
    (project / "seeds" / "complexity_rules.csv").write_text(rules, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.warehouse.rendering.PROJECT", project)
        rendering._project.cache_clear()
        yield
    rendering._project.cache_clear()


def value(expression: str) -> object:
    found = duckdb.sql(f"select {rendered_text(expression)}").fetchone()
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("queue", "group", "on", "expected"),
    [
        pytest.param("'Q1'", "'voice'", "2026-03-02", 7, id="nobody in particular"),
        pytest.param("'Q1'", "'written'", "2026-01-31", 14, id="a channel group"),
        pytest.param("'Q1'", "'written'", "2026-02-01", 21, id="its newer row from its first day on"),
        pytest.param("'VIP'", "'voice'", "2026-03-02", 3, id="a queue"),
        pytest.param("'VIP'", "'written'", "2026-02-28", 3, id="a queue goes before a channel group"),
        pytest.param("'VIP'", "'written'", "2026-03-02", 1, id="both"),
        pytest.param("'VIP'", "'voice'", "2025-12-31", 7, id="a queue before its policy began"),
        pytest.param("null", "null", "2026-03-02", 7, id="neither known"),
    ],
)
def test_the_most_specific_policy_in_force_wins(queue: str, group: str, on: str, expected: int) -> None:
    arguments = f"'resolution_policies', 'window_seconds', \"{queue}\", \"{group}\", \"date '{on}'\""
    assert value(f"{{{{ policy_of({arguments}) }}}}") == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param("complex", True, id="the label alone"),
        pytest.param("vip COMPLEX zh", True, id="among others, in capitals"),
        pytest.param("vip,complex|zh", True, id="parted by commas and bars"),
        pytest.param("complexity", False, id="a longer word"),
        pytest.param("vip hard case", False, id="a rule not yet in force"),
        pytest.param("", False, id="none"),
        pytest.param(None, False, id="unknown"),
    ],
)
def test_a_label_that_a_rule_names_makes_complex(labels: str | None, expected: bool) -> None:
    given = "cast(null as varchar)" if labels is None else f"'{labels}'"
    assert value(f'{{{{ names_complexity("{given}", "date \'2026-01-31\'") }}}}') is expected


@pytest.mark.parametrize(
    ("tier", "rank"),
    [("gold", 9), ("L2", 2), ("tier 10b", 10), ("expert", None)],
    ids=["listed", "digits", "two digits", "no digits"],
)
def test_a_tier_stands_where_the_seed_says_else_where_its_digits_say(tier: str, rank: int | None) -> None:
    assert value(f"{{{{ tier_rank(\"'{tier}'\") }}}}") == rank


def test_a_stock_is_what_was_open_at_each_midnight_and_its_age_then() -> None:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("""
            create table int_days_published as
            select d as service_date, (d + 1)::timestamp at time zone 'UTC' as midnight_at, d < date '2026-03-05' as is_complete
            from (values (date '2026-03-02'), (date '2026-03-03'), (date '2026-03-04'), (date '2026-03-05')) as days(d)
        """)
        connection.execute("""
            create table spans as select * from (values
                ('a', timestamptz '2026-02-27 12:00:00+00', date '2026-02-27', date '2026-03-03'),
                ('a', timestamptz '2026-03-02 18:00:00.5+00', date '2026-03-02', date '9999-12-31'),
                ('b', timestamptz '2026-03-03 12:00:00+00', date '2026-03-03', date '2026-03-03'),
                (null, timestamptz '2026-03-04 12:00:00+00', date '2026-03-04', date '2026-03-06')
            ) as given(owner, created_at, open_on, closed_on)
        """)
        found = connection.execute(rendered_text("{{ stock_of('spans', ['owner']) }} order by 1, 2")).fetchall()
    day, half = 86_400, Decimal("0.5")
    assert found == [
        (date(2026, 3, 2), "a", 2, 3 * day + day // 2 + 6 * 3_600 - half),  # 3.5 days and 6 hours less half a second
        (date(2026, 3, 3), "a", 1, day + 6 * 3_600 - half),
        (date(2026, 3, 4), "a", 1, 2 * day + 6 * 3_600 - half),
        (date(2026, 3, 4), None, 1, Decimal(12 * 3_600)),
    ]
