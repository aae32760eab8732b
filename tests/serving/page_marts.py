"""Published marts of a few rows, written by hand, and what a page shows, taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb

from deskmart.dictionary import published_tables
from deskmart.freeze import PROJECT

LAST = date(2026, 9, 30)  # a Wednesday
_NOTHING: Mapping[str, Any] = {
    "variant": "default", "scope": "company", "scope_id": "company", "channel_group": "all", "kpi_version": 1, "sample_size": 0,
    "pending_size": 0, "is_settled": True, "is_partial": False, "band": "none",
}  # fmt: skip


def empty_marts(path: Path) -> duckdb.DuckDBPyConnection:
    """A file with every published table, and the catalogue; nothing else in it."""
    connection = duckdb.connect(str(path))
    connection.execute("set TimeZone = 'UTC'")
    for table in published_tables():
        columns = ", ".join(f'"{name}" {column.type}' for name, column in table.columns.items())
        connection.execute(f'create table "{table.name}" ({columns}, publish_id varchar)')
    connection.execute(
        f"insert into kpi_catalog by name select *, '20261001T010000000000Z-0000' as publish_id "
        f"from read_csv('{PROJECT}/seeds/kpi_catalog.csv', all_varchar = true)"
    )
    return connection


def put(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    connection.execute(f'insert into "{table}" ({names}) values ({", ".join("?" * len(row))})', list(row.values()))


def put_days(
    connection: duckdb.DuckDBPyConnection, kpi: str, days: Mapping[int, tuple[float, float | None]], **more: Any
) -> None:
    """Rows of mart_kpi_daily: parts by days before the last one, each with its value and a sample of the denominator."""
    for before, (above, below) in days.items():
        row = {**_NOTHING, "service_date": LAST - timedelta(days=before), "kpi": kpi, "numerator": above, "denominator": below}
        row["value"] = above if below is None else (round(above / below, 6) if below else None)
        row["sample_size"] = int(above if below is None else below)
        put(connection, "mart_kpi_daily", {**row, **more})


class Shown(HTMLParser):
    """The tags, attributes and words of a page; its figures by `data-k`: value, sample and text in one language."""

    def __init__(self, page: str, language: str = "en") -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.figures: dict[str, list[tuple[str, int, str]]] = {}
        self.periods: dict[str, str] = {}
        self._left_out, self._hidden, self._open = language, 0, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes += given.items()
        if self._hidden or (tag != "html" and given.get("lang", self._left_out) != self._left_out):
            self._hidden += tag not in ("br", "input", "meta")
        if tag == "data":
            self._open = given["data-k"]
            self.figures.setdefault(self._open, []).append((given["value"], int(given["data-n"]), ""))
        if tag == "label":
            self.periods["p" + given["for"].removeprefix("c")] = given["data-k"]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= bool(self._hidden)
        if tag == "data":
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        self.words.append(data)
        if self._open:
            value, sample, text = self.figures[self._open][-1]
            self.figures[self._open][-1] = (value, sample, text + data)
