"""One page per publish, for a service manager: how things stand, what changed, where, and how sure that is.

It fetches nothing and runs nothing: language is chosen by the address (#zh, #en), the period by a radio button and CSS.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from deskmart.lake import write_bytes
from expectations.report_html import share, told
from serving.page.book import Book, is_complete, read_book
from serving.page.charts import bars, lines
from serving.page.content import TRENDS, Trend
from serving.page.figures import Period
from serving.page.heat import heat
from serving.page.panels import moment, panels, sources
from serving.page.tables import FEWEST, agents, queues, teams
from serving.page.tiles import summary, tiles
from serving.page.words import days

_STYLE = Path(__file__).with_name("page.css")
_TREND_TITLE = (
    "趋势",
    "Trends",
    "最近 30 天；虚线为目标，点线为未结算",
    "The last 30 days; dashed: the target; dotted: not settled yet",
)
_HOURS_TITLE = (
    "一周各时段",
    "Hours of the week",
    "电话与在线，最近 28 天，当地时间；服务水平按各队列自己的口径，灰色为样本太少",
    "Calls and chats of the last 28 days, local time; service level as each queue counts it, grey where there are too few",
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def build_page(marts: Path, out: Path, zone: ZoneInfo) -> bool:
    """Write the page of a published DuckDB file. The same file gives the same page, byte by byte; durable when it returns.

    False, and nothing written, where the file has not all the tables that a page tells of: marts of somebody's own making.
    """
    import duckdb

    with duckdb.connect(str(marts), read_only=True) as connection:
        if not is_complete(connection):
            return False
        book = read_book(connection, zone)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(out, page(book).encode("utf-8", "replace"))
    return True


def page(book: Book) -> str:
    """The whole page."""
    choices = "".join(
        f'<input type="radio" name="period" id="c{number}"{" checked" if not number else ""}>'
        for number, _ in enumerate(book.periods)
    )
    chosen = "".join(
        f"#c{number}:checked~main .p{number}{{display:block}}#c{number}:checked~nav label[for=c{number}]{{background:var(--ink);color:#fff;border-color:var(--ink)}}"
        f"#c{number}:focus-visible~nav label[for=c{number}]{{outline:2px solid var(--focus);outline-offset:2px}}"
        f"@media print{{#c{number}:checked~nav label[for=c{number}]{{display:inline-block}}}}"
        for number, _ in enumerate(book.periods)
    )
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>Deskmart · 客服指标 · Service KPIs</title>'
        f"<style>{_STYLE.read_text(encoding='utf-8')}{chosen}</style></head><body>"
        f'<i id="zh"></i><i id="en"></i>{choices}<nav>{_nav(book)}</nav><main>{_main(book)}</main></body></html>\n'
    )


def _nav(book: Book) -> str:
    labels = "".join(
        f'<label for="c{number}" data-k="{period.grain} {period.name}">{_period_name(period)}</label>'
        for number, period in enumerate(book.periods)
    )
    return (
        f'<h1>{told("客服指标", "Service KPIs")}</h1><div class="periods">{labels}</div>'
        '<span class="languages"><a href="#zh" class="zh">中文</a><a href="#en" class="en">English</a></span>'
    )


def _period_name(period: Period) -> str:
    stretch = f"<small>{days(period.since, period.until)}</small>"
    if period.grain == "days":
        return told("近 7 天", "Last 7 days")
    if period.grain == "week":
        week = int(period.name.rpartition("W")[2])
        return told(f"第 {week} 周", f"Week {week}") + stretch
    year, month = period.name.split("-")
    return told(f"{year} 年 {int(month)} 月", period.name)


def _main(book: Book) -> str:
    if not book.periods:
        return f'<p class="none">{told("还没有已发布的数据", "Nothing is published yet")}</p>{_foot(book)}'
    trends = "".join(_trend(book, trend) for trend in TRENDS)
    body = (
        (_card(_TREND_TITLE, f'<div class="trends">{trends}</div>') if trends else "")
        + (_card(_HOURS_TITLE, f'<div class="heats">{heat(book.hours)}</div>') if book.hours else "")
        + _card(("队列", "Queues", "", ""), queues(book))
        + _card(("团队", "Teams", "", ""), teams(book))
        + _card(("客服", "Agents", "", ""), agents(book))
    )
    fresh = _card(("数据新鲜度与隔离", "Freshness, and what is kept out", "", ""), sources(book))
    return (
        f'{_standing(book)}<section class="top">{summary(book)}{tiles(book)}</section>{body}'
        f'<p class="note legend">{_legend()}</p><div class="panels">{panels(book)}</div>{fresh}{_foot(book)}'
    )


def _card(title: tuple[str, str, str, str], body: str) -> str:
    zh, en, note_zh, note_en = title
    note = f"<small>{told(note_zh, note_en)}</small>" if note_zh else ""
    return f'<section class="card"><h2>{told(zh, en)}{note}</h2>{body}</section>'


def _standing(book: Book) -> str:
    """Up to when the data reaches, and whether a source is late."""
    reach = [one.as_of for one in book.sources if one.as_of]
    late = [one for one in book.sources if one.behind_seconds]
    accepted, kept = sum(one.accepted for one in book.sources), sum(one.kept_out for one in book.sources)
    badge = (
        f'<b class="band below">{told(f"{len(late)} 个来源落后", f"{len(late)} late")}</b>'
        if late
        else f'<b class="band pass">{told("来源无延迟", "no source is late")}</b>'
    )
    up_to = moment(min(reach), book) if reach else "–"
    return (
        f'<p class="standing"><span>{told("数据截至", "Data up to")} <b>{up_to}</b> {book.zone.key}</span>{badge}'
        f"<span>{told('未通过校验、未计入的记录', 'Records kept out by the gate')} <b>{share(kept, accepted + kept)}</b></span></p>"
    )


def _trend(book: Book, trend: Trend) -> str:
    styles = [
        f"k{number}" if trend.spots[0].kpi != trend.spots[-1].kpi else spot.group for number, spot in enumerate(trend.spots)
    ]
    found = [
        (book.series.get((spot.kpi, spot.variants[0], spot.group), []), style, label)
        for spot, style, label in zip(trend.spots, styles, trend.labels, strict=True)
    ]
    there = [one for one in found if any(day.value for day in one[0])]
    key = "".join(f'<span><i class="key {style}"></i>{told(*label)}</span>' for _, style, label in there)
    draw = bars if trend.is_stacked else lines
    if not there:
        return ""
    chart = draw([one[0] for one in there], [one[1] for one in there])
    return f"<figure><figcaption><b>{told(*trend.name)}</b>{key}</figcaption>{chart}</figure>"


def _legend() -> str:
    return told(
        f"灰色小字为样本量；少于 {FEWEST} 的数值为灰色且不评级。红色未达标，绿色优秀。* 暂定：仍有结果未定。† 该来源不记录话后处理，时长为交谈加持线。",
        f"Small grey: the sample; with fewer than {FEWEST} a value is grey and not judged. Red: target missed; green: excellent. "
        "* provisional: outcomes are pending. † the source measures no after-call work: talk and hold alone.",
    )


def _foot(book: Book) -> str:
    stamp = book.publish_id.partition("Z")[0]
    at = datetime.strptime(stamp[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if len(stamp) >= 15 else None
    traced = told(
        "近 7 天：每个指标截至其最后一个已结算日，各卡片注明日期。每个数字都是集市里的一行，可追溯到原始记录：",
        "Last 7 days: each KPI ends with its last settled day, which its tile names. Every figure is of the marts, and can be traced to raw records:",
    )
    return (
        f"<footer><p>{traced} <code>deskmart audit trace mart_kpi_daily</code></p>"
        f"<p>{told('发布', 'Published')} {moment(at, book)} · {book.publish_id}</p></footer>"
    )
