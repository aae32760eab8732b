"""The three dashboards: service overview, agent scorecard, the auditor's."""

from __future__ import annotations

from functools import cache

from serving.bi.datasets import datasets
from serving.bi.parts import Chart, Dashboard, Filter, Words

_TILES = (  # key, title, KPI, variant, channel group, format
    ("answer_rate", "Answered, voice", "answer_rate", "default", "voice", ".1%"),
    ("service_level", "In target, voice", "service_level", "offered", "voice", ".1%"),
    ("frt", "First reply, chat (s)", "frt", "default", "chat", ",.1f"),
    ("fcr", "First-contact", "fcr", "default", "all", ".1%"),
    ("csat", "CSAT", "csat", "default", "all", ".1%"),
    ("backlog", "Backlog", "backlog", "default", "all", ",d"),
)
_COMPLIANCE = "'compliance_pass_rate', 'pii_leak_rate', 'risk_flag_rate', 'compliance_coverage', 'record_completeness'"
_HEADLINE = "scope = 'company' and headline is not null and (kpi = 'aov' or variant in ('default', 'offered', 'talk_hold'))"


@cache
def dashboards() -> tuple[Dashboard, ...]:
    """In the order in which people read them."""
    return _overview(), _scorecard(), _audit()


def _overview() -> Dashboard:
    kpis, intervals = datasets()["kpi_daily"], datasets()["queue_intervals"]
    tiles = tuple(
        Chart(
            f"overview_tile_{key}", title, kpis, "trend", ("week_number",), x="service_date", format=form, width=2, height=20,
            where=f"scope = 'company' and kpi = '{kpi}' and variant = '{variant}' and channel_group = '{group}'",
            note="open tickets each evening" if key == "backlog" else "newest 7 days known; the line: each day's 7",
        )
        for key, title, kpi, variant, group, form in _TILES
    )  # fmt: skip
    headlines = Chart(
        "overview_kpis", "Headline KPIs", kpis, "table", by=("name_en", "name_zh", "channel_group"), where=_HEADLINE, order="place", height=88,
        metrics=("figure", "goal", "reached", "sample", "pending", "week", "week_before", "change"),
    )  # fmt: skip
    volume = Chart(
        "overview_offered", "Contacts offered, by day", kpis, "bar", ("offered",), ("channel_group",), x="service_date", width=6,
        where="scope = 'company' and kpi = 'offered'", format=",d",
    )  # fmt: skip
    satisfaction = Chart(
        "overview_csat", "CSAT: each day's last 7, by channel group", kpis, "line", ("week_number",), ("channel_group",), x="service_date",
        where="scope = 'company' and kpi = 'csat' and variant = 'default'", width=6, format=".0%",
    )  # fmt: skip
    busy = Chart(
        "overview_busy", "Contacts offered a day, by hour and weekday", intervals, "heatmap", ("offered_a_day",), ("weekday",), x="hour", width=6,
        height=36,
    )  # fmt: skip
    reached = Chart(
        "overview_reached", "Service level, by hour and weekday", intervals, "heatmap", ("service_level",), ("weekday",), x="hour", width=6,
        height=36, format=".0%", colors="share",
    )  # fmt: skip
    queues = Chart(
        "overview_queues", "Queues", kpis, "table", by=("scope_id", "member", "channel_group"), where="scope = 'queue' and channel_group <> 'all'",
        order="size", descending=True, height=56, metrics=(
            *("offered", "handled", "answer_rate", "service_level", "abandon_rate", "asa", "aht", "frt", "resolution_rate", "issues", "csat"),
            "surveys",
        ),
    )  # fmt: skip
    teams = Chart(
        "overview_teams", "Teams", kpis, "table", by=("member", "channel_group"), where="scope = 'team' and channel_group <> 'all'", height=52,
        metrics=("handled", "aht", "frt", "resolution_rate", "issues", "csat", "surveys"), order="size", descending=True,
    )  # fmt: skip
    words = Words(
        "**How to read it.** Figures are those of `deskmart kpi` over the chosen days: parts are summed first and divided last. *Sample* is how many "
        "rows stand behind a value; *pending* ones are not final yet and count in neither part. *7 days*, *before* and *change* are as of the newest "
        "chosen day, and empty while that is not known; ▲ is better, ▼ is worse, whichever way the KPI runs.",
    )
    days = Filter("Days", kpis)
    groups = Filter("Channel group", kpis, "channel_group", (*(tile.key for tile in tiles), "overview_busy", "overview_reached"))
    return Dashboard(
        "deskmart-overview", "Service overview", "How well customer service works, by channel group, queue and team.",
        ((words,), tiles, (headlines,), (volume, satisfaction), (busy, reached), (queues,), (teams,)), (days, groups),
    )  # fmt: skip


def _scorecard() -> Dashboard:
    cards = datasets()["agent_scorecards"]
    items, teams = datasets()["mart_monthly_scorecard_items"], datasets()["mart_monthly_team_scorecard"]
    agents = datasets()["mart_daily_agent_performance"]
    words = Words(
        "**Before you judge anybody.** A score needs enough samples: without them there is none, and no rank. Months that are not settled can still "
        "change; closed months are frozen by `deskmart scorecard close`. Each score is the weighted sum of the points below it; every figure can be "
        "followed to its records with `deskmart audit trace`.",
    )
    ranking = Chart(
        "scorecard_agents", "Agents' scores", cards, "rows", order="team_id, rank_in_team, agent_id", height=72,
        by=("month", "team_id", "agent_id", "agent_name", "score", "band", "rank_in_team", "kpis_with_sample", "kpis", "is_settled"),
    )  # fmt: skip
    of_teams = Chart(
        "scorecard_teams", "Teams' scores", teams, "rows", order="rank_of_teams, team_id", width=5, height=40,
        by=("month", "team_id", "score", "band", "rank_of_teams", "is_settled"),
    )  # fmt: skip
    bars = Chart(
        "scorecard_bars", "Score by agent, newest month", cards, "bar", ("best_score",), x="agent", where="is_newest and score is not null", order="best_score",
        width=7, height=40, format=",.1f",
    )  # fmt: skip
    daily = Chart(
        "scorecard_daily", "What agents did in the chosen days, with the samples behind it", agents, "table",
        tuple(metric.name for metric in agents.metrics), ("team_id", "agent_id", "agent_name"), order="handled_legs", descending=True, height=80,
    )  # fmt: skip
    points = Chart(
        "scorecard_items", "What each score is made of", items, "rows", order="scope, team_id, scope_id, kpi", height=80,
        formats={"weight": ".0%", "value": ",.3~f", "points": ",.1f", "floor_value": ",.3~f", "target_value": ",.3~f", "cap_value": ",.3~f"},
        by=(
            *("month", "scope", "team_id", "scope_id", "name", "kpi", "variant", "channel_group", "weight", "value", "sample_size"),
            *("minimum_sample", "has_sample", "floor_value", "target_value", "cap_value", "points", "is_settled"),
        ),
    )  # fmt: skip
    return Dashboard(
        "deskmart-scorecard", "Agent scorecard", "Agents and teams by month, with what their scores are made of.",
        ((words,), (of_teams, bars), (ranking,), (daily,), (points,)),
        (Filter("Days", agents), Filter("Month", cards, "month", ("scorecard_bars",)), Filter("Team", cards, "team_id")),
    )  # fmt: skip


def _audit() -> Dashboard:
    records, fresh, coverage = (
        datasets()[name] for name in ("mart_audit_reconciliation", "mart_data_freshness", "mart_kpi_coverage")
    )
    findings, kpis = datasets()["fct_compliance_findings"], datasets()["kpi_daily"]
    words = Words(
        "**What the numbers rest on.** Landed = accepted + quarantined + duplicates + outside + what was held back, waived or erased; *unexplained* must "
        "be 0. `deskmart audit verify` proves the ledger, `deskmart audit trace` follows a figure to raw bytes, `deskmart quarantine list` shows why "
        "records were refused.",
    )
    tiles = tuple(
        Chart(f"audit_{name}", title, records, "number", (name,), format=form, width=2, height=18, note=note)
        for name, title, form, note in (
            ("landed", "Records landed", ",d", "in all attempts"),
            ("accepted", "Accepted", ",d", "fit for use"),
            ("quarantined", "Quarantined", ",d", "kept, with reasons"),
            ("quarantined_rate", "Share quarantined", ".2%", "of what was landed"),
            ("unexplained", "Unexplained", ",d", "must be 0"),
            ("unbalanced", "Not balanced", ",d", "attempts; must be 0"),
        )
    )
    balance = Chart(
        "audit_reconciliation", "What became of every record", records, "table", by=("source", "stream"), order="landed", descending=True, height=64,
        metrics=("batches", "landed", "accepted", "quarantined", "duplicates", "outside", "held_back", "waived", "erased", "unexplained"),
    )  # fmt: skip
    freshness = Chart(
        "audit_freshness", "How far each source has told us everything (UTC)", fresh, "rows", order="source", height=32, width=6,
        by=("source", "as_of", "covered_from", "last_landed_at", "accepted_rows", "behind_seconds"), formats={"accepted_rows": ",d", "behind_seconds": ",d"},
    )  # fmt: skip
    kept_out = Chart(
        "audit_coverage", "Records kept out, by KPI", coverage, "table", ("kept_out",), ("kpi",), order="kept_out", descending=True, height=32,
        width=6, limit=200,
    )  # fmt: skip
    compliance = Chart(
        "audit_compliance", "Compliance KPIs", kpis, "table", by=("name_en", "name_zh", "channel_group"), order="place", height=52,
        where=f"scope = 'company' and variant = 'default' and kpi in ({_COMPLIANCE})",
        metrics=("figure", "goal", "reached", "sample", "pending", "change"),
    )  # fmt: skip
    rules = Chart(
        "audit_rules", "Findings by rule", findings, "table", ("findings", "standing"), ("rule_id", "rule_version", "severity"), order="findings",
        descending=True, height=36, width=6,
    )  # fmt: skip
    by_day = Chart(
        "audit_findings", "Findings by day", findings, "bar", ("findings",), ("severity",), x="found_on", format=",d", height=36, width=6,
    )  # fmt: skip
    restated = Chart(
        "audit_restatements", "Closed figures that would differ today", datasets()["mart_restatements"], "rows", order="month", height=32,
        by=("month", "scope", "scope_id", "channel_group", "kpi", "variant", "value_closed", "value_now", "cause", "closed_by", "closed_at"),
    )  # fmt: skip
    adjusted = Chart(
        "audit_adjustments", "Approved exclusions and corrections", datasets()["mart_adjustments"], "rows", order="approved_at", height=32,
        by=("subject", "kpi", "variant", "service_date", "reason", "approved_by", "approved_at", "outcome", "fact_rows"),
    )  # fmt: skip
    return Dashboard(
        "deskmart-audit", "Auditor's dashboard", "What became of every record, how fresh the sources are, compliance, and what changed after the fact.",
        ((words,), tiles, (balance,), (freshness, kept_out), (compliance,), (rules, by_day), (restated,), (adjusted,)),
        (Filter("Days", findings),),
    )  # fmt: skip
