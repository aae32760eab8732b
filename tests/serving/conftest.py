"""One PostgreSQL for all tests of a process, a database of its own for each test, and marts to publish into it."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from serving.postgres import local

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server with nothing in it; databases of tests are made beside the one it names."""
    folder = Path(tempfile.mkdtemp(prefix="deskmart-postgres-"))  # not in pytest's folder, which only its owner can enter
    folder.chmod(0o755)
    try:
        yield local.start(folder, lasting=False)
    finally:
        local.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def make_database(postgres_server: str) -> Callable[[], str]:
    """Makes an empty database; its address."""

    def make() -> str:
        database = f"test_{next(_NUMBERS)}"
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"create database {database} strategy = wal_log".encode())
        return postgres_server.rpartition("/")[0] + f"/{database}"

    return make


@pytest.fixture
def a_database(make_database: Callable[[], str]) -> str:
    """The address of an empty database."""
    return make_database()


@pytest.fixture
def a_plain_owner(a_database: str) -> Iterator[str]:
    """The address for a login that owns the database and is no superuser: as at a hosting service."""
    database = a_database.rpartition("/")[2]
    with psycopg.connect(a_database, autocommit=True) as connection:
        for statement in (
            "drop role if exists plain_owner",
            "create role plain_owner login createrole password 'for tests'",
            f"alter database {database} owner to plain_owner",
        ):
            connection.execute(statement.encode())
        yield a_database.replace(a_database.split("@")[0], "postgresql://plain_owner:for%20tests")
        connection.execute(f"alter database {database} owner to deskmart".encode())
        connection.execute(b"reassign owned by plain_owner to deskmart; drop owned by plain_owner; drop role plain_owner")
