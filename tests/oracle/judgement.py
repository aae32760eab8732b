"""What the marts say about a row beside its figures: whether it has settled, its target and band, better or worse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.oracle.calendar_periods import PeriodRow, month_of
from tests.oracle.compare import AnyRow
from tests.oracle.periods import KpiRow
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
NEVER_OPEN = {("aht", "talk_hold"), ("aht_contact", "talk_hold")}  # a source without ACW: final at once


@dataclass(frozen=True, slots=True)
class Judgement:
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

    def judgements(self, rows: Iterable[AnyRow]) -> Iterator[tuple[AnyRow, Judgement]]:
        """Each row with its judgement."""
        rows = list(rows)
        settled = {row.key: self.settles(row) for row in rows}
        unsettled: dict[tuple[str, ...], set[date]] = {}
        for (start, *rest), (is_settled, _) in settled.items():
            if not is_settled:
                unsettled.setdefault(tuple(rest), set()).add(start)
        for row in rows:
            is_settled, moment = settled[row.key]
            low, high, band = self.band(row)
            verdict = self.verdict(row)
            open_starts = unsettled.get(row.key[1:])
            partial = bool(open_starts and not open_starts.isdisjoint(self._inside(row))) or self._is_cut(row)
            yield row, Judgement(is_settled, moment.astimezone(self.zone).date(), partial, low, high, band, verdict)

    def settles(self, row: AnyRow) -> tuple[bool, datetime]:
        """'pending_size is 0 and every source is past the period's end plus its window.'"""
        end = row.service_date if isinstance(row, KpiRow) else row.period_end
        window = 0 if (row.kpi, row.variant) in NEVER_OPEN else WINDOWS.get(row.kpi, 0)
        midnight = datetime.combine(end + timedelta(days=1), time(), self.zone).astimezone(UTC)
        moment = midnight + timedelta(seconds=window)
        return row.pending_size == 0 and self.as_of >= moment, moment

    def _inside(self, row: AnyRow) -> list[date]:
        """The first days of what a change compares: 7 days and the 7 before; a period and the one before."""
        start = row.key[0]
        if isinstance(row, KpiRow):
            return [start - timedelta(days=number) for number in range(14)]
        return [start, self._previous(row)[0]]

    @staticmethod
    def _previous(row: PeriodRow) -> tuple[date, date]:
        day = row.period_start - timedelta(days=1)
        return (day - timedelta(days=6), day) if (row.period_end - row.period_start).days == 6 else month_of(day)

    def _is_cut(self, row: AnyRow) -> bool:
        """This period, or the one before, is published in part."""
        if isinstance(row, KpiRow):
            return False
        before = self._previous(row)
        is_whole = self.first <= row.period_start and row.period_end <= self.last
        return not is_whole or before[0] < self.first <= before[1]

    def _target(self, row: AnyRow) -> SeedRow | None:
        """'The most specific scope wins; a period uses the target of its last day.'"""
        end = row.service_date if isinstance(row, KpiRow) else row.period_end
        place = {"scope_id": row.scope_id, "scope": row.scope, "channel_group": row.channel_group, "variant": row.variant}
        return self.targets[row.kpi].in_force(end, **place) if row.kpi in self.targets else None

    def _direction(self, row: AnyRow) -> str:
        """That of its variant; a KPI whose variants the facts tell (a currency, a rule) has one row for all."""
        return self.directions.get((row.kpi, row.variant)) or self.directions[row.kpi, "{}"]

    def band(self, row: AnyRow) -> tuple[Decimal | None, Decimal | None, str]:
        """The ends of the target, and excellent, pass, below or none, by the value before it is rounded."""
        target, direction = self._target(row), self._direction(row)
        if target is None:
            return None, None, "none"
        names = {"up": ("pass_value", "excellent_value"), "down": ("excellent_value", "pass_value")}
        low, high = (_number(target[name]) for name in names.get(direction, ("target_low", "target_high")))
        exact = _exact(row)
        if exact is None or direction == "none" or (low is None and high is None):
            return low, high, "none"
        if direction == "range":
            return low, high, "pass" if (low is None or exact >= low) and (high is None or exact <= high) else "below"
        sign = 1 if direction == "up" else -1
        passed, excellent = _number(target["pass_value"]), _number(target["excellent_value"])
        if excellent is not None and sign * exact >= sign * excellent:
            return low, high, "excellent"
        return low, high, "pass" if passed is not None and sign * exact >= sign * passed else "below"

    def verdict(self, row: AnyRow) -> str | None:
        """better, worse or flat by direction; for a range target by the distance to it."""
        change, direction = row.change_abs, self._direction(row)
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


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _exact(row: AnyRow) -> Fraction | None:
    if row.value is None:
        return None
    if row.denominator is not None:
        return Fraction(row.numerator) / Fraction(row.denominator)
    return Fraction(row.value)


def _distance(value: Decimal | None, low: Decimal | None, high: Decimal | None) -> Decimal:
    value = value or Decimal(0)
    return max(Decimal(0), Decimal(0) if low is None else low - value, Decimal(0) if high is None else value - high)
