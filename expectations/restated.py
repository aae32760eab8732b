"""Restatements before they are published: settled figures of open months that a candidate would change, counted and limited.

Figures of closed months never change (mart_restatements tells what they would be today); an unsettled figure is expected to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskmart.build import Build
from deskmart.errors import RestatementError
from deskmart.lake import Lake, private_folder, sync_file
from deskmart.settings import Settings
from expectations.ledger import record

if TYPE_CHECKING:
    import duckdb

_GRAINS = (
    ("day", "mart_kpi_daily", "service_date"),
    ("week", "mart_kpi_weekly", "period_start"),
    ("month", "mart_kpi_monthly", "period_start"),
)
_KEY = ("grain", "period_start", "scope", "scope_id", "channel_group", "kpi", "variant")
_FIGURES = ("kpi_version", "numerator", "denominator", "value", "sample_size", "pending_size")
_COMMENT = "One settled figure of an open month that is another one than in the publish before: old, new, and what is new since."


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who accepts that settled figures change, and why."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Restatements:
    """How many settled daily figures were compared, how many change, and by what cause and KPI."""

    compared: int = 0
    changed: int = 0
    causes: Mapping[str, int] = field(default_factory=dict)
    kpis: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        return self.changed / self.compared if self.compared else 0.0

    def told(self) -> str:
        """One line for people."""
        causes = "; ".join(f"{cause}: {count:,}" for cause, count in self.causes.items())
        return f"{self.changed:,} of {self.compared:,} settled daily figures change ({self.share:.2%}){f' - {causes}' if causes else ''}"


def compare_with_current(settings: Settings) -> Restatements:
    """Compare the candidate with what was published last, and write what changes to the candidate's mart_settled_changes.

    Without an earlier warehouse nothing is compared. One query over both files; well under a second for a quarter of a
    million rows.
    """
    import duckdb

    lake = Lake(settings.home)
    with duckdb.connect(str(lake.candidate)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        was = "was"
        if lake.current.exists():
            connection.execute(f"attach '{str(lake.current).replace(chr(39), chr(39) * 2)}' as was (read_only)")
        else:
            was = connection.execute("select current_database()").fetchall()[0][0]  # the candidate itself: nothing differs
        connection.execute(
            f"create or replace table marts.mart_settled_changes as {_changes(connection, was)}",
            {"policies": ", ".join(_changed_seeds(connection, was)) or None},
        )
        connection.execute(f"comment on table marts.mart_settled_changes is '{_COMMENT}'")
        found = Restatements(
            compared=connection.execute(_compared(was)).fetchall()[0][0] if was == "was" else 0,
            changed=sum(_counted(connection, "kpi").values()),
            causes=_counted(connection, "cause"),
            kpis=_counted(connection, "kpi"),
        )
        connection.execute("checkpoint")
    return found


def judge(build: Build, settings: Settings, found: Restatements, acceptance: Acceptance | None) -> None:
    """Let the changes pass, with a line in the ledger and the rows beside it, or raise `RestatementError` above the limit."""
    if not found.changed:
        return
    counts = {"compared": found.compared, "changed": found.changed}
    if found.changed < settings.restatement_fewest or found.share <= settings.restatement_limit:
        record(settings, "restated", build.build_id, counts, [], [_evidence(build, settings)], {"causes": dict(found.causes)})
    elif acceptance is None:
        raise RestatementError(
            f"{found.told()}, more than the limit of {settings.restatement_limit:.2%}",
            todo="look at mart_settled_changes of warehouse/candidate.duckdb, then "
            "`deskmart publish --accept-restatements --by NAME --reason WHY`; what is published stays until then",
        )
    else:
        told = {"accepted_by": acceptance.by, "reason": acceptance.reason, "causes": dict(found.causes)}
        record(settings, "restatements_accepted", build.build_id, counts, [], [_evidence(build, settings)], told)


def _evidence(build: Build, settings: Settings) -> Path:
    """The rows as a file that stays; the same build has the same."""
    import duckdb

    lake = Lake(settings.home)
    path = private_folder(lake.audit / "restatements") / f"{build.build_id}.parquet"
    if not path.exists():
        with duckdb.connect(str(lake.candidate), read_only=True) as connection:
            connection.sql("select * from marts.mart_settled_changes order by all").write_parquet(str(path), compression="zstd")
        sync_file(path)
    return path


def _changes(connection: duckdb.DuckDBPyConnection, was: str) -> str:
    pairs = ", ".join(f"old.{name} as {name}_old, new.{name} as {name}_new" for name in _FIGURES)
    same = " and ".join(f"new.{name} = old.{name}" for name in _KEY)
    differs = " or ".join(f"old.{name} is distinct from new.{name}" for name in _FIGURES if name != "kpi_version")
    return f"""
        with old as ({_figures(was)}), new as ({_figures()}), {_newcomers(connection, was)}
        select
            {", ".join(f"old.{name}" for name in _KEY)}, {pairs},
            coalesce(nullif(concat_ws(', ',
                case when old.kpi_version <> new.kpi_version then 'definition' end,
                case when adjusted.kpi is not null then 'adjustment' end,
                case when brought.batches is not null then 'late data' end,
                case when $policies is not null then 'policy' end), ''), 'code') as cause,
            brought.batches, $policies::varchar as policies
        from old
        left join new on {same}
        left join adjusted on adjusted.kpi = old.kpi and adjusted.grain = old.grain and adjusted.period_start = old.period_start
        left join brought on brought.kpi = old.kpi
        where old.is_settled
            and date_trunc('month', old.period_start)::date not in (select period_start from inputs.closed_kpis)
            and ({differs}) and (old.sample_size > 0 or coalesce(new.sample_size, 0) > 0 or coalesce(new.pending_size, 0) > 0)
    """


def _figures(database: str = "") -> str:
    place = f"{database}.marts" if database else "marts"
    return " union all ".join(
        f"select '{grain}' as grain, {start} as period_start, {', '.join((*_KEY[2:], *_FIGURES))}, is_settled from {place}.{mart}"
        for grain, mart, start in _GRAINS
    )


def _newcomers(connection: duckdb.DuckDBPyConnection, was: str) -> str:
    """What is new among the inputs: batches by the KPIs they feed, adjustments by the KPIs and days they touch."""
    known = connection.execute(
        "select count(*) from duckdb_tables() where database_name = ? and table_name = 'mart_adjustments'", [was]
    ).fetchall()[0][0]
    touched = "select subject, adjusted_kpi, kpi, service_date from {}marts.mart_adjustments where kpi is not null"
    now, before = touched.format(""), touched.format(f"{was}.")
    moved = f"(({now}) except ({before})) union all (({before}) except ({now}))" if known else now
    grains = " union ".join(
        f"select kpi, '{grain}' as grain, {f'''date_trunc('{grain}', service_date)::date''' if grain != 'day' else 'service_date'} "
        "as period_start from moved"
        for grain, _, _ in _GRAINS
    )
    return f"""
        moved as ({moved}),
        adjusted as ({grains}),
        arrived as (
            select source, stream, batch, feeds from inputs.build_inputs
            where (source, stream, batch, attempt) not in (select (source, stream, batch, attempt) from {was}.inputs.build_inputs)
        ),
        brought as (
            select catalogue.kpi, string_agg(distinct source || '/' || stream || '/' || batch, ', ' order by source || '/' || stream || '/' || batch) as batches
            from (select distinct kpi, unnest(string_split(streams, '|')) as stream_fed from seeds.kpi_catalog) as catalogue
            inner join arrived on list_contains(string_split(arrived.feeds, '|'), catalogue.stream_fed)
            group by catalogue.kpi
        )
    """


def _compared(was: str) -> str:
    """Settled daily figures of open months that have any row behind them."""
    return f"""
        select count(*) from {was}.marts.mart_kpi_daily
        where is_settled and sample_size > 0
            and date_trunc('month', service_date)::date not in (select period_start from inputs.closed_kpis)
    """


def _counted(connection: duckdb.DuckDBPyConnection, column: str) -> dict[str, int]:
    """Changed daily figures by a column, most first."""
    rows: list[tuple[Any, ...]] = connection.execute(
        f"select {column}, count(*) from marts.mart_settled_changes where grain = 'day' group by 1 order by 2 desc, 1"
    ).fetchall()
    return {str(name): int(count) for name, count in rows}


def _changed_seeds(connection: duckdb.DuckDBPyConnection, was: str) -> list[str]:
    """Names of the policy seeds whose rows are others now."""
    names = connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'seeds' order by 1"
    ).fetchall()
    rows = "select count(*), sum(hash(seed)::hugeint) from {}seeds.{} as seed"
    known = {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = ? and schema_name = 'seeds'", [was]
        ).fetchall()
    }

    def digest(place: str, name: str) -> Any:
        return connection.execute(rows.format(place, name)).fetchall()

    return [name for (name,) in names if name not in known or digest("", name) != digest(f"{was}.", name)]
