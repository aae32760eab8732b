"""The datasets of the dashboards: published tables with their descriptions out of dbt, and two selects that join names to figures."""

from __future__ import annotations

from functools import cache

from deskmart.dictionary import Table, tables_of
from deskmart.kpi import HEADLINES
from serving.bi import figures
from serving.bi.parts import SCHEMA, Dataset, Field, Metric

PERCENT, SECONDS, WHOLE, POINTS = ".1%", ",.1f", ",d", ",.2f"
GROUPS = ("voice", "chat", "written", "all")


@cache
def _described(layer: str) -> dict[str, Table]:
    return tables_of(layer)


def _fields(layer: str, table: str, *, leave_out: tuple[str, ...] = ()) -> tuple[Field, ...]:
    columns = _described(layer)[table].columns
    return tuple(Field(name, column.type, column.text) for name, column in columns.items() if name not in leave_out)


def _table(name: str, title: str, *metrics: Metric, date_column: str = "", layer: str = "marts") -> Dataset:
    return Dataset(name, title, _described(layer)[name].text, _fields(layer, name), metrics, date_column=date_column)


def _sum(column: str, label: str, text: str = "") -> Metric:
    return Metric(column, label, f"sum({column})", text or f"{label}, summed.", WHOLE)


def _ratio(name: str, label: str, above: str, below: str, form: str) -> Metric:
    return Metric(name, label, figures.ratio(above, below), f"sum({above}) / sum({below}).", form)


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

_INTERVALS_SQL = f"""\
select
    intervals.*, queues.name as queue_name, left(intervals.interval_starts, 2) || ':00' as hour,
    to_char(intervals.service_date, 'ID Dy') as weekday
from {SCHEMA}.mart_interval_queue_service as intervals
left join {SCHEMA}.dim_queues as queues on queues.queue_id = intervals.queue_id and queues.is_current"""


def _kpi_fields() -> tuple[Field, ...]:
    own = {field.name: field for field in _fields("marts", "mart_kpi_daily")}
    named = {field.name: field for field in _fields("seeds", "kpi_catalog")}
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
_AGENT_METRICS = (
    _sum("handled_legs", "handled"),
    _sum("tickets_worked", "tickets worked"),
    _ratio("voice_aht", "voice AHT (s)", "voice_handle_seconds", "voice_handle_final_legs", SECONDS),
    _ratio("chat_aht", "chat AHT (s)", "chat_handle_seconds", "chat_handle_final_legs", SECONDS),
    _ratio("chat_frt", "chat first response (s)", "chat_first_response_seconds", "chat_replied_contacts", SECONDS),
    _ratio("transferred", "transferred", "transferred_legs", "handled_legs", PERCENT),
    _ratio("resolved", "resolved", "solved_issues", "known_issues", PERCENT),
    _sum("known_issues", "issues"),
    _ratio("fcr", "first contact resolved", "first_contacts_resolved", "first_contacts", PERCENT),
    _ratio("csat", "CSAT", "satisfied_surveys", "answered_surveys", PERCENT),
    _sum("answered_surveys", "surveys"),
    _ratio("occupancy", "occupancy", "occupied_seconds", "occupiable_seconds", PERCENT),
    _ratio("adherence", "adherence", "adherent_seconds", "planned_seconds", PERCENT),
)
_INTERVAL_METRICS = (
    Metric(
        "offered_a_day",
        "offered a day",
        "sum(offered)::float8 / nullif(count(distinct service_date), 0)",
        "Mean per day.",
        ",.1f",
    ),
    _ratio("service_level", "service level", "service_level_met_legs", "service_level_legs", PERCENT),
    _ratio("abandoned_share", "abandoned", "long_abandons", "abandon_rate_legs", PERCENT),
)
_RECORDS = ("landed", "accepted", "quarantined", "duplicates", "outside", "held_back", "waived", "erased", "unexplained")
_RECONCILIATION_METRICS = (
    *(_sum(name, name.replace("_", " ")) for name in _RECORDS),
    Metric("batches", "attempts", "count(*)", "Attempts at a batch.", WHOLE),
    Metric("unbalanced", "not balanced", "count(*) filter (where not is_balanced)", "Attempts whose sums do not agree.", WHOLE),
    _ratio("quarantined_rate", "quarantined share", "quarantined", "landed", ".2%"),
)


@cache
def datasets() -> dict[str, Dataset]:
    """Every dataset by name."""
    intervals = (
        *_fields("marts", "mart_interval_queue_service"),
        Field("queue_name", "varchar", "Name of the queue."),
        Field("hour", "varchar", "Local hour in which the interval starts."),
        Field("weekday", "varchar", "ISO number and name of the local weekday, Monday first."),
    )
    coverage = (
        Metric(
            "kept_out",
            "kept out",
            figures.ratio(
                "(quarantined_records + held_back_records)", "accepted_records + quarantined_records + held_back_records"
            ),
            "Share of the records behind the KPI which the gate keeps out.",
            ".2%",
        ),
    )
    found = (
        Metric("findings", "findings", "count(*)", "Findings of the compliance rules.", WHOLE),
        Metric("standing", "standing", "count(*) filter (where is_standing)", "Findings no human dismissed.", WHOLE),
    )
    score = Metric("best_score", "score", "max(score)", "The weighted score, one per agent and month.", POINTS)
    all_of_them = (
        Dataset(
            "kpi_daily",
            "KPIs by day",
            "mart_kpi_daily with each KPI's names and unit and each member's name. Filter scope, channel group, KPI and variant, "
            "or group by them; sums over members of different scopes count twice.",
            _kpi_fields(),
            _KPI_METRICS,
            _KPI_DAILY_SQL,
            "service_date",
        ),
        Dataset(
            "queue_intervals",
            "Queues by half-hour",
            "mart_interval_queue_service with names, hours and weekdays.",
            intervals,
            _INTERVAL_METRICS,
            _INTERVALS_SQL,
            "service_date",
        ),
        _table("mart_daily_agent_performance", "Agents by day", *_AGENT_METRICS, date_column="service_date"),
        _table("mart_monthly_agent_scorecard", "Agents' scorecards", score, date_column="period_start"),
        _table("mart_monthly_team_scorecard", "Teams' scorecards", score, date_column="period_start"),
        _table("mart_monthly_scorecard_items", "Scorecard items", date_column="period_start"),
        _table("mart_kpi_monthly", "KPIs by month", date_column="period_start"),
        _table("mart_audit_reconciliation", "What became of every record", *_RECONCILIATION_METRICS),
        _table("mart_data_freshness", "How fresh each source is"),
        _table("mart_kpi_coverage", "Records kept out, by KPI", *coverage, date_column="service_date"),
        _table("fct_compliance_findings", "Compliance findings", *found, date_column="found_on", layer="core"),
        _table("mart_restatements", "Closed figures that would differ today"),
        _table("mart_adjustments", "Approved exclusions and corrections"),
        _table("kpi_catalog", "The KPIs and their definitions", layer="seeds"),
        _table("kpi_targets", "Targets", layer="seeds"),
    )
    return {dataset.name: dataset for dataset in all_of_them}
