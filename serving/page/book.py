"""Everything the page tells, read from one published DuckDB file."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from deskmart.freeze import PROJECT
from serving.page.content import TILES, TRENDS, wanted
from serving.page.figures import Kpi, Period, catalogue, exact, periods

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DAYS = 30  # of a trend
HEAT_DAYS = 28  # four of each weekday


@dataclass(frozen=True, slots=True)
class Day:
    """One value of a trend."""

    on: date
    value: Decimal | None
    is_settled: bool
    target: Decimal | None


@dataclass(frozen=True, slots=True)
class Hour:
    """What came in one hour of one ISO weekday, over `days` such days."""

    weekday: int
    hour: int
    days: int
    offered: int
    met: int
    judged: int


@dataclass(frozen=True, slots=True)
class Source:
    """How fresh a source is, and how many of its records the gate keeps out."""

    name: str
    as_of: datetime | None
    behind_seconds: Decimal | None
    last_landed_at: datetime | None
    accepted: int
    kept_out: int


@dataclass(frozen=True, slots=True)
class Member:
    """An agent or a queue: its name, and for an agent the team of today."""

    name: str
    team: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """A month's score of an agent or a team; None where the samples are too small."""

    score: Decimal | None
    band: str | None
    rank: int | None


Series = tuple[str, str, str]  # KPI, variant, channel group


@dataclass(frozen=True, slots=True)
class Book:
    """What one publish says, as far as the page tells it."""

    publish_id: str
    zone: ZoneInfo
    days: tuple[date, date] | None
    kpis: Mapping[tuple[str, str], Kpi]
    periods: Sequence[Period]
    series: Mapping[Series, Sequence[Day]]
    hours: Sequence[Hour]
    sources: Sequence[Source]
    agents: Mapping[str, Member]
    queues: Mapping[str, Member]
    scores: Mapping[tuple[str, str, str], Score]
    rules: Mapping[str, tuple[str, str]]


_TABLES = {
    *(
        "kpi_catalog",
        "dim_agents",
        "dim_queues",
        "mart_audit_reconciliation",
        "mart_data_freshness",
        "mart_interval_queue_service",
    ),
    *("mart_kpi_daily", "mart_kpi_weekly", "mart_kpi_monthly", "mart_monthly_agent_scorecard", "mart_monthly_team_scorecard"),
}


def is_complete(connection: DuckDBPyConnection) -> bool:
    """Whether all tables are there that the page tells of."""
    return {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()} >= _TABLES


def read_book(connection: DuckDBPyConnection, zone: ZoneInfo) -> Book:
    """Read it all; the connection's time zone becomes the site's."""
    connection.execute(f"set TimeZone = '{zone.key}'")
    known = catalogue(connection)
    stretches = periods(connection, wanted(), known)
    publish = connection.execute("select max(publish_id) from kpi_catalog").fetchone()
    return Book(
        publish_id=str(publish[0]) if publish and publish[0] else "",
        zone=zone,
        days=_days(connection),
        kpis=known,
        periods=stretches,
        series=_series(connection),
        hours=_hours(connection),
        sources=_sources(connection),
        agents=_members(connection, "select agent_id, name, team_id from dim_agents"),
        queues=_members(connection, "select queue_id, name, '' from dim_queues"),
        scores=_scores(connection),
        rules=_rules(),
    )


def _days(connection: DuckDBPyConnection) -> tuple[date, date] | None:
    row = connection.execute("select min(service_date), max(service_date) from mart_kpi_daily").fetchone()
    return (row[0], row[1]) if row and row[0] else None


def _series(connection: DuckDBPyConnection) -> dict[Series, list[Day]]:
    """The company's daily values of every tile and trend, a value for each of the last days."""
    spots = [spot for _, row in TILES for spot in row] + [spot for trend in TRENDS for spot in trend.spots]
    keys = sorted({(spot.kpi, variant, spot.group) for spot in spots for variant in spot.variants})
    connection.execute(
        "create or replace temp table shown as select unnest(?) as kpi, unnest(?) as variant, unnest(?) as channel_group",
        list(zip(*keys, strict=True)),
    )
    rows = connection.execute(
        "select kpi, variant, channel_group, service_date, value, is_settled, target_low, target_high, direction "
        "from mart_kpi_daily inner join shown using (kpi, variant, channel_group) "
        "left join (select distinct kpi, variant, direction from kpi_catalog) using (kpi, variant) "
        "where scope = 'company' and service_date > (select max(service_date) from mart_kpi_daily) - ? "
        "order by kpi, variant, channel_group, service_date",
        [DAYS],
    ).fetchall()
    found: dict[Series, list[Day]] = {}
    for kpi, variant, group, on, value, is_settled, low, high, direction in rows:
        target = {"up": low, "down": high}.get(direction)
        found.setdefault((kpi, variant, group), []).append(Day(on, exact(value), bool(is_settled), exact(target)))
    return found


def _hours(connection: DuckDBPyConnection) -> list[Hour]:
    rows = connection.execute(
        "with recent as (select * from mart_interval_queue_service "
        "where service_date > (select max(service_date) from mart_kpi_daily) - $days), "
        "counted as (select isodow(service_date) as weekday, count(distinct service_date) as days from "
        "(select distinct service_date from mart_kpi_daily where service_date > (select max(service_date) from mart_kpi_daily) - $days) group by 1) "
        "select isodow(service_date)::int, left(interval_starts, 2)::int as hour, any_value(days), sum(offered)::bigint, "
        "sum(service_level_met_legs)::bigint, sum(service_level_legs)::bigint "
        "from recent inner join counted on weekday = isodow(service_date) group by 1, 2 order by 1, 2",
        {"days": HEAT_DAYS},
    ).fetchall()
    return [Hour(*row) for row in rows]


def _sources(connection: DuckDBPyConnection) -> list[Source]:
    rows = connection.execute(
        "with kept as (select source, sum(accepted)::bigint as accepted, sum(quarantined + held_back)::bigint as kept_out "
        "from mart_audit_reconciliation where is_current group by 1) "
        "select source, as_of, behind_seconds, last_landed_at, coalesce(accepted, 0), coalesce(kept_out, 0) "
        "from mart_data_freshness full join kept using (source) order by 1"
    ).fetchall()
    return [Source(*row) for row in rows]


def _members(connection: DuckDBPyConnection, query: str) -> dict[str, Member]:
    rows = connection.execute(f"{query} order by effective_from").fetchall()
    return {member: Member(name or member, team or "") for member, name, team in rows}


def _scores(connection: DuckDBPyConnection) -> dict[tuple[str, str, str], Score]:
    """By month, scope and member."""
    rows = connection.execute(
        "select month, 'agent', agent_id, score, band, rank_in_team from mart_monthly_agent_scorecard union all "
        "select month, 'team', team_id, score, band, rank_of_teams from mart_monthly_team_scorecard"
    ).fetchall()
    return {(month, scope, member): Score(*rest) for month, scope, member, *rest in rows}


def _rules() -> dict[str, tuple[str, str]]:
    """Names of the screening rules, which findings are counted by."""
    path = Path(PROJECT) / "seeds" / "compliance_rules.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["rule_id"]: (row["name_zh"], row["name_en"]) for row in csv.DictReader(file)}
