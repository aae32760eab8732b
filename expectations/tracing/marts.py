"""Marts as a trace knows them: the row that a key names, and the figures that stand in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deskmart.errors import UsageError
from expectations.tracing.figures import COMPANY, Figure

if TYPE_CHECKING:
    import duckdb

_TOLD = ("numerator", "denominator", "value", "sample_size", "pending_size")
# The columns that name a row; what is left out is filled in where it has a default.
KEYS: Mapping[str, tuple[str, ...]] = {
    "mart_kpi_daily": ("kpi", "service_date", "scope", "scope_id", "channel_group", "variant"),
    "mart_kpi_weekly": ("kpi", "iso_week", "scope", "scope_id", "channel_group", "variant"),
    "mart_kpi_monthly": ("kpi", "month", "scope", "scope_id", "channel_group", "variant"),
}
_DEFAULTS = {"variant": "default", "scope": COMPANY}
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class MartRow:
    """A row of a mart, its key, and its figures."""

    mart: str
    key: Mapping[str, Any]
    row: Mapping[str, Any]
    figures: tuple[Figure, ...]


def mart_row(connection: duckdb.DuckDBPyConnection, mart: str, words: Sequence[str]) -> MartRow:
    """The row that words name: `column=value`, or values in the order of the mart's key. `UsageError` when none or several fit."""
    if mart not in KEYS:
        raise UsageError(f"{mart!r} is no mart that can be traced", todo=f"one of: {', '.join(KEYS)}")
    asked = _asked(mart, words)
    row = _the_row(connection, mart, asked)
    key = {name: row[name] for name in KEYS[mart]}
    return MartRow(mart, key, row, tuple(_figures(mart, row)))


def _asked(mart: str, words: Sequence[str]) -> dict[str, str]:
    asked: dict[str, str] = {}
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if equals:
            asked[name] = value
        elif place < len(KEYS[mart]):
            asked[KEYS[mart][place]] = word
        else:
            raise UsageError(f"{word!r} is one word too many", todo=f"the key of {mart} is {' '.join(KEYS[mart])}")
    for name, value in _DEFAULTS.items():
        if name in KEYS[mart]:
            asked.setdefault(name, value)
    if asked.get("scope") == COMPANY:
        asked.setdefault("scope_id", COMPANY)
    return asked


def _the_row(connection: duckdb.DuckDBPyConnection, mart: str, asked: Mapping[str, str]) -> dict[str, Any]:
    columns = [row[0] for row in connection.execute(f"describe marts.{mart}").fetchall()]
    if unknown := [name for name in asked if name not in columns]:
        raise UsageError(f"{mart} has no column {unknown[0]!r}", todo=f"its key is {' '.join(KEYS[mart])}")
    where = " and ".join(f'cast("{name}" as varchar) = ?' for name in asked) or "true"
    order = ", ".join(f'"{name}"' for name in KEYS[mart])
    found = connection.execute(f"select * from marts.{mart} where {where} order by {order} limit {_SHOWN}", [*asked.values()])
    rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    if not rows:
        raise UsageError(f"{mart} has no row {_words(asked, asked)}", todo=f"its key is {' '.join(KEYS[mart])}")
    if len(rows) > 1:
        names = [name for name in KEYS[mart] if len({str(row[name]) for row in rows}) > 1]
        choices = "; ".join(dict.fromkeys(_words(row, names) for row in rows))
        raise UsageError(f"several rows of {mart} fit {_words(asked, asked)}", todo=f"add one of: {choices}")
    return rows[0]


def _words(row: Mapping[str, Any], names: Sequence[str] | Mapping[str, Any]) -> str:
    return " ".join(f"{name}={row[name]}" for name in names)


def _figures(mart: str, row: Mapping[str, Any]) -> list[Figure]:
    first, last = (row["service_date"],) * 2 if "service_date" in row else (row["period_start"], row["period_end"])
    return [_scoped(row, row["kpi"], row["variant"], first, last, {name: row[name] for name in _TOLD})]


def _scoped(row: Mapping[str, Any], kpi: str, variant: str, first: Any, last: Any, told: Mapping[str, Any]) -> Figure:
    members = {} if row["scope"] == COMPANY else {row["scope"]: row["scope_id"]}
    return Figure(kpi, variant, first, last, row["scope"], members, row["channel_group"], told)
