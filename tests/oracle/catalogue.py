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
        "offered answered overflows callbacks voicemails missed flow_outs short_abandons",
        "count", QUEUE_SCOPES, has_all=False,
    ),
    **_kpis("answer_rate abandon_rate abandon_time service_level asa", "ratio", QUEUE_SCOPES, has_all=False),
    **_kpis("handled_volume", "count", ALL_SCOPES, has_all=False),
    **_kpis(
        "talk_time hold_time hold_time_held acw_time aht transfer_rate", "ratio", ALL_SCOPES, has_all=False,
    ),
    **_kpis("frt avg_response", "ratio", ALL_SCOPES, has_all=False),
    **_kpis("three_min_reply_rate no_reply_rate", "ratio", ALL_SCOPES, has_all=True),
    **_kpis("resolution_rate escalation_rate fcr ocr", "ratio", ALL_SCOPES, has_all=True),
    **_kpis("csat csat_mean rating_good rating_neutral rating_bad", "ratio", ALL_SCOPES, has_all=True),
    **_kpis("backlog", "stock", ALL_SCOPES, has_all=True),
}  # fmt: skip
