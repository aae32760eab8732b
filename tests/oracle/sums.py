"""The wide marts against the oracle: what they hold side by side has to add up to the rows of each scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

from tests.oracle.compare import name_of
from tests.oracle.periods import KpiRow

SCOPES = {"company": None, "channel": "channel", "queue": "queue_id", "team": "team_id", "agent": "agent_id"}
INTERVALS = {
    "offered": ("offered", None), "answered": ("answered", None), "short_abandons": ("short_abandons", None),
    "overflows": ("overflows", None), "flow_outs": ("flow_outs", None), "callbacks": ("callbacks", None),
    "voicemails": ("voicemails", None), "missed": ("missed", None), "blocked": ("blocked", None),
    "abandon_rate": ("long_abandons", "abandon_rate_legs"), "asa": ("answered_wait_seconds", "measured_waits"),
    "abandon_time": ("abandoned_wait_seconds", None),
}  # fmt: skip
AGENTS = {
    ("online_time", "all"): ("online_seconds", None),
    ("online_rate", "all"): ("shift_online_seconds", "shift_seconds"),
    ("adherence", "all"): ("adherent_seconds", "planned_seconds"),
    ("occupancy", "all"): ("occupied_seconds", "occupiable_seconds"),
    ("aht", "voice"): ("voice_handle_seconds", "voice_handle_final_legs"),
    ("aht", "chat"): ("chat_handle_seconds", "chat_handle_final_legs"),
    ("frt", "chat"): ("chat_first_response_seconds", "chat_replied_contacts"),
    ("frt", "written"): ("written_first_response_seconds", "written_replied_contacts"),
    ("resolution_rate", "all"): ("solved_issues", "known_issues"),
    ("fcr", "all"): ("first_contacts_resolved", "first_contacts"),
    ("csat", "all"): ("satisfied_surveys", "answered_surveys"),
}
Sums = dict[Any, Decimal]


def differences_in_sums(connection: DuckDBPyConnection, oracle: Iterable[KpiRow]) -> list[str]:
    """Where mart_wide_daily, mart_interval_queue_service or mart_daily_agent_performance do not add up to the oracle's rows."""
    rows = list(oracle)
    return [*_wide(connection, rows), *_intervals(connection, rows), *_agents(connection, rows)]


def _read(connection: DuckDBPyConnection, mart: str) -> list[dict[str, Any]]:
    found = connection.execute(f"select * from marts.{mart}")
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _wide(connection: DuckDBPyConnection, rows: list[KpiRow]) -> Iterator[str]:
    mart = _read(connection, "mart_wide_daily")
    parts = mart[0].keys() - {"service_date", "channel_group", *SCOPES.values()}
    sums: Sums = defaultdict(Decimal)
    for cells in mart:
        for scope, column in SCOPES.items():
            member = "company" if column is None else cells[column]
            for part in parts:
                for group in (cells["channel_group"], "all"):
                    sums[cells["service_date"], scope, member, group, part] += Decimal(cells[part] or 0)
    for row in rows:
        name = row.kpi if row.variant in ("default", "offered") else f"{row.kpi}_{row.variant}"
        place = (row.service_date, row.scope, row.scope_id, row.channel_group)
        if name in parts or f"{name}_numerator" in parts:
            numerator = sums[*place, name if name in parts else f"{name}_numerator"]
            below = f"{name}_denominator" if f"{name}_denominator" in parts else None
            yield from _told("mart_wide_daily", row, numerator, sums[*place, below] if below else None)


def _intervals(connection: DuckDBPyConnection, rows: list[KpiRow]) -> Iterator[str]:
    sums: Sums = defaultdict(Decimal)
    for cells in _read(connection, "mart_interval_queue_service"):
        for column, value in cells.items():
            if isinstance(value, int | Decimal):
                sums[cells["service_date"], cells["queue_id"], cells["channel_group"], column] += Decimal(value)
    for row in rows:
        if row.scope == "queue" and row.kpi in INTERVALS and row.variant == "default":
            above, below = INTERVALS[row.kpi]
            place = (row.service_date, row.scope_id, row.channel_group)
            yield from _told("mart_interval_queue_service", row, sums[*place, above], sums[*place, below] if below else None)


def _agents(connection: DuckDBPyConnection, rows: list[KpiRow]) -> Iterator[str]:
    mart = {(cells["service_date"], cells["agent_id"]): cells for cells in _read(connection, "mart_daily_agent_performance")}
    for row in rows:
        if (
            row.scope == "agent"
            and row.scope_id != "(none)"
            and row.variant == "default"
            and (row.kpi, row.channel_group) in AGENTS
        ):
            above, below = AGENTS[row.kpi, row.channel_group]
            found = mart.get((row.service_date, row.scope_id), {})
            denominator = Decimal(found.get(below) or 0) if below else None
            yield from _told("mart_daily_agent_performance", row, Decimal(found.get(above) or 0), denominator)


def _told(mart: str, row: KpiRow, numerator: Decimal, denominator: Decimal | None) -> Iterator[str]:
    if numerator != row.numerator:
        yield f"{mart} {name_of(row)}: numerator oracle {row.numerator}, mart {numerator}"
    if denominator is not None and denominator != (row.denominator or 0):
        yield f"{mart} {name_of(row)}: denominator oracle {row.denominator}, mart {denominator}"
