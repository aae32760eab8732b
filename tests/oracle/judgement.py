"""What the marts say about a row beside its figures: whether it has settled, its target and band, better or worse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from tests.oracle.calendar_periods import Period, month_of
from tests.oracle.cells import NIL, quotient
from tests.oracle.compare import AnyRow
from tests.oracle.periods import KpiRow, Series
from tests.oracle.policy import DAY, Policy
from tests.oracle.seeds import Rules, SeedRow, seed

WINDOWS: Mapping[str, int] = {
    **dict.fromkeys(["acw_time", "aht", "aht_contact", "aht_chat_adjusted"], DAY),  # ACW pending ≤ 24 h
    **dict.fromkeys(["frt", "frt_customer", "frt_business", "avg_response", "no_reply_rate"], DAY),
    **dict.fromkeys(["abandon_return_rate", "bot_containment_rate", "record_completeness"], DAY),
    "three_min_reply_rate": 180,
    **dict.fromkeys(["resolution_rate", "complex_resolution_rate", "escalation_rate", "open_age", "complaints"], 7 * DAY),
    **dict.fromkeys(["complaint_rate", "complaint_resolution_rate", "contacts_per_resolution"], 7 * DAY),
    **dict.fromkeys(["fcr", "ocr", "one_touch_rate", "reopen_rate", "agents_per_resolution"], 7 * DAY),
    **dict.fromkeys(["time_to_resolve", "time_to_resolve_business", "survey_response_rate"], 7 * DAY),
    **dict.fromkeys(["aov", "cross_sell_rate"], 7 * DAY),
    "risk_flag_rate": 7 * DAY,  # escalated by R
    "inquiry_conversion": 3 * DAY + 7 * DAY,
    "repurchase_rate": 90 * DAY + 7 * DAY,
}
ENDS = {"up": ("pass_value", "excellent_value"), "down": ("excellent_value", "pass_value")}
NO_DAYS: frozenset[date] = frozenset()
NEVER_OPEN = {("aht", "talk_hold"), ("aht_contact", "talk_hold")}  # a source without ACW: final at once


class Judgement(NamedTuple):
    """The columns of a row that judge it."""

    is_settled: bool
    settles_on: date
    is_partial: bool
    target_low: Decimal | None
    target_high: Decimal | None
    band: str
    verdict: str | None


class Judge:
    """The targets, directions and windows; and what is published: `days`, up to `as_of`."""

    def __init__(self, policy: Policy, as_of: datetime, days: tuple[date, date]) -> None:
        self.zone, self.as_of, (self.first, self.last) = policy.zone, as_of, days
        named = {row["variant"]: "{}" for row in seed("kpi_catalog", policy.seeds) if row["variant"].startswith("{")}
        self.directions = {
            (row["kpi"], named.get(row["variant"], row["variant"])): row["direction"] for row in seed("kpi_catalog", policy.seeds)
        }
        rows: dict[str, list[SeedRow]] = {}
        for row in seed("kpi_targets", policy.seeds):
            rows.setdefault(row["kpi"], []).append(row)
        self.targets = {kpi: Rules(found) for kpi, found in rows.items()}
        self._moments: dict[tuple[date, int], tuple[bool, date]] = {}

    def judgements(self, rows: Iterable[AnyRow]) -> Iterator[tuple[AnyRow, Judgement]]:
        """Each row with its judgement."""
        rows = list(rows)
        settled = [self.settles(row) for row in rows]
        unsettled: dict[Series, set[date]] = defaultdict(set)
        for row, (is_settled, _) in zip(rows, settled, strict=True):
            if not is_settled:
                unsettled[row.series].add(row.service_date)
        for row, (is_settled, settles_on) in zip(rows, settled, strict=True):
            low, high, band = self.band(row)
            is_partial = self._is_cut(row) or not unsettled.get(row.series, NO_DAYS).isdisjoint(_inside(row))
            yield row, Judgement(is_settled, settles_on, is_partial, low, high, band, self.verdict(row))

    def settles(self, row: AnyRow) -> tuple[bool, date]:
        """'pending_size is 0 and every source is past the period's end plus its window', and the local date of that moment."""
        window = 0 if (row.kpi, row.variant) in NEVER_OPEN else WINDOWS.get(row.kpi, 0)
        is_past, settles_on = self._past(_last_day(row), window)
        return row.pending_size == 0 and is_past, settles_on

    def _past(self, end: date, window: int) -> tuple[bool, date]:
        """Whether every source is past this day and these seconds, and the local date on which they are over."""
        if (end, window) not in self._moments:
            midnight = datetime.combine(end + timedelta(days=1), time(), self.zone).astimezone(UTC)
            moment = midnight + timedelta(seconds=window)
            self._moments[end, window] = self.as_of >= moment, moment.astimezone(self.zone).date()
        return self._moments[end, window]

    def _is_cut(self, row: AnyRow) -> bool:
        """This period, or the one before, is published in part."""
        if isinstance(row, KpiRow):
            return False
        begin, end = _previous(row.period_start, row.period_end)
        is_whole = self.first <= row.period_start and row.period_end <= self.last
        return not is_whole or begin < self.first <= end

    def _target(self, row: AnyRow) -> SeedRow | None:
        """'The most specific scope wins; a period uses the target of its last day.'"""
        rules = self.targets.get(row.kpi)
        if rules is None:
            return None
        scope, scope_id, group, _, variant = row.series
        return rules.in_force(_last_day(row), scope_id=scope_id, scope=scope, channel_group=group, variant=variant)

    def _direction(self, row: AnyRow) -> str:
        """That of its variant; a KPI whose variants the facts tell (a currency, a rule) has one row for all."""
        return self.directions.get((row.kpi, row.variant)) or self.directions[row.kpi, "{}"]

    def band(self, row: AnyRow) -> tuple[Decimal | None, Decimal | None, str]:
        """The ends of the target, and excellent, pass, below or none, by the value before it is rounded."""
        target, direction = self._target(row), self._direction(row)
        if target is None:
            return None, None, "none"
        below, above = ENDS.get(direction, ("target_low", "target_high"))
        low, high = _number(target[below]), _number(target[above])
        if row.value is None or direction == "none" or (low is None and high is None):
            return low, high, "none"
        exact = _exact(row, row.value)
        if direction == "range":
            return low, high, "pass" if (low is None or exact >= low) and (high is None or exact <= high) else "below"
        sign = 1 if direction == "up" else -1
        passed, excellent = _number(target["pass_value"]), _number(target["excellent_value"])
        if excellent is not None and sign * exact >= sign * excellent:
            return low, high, "excellent"
        return low, high, "pass" if passed is not None and sign * exact >= sign * passed else "below"

    def verdict(self, row: AnyRow) -> str | None:
        """better, worse or flat by direction; for a range target by the distance to it."""
        change = row.change_abs
        direction = "none" if change is None else self._direction(row)
        if change is None or direction == "none":
            return None
        if direction != "range":
            return "flat" if change == 0 else "better" if (change > 0) == (direction == "up") else "worse"
        low, high, _ = self.band(row)
        if low is None and high is None:
            return None
        now, before = (row.value_7d, row.value_prev_7d) if isinstance(row, KpiRow) else (row.value, row.value_prev)
        nearer = _distance(before, low, high) - _distance(now, low, high)
        return "flat" if nearer == 0 else "better" if nearer > 0 else "worse"


@cache
def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _last_day(row: AnyRow) -> date:
    return row.service_date if isinstance(row, KpiRow) else row.period_end


def _inside(row: AnyRow) -> frozenset[date]:
    """The first days of what a change compares: 7 days and the 7 before; a period and the one before."""
    return _fortnight(row.service_date) if isinstance(row, KpiRow) else _two_starts(row.period_start, row.period_end)


@cache
def _fortnight(day: date) -> frozenset[date]:
    return frozenset(day - timedelta(days=number) for number in range(14))


@cache
def _two_starts(start: date, end: date) -> frozenset[date]:
    return frozenset([start, _previous(start, end)[0]])


@cache
def _previous(start: date, end: date) -> Period:
    day = start - timedelta(days=1)
    return (day - timedelta(days=6), day) if (end - start).days == 6 else month_of(day)


def _exact(row: AnyRow, value: Decimal) -> Fraction:
    """A published value before it was rounded."""
    if row.denominator is None:
        return Fraction(value)
    return quotient(row.numerator, row.denominator) if row.numerator else NIL


def _distance(value: Decimal | None, low: Decimal | None, high: Decimal | None) -> Decimal:
    value = value or Decimal(0)
    return max(Decimal(0), Decimal(0) if low is None else low - value, Decimal(0) if high is None else value - high)
