"""The figures in a row of a mart, by the kind of mart that `marts.yml` calls it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import yaml

from deskmart.freeze import PROJECT
from expectations.tracing.figures import ALL, COMPANY, Figure

if TYPE_CHECKING:
    import duckdb

_TOLD = {name: name for name in ("numerator", "denominator", "value", "sample_size", "pending_size")}
_CROSSED = {"channel": "channel", "queue": "queue_id", "team": "team_id", "agent": "agent_id"}


def figures_of(connection: duckdb.DuckDBPyConnection, said: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[Figure]:
    """The figures of a row; none of one that is about batches, or about nothing."""
    if said["kind"] == "figure":
        told = said.get("told", _TOLD)
        for name in said.get("kpis", ["kpi"]):
            if row[name] is not None:
                yield _scoped(row, row[name], row.get("variant", "default"), {part: row[column] for part, column in told.items()})
    elif said["kind"] == "side_by_side":
        yield from _side_by_side(connection, row)
    elif said["kind"] == "columns":
        yield from _columns(said, row)
    elif said["kind"] == "scorecard":
        yield from _scorecard(connection, said, row)


def _scoped(row: Mapping[str, Any], kpi: str, variant: str, told: Mapping[str, Any]) -> Figure:
    first, last = _days(row)
    told = {} if all(value is None for value in told.values()) else told  # a figure that is not there any more
    scope = row.get("scope", COMPANY)
    members = {} if scope == COMPANY else {scope: row["scope_id"]}
    return Figure(kpi, variant, first, last, scope, members, row.get("channel_group", ALL), told)


def _days(row: Mapping[str, Any]) -> tuple[date, date]:
    if "service_date" in row:
        return row["service_date"], row["service_date"]
    if "period_end" in row:
        return row["period_start"], row["period_end"]
    if row.get("grain") in ("day", "week"):
        return row["period_start"], row["period_start"] + timedelta(days=6 if row["grain"] == "week" else 0)
    first = row["period_start"] if "grain" in row else date.fromisoformat(f"{row['month']}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _side_by_side(connection: duckdb.DuckDBPyConnection, row: Mapping[str, Any]) -> Iterator[Figure]:
    """Every KPI whose parts the row has, 0 among them left out where the row crosses scopes."""
    known = connection.execute("select distinct kpi, variant, kind from seeds.kpi_catalog order by all").fetchall()
    currency = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["reporting_currency"]
    is_crossed = "scope" not in row
    for kpi, variant, kind in known:
        if is_crossed and kpi == "service_level" and variant != "offered":
            continue
        name = kpi if variant in ("default", "{currency}") or kpi == "service_level" else f"{kpi}_{variant}"
        if f"{name}_numerator" in row:
            told = {"numerator": row[f"{name}_numerator"], "denominator": row[f"{name}_denominator"]}
        elif name in row and kind in ("count", "stock"):
            told = {"numerator": row[name]}
        else:
            continue
        if not any(told.values()) if is_crossed else all(value is None for value in told.values()):
            continue
        figure = _scoped(row, kpi, currency if variant == "{currency}" else variant, told)
        yield _crossing(figure, row) if is_crossed else figure


def _crossing(figure: Figure, row: Mapping[str, Any]) -> Figure:
    members = {scope: str(row[column]) for scope, column in _CROSSED.items()}
    told = {part: value or 0 for part, value in figure.told.items() if part != "denominator" or value is not None}
    return Figure(figure.kpi, figure.variant, figure.first, figure.last, "", members, figure.channel_group, told)


def _columns(said: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[Figure]:
    told: dict[tuple[str, str, str], dict[str, Any]] = {}
    for column, words in said["columns"].items():
        kpi, part = words[:2]
        variant = words[2] if len(words) > 2 else "default"
        group = words[3] if len(words) > 3 else row.get("channel_group", ALL)
        told.setdefault((kpi, variant, group), {})[part] = row[column]
    since, until = _interval(said.get("interval"), row)
    members = {scope: row[column] for scope, column in said["members"].items()}
    for (kpi, variant, group), parts in told.items():
        if any(parts.values()):
            yield Figure(kpi, variant, *_days(row), "", members, group, parts, since, until)


def _interval(interval: Mapping[str, Any] | None, row: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    if interval is None:
        return None, None
    since: datetime = row[interval["starts"]]
    return since, since + timedelta(seconds=interval["seconds"])


def scorecard_items(
    connection: duckdb.DuckDBPyConnection, said: Mapping[str, Any], row: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The items of a scorecard as they are known now, in order; none of another kind of row."""
    if said["kind"] != "scorecard":
        return []
    scope = said.get("scope") or row["scope"]
    member = row["scope_id"] if "scope_id" in row else row["agent_id" if scope == "agent" else "team_id"]
    found = connection.execute(
        "select * from marts.mart_monthly_scorecard_items where (month, scope, scope_id, team_id) = (?, ?, ?, ?) order by all",
        [row["month"], scope, member, row["team_id"]],
    )
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, each, strict=True)) for each in found.fetchall()]


def _scorecard(connection: duckdb.DuckDBPyConnection, said: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[Figure]:
    """The figures of a scorecard's items."""
    for item in scorecard_items(connection, said, row):
        told = {name: item[name] for name in ("value", "sample_size", "pending_size")}
        yield _scoped(item, item["kpi"], item["variant"], told)
