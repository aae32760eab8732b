"""The words of the declaration: a dataset with its metrics, a chart over one, a dashboard of rows of charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["number", "trend", "table", "rows", "line", "bar", "heatmap"]
SCHEMA = "marts"
COLUMNS = 12


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a dataset: its type as the data dictionary writes it, and what it holds."""

    name: str
    type: str
    text: str
    label: str = ""

    @property
    def is_moment(self) -> bool:
        return self.type == "date" or self.type.startswith("timestamp")


@dataclass(frozen=True, slots=True)
class Metric:
    """An aggregate over a dataset's rows; `format` is d3's, empty for a text."""

    name: str
    label: str
    sql: str
    text: str
    format: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A published table (`sql` empty) or a select over some, with the aggregates that are right over its rows."""

    name: str
    title: str
    text: str
    fields: tuple[Field, ...]
    metrics: tuple[Metric, ...] = ()
    sql: str = ""
    date_column: str = ""

    @property
    def source(self) -> str:
        """What stands after `from`."""
        return f"({self.sql}) as {self.name}" if self.sql else f"{SCHEMA}.{self.name}"

    def metric(self, name: str) -> Metric:
        return next(metric for metric in self.metrics if metric.name == name)

    def field(self, name: str) -> Field:
        return next(column for column in self.fields if column.name == name)


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture or table. `by` are its dimensions (the columns of a `rows`), `where` a condition in SQL.

    `order` is a metric that need not be shown; of a `rows`, columns with commas between. `formats` are d3's, by column.
    """

    key: str
    title: str
    dataset: Dataset
    kind: Kind
    metrics: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    x: str = ""
    where: str = ""
    order: str = ""
    descending: bool = False
    format: str = ""
    note: str = ""
    width: int = COLUMNS
    height: int = 40
    limit: int = 1000
    formats: Mapping[str, str] = field(default_factory=dict)
    colors: Literal["volume", "share"] = "volume"


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of Markdown between the charts."""

    code: str
    width: int = COLUMNS
    height: int = 12


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice above a dashboard: days when `column` is empty. It leaves the charts named in `without` alone."""

    title: str
    dataset: Dataset
    column: str = ""
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Rows of charts and words, with the choices above them."""

    slug: str
    title: str
    text: str
    rows: tuple[tuple[Chart | Words, ...], ...]
    filters: tuple[Filter, ...] = field(default=())

    @property
    def charts(self) -> Iterator[Chart]:
        return (item for row in self.rows for item in row if isinstance(item, Chart))
