"""Columns with the texts of the data dictionary, and the usual aggregates over them."""

from __future__ import annotations

from functools import cache

from deskmart.dictionary import Table, tables_of
from serving.bi import figures
from serving.bi.parts import Dataset, Field, Metric

PERCENT, SECONDS, WHOLE, POINTS = ".1%", ",.1f", ",d", ",.2f"


@cache
def _described(layer: str) -> dict[str, Table]:
    return tables_of(layer)


def fields(layer: str, table: str, *, leave_out: tuple[str, ...] = ()) -> tuple[Field, ...]:
    columns = _described(layer)[table].columns
    return tuple(Field(name, column.type, column.text) for name, column in columns.items() if name not in leave_out)


def table(name: str, title: str, *metrics: Metric, date_column: str = "", layer: str = "marts") -> Dataset:
    return Dataset(name, title, _described(layer)[name].text, fields(layer, name), metrics, date_column=date_column)


def summed(column: str, label: str, text: str = "") -> Metric:
    return Metric(column, label, f"sum({column})", text or f"{label}, summed.", WHOLE)


def ratio(name: str, label: str, above: str, below: str, form: str) -> Metric:
    return Metric(name, label, figures.ratio(above, below), f"sum({above}) / sum({below}).", form)
