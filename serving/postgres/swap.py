"""The swap: loaded tables take the place of the marts in one transaction, and nothing that others hang on them is dropped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from deskmart.errors import ServingError
from serving.postgres.dependents import View, drop_replaced, lead_to_new, views_on_marts
from serving.postgres.roles import KEPT, LOADING, MARTS, READER
from serving.postgres.server import fetch, name, run

if TYPE_CHECKING:
    from serving.postgres.server import Connection

_PAUSE_SECONDS = 0.25
# Waiting for locks must end before any reader that waits for us looks for a deadlock: else PostgreSQL might end the reader.
_SHARE_OF_DEADLOCK_TIMEOUT = 0.7


def swap(connection: Connection, wait_seconds: float, also: Callable[[str], None]) -> list[str]:
    """Put the loaded tables in the place of the marts, `also` doing what belongs to the same step (it gets the schema of what is kept);
    what others keep hold of.

    Readers wait for a moment and see the old tables or the new ones. A reader's open transaction is waited for, at most
    `wait_seconds`; then it is named in a `ServingError`, and nothing was changed.
    """
    import psycopg

    deadline = time.monotonic() + wait_seconds
    _await_older_transactions(connection, deadline)
    patience = _patience_milliseconds(connection)
    while True:
        views = views_on_marts(connection)
        try:
            with connection.transaction():
                _lock(connection, views, patience)
                _exchange(connection, views, also)
            break
        except (psycopg.errors.QueryCanceled, psycopg.errors.DeadlockDetected):
            if time.monotonic() > deadline:
                raise _busy(_holders(connection)) from None
        time.sleep(_PAUSE_SECONDS)
    return drop_replaced(connection, patience)


def _exchange(connection: Connection, views: Sequence[View], also: Callable[[str], None]) -> None:
    kept = f"{KEPT}{datetime.now(UTC):%Y%m%dt%H%M%S%f}"
    old = _tables(connection, MARTS)
    run(connection, f"create schema {kept}")
    run(connection, *_grants_of_others(connection))
    run(connection, *(f"alter table {name(MARTS, table)} set schema {kept}" for table in old))
    run(connection, *(f"alter table {name(LOADING, table)} set schema {MARTS}" for table in _tables(connection, LOADING)))
    lead_to_new(connection, views)
    also(kept)


def _tables(connection: Connection, schema: str) -> list[str]:
    return [str(row[0]) for row in fetch(connection, "select tablename from pg_tables where schemaname = %s order by 1", schema)]


def _grants_of_others(connection: Connection) -> list[str]:
    """Who else may read a published table, as grants on the table that takes its place."""
    found = fetch(
        connection,
        "select c.relname, coalesce(r.rolname, '') from pg_class as c join pg_namespace as n on n.oid = c.relnamespace "
        "cross join aclexplode(c.relacl) as may left join pg_roles as r on r.oid = may.grantee "
        "where n.nspname = %s and may.privilege_type = 'SELECT' and may.grantee <> c.relowner and r.rolname is distinct from %s",
        MARTS,
        READER,
    )
    loaded = set(_tables(connection, LOADING))
    return [
        f"grant select on {name(LOADING, table)} to {name(role) if role else 'public'}"
        for table, role in found
        if table in loaded
    ]


def _lock(connection: Connection, views: Sequence[View], milliseconds: int) -> None:
    """Lock views, then tables, all within so many milliseconds or not at all."""
    locked = [str(view) for view in views if view.is_ours_to_change]
    locked += [name(MARTS, table) for table in _tables(connection, MARTS)]
    run(connection, f"set local statement_timeout = {milliseconds}")
    if locked:
        run(connection, f"lock table {', '.join(locked)} in access exclusive mode")
    run(connection, "set local statement_timeout = 0")


def _patience_milliseconds(connection: Connection) -> int:
    ((setting,),) = fetch(connection, "select setting from pg_settings where name = 'deadlock_timeout'")
    return max(1, int(int(setting) * _SHARE_OF_DEADLOCK_TIMEOUT))


def _await_older_transactions(connection: Connection, deadline: float) -> None:
    """Wait for the transactions that were open before the load was done: with an old snapshot the new tables look empty.

    Without the right to see what others do, every transaction that is open counts.
    """
    open_now = """
        select l.virtualtransaction, a.pid, a.usename, a.application_name, a.xact_start
        from pg_locks as l join pg_stat_activity as a on a.pid = l.pid
        where l.locktype = 'virtualxid' and l.granted and a.datname = current_database() and a.pid <> pg_backend_pid()
            and coalesce(a.backend_type, 'client backend') = 'client backend'
            and (a.backend_xmin is not null or not pg_has_role('pg_read_all_stats', 'usage'))
    """
    before = {row[0] for row in fetch(connection, open_now)}
    while holders := [row[1:] for row in fetch(connection, open_now) if row[0] in before]:
        if time.monotonic() > deadline:
            raise _busy(holders)
        time.sleep(_PAUSE_SECONDS)


def _holders(connection: Connection) -> Sequence[Sequence[object]]:
    return fetch(
        connection,
        "select distinct a.pid, a.usename, a.application_name, a.xact_start from pg_locks as l "
        "join pg_stat_activity as a on a.pid = l.pid join pg_class as c on c.oid = l.relation "
        "join pg_namespace as n on n.oid = c.relnamespace "
        "where l.granted and n.nspname = %s and a.pid <> pg_backend_pid() order by a.xact_start",
        MARTS,
    )


def _busy(holders: Sequence[Sequence[object]]) -> ServingError:
    who = "; ".join(
        f"process {pid} of {user} ({application or 'no name'}) since {since or 'some time'}"
        for pid, user, application, since in holders
    )
    return ServingError(
        f"readers' open transactions leave no moment for the swap: {who or 'they have just ended'}",
        source="postgres",
        todo="end them (select pg_terminate_backend(PID)); readers keep the old marts, and the next run tries again",
    )
