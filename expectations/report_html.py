"""What the auditor's pages are made of: two languages side by side, tables, and text that nothing can break out of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from deskmart.settings import Settings

_STYLE = Path(__file__).with_name("report.css")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
MOST_CHARACTERS = 240
# What would change the direction or the look of the text around it, and is therefore shown by its number.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_PERSONAL = re.compile(r"[^\s@/]+@[^\s@/]+|(?<![0-9A-Za-z])(?:\+?86)?1[3-9]\d{9}(?![0-9A-Za-z])|\d{15,}")
_PERSONAL_OR_LONG = re.compile(_PERSONAL.pattern + r"|\d[\d ]{5,}\d")


def told(zh: str, en: str) -> str:
    """The same in both languages, ready HTML in and out; the page shows the one that is chosen."""
    return f'<span lang="zh">{zh}</span><span lang="en">{en}</span>'


def text(value: object, hidden: re.Pattern[str] = _PERSONAL) -> str:
    """A text of the data as HTML: escaped, cut, its direction kept to itself, addresses and telephone numbers as •."""
    plain = str(value)
    start = plain[: 2 * MOST_CHARACTERS]
    start = start if start == plain else re.sub(r"[\d@.+ -]*$", "", start)  # no half of a number at the cut
    shown = _INVISIBLE.sub(lambda found: f"‹U+{ord(found[0]):04X}›", hidden.sub("•••", start))
    more = f" … ({len(plain):,})" if len(plain) > MOST_CHARACTERS else ""
    return f"<bdi>{escape(shown[:MOST_CHARACTERS], quote=True)}</bdi>{more}"


def words(value: object) -> str:
    """`text` of what a person or a source wrote freely: any long number is • as well."""
    return text(value, _PERSONAL_OR_LONG)


def code(value: object) -> str:
    return f"<code>{text(value)}</code>"


def place(source: object, stream: object) -> str:
    return f"{text(source)}<small>{text(stream)}</small>"


def number(value: int | None, style: str = "") -> str:
    """A cell with a number; `style` colours it when it is not 0, None is shown as a dash."""
    return f'<td class="n{f" {style}" if style and value else ""}">{"–" if value is None else f"{value:,}"}</td>'


def share(part: int, whole: int) -> str:
    """A share in per cent that is never rounded to all or to nothing."""
    if not whole:
        return "–"
    value = 100 * part / whole
    if 0 < value < 0.01:
        return "&lt; 0.01%"
    return "&gt; 99.99%" if 99.99 < value < 100 else f"{value:.2f}%".replace(".00%", "%")


def mark(is_well: bool | None) -> str:
    """✓, ✗, or – where there is nothing to be said."""
    style, sign = ("open", "–") if is_well is None else ("good", "✓") if is_well else ("bad", "✗")
    return f'<b class="mark {style}">{sign}</b>'


def section(
    zh: str, en: str, note: tuple[str, str] | None, columns: Iterable[str], rows: Sequence[Sequence[str]], style: str = ""
) -> str:
    """A titled table; a column's name is `zh|en`, with # in front when it holds numbers. Titles, notes and cells are ready HTML."""
    return titled(zh, en, note) + sheet(columns, rows, style)


def titled(zh: str, en: str, note: tuple[str, str] | None = None) -> str:
    return (f"<h2>{told(zh, en)}</h2>" if zh else "") + (f"<p>{told(*note)}</p>" if note else "")


def sheet(columns: Iterable[str], rows: Sequence[Sequence[str]], style: str = "") -> str:
    """A table, or the word none."""
    if not rows:
        return f'<div class="sheet"><p class="none">{told("无", "None")}</p></div>'
    heads = ""
    for name in columns:
        zh, en = name.removeprefix("#").split("|")
        heads += f"<th{' class=n' if name.startswith('#') else ''}>{told(zh, en)}</th>"
    lines = "".join(f"<tr>{''.join(cell if cell.startswith('<td') else f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="sheet {style}"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'


def local(moment: str | datetime, settings: Settings) -> str:
    """A moment on the site's clock."""
    when = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
    return when.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M %Z")


def page(title: tuple[str, str], body: str, back: str = "") -> str:
    """A whole page. It names nothing that a browser would fetch or run, and its policy forbids both."""
    links = "".join(
        f'<a href="#{name}" class="{name}">{label}</a>'
        for name, label in (("zh", "中文"), ("en", "English"), ("both", "中 / EN"))
    )
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>Deskmart · {" · ".join(title)}</title>'
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style></head><body>"
        f'<i id="zh"></i><i id="en"></i><i id="both"></i><nav>{back}<span class="languages">{links}</span></nav>'
        f"<main>{body}</main></body></html>\n"
    )


def link(address: str, zh: str, en: str) -> str:
    """A link to another page of the report, in the language that is being read. `address` is a name of ours, never of the data."""
    return f'<a lang="zh" href="{address}#zh">{zh}</a><a lang="en" href="{address}#en">{en}</a>'
