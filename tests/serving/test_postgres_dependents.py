"""What analysts build on the marts outlives every publish: it shows the new figures, or its table is kept and named."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psycopg
import pytest

from deskmart.errors import ServingError
from deskmart.settings import Settings
from serving.postgres.serve import serve_postgres
from tests.made_once import MadeOnce
from tests.serving.small_home import a_home, a_published_home, asked, published, served


@pytest.fixture
def home(tmp_path: Path, a_database: str, made_once: MadeOnce) -> Settings:
    """A home in which 1 is published into PostgreSQL, where analysts have a schema."""
    made_once.copy(a_published_home, tmp_path, 1)
    settings = a_home(tmp_path, a_database)
    served(settings)
    asked(a_database, "create schema analysts")
    return settings


def kept_tables(address: str) -> list[str]:
    found = asked(address, "select tablename from pg_tables where schemaname like 'marts_kept_%' order by 1")
    return [str(table) for (table,) in found]


def test_views_go_on_and_show_the_new_figures(home: Settings, a_database: str) -> None:
    asked(
        a_database,
        """
        create view analysts.totals with (security_barrier = true) as
            select m.value, c.links, count(*) as days from marts.mart_kpi_daily as m cross join marts.dim_customers as c group by 1, 2;
        create view analysts.on_top as select value * 10 as ten_times from analysts.totals;
        comment on view analysts.totals is 'mine';
        """,
    )
    oid = asked(a_database, "select 'analysts.totals'::regclass::oid")
    for number in (2, 3):
        published(home, number)
        assert served(home).kept == []
        assert asked(a_database, "select distinct value, links from analysts.totals") == [(float(number), number)]
        assert asked(a_database, "select distinct ten_times from analysts.on_top") == [(number * 10.0,)]
    assert asked(a_database, "select 'analysts.totals'::regclass::oid") == oid
    assert asked(a_database, "select obj_description('analysts.totals'::regclass)") == [("mine",)]
    assert asked(a_database, "select reloptions from pg_class where relname = 'totals'") == [(["security_barrier=true"],)]
    assert kept_tables(a_database) == []


def test_what_cannot_be_led_over_keeps_its_table_and_is_told_what_to_do(home: Settings, a_database: str) -> None:
    asked(
        a_database,
        """
        create materialized view analysts.snapshot as select * from marts.mart_kpi_daily;
        create table analysts.notes (person_key text references marts.dim_customers on delete cascade, note text);
        insert into analysts.notes values ('p0', 'calls often');
        """,
    )
    published(home, 2)
    told = served(home).kept

    assert len(told) == 2
    assert "notes" in told[0]
    assert "drop this foreign key and create it again to marts.dim_customers" in told[0]
    assert "analysts.snapshot" in told[1]
    assert "a materialized view keeps its table" in told[1]
    assert kept_tables(a_database) == ["dim_customers", "mart_kpi_daily"]
    assert asked(a_database, "select * from analysts.notes") == [("p0", "calls often")]
    assert asked(a_database, "select distinct value from marts.mart_kpi_daily") == [(2.0,)]

    published(home, 3)
    assert [line.split(" still ")[0] for line in served(home).kept] == [line.split(" still ")[0] for line in told]
    assert kept_tables(a_database) == ["dim_customers", "mart_kpi_daily"]

    asked(a_database, "drop materialized view analysts.snapshot; drop table analysts.notes")
    published(home, 4)
    assert served(home).kept == []
    assert asked(a_database, "select nspname from pg_namespace where nspname like 'marts_kept%'") == []


def test_a_view_that_the_new_columns_do_not_suit_stays_on_the_old_table_until_they_do(home: Settings, a_database: str) -> None:
    published(home, 2, more=", 'x' as extra")
    served(home)
    asked(a_database, "create view analysts.extras as select extra, value from marts.mart_kpi_daily")
    published(home, 3)
    (told,) = served(home).kept
    assert "view analysts.extras" in told
    assert asked(a_database, "select distinct extra, value from analysts.extras") == [("x", 2.0)]

    published(home, 4, more=", 'y' as extra")
    assert served(home).kept == []
    assert asked(a_database, "select distinct extra, value from analysts.extras") == [("y", 4.0)]


def test_a_publisher_without_rights_over_a_view_keeps_its_table(tmp_path: Path, a_database: str, a_plain_owner: str) -> None:
    settings = a_home(tmp_path, a_plain_owner)
    published(settings, 1)
    served(settings)
    asked(a_database, "create schema others; create view others.theirs as select distinct value from marts.mart_kpi_daily")
    published(settings, 2)
    (told,) = served(settings).kept
    assert "view others.theirs" in told
    assert asked(a_database, "select value from others.theirs") == [(1.0,)]
    assert asked(a_database, "select distinct value from marts.mart_kpi_daily") == [(2.0,)]


def test_rights_that_were_given_on_a_table_outlive_the_publish(home: Settings, a_database: str) -> None:
    asked(a_database, "create role auditor nologin; grant select on marts.dim_customers to auditor")
    try:
        published(home, 2)
        served(home)
        rights = "select has_table_privilege('auditor', 'marts.dim_customers', 'select'), has_table_privilege('auditor', 'marts.fct_orders', 'select')"
        assert asked(a_database, rights) == [(True, False)]
    finally:
        asked(a_database, "drop owned by auditor; drop role auditor")


def test_a_reader_whose_transaction_began_before_never_sees_an_empty_table(home: Settings, a_database: str) -> None:
    """Not even one that had looked at nothing yet: its snapshot is older than the new rows."""
    published(home, 2)
    with psycopg.connect(a_database) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("select 1")
        publishing = threading.Thread(target=serve_postgres, args=(home,))
        publishing.start()
        while asked(a_database, "select count(*) from pg_tables where schemaname = 'marts_loading'") != [(5,)]:
            time.sleep(0.01)
        assert reader.execute("select distinct value from marts.mart_kpi_daily").fetchall() == [(1.0,)]
        assert publishing.is_alive()
    publishing.join()
    assert asked(a_database, "select distinct value from marts.mart_kpi_daily") == [(2.0,)]


def test_a_transaction_that_does_not_end_is_named_and_nothing_is_changed(tmp_path: Path, home: Settings, a_database: str) -> None:
    published(home, 2)
    hasty = a_home(tmp_path, a_database, wait_seconds=1)
    with psycopg.connect(a_database, application_name="a notebook") as reader:
        reader.execute("select * from marts.mart_kpi_daily")
        with pytest.raises(ServingError, match=r"process \d+ of deskmart \(a notebook\) since .*pg_terminate_backend"):
            serve_postgres(hasty)
        assert reader.execute("select distinct value from marts.mart_kpi_daily").fetchall() == [(1.0,)]
    served(home)
    assert asked(a_database, "select distinct value from marts.mart_kpi_daily") == [(2.0,)]


def test_nothing_that_publishes_ever_cascades() -> None:
    from serving import postgres

    modules = sorted(Path(postgres.__path__[0]).glob("*.py"))
    assert len(modules) > 5
    assert [
        module.name
        for module in modules
        if "cascade" in module.read_text(encoding="utf-8").lower().replace("without cascade", "")
    ] == []
