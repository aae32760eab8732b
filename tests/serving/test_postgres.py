"""Publishing into PostgreSQL: the same rows as in the files, described, and never torn."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from deskmart.errors import ServingError
from deskmart.settings import Settings
from serving.postgres.serve import postgres_anchors, serve_postgres
from serving.versions import published_anchors, rollback
from tests.made_once import MadeOnce
from tests.serving.small_home import a_home, a_published_home, asked, published, served


@pytest.fixture
def home(tmp_path: Path, a_database: str, made_once: MadeOnce) -> Settings:
    """A home in which 1 is published, as files and in PostgreSQL."""
    made_once.copy(a_published_home, tmp_path, 1)
    settings = a_home(tmp_path, a_database)
    served(settings)
    return settings


def test_rows_arrive_with_their_types(home: Settings, a_database: str) -> None:
    ((row, *_), kinds) = (
        asked(a_database, "select * from marts.mart_kpi_daily order by 1"),
        asked(
            a_database,
            "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'marts.mart_kpi_daily'::regclass and attnum > 0",
        ),
    )
    assert row[:7] == (date(2026, 3, 1), "agent", "a0", "all", "aht", "default", 1)
    assert row[7:9] == (Decimal("0.333333"), 1.0)
    assert row[10].astimezone(UTC) == datetime(2026, 3, 1, 16, 0, 0, 123456, tzinfo=UTC)
    assert [kind for (kind,) in kinds][7:11] == ["numeric(38,6)", "double precision", "boolean", "timestamp with time zone"]


def test_publishing_again_replaces_everything_and_publishing_the_same_does_nothing(home: Settings, a_database: str) -> None:
    assert not served(home).is_new
    second = published(home, 2, rows=5)
    assert served(home).tables == {"mart_kpi_daily": 5, "dim_customers": 5, "fct_orders": 5, "kpi_catalog": 1, "publish_info": 1}
    assert asked(a_database, "select distinct value, publish_id from marts.mart_kpi_daily") == [(2.0, second)]
    assert asked(a_database, "select nspname from pg_namespace where nspname like 'marts_kept%'") == []
    assert asked(a_database, "select count(*) from pg_tables where schemaname = 'marts_loading'") == [(0,)]


def test_a_rollback_swings_postgresql_too(home: Settings, a_database: str) -> None:
    first = asked(a_database, "select publish_id from marts.publish_info")[0][0]
    published(home, 2)
    served(home)
    rollback(home, first)
    served(home)
    assert asked(a_database, "select distinct value, publish_id from marts.mart_kpi_daily") == [(1.0, first)]


def test_a_server_that_is_down_is_named_without_its_password_and_the_next_run_heals(home: Settings, a_database: str) -> None:
    published(home, 2)
    with pytest.raises(ServingError, match=r"postgres: 127\.0\.0\.1:9/nowhere: .*the next run publishes here") as failed:
        serve_postgres(a_home(home.home, "postgresql://somebody:a-secret@127.0.0.1:9/nowhere"))
    assert "a-secret" not in str(failed.value)
    assert served(home).is_new
    assert asked(a_database, "select distinct value from marts.mart_kpi_daily") == [(2.0,)]


def test_a_table_that_somebody_dropped_comes_back(home: Settings, a_database: str) -> None:
    asked(a_database, "drop table marts.fct_orders")
    assert served(home).is_new
    assert asked(a_database, "select count(*) from marts.fct_orders") == [(3,)]


def test_keys_references_indexes_and_comments_are_there(home: Settings, a_database: str) -> None:
    keys = asked(
        a_database,
        "select conrelid::regclass::text, contype::text, pg_get_constraintdef(oid) from pg_constraint "
        "where connamespace = 'marts'::regnamespace and contype in ('p', 'f') order by 1, 2",
    )
    assert keys == [
        ("marts.dim_customers", "p", "PRIMARY KEY (person_key)"),
        ("marts.fct_orders", "f", "FOREIGN KEY (person_key) REFERENCES marts.dim_customers(person_key)"),
        ("marts.fct_orders", "p", "PRIMARY KEY (order_id_token)"),
        ("marts.kpi_catalog", "p", "PRIMARY KEY (kpi, variant, version)"),
        ("marts.mart_kpi_daily", "p", "PRIMARY KEY (service_date, scope, scope_id, channel_group, kpi, variant)"),
    ]
    assert asked(a_database, "select obj_description('marts.mart_kpi_daily'::regclass)") == [("it's one row\\per day",)]
    assert ("数值",) in asked(
        a_database, "select description from pg_description where objoid = 'marts.mart_kpi_daily'::regclass"
    )
    assert asked(a_database, "select count(*) from pg_indexes where schemaname = 'marts'") == [(6,)]


def test_the_ledgers_head_of_every_publish_is_remembered(home: Settings, a_database: str) -> None:
    published(home, 2)
    served(home)
    assert sorted(postgres_anchors(home)) == sorted(published_anchors(home))
    assert len(postgres_anchors(home)) == 2
