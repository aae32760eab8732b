"""Charts as SVG, written by hand: a sparkline per tile, and trends with an axis. No text in them needs a language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from html import escape
from math import ceil, floor, log10

from serving.page.book import Day

WIDTH, HEIGHT = 340, 168
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 8, 8, 22


def spark(days: Sequence[Day]) -> str:
    """A line of daily values without an axis, the target dashed where it is near; what is not settled yet is dotted."""
    values = [float(day.value) for day in days if day.value is not None]
    if len(values) < 2:
        return '<svg class="spark" viewBox="0 0 100 26"></svg>'
    low, high = min(values), max(values)
    target = next((float(day.target) for day in reversed(days) if day.target is not None), None)
    if target is not None and low - (high - low) <= target <= high + (high - low):
        low, high = min(low, target), max(high, target)
    scale = _Scale(low, high, 23, 3)
    step = 100 / (len(days) - 1)
    points = [None if day.value is None else (number * step, scale(float(day.value))) for number, day in enumerate(days)]
    dashed = f'<path class="target" d="M0 {scale(target):.1f}H100"/>' if target is not None and low <= target <= high else ""
    settled = [day.is_settled for day in days]
    return (
        f'<svg class="spark" viewBox="0 0 100 26" preserveAspectRatio="none">{dashed}'
        f'<path class="line" d="{_path(points, settled, True)}"/><path class="line open" d="{_path(points, settled, False)}"/></svg>'
    )


def lines(series: Sequence[Sequence[Day]], classes: Sequence[str]) -> str:
    """Rates by day, a line per series, on an axis in per cent; targets dashed in the colour of their series."""
    days = max(series, key=len, default=())
    values = [float(day.value) for one in series for day in one if day.value is not None]
    targets = [next((float(day.target) for day in reversed(one) if day.target is not None), None) for one in series]
    if not values:
        return _empty()
    low = floor(min([*values, *(one for one in targets if one is not None)]) * 10) / 10
    scale = _Scale(low, max(1.0, *values), HEIGHT - _BOTTOM, _TOP)
    marks = _marks(low, 1.0, 0.2 if low < 0.5 else 0.1)
    body = _grid(((scale(mark), f"{mark:.0%}") for mark in marks), [day.on for day in days])
    drawn = set()
    for one, style, target in zip(series, classes, targets, strict=True):
        if target is not None and target not in drawn:
            drawn.add(target)
            alone = sum(other == target for other in targets) == 1
            body += f'<path class="target {style if alone else ""}" d="M{_LEFT} {scale(target):.1f}H{WIDTH - _RIGHT}"/>'
        points = [
            None if day.value is None else (_x(number, len(days)), scale(float(day.value))) for number, day in enumerate(one)
        ]
        settled = [day.is_settled for day in one]
        body += f'<path class="line {style}" d="{_path(points, settled, True)}"/><path class="line open {style}" d="{_path(points, settled, False)}"/>'
    return _svg(body + _hints(series, "{:.1%}"))


def bars(series: Sequence[Sequence[Day]], classes: Sequence[str]) -> str:
    """Counts by day, standing on each other."""
    days = max(series, key=len, default=())
    sums = [sum(float(one[number].value or 0) for one in series if number < len(one)) for number in range(len(days))]
    if not any(sums):
        return _empty()
    step = _nice(max(sums) / 5)
    scale = _Scale(0, max(sums), HEIGHT - _BOTTOM, _TOP)
    body = _grid(((scale(mark), f"{mark:,.0f}") for mark in _marks(0, max(sums), step)), [day.on for day in days])
    width = max(1.0, (WIDTH - _LEFT - _RIGHT) / max(len(days), 1) * 0.72)
    for number in range(len(days)):
        base = 0.0
        for one, style in zip(series, classes, strict=True):
            count = float(one[number].value or 0) if number < len(one) else 0.0
            top, bottom = scale(base + count), scale(base)
            if count:
                body += f'<rect class="{style}" x="{_x(number, len(days)) - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" height="{bottom - top:.1f}"/>'
            base += count
    return _svg(body + _hints(series, "{:,.0f}"))


class _Scale:
    """From values to heights: `low` lies at `bottom`, `high` at `top`."""

    def __init__(self, low: float, high: float, bottom: float, top: float) -> None:
        self._low, self._size, self._bottom, self._top = low, (high - low) or 1.0, bottom, top

    def __call__(self, value: float) -> float:
        return self._bottom - (value - self._low) / self._size * (self._bottom - self._top)


def _x(number: int, count: int) -> float:
    room = WIDTH - _LEFT - _RIGHT
    return _LEFT + room * (number + 0.5) / max(count, 1)


def _path(points: Sequence[tuple[float, float] | None], settled: Sequence[bool], wanted: bool) -> str:
    """The pieces of a line whose end is settled, or is not; a day without a value leaves a gap, one alone a dot."""
    text, before, drawn = "", None, False
    for number, point in enumerate(points):
        if point is None:
            before, drawn = None, False
            continue
        alone = before is None and (number + 1 == len(points) or points[number + 1] is None)
        if settled[number] is wanted:
            if alone:
                text += f"M{point[0]:.1f} {point[1]:.1f}h.1"
            elif before is not None:
                text += ("" if drawn else f"M{before[0]:.1f} {before[1]:.1f}") + f"L{point[0]:.1f} {point[1]:.1f}"
                drawn = True
        else:
            drawn = False
        before = point
    return text


def _grid(marks: Iterable[tuple[float, str]], days: Sequence[date]) -> str:
    body = "".join(
        f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/><text x="{_LEFT - 5}" y="{y + 3.5:.1f}" text-anchor="end">{label}</text>'
        for y, label in marks
    )
    for number in range((len(days) - 1) % 7, len(days), 7):
        x = _x(number, len(days))
        anchor = "end" if number == len(days) - 1 else "middle"
        body += f'<text x="{WIDTH - _RIGHT if anchor == "end" else x:.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">{days[number].month}/{days[number].day}</text>'
    return body


def _hints(series: Sequence[Sequence[Day]], form: str) -> str:
    """Of each day, what a pointer that rests on it is told."""
    days = max(series, key=len)
    width = (WIDTH - _LEFT - _RIGHT) / len(days)
    text = ""
    for number, day in enumerate(days):
        values = (one[number].value if number < len(one) else None for one in series)
        told = " · ".join(form.format(value) if value is not None else "–" for value in values)
        text += (
            f'<rect class="hint" x="{_LEFT + number * width:.1f}" y="{_TOP}" width="{width:.1f}" height="{HEIGHT - _TOP - _BOTTOM}">'
            f"<title>{escape(f'{day.on}: {told}')}</title></rect>"
        )
    return text


def _marks(low: float, high: float, step: float) -> Iterator[float]:
    number = ceil(low / step - 1e-9)
    while number * step <= high + step * 1e-6:
        yield number * step
        number += 1


def _nice(size: float) -> float:
    """The next greater of 1, 2, 5, 10, 20, 50, ..."""
    power = 10.0 ** floor(log10(size)) if size > 0 else 1.0
    return max(1.0, next(factor * power for factor in (1, 2, 5, 10) if factor * power >= size * 0.999))


def _svg(body: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{body}</svg>'


def _empty() -> str:
    return '<p class="none">–</p>'


def share_bar(shares: Sequence[tuple[str, Decimal | None]]) -> str:
    """A bar of shares of one whole, each with its class; its per cent stands in it where there is room."""
    body, left = "", 0.0
    for style, share in shares:
        width = float(share or 0) * 100
        if width:
            body += f'<rect class="{style}" x="{left:.2f}" y="0" width="{width:.2f}" height="16"/>'
        left += width
    return f'<svg class="shares" viewBox="0 0 100 16" preserveAspectRatio="none">{body}</svg>'
