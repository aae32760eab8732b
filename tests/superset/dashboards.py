"""What a dashboard shows in the browser, read off the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.superset.browser import Page

# Every chart shows a number, a table, a picture, or says that there is nothing or what went wrong.
_SETTLED = (
    "[...document.querySelectorAll('[data-test-chart-name]')].every(holder => !holder.querySelector('[data-test=loading-indicator]')"
    " && (holder.querySelector('.header-line, table, canvas') || /no results|error/i.test(holder.innerText)))"
)
_CHARTS = """
[...document.querySelectorAll('[data-test-chart-name]')].map(holder => {
    const tables = [...holder.querySelectorAll('table')].map(table =>
        [...table.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.innerText.trim())));
    return {
        title: holder.dataset.testChartName,
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


def read(page: Page, address: str, charts: int, picture: Path | None = None) -> dict[str, Shown]:
    """Open a dashboard in a window as high as itself and wait until every chart has answered; by title."""
    page.size(1440, 1000)
    page.open(address)
    page.wait_for("document.querySelectorAll('[data-test-chart-name]').length > 0")
    page.size(1440, 4000)  # charts out of sight are not asked for
    page.wait_for(f"document.querySelectorAll('[data-test-chart-name]').length === {charts} && {_SETTLED}")
    found: list[dict[str, Any]] = page.value(_CHARTS)
    if picture is not None:
        height = page.value("document.querySelector('.grid-content').getBoundingClientRect().bottom")
        page.size(1440, int(height) + 40)
        page.screenshot(picture)
    return {chart["title"]: Shown(**chart) for chart in found}
