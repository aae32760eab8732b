"""The top of the page: a sentence on how things stand, and a tile per headline KPI."""

from __future__ import annotations

from decimal import Decimal
from html import escape

from expectations.report_html import MOST_CHARACTERS, told
from serving.page.book import Book
from serving.page.charts import spark
from serving.page.content import GROUP_NAMES, TILES, Spot
from serving.page.figures import Figure, Key, Kpi, Period, band_of, exact, kpi_of
from serving.page.words import BANDS, VERDICTS, arrow, change, days, target, value

MOST_CAUSES = 4


def figure_text(period: str, key: Key, figure: Figure | None, kpi: Kpi) -> str:
    """A figure with what it is, so that a program can hold it against the marts.

    `data-n` is the sample, `data-k` the number of the period, KPI, variant, channel group, scope and member.
    """
    scope, member, code, variant, group = key
    number = figure.value if figure else None
    name = escape(f"{period} {code} {variant} {group} {scope} {member[:MOST_CHARACTERS]}", quote=True)
    count = figure.sample_size if figure else 0
    return f'<data value="{"" if number is None else format(number, "f")}" data-n="{count}" data-k="{name}">{value(number, kpi)}</data>'


def tiles(book: Book) -> str:
    """The tiles by row; a tile of which nothing was ever counted is left out."""
    rows = ""
    for (zh, en), spots in TILES:
        cells = "".join(_tile(book, spot, (zh, en)) for spot in spots if _is_there(book, spot))
        if cells:
            rows += f'<section class="row"><h2>{told(zh, en)}</h2><div class="tiles">{cells}</div></section>'
    return rows


def _is_there(book: Book, spot: Spot) -> bool:
    return any(
        (figure := period.figure(spot.kpi, spot.variants, spot.group)) and (figure.sample_size or figure.pending_size)
        for period in book.periods
    )


def _tile(book: Book, spot: Spot, row: tuple[str, str]) -> str:
    """A tile; it names its channel group unless its row does."""
    group = f"<small>{told(*GROUP_NAMES[spot.group])}</small>" if GROUP_NAMES[spot.group] not in (row, GROUP_NAMES["all"]) else ""
    kpi = kpi_of(book.kpis, spot.kpi, spot.variants[0])
    head = f"<h3>{told(escape(kpi.name_zh), escape(kpi.name_en))}{group}</h3>"
    shown = next(
        (
            name
            for name in spot.variants
            if any(day.value is not None for day in book.series.get((spot.kpi, name, spot.group), ()))
        ),
        "",
    )
    body = "".join(_in_period(book, spot, period, number) for number, period in enumerate(book.periods))
    return f'<article class="tile">{head}{body}{spark(book.series.get((spot.kpi, shown, spot.group), ()))}</article>'


def _in_period(book: Book, spot: Spot, period: Period, number: int) -> str:
    variant, figure = period.found(spot.kpi, spot.variants, spot.group)
    kpi = kpi_of(book.kpis, spot.kpi, variant)
    text = figure_text(f"p{number}", ("company", "company", spot.kpi, variant, spot.group), figure, kpi)
    if figure is None:
        return f'<div class="per p{number}"><p class="v">{text}</p></div>'
    band = band_of(figure, kpi.direction)
    aim = target(figure, kpi)
    badge = f'<b class="band {band}">{told(*BANDS[band])}</b>' if band in BANDS else ""
    aimed = f"<span>{told('目标', 'Target')} {aim}</span>" if aim else ""
    return (
        f'<div class="per p{number} b-{band}" title="{escape(_traced(period, spot, variant, figure), quote=True)}">'
        f'<p class="v">{text}{_provisional(figure)}</p><p class="change">{_change(figure, kpi)}</p>'
        f'<p class="aim">{badge}{aimed}</p>'
        f'<p class="of"><span>{days(figure.since, figure.until)}</span>'
        f"<span>{told('样本', 'n')} {figure.sample_size:,}{_pending(figure)}</span></p></div>"
    )


def _traced(period: Period, spot: Spot, variant: str, figure: Figure) -> str:
    """The command that leads from a tile to raw records."""
    mart, named = {
        "days": ("daily", figure.until.isoformat()), "week": ("weekly", period.name), "month": ("monthly", period.name),
    }[period.grain]  # fmt: skip
    more = "" if variant == "default" else f" variant={variant}"
    return f"deskmart audit trace mart_kpi_{mart} {spot.kpi} {named} channel_group={spot.group}{more}"


def _pending(figure: Figure) -> str:
    return f" · {told('待定', 'pending')} {figure.pending_size:,}" if figure.pending_size else ""


def _provisional(figure: Figure) -> str:
    return f"<sup>{told('暂定', 'provisional')}</sup>" if not figure.is_settled and figure.pending_size else ""


def _change(figure: Figure, kpi: Kpi) -> str:
    text = change(figure, kpi)
    if not text:
        return f'<span class="plain">{told("无可比的前期", "nothing to compare with")}</span>'
    word = f" {told(*VERDICTS[figure.verdict])}" if figure.verdict in VERDICTS else ""
    return f'{arrow(figure)} <span class="{figure.verdict or "plain"}">{text}{word}</span>'


def summary(book: Book) -> str:
    """How many targets were met, what became better or worse, and what to look at first."""
    return "".join(_summary(book, period, number) for number, period in enumerate(book.periods))


def _summary(book: Book, period: Period, number: int) -> str:
    found = [one for _, spots in TILES for spot in spots if (one := _standing(book, period, spot)) is not None]
    bands = [band for _, _, _, band in found]
    missed, met = bands.count("below"), bands.count("pass") + bands.count("excellent")
    better, worse = (sum(figure.verdict == word for _, _, figure, _ in found) for word in ("better", "worse"))
    before = told(
        *{
            "days": ("较前 7 天", "Against the 7 days before"),
            "week": ("较上周", "Against the week before"),
            "month": ("较上月", "Against the month before"),
        }[period.grain]
    )
    moved = (
        f'{before}{told("：变好", ": better")} <b class="good">{better}</b>{told("，变差", ", worse")} <b class="bad">{worse}</b>{told("。", ".")}'
        if any(figure.change_abs is not None for _, _, figure, _ in found)
        else ""
    )
    text = (
        f'<p>{told("有目标的核心指标", "Headline KPIs with a target:")} <b>{met + missed}</b>{told("，达标", ", met")} <b class="good">{met}</b>'
        f'{told("，未达标", ", missed")} <b class="bad">{missed}</b>{told("。", ".")} {moved}</p>'
    )
    far = sorted((one for one in found if one[3] == "below"), key=lambda one: (one[2].verdict != "worse", -_gap(one[2], one[1])))
    items = "".join(
        f"<li>{told(escape(kpi.name_zh), escape(kpi.name_en))}{_group(spot)} <b>{value(figure.value, kpi)}</b> {arrow(figure)}"
        f"<small>{told('目标', 'target')} {target(figure, kpi)}</small></li>"
        for spot, kpi, figure, _ in far[:MOST_CAUSES]
    )
    attention = f'<ul class="first"><li>{told("先看", "Look first at")}</li>{items}</ul>' if items else ""
    return f'<div class="per p{number} summary">{text}{attention}</div>'


def _group(spot: Spot) -> str:
    return f" <small>{told(*GROUP_NAMES[spot.group])}</small>" if spot.group != "all" else ""


def _standing(book: Book, period: Period, spot: Spot) -> tuple[Spot, Kpi, Figure, str] | None:
    variant, figure = period.found(spot.kpi, spot.variants, spot.group)
    kpi = kpi_of(book.kpis, spot.kpi, variant)
    return None if figure is None or figure.value is None else (spot, kpi, figure, band_of(figure, kpi.direction))


def _gap(figure: Figure, kpi: Kpi) -> float:
    """How far a value is from its target, in parts of the target."""
    aims = [one for one in (exact(figure.target_low), exact(figure.target_high)) if one is not None]
    nearest = min((abs((figure.value or Decimal(0)) - one), one) for one in aims) if aims else (Decimal(0), Decimal(1))
    return float(nearest[0] / abs(nearest[1])) if nearest[1] else float(nearest[0])
