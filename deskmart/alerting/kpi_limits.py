"""Limits of KPIs, judged on the published marts: the newest settled figure of each member."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from deskmart.alerting.message import Alert
from deskmart.alerting.settings import KpiLimit
from deskmart.alerting.words import TEXTS
from deskmart.errors import SettingsError
from deskmart.kpi import Line, connect, shown
from deskmart.settings import Settings

# One row per member and channel: its figure on the newest settled day of the KPI, with what the catalogue says of it.
_QUERY = """
    with mine as (
        select * from mart_kpi_daily
        where kpi = $kpi and variant = $variant and scope = $scope and is_settled
        and ($channel_group = '' or channel_group = $channel_group)
    ),
    newest as (select max(service_date) as day from mine),
    samples as (
        select scope_id, channel_group, sum(sample_size) as sample_size
        from mine, newest where service_date > day - $days group by all
    ),
    catalogue as (
        select * from kpi_catalog where kpi = $kpi
        qualify row_number() over (order by variant = $variant desc, version desc) = 1
    )
    select
        mine.scope_id, mine.channel_group, mine.service_date, case when $days = 1 then mine.value else mine.value_7d end as figure,
        samples.sample_size, mine.target_low, mine.target_high, mine.denominator,
        catalogue.name_en, catalogue.name_zh, catalogue.variant = $variant as is_named, catalogue.kind, catalogue.unit, catalogue.display_factor, catalogue.direction
    from mine
    join newest on mine.service_date = newest.day
    join samples on samples.scope_id = mine.scope_id and samples.channel_group = mine.channel_group
    cross join catalogue
    where samples.sample_size >= $fewest
    order by mine.scope_id, mine.channel_group
"""


def limit_key(limit: KpiLimit) -> str:
    """What the keys of a limit's alerts begin with."""
    return f"kpi/{limit.kpi}/{limit.variant}/{limit.scope}/{limit.days}/{limit.above}/{limit.below}/"


def judge(limit: KpiLimit, settings: Settings) -> tuple[list[Alert], set[str]]:
    """The figures outside the limit, and the keys of those inside; `SettingsError` when there is no such KPI.

    A figure that is null, of too few rows, or without a target where the limit names none, is in neither.
    """
    asked = {name: getattr(limit, name) for name in ("kpi", "variant", "scope", "channel_group", "days", "fewest")}
    with connect(settings) as connection:
        _refuse_unknown(limit, connection)
        rows = connection.execute(_QUERY, asked)
        names = [column[0] for column in rows.description]
        figures = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    alerts, well = [], set()
    for figure in figures:
        above, below = _limits(limit, figure)
        if figure["figure"] is None or (above is None and below is None):
            continue
        key = f"{limit_key(limit)}{figure['channel_group']}/{figure['scope_id']}"
        if above is not None and figure["figure"] > above:
            alerts.append(_alert(limit, figure, key, "above", above, settings))
        elif below is not None and figure["figure"] < below:
            alerts.append(_alert(limit, figure, key, "below", below, settings))
        else:
            well.add(key)
    return alerts, well


def _limits(limit: KpiLimit, figure: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """(above, below): those that were set, else the ends of the target that the KPI's direction gives."""
    if limit.above is not None or limit.below is not None:
        return limit.above, limit.below
    low, high, direction = figure["target_low"], figure["target_high"], figure["direction"]
    return (high if direction in ("down", "range") else None), (low if direction in ("up", "range") else None)


def _alert(limit: KpiLimit, figure: Mapping[str, Any], key: str, side: str, bound: float, settings: Settings) -> Alert:
    language = settings.alerts.language
    words, day = TEXTS[language], _day(figure["service_date"])
    members = [figure["scope_id"]] if limit.scope != "company" else []
    members += [figure["channel_group"]] if figure["channel_group"] != "all" else []
    variant = "" if figure["is_named"] else f" {limit.variant}"
    text = words[side].format(
        name=figure[f"name_{language}"] + variant,
        member=f" ({', '.join(members)})" if members else "",
        day=words["week"].format(day=day) if limit.days > 1 else day,
        value=shown(figure["figure"], _line(limit, figure)),
        limit=shown(bound, _line(limit, figure)),
        sample=int(figure["sample_size"]),
    )
    return Alert("kpi", key, text, words["todo_kpi"].format(kpi=limit.kpi, scope=limit.scope))


def _day(day: date) -> str:
    return day.isoformat()


def _line(limit: KpiLimit, figure: Mapping[str, Any]) -> Line:
    """What `shown` wants to know of the figure's unit."""
    known: dict[str, Any] = {name: figure.get(name) for name in Line.__dataclass_fields__}
    return Line(**{**known, "kpi": limit.kpi, "variant": limit.variant})


def _refuse_unknown(limit: KpiLimit, connection: Any) -> None:
    known = [row[0] for row in connection.execute("select distinct kpi from kpi_catalog order by kpi").fetchall()]
    if limit.kpi not in known:
        near = get_close_matches(limit.kpi, known, 3)
        raise SettingsError(
            f"[alerts] kpis names {limit.kpi!r}, and there is no such KPI",
            todo=f"did you mean {' or '.join(near)}?" if near else "docs/kpis.md has all",
        )
    variants = [
        row[0]
        for row in connection.execute(
            "select variant from kpi_catalog where kpi = $1 union select variant from mart_kpi_daily where kpi = $1 order by all",
            [limit.kpi],
        ).fetchall()
    ]
    if limit.variant not in variants:
        raise SettingsError(f"{limit.kpi} has no variant {limit.variant!r}", todo=f"one of {', '.join(variants)}")
