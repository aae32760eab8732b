"""What others built on the marts: views are led to the new tables; where that cannot be, the old table stays and is named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.postgres.roles import KEPT, LABELS, MARTS
from serving.postgres.server import fetch, name, run

if TYPE_CHECKING:
    from serving.postgres.server import Connection


@dataclass(frozen=True, slots=True)
class View:
    """A view that reads tables of ours: what makes it again, and whether this login may do so."""

    schema: str
    view: str
    options: str
    query: str
    is_ours_to_change: bool

    def __str__(self) -> str:
        return name(self.schema, self.view)


def views_on_marts(connection: Connection) -> list[View]:
    """Every view that reads a published or a kept table directly."""
    found = fetch(
        connection,
        """
        select distinct named.nspname, made.relname, coalesce(array_to_string(made.reloptions, ', '), ''),
            pg_get_viewdef(made.oid), pg_has_role(made.relowner, 'usage')
        from pg_depend as hangs
        join pg_rewrite as rule on rule.oid = hangs.objid
        join pg_class as made on made.oid = rule.ev_class and made.relkind = 'v'
        join pg_namespace as named on named.oid = made.relnamespace
        join pg_class as read on read.oid = hangs.refobjid and read.relkind = 'r'
        join pg_namespace as room on room.oid = read.relnamespace
        where hangs.classid = 'pg_rewrite'::regclass and hangs.refclassid = 'pg_class'::regclass
            and (room.nspname = %s or starts_with(room.nspname, %s))
        order by 1, 2
        """,
        MARTS,
        KEPT,
    )
    return [View(*row) for row in found]


def lead_to_new(connection: Connection, views: Sequence[View]) -> None:
    """Make each view again, as it is, over the tables that now bear the names it was written with.

    Its rights, comments and what hangs on it stay. One that the new tables do not suit is left on the old ones.
    """
    import psycopg

    for view in views:
        if view.schema in LABELS.values() or not view.is_ours_to_change:
            continue
        query = re.sub(rf"\b{KEPT}\w+\.", f"{MARTS}.", view.query)
        options = f" with ({view.options})" if view.options else ""
        try:
            with connection.transaction():
                run(connection, f"create or replace view {view}{options} as {query}")
        except (psycopg.ProgrammingError, psycopg.NotSupportedError):
            continue  # its table is kept, and so named in what is told


def drop_replaced(connection: Connection, milliseconds: int) -> list[str]:
    """Drop the kept tables that nobody needs any more; for each thing that needs one a line that says what to do.

    What cannot be locked within so many milliseconds is left to the next publish.
    """
    import psycopg

    told: dict[str, str] = {}
    run(connection, f"set lock_timeout = {milliseconds}")
    with suppress(psycopg.errors.LockNotAvailable):
        run(connection, *_references_of_ours(connection))
    for (schema,) in fetch(connection, "select nspname from pg_namespace where starts_with(nspname, %s) order by 1", KEPT):
        left = 0
        for kind in ("view", "table"):  # views of ours first: they hang on the tables
            names = fetch(connection, f"select {kind}name from pg_{kind}s where schemaname = %s order by 1", schema)
            for (one,) in names:
                hanging = _drop(connection, kind, schema, str(one))
                left += bool(hanging)
                for line in hanging if kind == "table" else ():  # a kept view that was led to the new tables is no harm
                    what, _, on = line.partition(" depends on ")
                    if on and f" {KEPT}" not in what:
                        told.setdefault(what, _told(what, on))
        if not left:
            run(connection, f"drop schema {name(schema)}")
    run(connection, "set lock_timeout = 0")
    return list(told.values())


def _references_of_ours(connection: Connection) -> list[str]:
    """Statements that take the foreign keys off the kept tables: else one that is kept would keep others."""
    found = fetch(
        connection,
        "select n.nspname, c.relname, k.conname from pg_constraint as k join pg_class as c on c.oid = k.conrelid "
        "join pg_namespace as n on n.oid = c.relnamespace where k.contype = 'f' and starts_with(n.nspname, %s)",
        KEPT,
    )
    return [f"alter table {name(schema, table)} drop constraint {name(key)}" for schema, table, key in found]


def _drop(connection: Connection, kind: str, schema: str, one: str) -> list[str]:
    """Drop it, or say what hangs on it."""
    import psycopg

    try:
        with connection.transaction():
            run(connection, f"drop {kind} {name(schema, one)}")
    except psycopg.errors.DependentObjectsStillExist as error:
        return (error.diag.message_detail or "something hangs on it").split("\n")
    except psycopg.errors.LockNotAvailable:
        return [""]
    return []


def _told(what: str, on: str) -> str:
    remedy = {
        "view": "its columns or its owner do not allow leading it to the new ones: create it again over",
        "materialized": "a materialized view keeps its table: drop it and create it again over",
        "constraint": "drop this foreign key and create it again to",
    }.get(what.split(" ")[0], "create it again over")
    replaced = on.split(" ")[-1]
    new = replaced.partition(".")[2].strip('"')
    for schema in LABELS.values():
        new = f"{schema}.{new.removeprefix(f'{schema}_')}" if new.startswith(f"{schema}_") else new
    return f"{what} still hangs on the replaced {replaced}; {remedy} {new if '.' in new else f'{MARTS}.{new}'}"
