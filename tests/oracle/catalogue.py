"""The KPIs the oracle knows, as KPIS.md tabulates them: kind, scopes, whether there is an `all` row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

Kind = Literal["count", "ratio", "stock", "distribution"]
PERCENTILES: Mapping[str, Fraction] = {"p50": Fraction(1, 2), "p90": Fraction(9, 10)}
QUEUE_SCOPES = ("company", "channel", "queue", "team")
ALL_SCOPES = (*QUEUE_SCOPES, "agent")


@dataclass(frozen=True, slots=True)
class Kpi:
    """How a KPI is summed up. A stock may be a quotient (`is_mean`), too."""

    code: str
    kind: Kind
    scopes: tuple[str, ...]
    has_all: bool
    is_mean: bool

    def of(self, variant: str) -> Kpi:
        """The KPI in a variant: p50 and p90 are distributions, whatever the others are."""
        return replace(self, kind="distribution", is_mean=False) if variant in PERCENTILES else self


def _kpis(codes: str, kind: Kind, scopes: tuple[str, ...], has_all: bool, is_mean: bool = False) -> dict[str, Kpi]:
    return {code: Kpi(code, kind, scopes, has_all, is_mean or kind == "ratio") for code in codes.split()}


CATALOGUE: Mapping[str, Kpi] = {
    **_kpis(
        "offered contacts_offered call_volume answered overflows callbacks voicemails missed flow_outs short_abandons "
        "blocked",
        "count", QUEUE_SCOPES, has_all=False,
    ),
    **_kpis("excluded_contacts", "count", QUEUE_SCOPES, has_all=True),
    **_kpis(
        "answer_rate abandon_rate abandon_time abandon_return_rate blocked_rate service_level service_level_contact asa "
        "customer_wait queue_time ring_time",
        "ratio", QUEUE_SCOPES, has_all=False,
    ),
    **_kpis("handled_volume contacts_handled tickets_worked", "count", ALL_SCOPES, has_all=False),
    **_kpis("aht_contact", "ratio", ("company", "channel", "queue"), has_all=False),
    **_kpis("cost_per_contact", "ratio", ("company",), has_all=True),
    **_kpis("concurrency", "ratio", ("company", "team", "agent"), has_all=False),
    **_kpis("aht_chat_adjusted", "ratio", ALL_SCOPES, has_all=False),
    **_kpis(
        "online_time online_rate ready_time occupancy adherence handled_per_agent_day",
        "ratio", ("company", "team", "agent"), has_all=True,
    ),
    **_kpis("bot_containment_rate", "ratio", ALL_SCOPES, has_all=False),
    **_kpis(
        "talk_time hold_time hold_time_held acw_time aht transfer_rate", "ratio", ALL_SCOPES, has_all=False,
    ),
    **_kpis("frt frt_customer frt_business avg_response", "ratio", ALL_SCOPES, has_all=False),
    **_kpis("three_min_reply_rate no_reply_rate sla_met_rate record_completeness", "ratio", ALL_SCOPES, has_all=True),
    **_kpis("resolution_rate escalation_rate fcr ocr fcr_identified_share", "ratio", ALL_SCOPES, has_all=True),
    **_kpis(
        "one_touch_rate reopen_rate contacts_per_resolution agents_per_resolution complex_resolution_rate",
        "ratio", ALL_SCOPES, has_all=True,
    ),
    **_kpis("time_to_resolve time_to_resolve_business", "ratio", ALL_SCOPES, has_all=False),
    **_kpis("backlog", "stock", ALL_SCOPES, has_all=True),
    **_kpis("backlog_age open_age", "stock", ALL_SCOPES, has_all=False, is_mean=True),
    **_kpis("complaint_rate", "ratio", ("company", "channel", "queue"), has_all=True),
    **_kpis("complaint_resolution_rate", "ratio", ALL_SCOPES, has_all=True),
    **_kpis("complaints rating_good_count rating_neutral_count rating_bad_count", "count", ALL_SCOPES, has_all=True),
    **_kpis("csat csat_mean rating_good rating_neutral rating_bad", "ratio", ALL_SCOPES, has_all=True),
    **_kpis("compliance_pass_rate pii_leak_rate risk_flag_rate", "ratio", ALL_SCOPES, has_all=True),
    **_kpis("negative_sentiment_rate positive_sentiment_rate", "ratio", ALL_SCOPES, has_all=True),
    **_kpis("compliance_coverage sentiment_coverage", "ratio", ("company", "channel", "queue"), has_all=True),
    **_kpis("compliance_findings", "count", ALL_SCOPES, has_all=True),
    **_kpis("survey_response_rate nps ces low_score_no_reason", "ratio", ALL_SCOPES, has_all=True),
    **_kpis(
        "inquiry_conversion aov cross_sell_rate repurchase_rate lead_rate reply_accuracy communication attitude",
        "ratio", ALL_SCOPES, has_all=True,
    ),
}  # fmt: skip
