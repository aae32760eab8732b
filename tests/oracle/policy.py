"""The policies that KPIS.md names, as the seeds tell them for a queue, a channel group and a day; and its fixed windows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.oracle.seeds import SEEDS, Rules, SeedRow, seed

DAY = 86_400


def _topics(column: str) -> frozenset[str]:
    """The topics of the seed for which a column is true."""
    return frozenset(row["topic"] for row in seed("topics") if row[column] == "true")


@dataclass(frozen=True)
class Policy:
    """Seconds throughout. `seeds` is the folder of the policies; what varies by queue or day is asked with both."""

    site_timezone: str = "Asia/Shanghai"
    seeds: Path = SEEDS
    response_window: int = DAY
    acw_window: int = DAY
    return_window: int = DAY
    thank_you_window: int = DAY
    survey_window: int = 7 * DAY
    stand_window: int = 7 * DAY  # a solve has stood
    reopen_window: int = 7 * DAY
    record_window: int = DAY
    after_sales: frozenset[str] = field(default_factory=lambda: _topics("is_after_sales"))
    complaints: frozenset[str] = field(default_factory=lambda: _topics("is_complaint"))
    complex_labels: frozenset[str] = field(default_factory=lambda: frozenset(row["label"] for row in seed("complexity_rules")))
    complex: frozenset[str] = field(default_factory=lambda: _topics("is_complex"))
    shared_identity_limit: int = 5
    _rules: dict[str, Rules] = field(default_factory=dict, compare=False, repr=False)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site_timezone)

    def rules(self, name: str) -> Rules:
        """The rows of a seed."""
        if name not in self._rules:
            self._rules[name] = Rules(seed(name, self.seeds))
        return self._rules[name]

    def _of_queue(self, name: str, queue_id: str | None, channel_group: str | None, on: date) -> SeedRow:
        row = self.rules(name).in_force(on, queue_id=queue_id, channel_group=channel_group)
        if row is None:
            raise LookupError(f"{name} has no row for {queue_id}, {channel_group} on {on}")
        return row

    def threshold(self, channel_group: str | None, queue_id: str | None, on: date) -> Decimal:
        """T of a leg."""
        return Decimal(self._of_queue("service_level_policies", queue_id, channel_group, on)["threshold_seconds"])

    def short(self, channel_group: str | None, queue_id: str | None, on: date) -> Decimal:
        """S of a leg."""
        return Decimal(self._of_queue("service_level_policies", queue_id, channel_group, on)["short_abandon_seconds"])

    def service_level_variant(self, channel_group: str | None, queue_id: str | None, on: date) -> str:
        """Which of the six service levels a queue is judged by."""
        return self._of_queue("service_level_policies", queue_id, channel_group, on)["variant"]

    def repeat_window(self, queue_id: str | None, channel_group: str | None, on: date) -> Decimal:
        """W of a contact whose last handled queue this is."""
        return Decimal(self._of_queue("fcr_policies", queue_id, channel_group, on)["window_seconds"])

    def resolution_window(self, queue_id: str | None, channel_group: str | None, on: date) -> int:
        """R of an issue received in this queue."""
        return int(self._of_queue("resolution_policies", queue_id, channel_group, on)["window_seconds"])

    def three_minutes(self, queue_id: str | None, channel_group: str | None, on: date) -> int:
        """Within how long a turn is to be answered."""
        return int(self._of_queue("response_window_policies", queue_id, channel_group, on)["window_seconds"])

    def promise(self, metric: str, queue_id: str | None, channel_group: str, priority: str | None, on: date) -> SeedRow | None:
        """The deadline in force at the clock's start: target_seconds, and whether by the wall or by business time."""
        of_metric = f"sla_policies of {metric}"
        if of_metric not in self._rules:
            self._rules[of_metric] = Rules([row for row in seed("sla_policies", self.seeds) if row["metric"] == metric])
        return self._rules[of_metric].in_force(on, queue_id=queue_id, channel_group=channel_group, priority=priority)

    def record_fields(self, channel_group: str | None, on: date) -> list[str]:
        """What a record of a contact that ended on that day needs."""
        return [row["required_field"] for row in self.rules("record_policies").all_in_force(on, channel_group=channel_group)]

    def sales(self, window: str, on: date) -> int:
        """A window of sales: conversion, prior_order, refund or repurchase."""
        row = self.rules("conversion_policies").in_force(on)
        if row is None:
            raise LookupError(f"conversion_policies has no row on {on}")
        return int(row[f"{window}_seconds"])
