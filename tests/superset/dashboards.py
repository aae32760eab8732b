"""What a dashboard shows in the browser, read off the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.superset.browser import Page

_LOADED = "document.querySelectorAll('[data-test=loading-indicator], .loading').length === 0"
_CHARTS = """
[...document.querySelectorAll('.dashboard-component-chart-holder')].map(holder => {
    const tables = [...holder.querySelectorAll('table')].map(table =>
        [...table.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.innerText.trim())));
    return {
        title: (holder.querySelector('[data-test=editable-title], .header-title') || {innerText: ''}).innerText.trim(),
        number: (holder.querySelector('.header-line') || {innerText: ''}).innerText.trim(),
        rows: tables.sort((one, other) => other.length - one.length)[0] || [],
        text: holder.innerText,
        pictures: holder.querySelectorAll('canvas, svg').length,
    };
})
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """One chart: its big number, the rows of its table as texts, all of its text, and how many pictures it holds."""

    title: str
    number: str
    rows: list[list[str]]
    text: str
    pictures: int


def read(page: Page, address: str, pictures: Path | None = None) -> dict[str, Shown]:
    """Open a dashboard in a window as high as itself and wait until every chart has answered; by title."""
    page.size(1440, 1000)
    page.open(address)
    page.wait_for("document.querySelectorAll('.dashboard-component-chart-holder').length > 0")
    page.size(1440, 4000)  # charts out of sight are not asked for
    page.wait_for(f"document.querySelectorAll('.dashboard-component-chart-holder').length >= 6 && {_LOADED} && {_settled()}")
    charts: list[dict[str, Any]] = page.value(_CHARTS)
    if pictures is not None:
        height = page.value("document.querySelector('[data-test=grid-content], .grid-content').getBoundingClientRect().bottom")
        page.size(1440, int(height) + 40)
        page.screenshot(pictures)
    return {chart["title"]: Shown(**chart) for chart in charts}


def _settled() -> str:
    """Every chart shows a number, a table, a picture or says that there is nothing."""
    return (
        "[...document.querySelectorAll('.dashboard-component-chart-holder')].every(holder =>"
        " holder.querySelector('.header-line, table, canvas') || /No results|error/i.test(holder.innerText))"
    )
