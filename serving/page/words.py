"""Figures as people read them, in Chinese and English; everything returned is ready HTML."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from expectations.report_html import told
from serving.page.figures import Figure, Kpi, exact

BANDS = {"excellent": ("优秀", "Excellent"), "pass": ("达标", "On target"), "below": ("未达标", "Missed")}
VERDICTS = {"better": ("变好", "better"), "worse": ("变差", "worse"), "flat": ("持平", "no change")}
NONE = "–"
# Seconds of the smaller part, how many make the greater one, up to how many of those, and their names.
_CLOCK = (
    (1, 60, 60, ("分", "秒"), ("m", "s")),
    (60, 60, 48, ("小时", "分"), ("h", "m")),
    (3600, 24, 10**9, ("天", "小时"), ("d", "h")),
)


def value(number: Decimal | None, kpi: Kpi) -> str:
    """A value with its unit: per cent, a duration, a count."""
    if number is None:
        return NONE
    if kpi.unit == "seconds":
        return duration(number)
    if kpi.display_factor == 100:
        return f"{percent(number)} %" if kpi.unit == "rate" else signed(number * 100, 1).lstrip("+")
    if kpi.kind in ("count", "stock"):
        return f"{rounded(number, 0):,}"
    return f"{rounded(number, 2):,}"


def percent(rate: Decimal, decimals: int = 1) -> str:
    """A rate in per cent; more decimals where it would read as all or nothing and is not."""
    text = f"{rounded(rate * 100, decimals):,}"
    if decimals < 4 and rate not in (0, 1) and Decimal(text) in (0, 100):
        return percent(rate, decimals + 1)
    return text


def rounded(number: Decimal, decimals: int) -> Decimal:
    """Half away from zero."""
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def duration(seconds: Decimal) -> str:
    """9.3 s, 4m08s, 3h58m or 2d03h: two parts, the smaller one rounded."""
    sign, size = ("−" if seconds < 0 else ""), abs(seconds)
    if rounded(size, 1) < 100:
        return told(f"{sign}{rounded(size, 1)} 秒", f"{sign}{rounded(size, 1)} s")
    return next(
        told(f"{sign}{great} {zh[0]} {small:02} {zh[1]}", f"{sign}{great}{en[0]}\u2009{small:02}{en[1]}")
        for unit, parts, most, zh, en in _CLOCK
        for great, small in [divmod(int(rounded(size / unit, 0)), parts)]
        if great < most
    )


def signed(number: Decimal, decimals: int) -> str:
    size = rounded(number, decimals)
    return f"{'−' if size < 0 else '+' if size > 0 else '±'}{abs(size):,}"


def change(figure: Figure, kpi: Kpi, *, is_short: bool = False) -> str:
    """Points for rates, per cent for the rest, the difference where nothing can be divided by; empty where there is none."""
    if figure.change_abs is None:
        return ""
    difference = exact(figure.change_abs) or Decimal(0)
    if kpi.display_factor == 100:
        points = difference * 100
        text = signed(points, 1 if abs(points) >= Decimal("0.05") or not points else 2)
        return told(f"{text} {'点' if is_short else '百分点'}", f"{text} pt") if kpi.unit == "rate" else text
    if figure.change_rel is None:
        return signed(difference, 0 if kpi.kind in ("count", "stock") else 1)
    return f"{signed((exact(figure.change_rel) or Decimal(0)) * 100, 1)} %"


def arrow(figure: Figure) -> str:
    """▲ for more, ▼ for less, coloured by whether that is better."""
    if not figure.change_abs:
        return "" if figure.change_abs is None else '<i class="flat">■</i>'
    return f'<i class="{figure.verdict or "plain"}">{"▲" if figure.change_abs > 0 else "▼"}</i>'


def target(figure: Figure, kpi: Kpi) -> str:
    """The target with its sign; empty where there is none."""
    low, high = exact(figure.target_low), exact(figure.target_high)
    if kpi.direction == "range" and low is not None and high is not None:
        return f"{short(low, kpi, is_bare=True)}–{short(high, kpi)}"
    if kpi.direction == "up" and low is not None:
        return f"≥ {short(low, kpi)}"
    if kpi.direction == "down" and high is not None:
        return f"{'≤ ' if high else ''}{short(high, kpi)}"
    return ""


def short(number: Decimal, kpi: Kpi, *, is_bare: bool = False) -> str:
    """A target's number without needless noughts; bare, without its unit."""
    if kpi.unit == "seconds" and number == number.to_integral_value():
        whole = int(number)
        if is_bare:
            return f"{whole}"
        if whole >= 100 and not whole % 60:
            return told(f"{whole // 60} 分钟", f"{whole // 60} min")
        return told(f"{whole} 秒", f"{whole} s")
    if kpi.display_factor == 100:
        return f"{(number * 100).normalize():f}{'' if is_bare else ' %'}"
    return f"{number.normalize():f}"


def days(since: date, until: date) -> str:
    """9/24–9/30: short, the same in both languages."""
    if since == until:
        return f"{until.month}/{until.day}"
    return f"{since.month}/{since.day}–{until.month}/{until.day}"
