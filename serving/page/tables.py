"""Tables of queues, teams and agents, a figure with its sample in each cell; and the hours of the week."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from expectations.report_html import text, told
from serving.page.book import Book
from serving.page.content import GROUP_NAMES, OF_DAYS, PEOPLE_COLUMNS, QUEUE_COLUMNS, QUEUE_KPIS, Column
from serving.page.figures import Figure, Kpi, Period, band_of, kpi_of
from serving.page.tiles import figure_text
from serving.page.words import rounded

FEWEST = 20  # a rate of fewer rows is grey and not judged: it says little of a person
MOST_ROWS = 60
NOBODY = "(none)"


def queues(book: Book) -> str:
    """A row per queue and channel group that had any work in the period."""
    return _by_period(book, _queue_table)


def teams(book: Book) -> str:
    return _by_period(book, lambda book, period, number: _people(book, period, number, "team"))


def agents(book: Book) -> str:
    return _by_period(book, lambda book, period, number: _people(book, period, number, "agent"))


def _by_period(book: Book, table: Callable[[Book, Period, int], str]) -> str:
    return "".join(
        f'<div class="per p{number}">{table(book, period, number)}</div>' for number, period in enumerate(book.periods)
    )


def _queue_table(book: Book, period: Period, number: int) -> str:
    rows = []
    for queue in period.members("queue"):
        for group in ("voice", "chat", "written"):
            samples = [
                one.sample_size
                for column in QUEUE_COLUMNS
                if column.kpi in QUEUE_KPIS and (one := period.figure(column.kpi, column.variants, group, "queue", queue))
            ]
            if any(samples):
                rows.append((("voice", "chat", "written").index(group), queue == NOBODY, -max(samples), queue, group))
    shown = sorted(rows)[:MOST_ROWS]
    heads = _heads([("队列", "Queue"), ("渠道", "Channel")], QUEUE_COLUMNS)
    body = ""
    for _, _, _, queue, group in shown:
        cells = "".join(_cell(book, period, number, column, group, "queue", queue) for column in QUEUE_COLUMNS)
        body += f'<tr><th scope="row">{_queue_name(book, queue)}</th><td class="c {group}">{told(*GROUP_NAMES[group])}</td>{cells}</tr>'
    return _sheet(heads, body) + _more(len(rows), len(shown))


def _queue_name(book: Book, queue: str) -> str:
    if queue == NOBODY:
        return told("未归队列", "No queue")
    return text(book.queues[queue].name if queue in book.queues else queue)


def _people(book: Book, period: Period, number: int, scope: str) -> str:
    """Teams by name, agents by team and then by what they handled; whoever had no work in the period is left out."""
    columns = [one for one in PEOPLE_COLUMNS if any(_of(period, one, scope, member) for member in period.members(scope))]
    rows = []
    for member in period.members(scope):
        figures = [_of(period, column, scope, member) for column in columns]
        work = sum(figure.sample_size for column, figure in zip(columns, figures, strict=True) if figure and column.is_count)
        if any(figures):
            rows.append((member == NOBODY, _team(book, scope, member), -work, member))
    most = sorted(sorted(rows, key=lambda row: row[2])[:MOST_ROWS])
    has_score = any((period.name, scope, row[3]) in book.scores for row in most)
    first = [("团队", "Team")] if scope == "team" else [("客服", "Agent"), ("团队", "Team")]
    heads = _heads(first, columns) + (f'<th class="n">{told("月评分", "Score")}</th>' if has_score else "")
    body = ""
    for _, team, _, member in most:
        cells = "".join(_cell(book, period, number, column, column.group or "all", scope, member) for column in columns)
        name = _name(book, scope, member)
        side = f'<td class="team">{text(team)}</td>' if scope == "agent" else ""
        body += f'<tr><th scope="row">{name}</th>{side}{cells}{_score(book, period, scope, member) if has_score else ""}</tr>'
    return _sheet(heads, body, "wide") + _more(len(rows), len(most))


def _of(period: Period, column: Column, scope: str, member: str) -> Figure | None:
    """The figure where anything was counted."""
    figure = period.figure(column.kpi, column.variants, column.group or "all", scope, member)
    return figure if figure and (figure.sample_size or figure.pending_size) else None


def _team(book: Book, scope: str, member: str) -> str:
    return book.agents[member].team if scope == "agent" and member in book.agents else "" if scope == "agent" else member


def _name(book: Book, scope: str, member: str) -> str:
    if member == NOBODY:
        return told("未归属", "Nobody")
    if scope == "team":
        return text(member)
    name = book.agents[member].name if member in book.agents else member
    return text(name) + (f"<small>{text(member)}</small>" if name != member else "")


def _score(book: Book, period: Period, scope: str, member: str) -> str:
    score = book.scores.get((period.name, scope, member))
    if score is None:
        return '<td class="n">–</td>'
    if score.score is None:
        return f'<td class="n thin">{told("样本不足", "too few")}</td>'
    return f'<td class="n b-{score.band}"><b>{rounded(Decimal(score.score), 2)}</b><small>#{score.rank}</small></td>'


def _heads(first: Iterable[tuple[str, str]], columns: Sequence[Column]) -> str:
    heads = "".join(f"<th>{told(*name)}</th>" for name in first)
    return heads + "".join(f'<th class="n">{told(*column.name)}</th>' for column in columns)


def _cell(book: Book, period: Period, number: int, column: Column, group: str, scope: str, member: str) -> str:
    variant, figure = period.found(column.kpi, column.variants, group, scope, member)
    kpi = kpi_of(book.kpis, column.kpi, variant)
    shown = figure_text(f"p{number}", (scope, member, column.kpi, variant, group), figure, kpi)
    return cell(shown, figure, kpi, is_count=column.is_count, is_other=variant != column.variants[0])


def cell(shown: str, figure: Figure | None, kpi: Kpi, *, is_count: bool = False, is_other: bool = False) -> str:
    """A cell: the figure, marked when it is another variant or not final, and its sample; coloured if that is large enough."""
    if is_count or figure is None or figure.value is None:
        style = "" if figure and figure.value else " nil"
        return f'<td class="n{style}">{shown}{"" if is_count else "<small></small>"}</td>'
    return f'<td class="n {style_of(figure, kpi)}">{shown}{marks(figure, is_other)}<small>{figure.sample_size:,}</small></td>'


def style_of(figure: Figure, kpi: Kpi) -> str:
    """thin where the sample says little, else the band."""
    return "thin" if figure.sample_size < FEWEST and kpi.code not in OF_DAYS else f"b-{band_of(figure, kpi.direction)}"


def marks(figure: Figure, is_other: bool) -> str:
    """† for another variant of the KPI, * for outcomes that are pending."""
    return ("<sup>†</sup>" if is_other else "") + ("<sup>*</sup>" if not figure.is_settled and figure.pending_size else "")


def _sheet(heads: str, body: str, style: str = "") -> str:
    if not body:
        return f'<p class="none">{told("本期没有数据", "Nothing in this period")}</p>'
    return f'<div class="sheet {style}"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _more(there: int, shown: int) -> str:
    if there <= shown:
        return ""
    return f'<p class="note">{told(f"共 {there:,} 行，此处为工作量最多的 {shown:,} 行", f"The {shown:,} with the most work, of {there:,}")}</p>'
