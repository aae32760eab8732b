"""The datasets of the dashboards: published tables with their descriptions out of dbt, and two selects that join names to figures."""

from __future__ import annotations

from functools import cache

from serving.bi import figures
from serving.bi.described import PERCENT, POINTS, SECONDS, WHOLE, fields, ratio, summed, table
from serving.bi.kpi_daily import kpi_daily
from serving.bi.parts import SCHEMA, Dataset, Field, Metric

_INTERVALS_SQL = f"""\
select
    intervals.*, queues.name as queue_name, left(intervals.interval_starts, 2) || ':00' as hour,
    to_char(intervals.service_date, 'ID Dy') as weekday
from {SCHEMA}.mart_interval_queue_service as intervals
left join {SCHEMA}.dim_queues as queues on queues.queue_id = intervals.queue_id and queues.is_current"""


_SCORECARDS_SQL = f"""\
select
    cards.*, coalesce(cards.agent_name || ' ', '') || cards.agent_id as agent, cards.month = max(cards.month) over () as is_newest
from {SCHEMA}.mart_monthly_agent_scorecard as cards"""

_AGENT_METRICS = (
    summed("handled_legs", "handled"),
    summed("tickets_worked", "tickets worked"),
    ratio("voice_aht", "voice AHT (s)", "voice_handle_seconds", "voice_handle_final_legs", SECONDS),
    ratio("chat_aht", "chat AHT (s)", "chat_handle_seconds", "chat_handle_final_legs", SECONDS),
    ratio("chat_frt", "chat first response (s)", "chat_first_response_seconds", "chat_replied_contacts", SECONDS),
    ratio("transferred", "transferred", "transferred_legs", "handled_legs", PERCENT),
    ratio("resolved", "resolved", "solved_issues", "known_issues", PERCENT),
    summed("known_issues", "issues"),
    ratio("fcr", "first contact resolved", "first_contacts_resolved", "first_contacts", PERCENT),
    ratio("csat", "CSAT", "satisfied_surveys", "answered_surveys", PERCENT),
    summed("answered_surveys", "surveys"),
    ratio("occupancy", "occupancy", "occupied_seconds", "occupiable_seconds", PERCENT),
    ratio("adherence", "adherence", "adherent_seconds", "planned_seconds", PERCENT),
)
_INTERVAL_METRICS = (
    Metric(
        "offered_a_day",
        "offered a day",
        "sum(offered)::float8 / nullif(count(distinct service_date), 0)",
        "Mean per day.",
        ",.1f",
    ),
    ratio("service_level", "service level", "service_level_met_legs", "service_level_legs", PERCENT),
    ratio("abandoned_share", "abandoned", "long_abandons", "abandon_rate_legs", PERCENT),
)
_RECORDS = ("landed", "accepted", "quarantined", "duplicates", "outside", "held_back", "waived", "erased", "unexplained")
_RECONCILIATION_METRICS = (
    *(summed(name, name.replace("_", " ")) for name in _RECORDS),
    Metric("batches", "attempts", "count(*)", "Attempts at a batch.", WHOLE),
    Metric("unbalanced", "not balanced", "count(*) filter (where not is_balanced)", "Attempts whose sums do not agree.", WHOLE),
    ratio("quarantined_rate", "quarantined share", "quarantined", "landed", ".2%"),
)


@cache
def datasets() -> dict[str, Dataset]:
    """Every dataset by name."""
    intervals = (
        *fields("marts", "mart_interval_queue_service"),
        Field("queue_name", "varchar", "Name of the queue."),
        Field("hour", "varchar", "Local hour in which the interval starts."),
        Field("weekday", "varchar", "ISO number and name of the local weekday, Monday first."),
    )
    cards = (
        *fields("marts", "mart_monthly_agent_scorecard"),
        Field("agent", "varchar", "Name and id: two agents may have the same name."),
        Field("is_newest", "boolean", "The newest month there is."),
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
        kpi_daily(),
        Dataset(
            "queue_intervals",
            "Queues by half-hour",
            "mart_interval_queue_service with names, hours and weekdays.",
            intervals,
            _INTERVAL_METRICS,
            _INTERVALS_SQL,
            "service_date",
        ),
        table("mart_daily_agent_performance", "Agents by day", *_AGENT_METRICS, date_column="service_date"),
        Dataset(
            "agent_scorecards",
            "Agents' scorecards",
            "mart_monthly_agent_scorecard with a name for each agent that nobody else has.",
            cards,
            (score,),
            _SCORECARDS_SQL,
            "period_start",
        ),
        table("mart_monthly_team_scorecard", "Teams' scorecards", score, date_column="period_start"),
        table("mart_monthly_scorecard_items", "Scorecard items", date_column="period_start"),
        table("mart_kpi_monthly", "KPIs by month", date_column="period_start"),
        table("mart_audit_reconciliation", "What became of every record", *_RECONCILIATION_METRICS),
        table("mart_data_freshness", "How fresh each source is"),
        table("mart_kpi_coverage", "Records kept out, by KPI", *coverage, date_column="service_date"),
        table("fct_compliance_findings", "Compliance findings", *found, date_column="found_on", layer="core"),
        table("mart_restatements", "Closed figures that would differ today"),
        table("mart_adjustments", "Approved exclusions and corrections"),
        table("kpi_catalog", "The KPIs and their definitions", layer="seeds"),
        table("kpi_targets", "Targets", layer="seeds"),
    )
    return {dataset.name: dataset for dataset in all_of_them}
