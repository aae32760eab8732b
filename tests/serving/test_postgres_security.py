"""Row security by team: a reader of one team sees the figures of that team's agents, and no others'; companies and teams stay whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import duckdb
import psycopg
import pytest

from deskmart.lake import Lake
from deskmart.settings import Settings
from serving.postgres.roles import make_login
from serving.postgres.security import give_teams, policy_of
from serving.postgres.serve import serve_postgres
from serving.postgres.server import publisher
from serving.publish import publish
from tests.serving.small_home import a_home, asked, put_candidate, served

TEAMS = {"ann": "t1", "bob": "t1", "cem": "t2"}


def put_teams(settings: Settings, number: int) -> None:
    """Publish figures of three agents in two teams."""
    build = put_candidate(settings, number)
    rows = ", ".join(f"('{agent}', '{team}', true)" for agent, team in TEAMS.items())
    with duckdb.connect(str(Lake(settings.home).candidate)) as connection:
        connection.execute(f"create table core.dim_agents as select * from (values {rows}) as a (agent_id, team_id, is_current)")
        connection.execute(
            "create table core.fct_surveys as select agent_id as survey_id, agent_id as rated_agent_id from core.dim_agents"
        )
        connection.execute(
            f"create table marts.mart_daily_agent_performance as select agent_id, team_id, {number} as n from core.dim_agents"
        )
        connection.execute(
            f"""
            create table marts.mart_monthly_scorecard_items as
            select scope, scope_id, {number}::double as score from (
                select 'agent' as scope, agent_id as scope_id from core.dim_agents
                union all values ('agent', '(none)'), ('team', 't1'), ('team', 't2'), ('company', 'all')
            )
            """
        )
    publish(build, settings)


@pytest.fixture(scope="module")
def readers(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Addresses: of the owner, of a reader of team t1, of one of all teams, and of a login that nobody gave a team."""
    owner = make_database()
    settings = a_home(tmp_path_factory.mktemp("teams"), owner, team_security=True)
    put_teams(settings, 1)
    served(settings)
    logins = {"leader": ["t1"], "director": [], "stranger": None}
    addresses = {"owner": owner}
    with publisher(owner) as connection:
        for login, teams in logins.items():
            addresses[login] = f"postgresql://{login}:{make_login(connection, login)}@{owner.split('@')[1]}"
            if teams is not None:
                give_teams(connection, login, teams)
    yield addresses
    asked(owner, "; ".join(f"drop owned by {login}; drop role {login}" for login in logins))


SEEN = {
    "select string_agg(agent_id, ',' order by 1) from marts.mart_daily_agent_performance": ("ann,bob", "ann,bob,cem", None),
    "select string_agg(\"客服编号\", ',' order by 1) from labels_zh.mart_daily_agent_performance": (
        "ann,bob",
        "ann,bob,cem",
        None,
    ),
    "select string_agg(scope_id, ',' order by 1) from marts.mart_monthly_scorecard_items where scope = 'agent'": (
        "(none),ann,bob",
        "(none),ann,bob,cem",
        "(none)",
    ),
    "select string_agg(scope_id, ',' order by 1) from marts.mart_monthly_scorecard_items where scope <> 'agent'": ("all,t1,t2",)
    * 3,
    "select count(*)::text from marts.fct_surveys": ("0", "3", "0"),
    "select count(*)::text from marts.dim_agents": ("3", "3", "3"),
}


@pytest.mark.parametrize(
    "query", SEEN, ids=["an agent mart", "its label view", "agents of a scoped mart", "its other scopes", "a fact", "names"]
)
def test_each_reader_sees_its_own_teams(readers: dict[str, str], query: str) -> None:
    assert tuple(asked(readers[login], query)[0][0] for login in ("leader", "director", "stranger")) == SEEN[query]


@pytest.mark.parametrize(
    "attempt",
    [
        "insert into deskmart.team_readers values ('leader', '*')",
        "select * from deskmart.team_readers",
        "set session authorization director",
        "set role director",
        "alter table marts.mart_daily_agent_performance disable row level security",
        "drop policy by_team on marts.mart_daily_agent_performance",
        "create or replace function deskmart.sees_everybody() returns boolean language sql as 'select true'",
    ],
)
def test_a_reader_cannot_widen_what_it_sees(readers: dict[str, str], attempt: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(readers["leader"], f"set transaction read write; {attempt}")


def test_row_security_off_is_an_error_and_not_a_way_around(readers: dict[str, str]) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        asked(readers["leader"], "set row_security = off; select * from marts.mart_daily_agent_performance")


def test_switching_it_on_or_off_reaches_what_is_published_already(a_database: str, tmp_path: object) -> None:
    settings = a_home(tmp_path, a_database)  # type: ignore[arg-type]
    put_teams(settings, 1)
    assert served(settings).is_new
    secured = replace(settings, serving=replace(settings.serving, team_security=True))
    state = "select relrowsecurity from pg_class where oid = 'marts.mart_daily_agent_performance'::regclass"
    for current, is_on in ((secured, True), (settings, False)):
        done = serve_postgres(current)
        assert done is not None
        assert done.is_new
        assert asked(a_database, state) == [(is_on,)]
        assert not served(current).is_new


def test_every_published_table_with_an_agents_figures_is_under_a_policy() -> None:
    from deskmart.dictionary import published_tables

    open_to_all = {table.name for table in published_tables() if policy_of(table.name, table.columns) is None}
    assert not {name for name in open_to_all if name.startswith("fct_")}
    personal = {"agent_id", "agent_name", "rated_agent_id"}
    assert {table.name for table in published_tables() if table.name in open_to_all and personal & set(table.columns)} <= {
        "dim_agents"
    }
