"""What stands on the KPI page, and where: tiles, trends, tables and panels, as data."""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("all", "voice", "chat", "written")
GROUP_NAMES = {"all": ("全部", "All"), "voice": ("电话", "Phone"), "chat": ("在线", "Chat"), "written": ("工单", "Tickets")}
# A source that measures no after-call work has its handle time as talk and hold alone.
_HANDLE = ("default", "talk_hold")


@dataclass(frozen=True, slots=True)
class Spot:
    """A KPI at one place of the page. Of its variants the first that has a sample there is shown."""

    kpi: str
    group: str = "all"
    variants: tuple[str, ...] = ("default",)


TILES = (
    (
        ("电话", "Phone"),
        (
            Spot("offered", "voice"),
            Spot("service_level", "voice", ("offered",)),
            Spot("answer_rate", "voice"),
            Spot("abandon_rate", "voice"),
            Spot("asa", "voice"),
            Spot("aht", "voice", _HANDLE),
        ),
    ),
    (
        ("在线与工单", "Chat and tickets"),
        (
            Spot("offered", "chat"),
            Spot("frt", "chat"),
            Spot("three_min_reply_rate", "chat"),
            Spot("frt", "written"),
            Spot("sla_met_rate"),
            Spot("backlog"),
        ),
    ),
    (
        ("结果", "Outcome"),
        (
            Spot("csat"),
            Spot("resolution_rate"),
            Spot("fcr"),
            Spot("reopen_rate"),
            Spot("compliance_pass_rate"),
            Spot("occupancy"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Trend:
    """A chart of daily values: lines, or bars that stand on each other."""

    name: tuple[str, str]
    spots: tuple[Spot, ...]
    labels: tuple[tuple[str, str], ...]
    is_stacked: bool = False


_BOTH, _THREE = ("voice", "chat"), ("voice", "chat", "written")
TRENDS = (
    Trend(
        ("每日进线量", "Contacts offered a day"),
        tuple(Spot("offered", group) for group in _BOTH),
        tuple(GROUP_NAMES[group] for group in _BOTH),
        is_stacked=True,
    ),
    Trend(
        ("服务水平", "Service level"),
        tuple(Spot("service_level", group, ("offered",)) for group in _BOTH),
        tuple(GROUP_NAMES[group] for group in _BOTH),
    ),
    Trend(
        ("客户满意度", "Customer satisfaction"),
        tuple(Spot("csat", group) for group in _THREE),
        tuple(GROUP_NAMES[group] for group in _THREE),
    ),
    Trend(
        ("解决", "Resolution"),
        (Spot("resolution_rate"), Spot("fcr"), Spot("ocr")),
        (("问题解决率", "Resolved"), ("首次解决率", "FCR"), ("全渠道首次", "any channel")),
    ),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table of members; `group` None means the row's own channel group. Of a count no sample is shown."""

    name: tuple[str, str]
    kpi: str
    group: str | None = None
    variants: tuple[str, ...] = ("default",)
    is_count: bool = False


QUEUE_COLUMNS = (
    Column(("进线量", "Offered"), "offered", is_count=True),
    Column(("服务水平", "Service level"), "service_level", variants=("offered",)),
    Column(("接通率", "Answered"), "answer_rate"),
    Column(("放弃率", "Abandoned"), "abandon_rate"),
    Column(("平均应答", "Speed of answer"), "asa"),
    Column(("处理时长", "Handle time"), "aht", variants=_HANDLE),
    Column(("首次响应", "First response"), "frt"),
    Column(("SLA 达成", "SLA met"), "sla_met_rate"),
    Column(("满意度", "CSAT"), "csat"),
    Column(("解决率", "Resolved"), "resolution_rate"),
)
PEOPLE_COLUMNS = (
    Column(("电话处理", "Calls"), "handled_volume", "voice", is_count=True),
    Column(("在线处理", "Chats"), "handled_volume", "chat", is_count=True),
    Column(("工单处理", "Tickets"), "tickets_worked", "written", is_count=True),
    Column(("电话时长", "Call time"), "aht", "voice", _HANDLE),
    Column(("在线首响", "Chat reply"), "frt", "chat"),
    Column(("工单首响", "Ticket reply"), "frt", "written"),
    Column(("满意度", "CSAT"), "csat", "all"),
    Column(("解决率", "Resolved"), "resolution_rate", "all"),
    Column(("首次解决", "FCR"), "fcr", "all"),
    Column(("合规率", "Compliance"), "compliance_pass_rate", "all"),
    Column(("占用率", "Occupancy"), "occupancy", "all"),
    Column(("遵从率", "Adherence"), "adherence", "all"),
)
# Which rows of the queue table there are: a queue and channel group with a sample of any of these.
QUEUE_KPIS = ("offered", "frt", "sla_met_rate", "resolution_rate", "csat")


@dataclass(frozen=True, slots=True)
class Panel:
    """A table of KPIs by channel group; each with the variants of which the first with a sample is shown."""

    name: tuple[str, str]
    kpis: tuple[tuple[str, tuple[str, ...]], ...]


def _plain(*kpis: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((kpi, ("default",)) for kpi in kpis)


SATISFACTION = Panel(
    ("满意度", "Satisfaction"), _plain("csat", "csat_mean", "survey_response_rate", "nps", "ces", "low_score_no_reason")
)
COMPLIANCE = Panel(
    ("合规与质检", "Compliance and quality"),
    _plain(
        "compliance_pass_rate", "pii_leak_rate", "risk_flag_rate", "negative_sentiment_rate", "record_completeness",
        "reply_accuracy", "communication", "attitude",
    ),
)  # fmt: skip
RESOLUTION = Panel(
    ("解决", "Resolution"),
    (
        *_plain("resolution_rate", "fcr", "ocr", "one_touch_rate", "reopen_rate", "escalation_rate"),
        ("time_to_resolve", ("p50",)),
        ("time_to_resolve", ("p90",)),
        *_plain("contacts_per_resolution", "complaint_rate", "backlog", "backlog_age"),
    ),
)
RESPONSE = Panel(
    ("响应与处理", "Response and handling"),
    (
        *_plain(
            "frt", "avg_response", "three_min_reply_rate", "no_reply_rate", "sla_met_rate", "talk_time", "hold_time", "acw_time"
        ),
        ("aht", _HANDLE),
        *_plain("transfer_rate", "abandon_time", "callbacks"),
    ),
)
OFFICE = Panel(
    ("人力与成本", "Workforce and cost"),
    _plain("occupancy", "adherence", "online_rate", "handled_per_agent_day", "cost_per_contact"),
)
SALES = Panel(("销售", "Sales"), _plain("inquiry_conversion", "cross_sell_rate", "repurchase_rate", "lead_rate"))
PANELS = ((SATISFACTION, RESOLUTION, OFFICE), (RESPONSE, COMPLIANCE, SALES))  # left and right
RATINGS = ("rating_good", "rating_neutral", "rating_bad")
FINDINGS = "compliance_findings"
SEVERITIES = ("critical", "major", "minor")
# Their sample is days of agents, of which a handful is enough.
OF_DAYS = ("occupancy", "adherence", "online_rate")
# Figures of whole months.
MONTHLY = ("cost_per_contact",)


def wanted() -> set[tuple[str, str]]:
    """Scope and KPI of everything the page shows."""
    company = {spot.kpi for _, spots in TILES for spot in spots} | {spot.kpi for trend in TRENDS for spot in trend.spots}
    company |= {kpi for side in PANELS for panel in side for kpi, _ in panel.kpis} | {FINDINGS} | set(RATINGS)
    company |= {f"{kpi}_count" for kpi in RATINGS}
    people = {column.kpi for column in PEOPLE_COLUMNS}
    found = {("company", kpi) for kpi in company} | {("queue", column.kpi) for column in QUEUE_COLUMNS}
    return found | {(scope, kpi) for scope in ("team", "agent") for kpi in people}
