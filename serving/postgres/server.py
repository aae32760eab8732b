"""Reaching the serving PostgreSQL: one connection that publishes, and errors that never show an address's password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, LiteralString
from urllib.parse import urlsplit

from deskmart.errors import ServingError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST_SERVER = 150_000  # views that run with their reader's rights came with 15
_LOCK = 0x6465736B  # "desk": the advisory lock of whoever publishes
_LOCK_SECONDS = 60
_CONNECT_SECONDS = 10


@contextmanager
def publisher(address: str) -> Iterator[Connection]:
    """A connection that alone publishes into this database, each statement its own transaction unless one is begun.

    `ServingError` when the server is down, too old, or another publisher does not end; also for whatever PostgreSQL refuses inside.
    """
    with reader(address) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise ServingError(
                f"PostgreSQL {connection.info.server_version // 10_000} is too old", source="postgres", todo="use 15 or newer"
            )
        run(connection, "set statement_timeout = 0", "set idle_in_transaction_session_timeout = 0")
        _alone(connection)
        yield connection


@contextmanager
def reader(address: str) -> Iterator[Connection]:
    """A connection that may look while another process publishes. Errors as in `publisher`."""
    import psycopg

    with (
        told_plainly(address),
        psycopg.connect(address, autocommit=True, connect_timeout=_CONNECT_SECONDS, application_name="deskmart") as connection,
    ):
        for setting in ("time zone 'UTC'", "search_path = pg_catalog", "client_min_messages = warning"):
            run(connection, f"set {setting}")
        yield connection


@contextmanager
def told_plainly(address: str) -> Iterator[None]:
    """PostgreSQL's errors as `ServingError`, with the server's name and without its password."""
    import adbc_driver_manager
    import psycopg

    try:
        yield
    except (psycopg.Error, adbc_driver_manager.Error) as error:
        said = _without_secret(str(error).strip().split("\n")[0], address)
        is_away = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
        todo = "start it or mend its address; the files are published, and the next run publishes here, too"
        raise ServingError(
            f"{server_of(address)}: {said}", source="postgres", todo=todo if is_away else "mend that; the next run tries again"
        ) from error


def server_of(address: str) -> str:
    """`host:port/database` of an address: what may be shown."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "an address that cannot be read"
    if not parts.scheme.startswith("postgres"):
        return "the serving database"
    return f"{host or 'local'}:{port or 5432}/{parts.path.lstrip('/') or 'postgres'}"


def fetch(connection: Connection, query: LiteralString, *values: object) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return connection.execute(query, values).fetchall()


def run(connection: Connection, *statements: str) -> None:
    """Execute statements made of quoted names (`name`) and quoted texts (`text`) in one go: all of them or none."""
    if statements:
        connection.execute(";\n".join(statements).encode())


def name(*parts: str) -> str:
    """A quoted, perhaps qualified, name."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def text(value: str) -> str:
    """A quoted text. NUL cannot stand in PostgreSQL."""
    plain = value.replace("\x00", "").replace("'", "''")
    return f"E'{plain.replace(chr(92), chr(92) * 2)}'" if "\\" in plain else f"'{plain}'"


def _alone(connection: Connection) -> None:
    import psycopg

    connection.execute(f"set lock_timeout = '{_LOCK_SECONDS}s'".encode())
    try:
        connection.execute("select pg_advisory_lock(%s)", [_LOCK])
    except psycopg.errors.LockNotAvailable:
        raise ServingError(
            "another process publishes into this PostgreSQL", source="postgres", todo="wait until it ends, then run again"
        ) from None
    connection.execute("set lock_timeout = 0")


def _without_secret(said: str, address: str) -> str:
    try:
        password = urlsplit(address).password
    except ValueError:
        password = None
    said = said.replace(address, "the address")
    return said.replace(password, "***") if password else said
