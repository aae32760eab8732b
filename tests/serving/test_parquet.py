"""Parquet for readers: whole tables as ever, and by month; each file knows its publish."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from deskmart.lake import Lake
from deskmart.settings import Settings
from serving.publish import publish
from tests.unit.test_publish import a_home, put_candidate

TABLES = """
    create table marts.mart_kpi_weekly as
        select date '2025-12-29' + 7 * i::int as period_start, date '2026-01-04' + 7 * i::int as period_end, i as value from range(12) as t(i);
    create table marts.mart_monthly_closed_kpis (month varchar, period_start date);
    create table core.fct_surveys as
        select date '2026-03-05' as responded_on, date '2026-02-27' as invited_on, 1 as survey
        union all select null, date '2026-02-28', 2 union all select null, null, 3;
    create table core.dim_calendar_days as select date '2026-01-01' + i::int as calendar_date from range(90) as t(i);
    create table marts.mart_monthly_agent_scorecard as select date '2020-01-01' as policy_from, date '2026-03-01' as period_start;
    create table marts.mart_data_freshness as select 'phone' as source, timestamptz '2026-03-01 00:00:00+00' as as_of;
    create table marts.mart_stream_freshness as
        select 'phone' as source, 'calls' as stream, timestamptz '2026-03-01 00:00:00+00' as as_of
        union all select 'phone', 'agents', null;
"""


@dataclass(frozen=True, slots=True)
class Published:
    settings: Settings
    publish_id: str

    @property
    def folder(self) -> Path:
        return Lake(self.settings.home).published_current.resolve()

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"attach '{self.folder}/marts.duckdb' as marts (read_only)")
            return connection.execute(query, list(values)).fetchall()

    def months(self, table: str) -> dict[str, int]:
        return dict(
            self.ask(f"select data_month, count(*) from read_parquet('{self.folder}/marts/{table}/*/*.parquet') group by all")
        )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    settings = a_home(tmp_path_factory.mktemp("home"))
    build = put_candidate(settings, 7)
    with duckdb.connect(str(Lake(settings.home).candidate)) as connection:
        connection.execute(TABLES)
    described = Lake(settings.home).warehouse / "candidate.json"
    more = {
        "as_of": "2026-03-01T00:00:00+00:00",
        "first_day": "2026-01-01",
        "last_day": "2026-02-28",
        "inputs": [{"path": "accepted/phone/calls/20260101T000000Z_20260301T000000Z/00001.parquet", "sha256": "0" * 64}],
    }
    described.write_text(json.dumps({**json.loads(described.read_text()), **more}))
    yield Published(settings, publish(build, settings).publish_id)


@pytest.mark.parametrize(
    ("table", "months"),
    [
        pytest.param("mart_kpi_weekly", {"2025-12": 1, "2026-01": 4, "2026-02": 4, "2026-03": 3}, id="a mart, by its first date"),
        pytest.param("fct_surveys", {"2026-03": 1, "2026-02": 1, None: 1}, id="a fact, by the first date that a row has"),
        pytest.param("mart_monthly_agent_scorecard", {"2026-03": 1}, id="the date of a policy is none of the row's"),
    ],
)
def test_every_row_of_a_table_that_grows_is_in_the_file_of_its_month(
    table: str, months: dict[str | None, int], published: Published
) -> None:
    assert published.months(table) == months
    parts = f"select * exclude (data_month) from read_parquet('{published.folder}/marts/{table}/*/*.parquet')"
    whole = f"select * from read_parquet('{published.folder}/marts/{table}.parquet')"
    assert published.ask(f"{parts} except all {whole}") == published.ask(f"{whole} except all {parts}") == []


def test_tables_without_rows_or_days_are_one_file_and_the_old_paths_stand(published: Published) -> None:
    tables = [name for (name,) in published.ask("select table_name from duckdb_tables() where database_name = 'marts'")]
    for table in set(tables) - {"publish_info"}:
        assert (published.folder / "marts" / f"{table}.parquet").is_file()
    folders = {path.name for path in (published.folder / "marts").iterdir() if path.is_dir()}
    assert folders.isdisjoint({"dim_calendar_days", "kpi_catalog", "mart_monthly_closed_kpis", "mart_data_freshness"})


def test_the_footer_of_every_parquet_file_names_the_publish_and_its_build(published: Published) -> None:
    paths = list((published.folder / "marts").rglob("*.parquet"))
    assert len(paths) > 10
    for path in paths:
        query = "select decode(key), decode(value) from parquet_kv_metadata(?)"
        footer = {key: value for key, value in published.ask(query, str(path)) if key.startswith("deskmart.")}
        assert footer["deskmart.publish_id"] == published.publish_id
        assert footer["deskmart.build_id"] == "build-7"
        assert footer.keys() == {
            f"deskmart.{name}"
            for name in ("publish_id", "published_at", "build_id", "inputs_digest", "as_of", "first_day", "last_day", "version")
        }


def test_a_table_of_one_month_lies_on_the_disk_once(published: Published) -> None:
    whole = published.folder / "marts" / "mart_monthly_agent_scorecard.parquet"
    part = published.folder / "marts" / "mart_monthly_agent_scorecard" / "data_month=2026-03" / whole.name
    assert part.samefile(whole)


def test_the_file_says_which_publish_it_is_and_how_old_its_data_was(published: Published) -> None:
    ((publish_id, at, build, as_of),) = published.ask("select publish_id, published_at, build_id, as_of from marts.publish_info")
    assert (publish_id, build) == (published.publish_id, "build-7")
    for table in ("mart_data_freshness", "mart_stream_freshness"):
        ages = published.ask(f"select published_at, age_seconds, as_of from marts.{table} where as_of is not null")
        ((moment, age, _),) = ages
        assert moment == at
        assert float(age) == pytest.approx((at - as_of).total_seconds(), abs=2e-6)
    assert published.ask("select age_seconds from marts.mart_stream_freshness where stream = 'agents'") == [(None,)]


def test_every_column_that_publishing_adds_has_a_comment(published: Published) -> None:
    silent = published.ask(
        "select table_name, column_name from duckdb_columns() where database_name = 'marts' and comment is null "
        "and (table_name = 'publish_info' or column_name in ('publish_id', 'published_at', 'age_seconds'))"
    )
    assert silent == []


def test_the_manifest_says_which_build_and_batches_and_how_far_each_source_had_told(published: Published) -> None:
    manifest = json.loads((published.folder / "manifest.json").read_text())
    assert manifest["build"]["build_id"] == "build-7"
    assert manifest["batches"] == ["phone/calls/20260101T000000Z_20260301T000000Z/00001"]
    phone = manifest["sources"]["phone"]
    assert phone["as_of"] == phone["streams"]["calls"]["as_of"] == "2026-03-01 00:00:00+00"
    assert phone["streams"]["agents"]["as_of"] is None
    assert manifest["months_of"]["fct_surveys"] == ["responded_on", "invited_on"]
    assert manifest["months_of"]["mart_kpi_weekly"] == ["period_start"]
