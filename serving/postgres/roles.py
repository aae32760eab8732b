"""Who may read what in the serving PostgreSQL: the group `bi_reader` reads the marts and nothing else."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from deskmart.errors import ServingError, UsageError
from serving.postgres.server import fetch, name, run, text

if TYPE_CHECKING:
    from serving.postgres.server import Connection

READER = "bi_reader"
MARTS, LOADING = "marts", "marts_loading"
KEPT = "marts_kept_"  # begins the name of a schema that keeps replaced tables for what others hang on them
PRIVATE = "deskmart"  # what Deskmart itself remembers here
LABELS = {"zh": "labels_zh", "en": "labels_en"}
READ = (MARTS, *LABELS.values())


def prepare(connection: Connection) -> None:
    """Make the schemas and the reading group where they are missing, and take from everybody what readers must not have."""
    import psycopg

    if not fetch(connection, "select 1 from pg_roles where rolname = %s", READER):
        try:
            run(connection, f"create role {READER} nologin")
        except psycopg.errors.InsufficientPrivilege:
            raise ServingError(
                f"there is no role {READER}, and this login may not make it",
                source="postgres",
                todo=f"have an administrator run: create role {READER} nologin",
            ) from None
    for schema in (*READ, LOADING, PRIVATE):
        if not fetch(connection, "select 1 from pg_namespace where nspname = %s", schema):
            run(connection, f"create schema {name(schema)}")
    for schema in READ:
        run(connection, f"grant usage on schema {name(schema)} to {READER}")
    run(
        connection,
        f"create table if not exists {PRIVATE}.publishes (number bigint generated always as identity primary key, "
        "publish_id text not null, marts_sha256 text not null, tables text[] not null, ledger_head text, "
        "team_security boolean not null, loaded_at timestamptz not null default now())",
        f"comment on table {PRIVATE}.publishes is 'What was brought into {MARTS}, one row each time; the newest row is what readers see.'",
    )
    _close(connection)


def _close(connection: Connection) -> None:
    """What PostgreSQL lets everybody do by default and a reader has no use for, as far as this login may take it away."""
    ((database, owns, is_super),) = fetch(
        connection,
        "select current_database(), pg_has_role(datdba, 'usage'), (select rolsuper from pg_roles where rolname = current_user) "
        "from pg_database where datname = current_database()",
    )
    if owns:
        run(connection, f"revoke temporary on database {name(database)} from public")
    if owns or is_super:
        run(connection, "revoke create on schema public from public")
    if is_super:
        for (function,) in fetch(
            connection,
            "select oid::regprocedure::text from pg_proc where pronamespace = 'pg_catalog'::regnamespace "
            "and proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_import', 'lo_export')",
        ):
            run(connection, f"revoke execute on function pg_catalog.{function} from public")


def make_login(connection: Connection, login: str) -> str:
    """A login for one BI tool, in the group `bi_reader`: its new password, told once. A login that is there gets a new one."""
    if not re.fullmatch(r"(?!pg_)[a-z][a-z0-9_]{0,40}", login):
        raise UsageError(f"{login!r} is no plain name for a login", todo="use small letters, digits and underscores")
    password = secrets.token_urlsafe(24)
    is_there = fetch(connection, "select rolsuper or rolcreaterole from pg_roles where rolname = %s", login)
    if is_there and (is_there[0][0] or login == READER):
        raise UsageError(f"{login} is no login for reading", todo="take another name")
    run(
        connection,
        f"{'alter' if is_there else 'create'} role {name(login)} login password {text(password)}",
        f"grant {READER} to {name(login)}",
        f"alter role {name(login)} set default_transaction_read_only = on",
        f"alter role {name(login)} set statement_timeout = '5min'",
        f"alter role {name(login)} set idle_in_transaction_session_timeout = '1min'",  # a publish waits for open transactions
        f"alter role {name(login)} set search_path = {MARTS}",
    )
    return password
