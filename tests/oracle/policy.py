"""The policy seeds as the oracle needs them: the thresholds and windows that KPIS.md names, with its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from tests.oracle.seeds import seed

DAY = 86_400
SLA: Mapping[tuple[str, str], int] = {
    ("chat", "first_reply"): 30,
    ("chat", "next_reply"): 60,
    ("written", "first_reply"): 1800,
    ("written", "next_reply"): 3600,
    ("written", "resolve"): 259_200,
}


def _by_group(**seconds: int) -> Mapping[str, int]:
    return MappingProxyType(seconds)


def _topics(column: str) -> frozenset[str]:
    """The topics of the seed for which a column is true."""
    return frozenset(row["topic"] for row in seed("topics") if row[column] == "true")


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds throughout. Mappings go from channel group or queue id to the value that differs from the default."""

    site_timezone: str = "Asia/Shanghai"
    answer_within: int = 20  # T
    answer_within_by_group: Mapping[str, int] = field(default_factory=lambda: _by_group(chat=30))
    answer_within_by_queue: Mapping[str, int] = field(default_factory=dict)
    variant_by_queue: Mapping[str, str] = field(default_factory=dict)
    short_abandon: int = 5  # S
    short_abandon_by_group: Mapping[str, int] = field(default_factory=dict)
    short_abandon_by_queue: Mapping[str, int] = field(default_factory=dict)
    fcr_window: int = 7 * DAY  # W
    fcr_window_by_queue: Mapping[str, int] = field(default_factory=dict)
    resolution_window: int = 7 * DAY  # R
    response_window: int = DAY
    acw_window: int = DAY
    three_minutes: int = 180
    return_window: int = DAY
    thank_you_window: int = DAY
    survey_window: int = 7 * DAY
    reopen_window: int = 7 * DAY
    record_window: int = DAY
    record_fields: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"voice": ("topic", "disposition"), "chat": ("topic", "disposition"), "written": ("topic",)}
    )
    sla: Mapping[tuple[str, str], int] = field(default_factory=lambda: SLA)  # channel group and metric
    conversion_window: int = 72 * 3600
    prior_order_window: int = 7 * DAY
    refund_window: int = 7 * DAY
    repurchase_window: int = 90 * DAY
    after_sales: frozenset[str] = field(default_factory=lambda: _topics("is_after_sales"))
    complaints: frozenset[str] = field(default_factory=lambda: _topics("is_complaint"))
    complex_labels: frozenset[str] = field(default_factory=lambda: frozenset(row["label"] for row in seed("complexity_rules")))
    complex: frozenset[str] = field(default_factory=lambda: _topics("is_complex"))
    ring_cadence: int = 5
    shared_identity_limit: int = 5

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site_timezone)

    def threshold(self, channel_group: str | None, queue_id: str | None) -> Decimal:
        """T of a leg: its queue's, else its channel group's, else the default."""
        by_group = self.answer_within_by_group.get(channel_group or "", self.answer_within)
        return Decimal(self.answer_within_by_queue.get(queue_id or "", by_group))

    def service_level_variant(self, queue_id: str | None) -> str:
        """Which of the six service levels a queue is judged by."""
        return self.variant_by_queue.get(queue_id or "", "offered")

    def short(self, channel_group: str | None, queue_id: str | None) -> Decimal:
        """S of a leg: its queue's, else its channel group's, else the default."""
        by_group = self.short_abandon_by_group.get(channel_group or "", self.short_abandon)
        return Decimal(self.short_abandon_by_queue.get(queue_id or "", by_group))

    def repeat_window(self, queue_id: str | None) -> Decimal:
        """W of a contact whose last handled queue this is."""
        return Decimal(self.fcr_window_by_queue.get(queue_id or "", self.fcr_window))
