"""The dataset most charts stand on: the KPIs by day with their names, and the aggregates of `deskmart kpi`."""

from __future__ import annotations

from deskmart.kpi import HEADLINES
from serving.bi import figures
from serving.bi.described import PERCENT, POINTS, SECONDS, WHOLE, fields
from serving.bi.parts import SCHEMA, Dataset, Field, Metric

GROUPS = ("voice", "chat", "written", "all")


def _headlines() -> str:
    return f"array_position(array[{', '.join(repr(code) for code in HEADLINES)}], daily.kpi)"


_KPI_DAILY_SQL = f"""\
select
    daily.service_date, daily.scope, daily.scope_id, coalesce(queues.name, agents.name, daily.scope_id) as member, daily.channel_group,
    daily.kpi, daily.variant, catalogue.name_en, catalogue.name_zh, catalogue.kind, catalogue.unit, catalogue.display_factor,
    catalogue.direction, daily.numerator, daily.denominator, daily.value, daily.sample_size, daily.pending_size, daily.value_7d,
    daily.value_prev_7d, daily.change_abs, daily.change_rel, daily.verdict, daily.target_low, daily.target_high, daily.band,
    daily.is_settled, daily.settles_on, daily.is_partial,
    {_headlines()} as headline,
    array_position(array[{", ".join(repr(group) for group in GROUPS)}], daily.channel_group) as group_position
from {SCHEMA}.mart_kpi_daily as daily
inner join (
    select distinct on (kpi, variant) *, left(variant, 1) = chr(123) as is_pattern
    from {SCHEMA}.kpi_catalog
    order by kpi, variant, version desc
) as catalogue
on catalogue.kpi = daily.kpi
    and (
        catalogue.variant = daily.variant
        or (
            catalogue.is_pattern
            and not exists (select 1 from {SCHEMA}.kpi_catalog as named where named.kpi = daily.kpi and named.variant = daily.variant)
        )
    )
left join {SCHEMA}.dim_queues as queues on queues.queue_id = daily.scope_id and queues.is_current and daily.scope = 'queue'
left join {SCHEMA}.dim_agents as agents on agents.agent_id = daily.scope_id and agents.is_current and daily.scope = 'agent'"""


def _kpi_fields() -> tuple[Field, ...]:
    own = {field.name: field for field in fields("marts", "mart_kpi_daily")}
    named = {field.name: field for field in fields("seeds", "kpi_catalog")}
    extra = {
        "member": Field("member", "varchar", "Name of the queue or agent, else scope_id."),
        "headline": Field("headline", "integer", "Place among the headline KPIs of `deskmart demo`; null for the others."),
        "group_position": Field("group_position", "integer", "Order of the channel groups: voice, chat, written, all."),
    }
    asked = (
        *("service_date", "scope", "scope_id", "member", "channel_group", "kpi", "variant", "name_en", "name_zh", "kind", "unit"),
        *("display_factor", "direction", "numerator", "denominator", "value", "sample_size", "pending_size", "value_7d"),
        *(
            "value_prev_7d",
            "change_abs",
            "change_rel",
            "verdict",
            "target_low",
            "target_high",
            "band",
            "is_settled",
            "settles_on",
        ),
        *("is_partial", "headline", "group_position"),
    )
    labels = {"name_en": "KPI", "name_zh": "指标", "channel_group": "channel group", "service_date": "day"}
    found = {**named, **own, **extra}
    return tuple(Field(name, found[name].type, found[name].text, labels.get(name, "")) for name in asked)


_ONE = "Group by KPI, variant, member and channel group: it is right for one of each."
_KPI_METRICS = (
    Metric(
        "figure", "value", figures.shown(figures.VALUE), f"The value over the chosen days as `deskmart kpi` prints it. {_ONE}"
    ),
    Metric("number", "value (number)", figures.VALUE, f"Parts re-summed over the chosen days, divided last. {_ONE}", POINTS),
    Metric("goal", "target", figures.TARGET, f"The target on the newest day. {_ONE}"),
    Metric("reached", "band", figures.BAND, f"Of the value against that target: excellent, pass or below. {_ONE}"),
    Metric("sample", "sample", figures.SAMPLE, f"Rows behind the value. {_ONE}", WHOLE),
    Metric("pending", "pending", "sum(pending_size)", "Rows whose outcome is not final yet; in neither part.", WHOLE),
    Metric("week", "7 days", figures.shown(figures.last("value_7d")), f"The 7 days up to the newest. {_ONE}"),
    Metric("week_before", "before", figures.shown(figures.last("value_prev_7d")), f"The 7 days before those. {_ONE}"),
    Metric("change", "change", figures.CHANGE, f"Of the 7 days against the 7 before: ▲ better, ▼ worse. {_ONE}"),
    Metric("week_number", "7-day value", figures.last("value_7d"), f"The 7 days up to each day. {_ONE}"),
    Metric("place", "place", "min(headline * 10 + group_position)", "Order of the headline table.", WHOLE),
    Metric("offered", "offered", figures.count_of_kpi("offered"), "Contacts offered. Group by member and channel group.", WHOLE),
    Metric("handled", "handled", figures.count_of_kpi("handled_volume"), "Pieces handled.", WHOLE),
    Metric(
        "size", "size", f"coalesce({figures.count_of_kpi('handled_volume')}, 0)", "Pieces handled, 0 for none: to sort by.", WHOLE
    ),
    Metric("issues", "issues", figures.sample_of_kpi("resolution_rate"), "Issues behind the share resolved.", WHOLE),
    Metric("surveys", "surveys", figures.sample_of_kpi("csat"), "Answers behind the CSAT.", WHOLE),
    *(
        Metric(
            name, label, figures.of_kpi(kpi, variant), f"{kpi} ({variant}), re-summed. Group by member and channel group.", form
        )
        for name, label, kpi, variant, form in (
            ("answer_rate", "answer rate", "answer_rate", "default", PERCENT),
            ("service_level", "service level", "service_level", "offered", PERCENT),
            ("abandon_rate", "abandoned", "abandon_rate", "default", PERCENT),
            ("asa", "ASA (s)", "asa", "default", SECONDS),
            ("aht", "AHT (s)", "aht", "default", SECONDS),
            ("frt", "first response (s)", "frt", "default", SECONDS),
            ("resolution_rate", "resolved", "resolution_rate", "default", PERCENT),
            ("csat", "CSAT", "csat", "default", PERCENT),
        )
    ),
)


def kpi_daily() -> Dataset:
    return Dataset(
        "kpi_daily",
        "KPIs by day",
        "mart_kpi_daily with each KPI's names and unit and each member's name. Filter scope, channel group, KPI and variant, "
        "or group by them; sums over members of different scopes count twice.",
        _kpi_fields(),
        _KPI_METRICS,
        _KPI_DAILY_SQL,
        "service_date",
    )
