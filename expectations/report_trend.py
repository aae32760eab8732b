"""Trends as inline SVG: per source and day what came in, and which share of it was refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from deskmart.settings import Settings
from expectations.admission import Admission
from expectations.report_html import share, text, titled, told

DAYS = 60
PARTS = ("accepted", "quarantined", "other")
_WIDTH, _HEIGHT, _SHARE_HEIGHT, _LEFT, _GAP = 520, 84, 34, 54, 10


def trends(admissions: Sequence[Admission], settings: Settings) -> str:
    """A chart per source over the last days that any batch covers; nothing where no batch names days."""
    sources: dict[str, list[Admission]] = defaultdict(list)
    for one in admissions:
        sources[one.source].append(one)
    charts = "".join(_figure(source, members, settings) for source, members in sorted(sources.items()))
    note = (
        "横轴为数据所属的当地日期，最多最近 60 天；宽柱为跨多日的批次，高度为日均；未写明日期的文件不计入。上：每天的记录数；下：其中被隔离的占比。",
        "By local day of the data, the last 60 days at most; a wide bar is a batch over several days, as high as its average day; files "
        "that name no day are left out. Above: records a day. Below: the share of them that was refused.",
    )
    key = (
        f'<p class="key"><i class="a"></i>{told("接收", "accepted")}<i class="q"></i>{told("隔离", "quarantined")}'
        f'<i class="o"></i>{told("重复与区间外", "duplicates and outside")}</p>'
    )
    return titled("各来源走势", "Trend by source", note) + f'<div class="charts">{charts}</div>{key}' if charts else ""


def _figure(source: str, members: Sequence[Admission], settings: Settings) -> str:
    """One source; nothing where its batches name fewer than two days."""
    found: dict[date, dict[str, float]] = defaultdict(lambda: dict.fromkeys(PARTS, 0.0))
    for one in members:
        if one.since and one.until:
            _spread(one, one.since, one.until, found, settings)
    if len(found) < 2:
        return ""
    first = max(min(found), max(found) - timedelta(days=DAYS - 1))
    span = [first + timedelta(days=number) for number in range((max(found) - first).days + 1)]
    sums = {part: sum(found[day][part] for day in span if day in found) for part in PARTS}
    whole = round(sum(sums.values()))
    refused = f'<b class="{"bad" if sums["quarantined"] else "good"}">{share(round(sums["quarantined"]), whole)}</b>'
    caption = f"<b>{text(source)}</b> {whole:,} {told('条记录，隔离 ', 'records, refused ')}{refused}"
    return f"<figure><figcaption>{caption}</figcaption>{_chart(found, span)}</figure>"


def _spread(one: Admission, since: str, until: str, days: dict[date, dict[str, float]], settings: Settings) -> None:
    first = datetime.fromisoformat(since).astimezone(settings.zone).date()
    last = (datetime.fromisoformat(until) - timedelta(microseconds=1)).astimezone(settings.zone).date()
    length = max((last - first).days + 1, 1)
    amounts = zip(PARTS, (one.accepted, one.quarantined, one.duplicates + one.outside), strict=True)
    parts = {part: count / length for part, count in amounts}
    for number in range(max(0, length - DAYS), length):
        day = days[first + timedelta(days=number)]
        for part, amount in parts.items():
            day[part] += amount


def _chart(found: Mapping[date, Mapping[str, float]], span: Sequence[date]) -> str:
    top = max((sum(found[day].values()) for day in span if day in found), default=0) or 1
    shares = {day: found[day]["quarantined"] / (sum(found[day].values()) or 1) for day in span if day in found}
    most = max(shares.values(), default=0)
    step = (_WIDTH - _LEFT) / len(span)
    below = _HEIGHT + _GAP + _SHARE_HEIGHT
    bars = []
    for start, length in _stretches(found, span):
        left, day = _LEFT + start * step, span[start]
        width, base = max(length * step - (1.5 if step > 4 else 0), 0.6), float(_HEIGHT)
        for part, style in zip(PARTS, "aqo", strict=True):
            height = found[day][part] / top * (_HEIGHT - 8)
            base -= height
            bars += [_bar(left, base, width, height, style)] if height else []
        height = shares[day] / most * (_SHARE_HEIGHT - 4) if most else 0
        bars += [_bar(left, below - height, width, height, "q")] if height else []
    lines = "".join(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y}" y2="{y}"/>' for y in (_HEIGHT, below))
    labels = (
        _label(_LEFT - 6, 12, f"{top:,.0f}", "end")
        + _label(_LEFT - 6, _HEIGHT, "0", "end")
        + _label(_LEFT - 6, below - _SHARE_HEIGHT + 12, share(round(most * 1e6), 1_000_000), "end")
        + _label(_LEFT, below + 16, f"{span[0]:%Y-%m-%d}", "start")
        + _label(_WIDTH, below + 16, f"{span[-1]:%Y-%m-%d}", "end")
    )
    return f'<svg viewBox="0 0 {_WIDTH} {below + 20}" role="img">{"".join(bars)}{lines}{labels}</svg>'


def _stretches(found: Mapping[date, Mapping[str, float]], span: Sequence[date]) -> list[tuple[int, int]]:
    """Days that say the same, since one batch tells of all of them, as one: the number of the first, and how many."""
    stretches: list[tuple[int, int]] = []
    for number, day in enumerate(span):
        if day in found:
            start, length = stretches[-1] if stretches else (0, 0)
            if stretches and start + length == number and found[span[start]] == found[day]:
                stretches[-1] = (start, length + 1)
            else:
                stretches.append((number, 1))
    return stretches


def _bar(left: float, top: float, width: float, height: float, style: str) -> str:
    return f'<rect class="{style}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{max(height, 0.8):.1f}"/>'


def _label(x: float, y: float, content: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{content}</text>'
