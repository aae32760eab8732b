"""As `bi_reader`: the marts can be read, and nothing else can be done. One test per attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from deskmart.errors import UsageError
from serving.postgres.roles import make_login
from serving.postgres.server import publisher
from tests.serving.small_home import a_home, asked, published, served


@dataclass(frozen=True, slots=True)
class Place:
    """A database with published marts: for its owner, and for a reader's login."""

    owner: str
    reader: str


@pytest.fixture(scope="module")
def place(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    owner = make_database()
    settings = a_home(tmp_path_factory.mktemp("reader"), owner)
    published(settings, 1)
    served(settings)
    with publisher(owner) as connection:
        password = make_login(connection, "a_dashboard")
    asked(
        owner,
        "create schema finance; create table finance.salaries as select 1 as salary; create table public.anything as select 1 as x",
    )
    with psycopg.connect(owner, autocommit=True):  # there is somebody to be ended
        yield Place(owner, f"postgresql://a_dashboard:{password}@{owner.split('@')[1]}")
    asked(owner, "drop owned by a_dashboard; drop role a_dashboard")


READABLE = ["marts.mart_kpi_daily", "marts.fct_orders", "marts.kpi_catalog", "marts.publish_info"]

REFUSED = {
    "reading another schema": "select * from finance.salaries",
    "reading the public schema": "select * from public.anything",
    "reading what Deskmart remembers": "select * from deskmart.publishes",
    "reading tables that are being loaded": "select * from marts_loading.mart_kpi_daily",
    "reading passwords": "select * from pg_authid",
    "reading passwords by their view": "select * from pg_shadow",
    "reading the rules of connecting": "select * from pg_hba_file_rules",
    "reading the statistics of columns": "select * from pg_statistic",
    "reading large objects": "select * from pg_largeobject",
    "inserting": "insert into marts.kpi_catalog (kpi) values ('x')",
    "updating": "update marts.mart_kpi_daily set value = 100",
    "deleting": "delete from marts.mart_kpi_daily",
    "truncating": "truncate marts.mart_kpi_daily",
    "merging": "merge into marts.kpi_catalog as c using (select 'aht' as kpi) as n on c.kpi = n.kpi when matched then delete",
    "locking rows": "select * from marts.mart_kpi_daily for update",
    "locking a table": "begin; lock table marts.mart_kpi_daily in access exclusive mode",
    "dropping": "drop table marts.mart_kpi_daily",
    "changing a table": "alter table marts.mart_kpi_daily add column mine int",
    "commenting": "comment on table marts.mart_kpi_daily is 'mine'",
    "indexing": "create index on marts.mart_kpi_daily (value)",
    "a trigger": "create trigger t before insert on marts.mart_kpi_daily execute function suppress_redundant_updates_trigger()",
    "a table in the marts": "create table marts.mine (x int)",
    "a view in the marts": "create view marts.mine as select 1 as x",
    "a function in the marts": "create function marts.f() returns int language sql as 'select 1'",
    "a table in the public schema": "create table public.mine (x int)",
    "a temporary table": "create temporary table mine (x int)",
    "a table of a query": "select * into temporary mine from marts.mart_kpi_daily",
    "a schema": "create schema mine",
    "a database": "create database mine",
    "a role": "create role mine",
    "becoming the owner": "set role deskmart",
    "becoming somebody who reads files": "set role pg_read_server_files",
    "raising itself": "alter role a_dashboard superuser",
    "joining a group": "grant pg_read_all_data to a_dashboard",
    "an extension": "create extension file_fdw",
    "a way to other servers": "create foreign data wrapper mine",
    "copying into a file": "copy marts.mart_kpi_daily to '/tmp/deskmart-stolen'",
    "copying a query into a file": "copy (select 1) to '/tmp/deskmart-stolen'",
    "copying into a program": "copy marts.mart_kpi_daily to program 'cat'",
    "copying from a file": "copy marts.kpi_catalog from '/etc/passwd'",
    "copying from a program": "copy marts.kpi_catalog from program 'id'",
    "copying in": "copy marts.kpi_catalog from stdin",
    "reading a file": "select pg_read_file('/etc/passwd')",
    "reading a file's bytes": "select pg_read_binary_file('/etc/passwd')",
    "reading the server's configuration": "select pg_read_file('postgresql.conf')",
    "listing a folder": "select pg_ls_dir('/')",
    "listing the logs": "select * from pg_ls_logdir()",
    "listing the journal": "select * from pg_ls_waldir()",
    "listing temporary files": "select * from pg_ls_tmpdir()",
    "asking about a file": "select pg_stat_file('/etc/passwd')",
    "finding the server's log": "select pg_current_logfile()",
    "importing a file": "select lo_import('/etc/passwd')",
    "exporting into a file": "select lo_export(1, '/tmp/deskmart-stolen')",
    "making a large object": "select lo_create(0)",
    "making a large object the old way": "select lo_creat(-1)",
    "making a large object of bytes": "select lo_from_bytea(0, 'x')",
    "changing the server": "alter system set archive_mode = on",
    "reloading the server": "select pg_reload_conf()",
    "switching the log": "select pg_rotate_logfile()",
    "ending the publisher": "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'deskmart'",
    "reading where the data lie": "select current_setting('data_directory')",
    "replication": "select pg_create_physical_replication_slot('mine')",
    "a checkpoint": "checkpoint",
    "a procedure that copies": "do $$ begin execute 'copy (select 1) to ''/tmp/deskmart-stolen'''; end $$",
}


@pytest.fixture
def writing(place: Place) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A reader that has switched off what makes its transactions read-only: nothing may rest on a setting readers can change."""
    with psycopg.connect(place.reader, autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = off")
        yield connection


@pytest.mark.parametrize("table", READABLE)
def test_a_reader_reads_the_marts(place: Place, table: str) -> None:
    assert asked(place.reader, f"select count(*) from {table}") == asked(place.owner, f"select count(*) from {table}")


def test_a_reader_needs_no_schemas_name_and_cannot_ask_for_ever(place: Place) -> None:
    assert asked(place.reader, "select count(*) from mart_kpi_daily") == [(3,)]
    assert asked(place.reader, "show statement_timeout") == [("5min",)]


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED.keys())
def test_a_reader_is_refused(place: Place, writing: psycopg.Connection[tuple[object, ...]], attempt: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        writing.execute(attempt.encode())
    assert not Path("/tmp/deskmart-stolen").exists()


def test_a_reader_cannot_pass_its_rights_on(place: Place, writing: psycopg.Connection[tuple[object, ...]]) -> None:
    writing.execute(b"grant select on marts.mart_kpi_daily to public")  # PostgreSQL only warns that nothing was granted
    may = "select count(*) from pg_class, aclexplode(relacl) where oid = 'marts.mart_kpi_daily'::regclass and grantee = 0"
    assert asked(place.owner, may) == [(0,)]


def test_what_a_reader_tried_left_nothing(place: Place) -> None:
    assert asked(place.owner, "select count(*) from pg_largeobject_metadata") == [(0,)]
    assert asked(place.owner, "select max(value), count(*) from marts.mart_kpi_daily") == [(1.0, 3)]


@pytest.mark.parametrize("login", ["Robert'); drop table students", "", "deskmart", "bi_reader", "pg_monitor", "a" * 60])
def test_a_login_for_reading_is_a_plain_new_name(place: Place, login: str) -> None:
    with publisher(place.owner) as connection, pytest.raises(UsageError):
        make_login(connection, login)


def test_a_login_that_is_there_gets_a_new_password(place: Place) -> None:
    with publisher(place.owner) as connection:
        old, new = make_login(connection, "a_tool"), make_login(connection, "a_tool")
    server = place.owner.split("@")[1]
    try:
        assert asked(f"postgresql://a_tool:{new}@{server}", "select 1") == [(1,)]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            asked(f"postgresql://a_tool:{old}@{server}", "select 1")
    finally:
        asked(place.owner, "drop owned by a_tool; drop role a_tool")
