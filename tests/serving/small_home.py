"""A home whose published marts are small: a few tables of the real names and keys, all holding one number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import psycopg

from deskmart.build import Build, discard
from deskmart.lake import Lake, private_folder, write_json
from deskmart.settings import ServingSettings, Settings
from serving.postgres.serve import Served, serve_postgres
from serving.publish import publish

DAY = "timestamptz '2026-03-01 16:00:00.123456+00'"


def a_home(path: Path, address: str, **serving: object) -> Settings:
    return Settings(path, token_key=b"a key for tests", threads=1, serving=ServingSettings(postgres_url=address, **serving))  # type: ignore[arg-type]


def put_candidate(settings: Settings, number: int, *, rows: int = 3, more: str = "") -> Build:
    """A candidate whose tables hold one number, as a build leaves it; `more` are further columns of mart_kpi_daily."""
    lake = Lake(settings.home)
    private_folder(lake.warehouse)
    discard(lake)
    with duckdb.connect(str(lake.candidate)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for schema in ("marts", "core", "seeds"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            f"""
            create table marts.mart_kpi_daily as
            select date '2026-03-01' + range::integer as service_date, 'agent' as scope, 'a' || (range % 2) as scope_id, 'all' as channel_group,
                'aht' as kpi, 'default' as variant, 1 as kpi_version, ({number} / 3)::decimal(38,6) as numerator,
                {number}::double as value, true as is_settled, {DAY} as seen_at {more}
            from range({rows})
            """
        )
        connection.execute(
            f"create table core.dim_customers as select 'p' || range as person_key, {number}::bigint as links from range({rows})"
        )
        connection.execute(
            f"create table core.fct_orders as select 'o' || range as order_id_token, 'p' || range as person_key, {number} as n from range({rows})"
        )
        connection.execute(
            "create table seeds.kpi_catalog as select 'aht' as kpi, 'default' as variant, 1 as version, '平均处理时长' as name_zh, 'Average handle time' as name_en"
        )
        connection.execute("comment on table marts.mart_kpi_daily is 'it''s one row\\per day'")
        connection.execute("comment on column marts.mart_kpi_daily.value is '数值'")
    build = Build(f"build-{number}", f"{number:064d}", True, 5, 7)
    write_json(
        lake.warehouse / "candidate.json",
        {"build_id": build.build_id, "inputs_digest": build.inputs_digest, "models": 5, "tests": 7, "first_day": "2026-03-01"},
    )
    return build


def published(settings: Settings, number: int, *, rows: int = 3, more: str = "") -> str:
    """Publish such a candidate as files; the publish's id."""
    return publish(put_candidate(settings, number, rows=rows, more=more), settings).publish_id


def a_published_home(path: Path, *numbers: int) -> None:
    """A home in which these numbers are published, as files alone."""
    for number in numbers:
        published(a_home(path, ""), number)


def asked(address: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(address, autocommit=True) as connection:
        done = connection.execute(query.encode())
        return done.fetchall() if done.description else []


def served(settings: Settings) -> Served:
    done = serve_postgres(settings)
    assert done is not None
    return done
