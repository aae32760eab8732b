"""The arithmetic of `deskmart kpi` as PostgreSQL aggregates: a value of any days, and the text people read.

They are right over the days of one KPI, variant, member and channel group: group by those. No percent sign stands in them (drivers take it
for a parameter), nor a pair of braces (Superset may take it for a template).
"""

from __future__ import annotations

_LAST = "(array_agg({0} order by service_date desc))[1]"
_LAST_KNOWN = "(array_agg({0} order by service_date desc) filter (where {0} is not null))[1]"


def last(column: str) -> str:
    """The column on the newest of the days."""
    return _LAST.format(column)


_ABOVE = (
    f"case max(kind) when 'stock' then {_LAST_KNOWN.format('numerator')}::float8"
    f" when 'distribution' then case max(service_date) - min(service_date) + 1 when 1 then {last('value')} when 7 then {last('value_7d')} end"
    " else sum(numerator)::float8 end"
)
_BELOW = f"case max(kind) when 'stock' then {_LAST_KNOWN.format('denominator')}::float8 else sum(denominator)::float8 end"

# Parts re-summed over the days, divided last; a stock is that of the newest day; a rank exists for 1 day or 7.
VALUE = f"({_ABOVE}) / nullif(coalesce({_BELOW}, 1), 0)"
SAMPLE = f"case max(kind) when 'stock' then {_LAST_KNOWN.format('sample_size')} else sum(sample_size) end"
_IS_WHOLE = "max(kind) in ('count', 'stock') and bool_and(denominator is null)"
_PERCENT = "' ' || chr(37)"


def shown(value: str) -> str:
    """A value as `deskmart kpi` prints it: whole counts, percent, seconds, else two decimals; '–' for none."""
    template = (
        f"case when {_IS_WHOLE} then 'FM999,999,999,990' when max(unit) = 'rate' then 'FM999999990.0'"
        " when max(display_factor) = 100 or max(unit) = 'seconds' then 'FM999,999,990.0' else 'FM999,999,990.00' end"
    )
    suffix = (
        f"case when {_IS_WHOLE} then '' when max(unit) = 'rate' and max(display_factor) = 100 then {_PERCENT}"
        " when max(display_factor) = 1 and max(unit) = 'seconds' then ' s' else '' end"
    )
    return f"coalesce(to_char(({value}) * max(display_factor), {template}) || {suffix}, '–')"


TARGET = (
    f"case when max(direction) = 'up' and {last('target_low')} is not null then '≥ ' || {shown(last('target_low'))}"
    f" when max(direction) = 'down' and {last('target_high')} is not null then '≤ ' || {shown(last('target_high'))} else '' end"
)


def _band() -> str:
    """The band of the re-summed value against the target of the newest day."""
    sign = "case max(direction) when 'up' then 1 else -1 end"
    passing = f"case max(direction) when 'up' then {last('target_low')} else {last('target_high')} end"
    excellent = f"case max(direction) when 'up' then {last('target_high')} else {last('target_low')} end"
    reached = f"greatest(({sign} * {VALUE} >= {sign} * {passing})::int, 2 * ({sign} * {VALUE} >= {sign} * {excellent})::int)"
    return (
        f"case when max(direction) in ('up', 'down') and {passing} is not null and {VALUE} is not null"
        f" then (array['below', 'pass', 'excellent'])[1 + {reached}] else '' end"
    )


BAND = _band()


def _change() -> str:
    """The change of the last 7 days against the 7 before, and whether it is for the better (▲) or the worse (▼)."""
    absolute, relative = last("change_abs"), last("change_rel")
    arrow = f"case {last('verdict')} when 'better' then ' ▲' when 'worse' then ' ▼' when 'flat' then ' =' else '' end"
    text = (
        f"case when max(display_factor) = 100 then to_char({absolute} * 100, 'FMSG999999990.0') || ' pt'"
        f" when {relative} is not null then to_char({relative} * 100, 'FMSG999999990.0') || chr(37)"
        f" else to_char({absolute}, 'FMSG999,999,990') end"
    )
    return f"coalesce({text} || {arrow}, '')"


CHANGE = _change()


def of_kpi(kpi: str, variant: str = "default") -> str:
    """The re-summed ratio of one KPI where rows of several lie side by side."""
    only = f"filter (where kpi = '{kpi}' and variant = '{variant}')"
    return f"sum(numerator) {only}::float8 / nullif(sum(denominator) {only}, 0)"


def count_of_kpi(kpi: str) -> str:
    return f"sum(numerator) filter (where kpi = '{kpi}' and variant = 'default')"


def sample_of_kpi(kpi: str) -> str:
    return f"sum(sample_size) filter (where kpi = '{kpi}' and variant = 'default')"


def ratio(above: str, below: str) -> str:
    """Two additive columns re-summed and divided."""
    return f"sum({above})::float8 / nullif(sum({below}), 0)"
