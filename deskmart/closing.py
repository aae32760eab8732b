"""Closing a month: its figures are frozen as they were known at one moment, and are an input of every build from then on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from deskmart.dbt import dbt_models
from deskmart.errors import UsageError
from deskmart.freeze import Inputs, freeze
from deskmart.frozen_tables import write_inputs
from deskmart.lake import Lake, private_folder, sync_file, write_json
from deskmart.settings import Settings
from expectations.ledger import record
from expectations.policies import check_policies

if TYPE_CHECKING:
    import duckdb

CLOSES_AFTER_DAYS = 10
_MARTS = ("mart_kpi_monthly", "mart_monthly_agent_scorecard", "mart_monthly_team_scorecard")
_FIGURES = """
    select
        month, period_start, scope, scope_id, channel_group, kpi, variant, kpi_version, numerator, denominator, value, sample_size,
        pending_size, is_settled
    from marts.mart_kpi_monthly where month = $month
"""
_SCORECARDS = """
    select month, 'agent' as scope, agent_id as scope_id, team_id, score, band, rank_in_team as rank, kpis, kpis_with_sample,
        is_settled
    from marts.mart_monthly_agent_scorecard where month = $month
    union all
    select month, 'team', team_id, team_id, score, band, rank_of_teams, kpis, kpis_with_sample, is_settled
    from marts.mart_monthly_team_scorecard where month = $month
"""


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed month: when and by whom, how many figures it has, and how many of them had not settled."""

    month: str
    closed_at: datetime
    closed_by: str
    figures: int
    unsettled: int


def close_month(settings: Settings, month: str, by: str, at: datetime | None = None) -> Closing:
    """Freeze the month's KPIs and scorecards out of the rows admitted before `at` (default: now) into `closings/<month>/`.

    Durable when it returns; the next build has the figures and what changed since. Raises `UsageError` for a month that is
    closed already, that ended less than 10 days before, or that no data is about, and `BuildError` when dbt fails; nothing
    is closed then.
    """
    lake, moment = Lake(settings.home), at or datetime.now(UTC)
    _may_close(settings, month, by, moment)
    check_policies()
    with lake.lock("warehouse"):
        inputs = freeze(settings, before=moment)
        if not inputs.first_day.isoformat() <= f"{month}-31" or f"{month}-01" > inputs.last_day.isoformat():
            raise UsageError(f"nothing is known of {month}", todo=f"there is data from {inputs.first_day} to {inputs.last_day}")
        working = private_folder(lake.warehouse / "closing") / lake.candidate.name
        try:
            working.unlink(missing_ok=True)
            write_inputs(lake, inputs, f"closing-{month}", working)
            dbt_models(settings, _MARTS, working.parent)
            return _freeze_figures(settings, inputs, Closing(month, moment, by, 0, 0), working)
        finally:
            working.unlink(missing_ok=True)


def closings(settings: Settings) -> list[Closing]:
    """The closed months, oldest first."""
    found = [json.loads(path.read_bytes()) for path in sorted(Lake(settings.home).closings.glob("*/closing.json"))]
    return [Closing(**item | {"closed_at": datetime.fromisoformat(item["closed_at"])}) for item in found]


def closes_at(settings: Settings, month: str) -> datetime:
    """The first moment at which a month may be closed: local midnight 10 days after its end. `UsageError` for no month."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise UsageError(f"{month!r} is no month", todo="write YYYY-MM") from None
    ends = (first + timedelta(days=31)).replace(day=1) + timedelta(days=CLOSES_AFTER_DAYS)
    return datetime.combine(ends, time(), settings.zone).astimezone(UTC)


def _may_close(settings: Settings, month: str, by: str, moment: datetime) -> None:
    earliest = closes_at(settings, month)
    if not by.strip():
        raise UsageError("a closing needs a name", todo="say --by NAME")
    if moment < earliest or moment > datetime.now(UTC):
        day = earliest.astimezone(settings.zone).date()
        raise UsageError(
            f"{month} cannot be closed as of {moment.astimezone(settings.zone):%Y-%m-%d %H:%M}",
            todo=f"a month closes {CLOSES_AFTER_DAYS} days after its end: from {day} on, and not in the future",
        )
    for item in closings(settings):
        if item.month == month:
            raise UsageError(
                f"{month} was closed by {item.closed_by} on {item.closed_at:%Y-%m-%d}",
                todo="it stays as it is; later changes are in mart_restatements",
            )


def _freeze_figures(settings: Settings, inputs: Inputs, closing: Closing, warehouse: Path) -> Closing:
    import duckdb

    lake = Lake(settings.home)
    folder = private_folder(lake.closings / closing.month)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, query in (("closed_kpis", _FIGURES), ("closed_scorecards", _SCORECARDS)):
            _copy(connection, query, folder / f"{name}.parquet", closing)
        counted = connection.execute(
            f"select count(*), count(*) filter (where not is_settled and sample_size + pending_size > 0) from ({_FIGURES})",
            {"month": closing.month},
        ).fetchone()
    figures, unsettled = counted or (0, 0)
    done = Closing(closing.month, closing.closed_at, closing.closed_by, int(figures), int(unsettled))
    told = {name: getattr(done, name) for name in Closing.__dataclass_fields__} | {"closed_at": done.closed_at.isoformat()}
    write_json(folder / "closing.json", told)
    record(
        settings,
        "close",
        done.month,
        {"figures": done.figures, "unsettled": done.unsettled},
        [item.path for item in inputs.files],
        sorted([*folder.glob("*.parquet"), folder / "closing.json"]),
        {"closed_by": done.closed_by, "closed_at": done.closed_at.isoformat(), "inputs_digest": inputs.digest},
    )
    return done


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path, closing: Closing) -> None:
    """A query's rows, in an order that is always the same, with who closed them and when."""
    connection.sql(
        f"select *, $closed_at::timestamptz as closed_at, $closed_by::varchar as closed_by from ({query}) order by all",
        params={"month": closing.month, "closed_at": closing.closed_at, "closed_by": closing.closed_by},
    ).write_parquet(str(path), compression="zstd")
    sync_file(path)
