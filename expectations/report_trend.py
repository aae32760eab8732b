"""Trends as inline SVG: per source and day what came in, and which share of it was refused."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.admission import Admission
from expectations.report_html import share, text, titled, told

DAYS = 60
PARTS = ("accepted", "quarantined", "other")
_TAIL = 1 << 19  # bytes of a stream's profiles that are read
_WIDTH, _HEIGHT, _SHARE_HEIGHT, _LEFT, _GAP = 520, 84, 34, 54, 10


def trends(admissions: Sequence[Admission], settings: Settings) -> str:
    """A chart per source over the last days that any batch covers; nothing where no batch names days."""
    sources: dict[str, list[Admission]] = defaultdict(list)
    for one in admissions:
        sources[one.source].append(one)
    charts = "".join(_figure(source, members, settings) for source, members in sorted(sources.items()))
    note = (
        "横轴为数据所属的当地日期，最多最近 60 天；跨多日的批次按其各行的时间分摊到每天（隔离记录按比例），无时间的按天平均；"
        "未写明日期的文件不计入。上：每天的记录数；下：其中被隔离的占比。",
        "By local day of the data, the last 60 days at most; a batch over several days is spread as its rows lie (refused records in "
        "proportion), evenly where they have no time; files that name no day are left out. Above: records a day. Below: the share of them that was refused.",
    )
    key = (
        f'<p class="key"><i class="a"></i>{told("接收", "accepted")}<i class="q"></i>{told("隔离", "quarantined")}'
        f'<i class="o"></i>{told("重复与区间外", "duplicates and outside")}</p>'
    )
    return titled("各来源走势", "Trend by source", note) + f'<div class="charts">{charts}</div>{key}' if charts else ""


def _figure(source: str, members: Sequence[Admission], settings: Settings) -> str:
    """One source; nothing where its batches name fewer than two days."""
    found: dict[date, dict[str, float]] = defaultdict(lambda: dict.fromkeys(PARTS, 0.0))
    rows = _rows_by_day(members, settings)
    for one in members:
        if days := _days(one, settings):
            _spread(one, *days, rows.get(one.attempt_name, {}), found)
    if len(found) < 2:
        return ""
    first = max(min(found), max(found) - timedelta(days=DAYS - 1))
    span = [first + timedelta(days=number) for number in range((max(found) - first).days + 1)]
    sums = {part: sum(found[day][part] for day in span if day in found) for part in PARTS}
    whole = round(sum(sums.values()))
    refused = f'<b class="{"bad" if sums["quarantined"] else "good"}">{share(round(sums["quarantined"]), whole)}</b>'
    caption = f"<b>{text(source)}</b> {whole:,} {told('条记录，隔离 ', 'records, refused ')}{refused}"
    return f"<figure><figcaption>{caption}</figcaption>{_chart(found, span)}</figure>"


def _days(one: Admission, settings: Settings) -> tuple[date, date] | None:
    """The first and last local day of an attempt that names an interval."""
    if not (one.since and one.until):
        return None
    until = datetime.fromisoformat(one.until) - timedelta(microseconds=1)
    first = datetime.fromisoformat(one.since).astimezone(settings.zone).date()
    return first, max(first, until.astimezone(settings.zone).date())


def _spread(one: Admission, first: date, last: date, rows: Mapping[date, int], days: dict[date, dict[str, float]]) -> None:
    """Add an attempt's records to its days, as its rows lie; evenly where nobody knows."""
    length = (last - first).days + 1
    whole = sum(count for day, count in rows.items() if first <= day <= last)
    amounts = dict(zip(PARTS, (one.accepted, one.quarantined, one.duplicates + one.outside), strict=True))
    for number in range(min(length, DAYS)):
        day = last - timedelta(days=number)
        weight = rows.get(day, 0) / whole if whole else 1 / length
        for part, amount in amounts.items():
            days[day][part] += amount * weight


def _rows_by_day(members: Sequence[Admission], settings: Settings) -> dict[str, Mapping[date, int]]:
    """The rows of attempts over several days by local day, by the attempt's name, as far as profiles are kept."""
    wanted = {one.attempt_name: one for one in members if (days := _days(one, settings)) and days[0] < days[1]}
    found: dict[str, Mapping[date, int]] = {}
    for source, stream in sorted({(one.source, one.stream) for one in wanted.values()}):
        for line in _profiles(Lake(settings.home).profiles(source, stream)):
            name = f"{source}/{stream}/{line['batch']}/{line['attempt']}"
            if name in wanted:
                counts: dict[date, int] = defaultdict(int)
                for hour, count in line["hours"].items():
                    counts[datetime.fromtimestamp(int(hour) * 3600, settings.zone).date()] += count
                found[name] = counts
    return found


def _profiles(path: Path) -> list[dict[str, Any]]:
    """The newest profiles of a stream; a line that was cut off is left out."""
    if not path.exists():
        return []
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL))
        lines = stream.read().split(b"\n")
    return [json.loads(line) for line in lines if line.startswith(b"{") and line.endswith(b"}")]


def _chart(found: Mapping[date, Mapping[str, float]], span: Sequence[date]) -> str:
    top = max((sum(found[day].values()) for day in span if day in found), default=0) or 1
    shares = {day: found[day]["quarantined"] / (sum(found[day].values()) or 1) for day in span if day in found}
    most = max([*shares.values(), 0.01])  # so that a few refused records do not look like many
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
        height = shares[day] / most * (_SHARE_HEIGHT - 4)
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
