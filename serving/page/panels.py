"""Panels: KPIs by channel group, how customers rated, what was found in texts, how fresh the data is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from expectations.report_html import share, text, told
from serving.page.book import Book, Source
from serving.page.charts import share_bar
from serving.page.content import (
    COMPLIANCE,
    FINDINGS,
    GROUP_NAMES,
    GROUPS,
    MONTHLY,
    PANELS,
    RATINGS,
    SATISFACTION,
    SEVERITIES,
    Panel,
)  # fmt: skip
from serving.page.figures import Figure, Kpi, Period, kpi_of
from serving.page.tables import marks, style_of
from serving.page.tiles import figure_text
from serving.page.words import arrow, change, duration, target

_RATING_NAMES = (("好评", "good"), ("中评", "neutral"), ("差评", "bad"))


def panels(book: Book) -> str:
    """A card per panel, in two columns; a KPI of which nothing was counted is left out, and a panel of such KPIs too."""
    return "".join(f"<div>{_cards(book, side)}</div>" for side in PANELS)


def _cards(book: Book, side: Sequence[Panel]) -> str:
    cards = ""
    for panel in side:
        blocks = [(number, period, _panel(book, panel, period, number)) for number, period in enumerate(book.periods)]
        if not any(table for _, _, table in blocks):
            continue
        body = "".join(
            f'<div class="per p{number}">{_more(book, panel, period, number)}{table}</div>' for number, period, table in blocks
        )
        cards += f'<section class="card"><h2>{told(*panel.name)}</h2>{body}</section>'
    return cards


def _table(rows: str, groups: Sequence[str]) -> str:
    heads = "".join(f'<th class="n">{told(*GROUP_NAMES[group])}</th>' for group in groups)
    return (
        f'<div class="sheet"><table class="kpis"><thead><tr><th>{told("指标", "KPI")}</th><th class="n">{told("目标", "Target")}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _panel(book: Book, panel: Panel, period: Period, number: int) -> str:
    """The table of a panel in one period, with the channel groups that have any figure in it; empty where nothing was counted."""
    kpis = [one for one in panel.kpis if one[0] not in MONTHLY or period.grain == "month"]
    groups = [group for group in GROUPS if any(_counted(period.figure(code, variants, group)) for code, variants in kpis)]
    rows = "".join(_row(book, period, number, groups, *one) for one in kpis)
    return _table(rows, groups) if rows else ""


def _counted(figure: Figure | None) -> bool:
    return bool(figure and (figure.sample_size or figure.pending_size))


def _row(book: Book, period: Period, number: int, groups: Sequence[str], code: str, variants: tuple[str, ...]) -> str:
    found = {group: period.found(code, variants, group) for group in groups}
    there = {group: one for group, (_, one) in found.items() if one and _counted(one)}
    if not there:
        return ""
    kpi = kpi_of(book.kpis, code, found[next(iter(there))][0])
    cells = ""
    for group, (variant, figure) in found.items():
        shown = figure_text(f"p{number}", ("company", "company", code, variant, group), figure, kpi)
        cells += _cell(shown, figure, kpi, is_other=variant != variants[0])
    return f'<tr><th scope="row">{told(escape(kpi.name_zh), escape(kpi.name_en))}</th><td class="n aim">{_aims(there, kpi)}</td>{cells}</tr>'


def _cell(shown: str, figure: Figure | None, kpi: Kpi, *, is_other: bool) -> str:
    """The figure; under it its change, and its sample where it is not its own."""
    if figure is None or figure.value is None:
        return f'<td class="n nil">{shown}</td>'
    moved = change(figure, kpi, is_short=True)
    sample = "" if kpi.kind in ("count", "stock") and kpi.unit != "seconds" else f"{figure.sample_size:,}"
    under = " · ".join(part for part in (f"{arrow(figure)} {moved}" if moved else "", sample) if part)
    return f'<td class="n {style_of(figure, kpi)}">{shown}{marks(figure, is_other)}<small>{under}</small></td>'


def _aims(there: dict[str, Figure], kpi: Kpi) -> str:
    """The target; one per channel group where they differ."""
    aims = {group: target(figure, kpi) for group, figure in there.items() if target(figure, kpi)}
    if len(set(aims.values())) <= 1:
        return next(iter(aims.values()), "")
    return "<br>".join(f"<small>{told(*GROUP_NAMES[group])}</small> {aim}" for group, aim in aims.items())


def _more(book: Book, panel: Panel, period: Period, number: int) -> str:
    if panel is SATISFACTION:
        return _ratings(book, period, number)
    return _findings(book, period, number) if panel is COMPLIANCE else ""


def _ratings(book: Book, period: Period, number: int) -> str:
    """Good, neutral and bad as a bar per channel group."""
    rows = ""
    for group in GROUPS:
        shares = [period.figure(code, ("default",), group) for code in RATINGS]
        if not shares[0] or not shares[0].sample_size:
            continue
        bar = share_bar([(code, one.value if one else None) for code, one in zip(RATINGS, shares, strict=True)])
        cells = ""
        for code, one in zip(RATINGS, shares, strict=True):
            kpi = kpi_of(book.kpis, code, "default")
            cells += f'<td class="n">{figure_text(f"p{number}", ("company", "company", code, "default", group), one, kpi)}</td>'
        rows += f'<tr><th scope="row">{told(*GROUP_NAMES[group])}</th><td class="bar">{bar}</td>{cells}<td class="n soft">{shares[0].sample_size:,}</td></tr>'
    if not rows:
        return ""
    heads = "".join(
        f'<th class="n"><i class="key {code}"></i>{told(*name)}</th>' for code, name in zip(RATINGS, _RATING_NAMES, strict=True)
    )
    return (
        f'<table class="ratings"><thead><tr><th></th><th></th>{heads}<th class="n">{told("评价数", "answers")}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _findings(book: Book, period: Period, number: int) -> str:
    """Findings that stand, by severity, and by rule, the most frequent first."""
    kpi = kpi_of(book.kpis, FINDINGS, "default")
    counts = {
        key[3]: one
        for key, one in period.figures.items()
        if key[:3] == ("company", "company", FINDINGS) and key[4] == "all" and one.value
    }
    rules = sorted(
        ((name, one) for name, one in counts.items() if name not in ("default", *SEVERITIES)),
        key=lambda item: (-(item[1].value or 0), item[0]),
    )
    if "default" not in counts:
        return f'<p class="none">{told("本期没有违规", "No findings in this period")}</p>'
    items = ""
    for name in ("default", *SEVERITIES):
        figure = counts.get(name)
        zh, en = {
            "default": ("违规", "Findings"),
            "critical": ("严重", "critical"),
            "major": ("重要", "major"),
            "minor": ("轻微", "minor"),
        }[name]
        shown = figure_text(f"p{number}", ("company", "company", FINDINGS, name, "all"), figure, kpi) if figure else "0"
        items += f'<span class="{name}">{told(zh, en)} <b>{shown}</b></span>'
    listed = "".join(
        f"<li><span>{_rule(book, name)}</span><b>{figure_text(f'p{number}', ('company', 'company', FINDINGS, name, 'all'), one, kpi)}</b></li>"
        for name, one in rules[:8]
    )
    return f'<p class="severities">{items}</p><ul class="findings">{listed}</ul>'


def _rule(book: Book, name: str) -> str:
    return told(*(escape(word) for word in book.rules[name])) if name in book.rules else text(name)


def sources(book: Book) -> str:
    """How far each source reaches, and what the gate keeps out."""
    heads = "".join(
        f"<th{style}>{told(zh, en)}</th>"
        for zh, en, style in (
            ("来源", "Source", ""),
            ("数据截至", "Data up to", ""),
            ("落后", "Behind", ' class="n"'),
            ("最近取数", "Last read", ""),
            ("接受", "Accepted", ' class="n"'),
            ("隔离", "Kept out", ' class="n"'),
            ("隔离占比", "Share", ' class="n"'),
        )
    )
    rows = "".join(_source(one, book) for one in book.sources)
    accepted, kept = sum(one.accepted for one in book.sources), sum(one.kept_out for one in book.sources)
    rows += (
        f'<tr class="sum"><th scope="row">{told("合计", "All")}</th><td></td><td></td><td></td><td class="n">{accepted:,}</td>'
        f'<td class="n">{kept:,}</td><td class="n">{share(kept, accepted + kept)}</td></tr>'
    )
    return f'<div class="sheet"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _source(one: Source, book: Book) -> str:
    behind = '<td class="n soft">–</td>'
    if one.behind_seconds is not None:
        style, words = ("late", duration(one.behind_seconds)) if one.behind_seconds > 0 else ("good", told("无", "none"))
        behind = f'<td class="n {style}">{words}</td>'
    return (
        f'<tr><th scope="row">{text(one.name)}</th><td>{moment(one.as_of, book)}</td>{behind}<td>{moment(one.last_landed_at, book)}</td>'
        f'<td class="n">{one.accepted:,}</td><td class="n">{one.kept_out:,}</td><td class="n">{share(one.kept_out, one.accepted + one.kept_out)}</td></tr>'
    )


def moment(when: datetime | None, book: Book) -> str:
    """A moment on the site's clock."""
    return "–" if when is None else when.astimezone(book.zone).strftime("%Y-%m-%d %H:%M")
