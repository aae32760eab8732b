"""Row security by team: with `[serving] team_security = true` a reader sees the agents' figures of its own teams only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from serving.postgres.roles import LOADING, MARTS, PRIVATE, READER
from serving.postgres.server import fetch, name, run, text

if TYPE_CHECKING:
    from serving.postgres.server import Connection

EVERYBODY = "*"
# Functions, because readers must not see who else may see what. They look at the login, whatever role it takes on.
_FUNCTIONS = {
    "my_teams() returns setof text": f"select team_id from {PRIVATE}.team_readers where login = session_user",
    "my_agents() returns setof text": f"""
        select agent_id from {MARTS}.dim_agents where is_current and team_id in (select {PRIVATE}.my_teams())
        union all select '(none)'
    """,
    "sees_everybody() returns boolean": f"select exists (select 1 from {PRIVATE}.my_teams() as team where team = '{EVERYBODY}')",
}


def secure(connection: Connection) -> None:
    """Put the loaded tables under row security: what `policy_of` says for each."""
    _prepare(connection)
    columns = fetch(
        connection,
        "select table_name::text, array_agg(column_name::text) from information_schema.columns where table_schema = %s group by 1 order by 1",
        LOADING,
    )
    for table, its_columns in columns:
        if (condition := policy_of(table, its_columns)) is not None:
            run(
                connection,
                f"alter table {name(LOADING, table)} enable row level security",
                f"create policy by_team on {name(LOADING, table)} for select to {READER} using ({condition})",
            )


def policy_of(table: str, columns: Collection[str]) -> str | None:
    """Which rows of a table a reader of some teams may see; None for all.

    Facts are for readers of every team: parts of them would add up to figures that look whole.
    """
    everybody = f"(select {PRIVATE}.sees_everybody())"
    if table.startswith("fct_") or table == "mart_adjustments":
        return everybody
    if {"scope", "scope_id"} <= set(columns) and table != "kpi_targets":
        return f"scope <> 'agent' or scope_id in (select {PRIVATE}.my_agents()) or {everybody}"
    if "agent_id" in columns and table != "dim_agents":
        own = "team_id in (select deskmart.my_teams())" if "team_id" in columns else "agent_id in (select deskmart.my_agents())"
        return f"{own} or {everybody}"
    return None


def give_teams(connection: Connection, login: str, teams: Sequence[str]) -> None:
    """Let a login see the agents of these teams and of no others; of every team where none is named."""
    _prepare(connection)
    rows = ", ".join(f"({text(login)}, {text(team)})" for team in dict.fromkeys(teams or (EVERYBODY,)))
    run(
        connection,
        f"delete from {PRIVATE}.team_readers where login = {text(login)}",
        f"insert into {PRIVATE}.team_readers (login, team_id) values {rows}",
    )


def _prepare(connection: Connection) -> None:
    run(
        connection,
        f"create table if not exists {PRIVATE}.team_readers (login name, team_id text, primary key (login, team_id))",
        f"comment on table {PRIVATE}.team_readers is 'Which login sees the agents of which team; {EVERYBODY} for every team.'",
        f"grant usage on schema {PRIVATE} to {READER}",
        "set check_function_bodies = off",  # before the first publish there is no table to look at
    )
    for head, query in _FUNCTIONS.items():
        signature = head.split(" ")[0]
        run(
            connection,
            f"create or replace function {PRIVATE}.{head} language sql stable security definer set search_path = pg_catalog as {text(query)}",
            f"revoke execute on function {PRIVATE}.{signature} from public",
            f"grant execute on function {PRIVATE}.{signature} to {READER}",
        )
