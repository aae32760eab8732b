"""Marts as a trace knows them: the row that a key names, and the figures that stand in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from deskmart.errors import UsageError
from expectations.tracing.figures import COMPANY, Figure
from expectations.tracing.marts_figures import figures_of, scorecard_items
from expectations.tracing.records import Address, is_there

if TYPE_CHECKING:
    import duckdb

_DEFAULTS = {"variant": "default", "scope": COMPANY}
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class MartRow:
    """A row of a mart, its key, its figures, and the batches it is about where it is about batches."""

    mart: str
    key: Mapping[str, Any]
    row: Mapping[str, Any]
    figures: tuple[Figure, ...]
    batches: tuple[Address, ...] = ()
    notes: tuple[str, ...] = ()
    items: tuple[Mapping[str, Any], ...] = ()  # of a scorecard whose score is recomputed, in the order of its figures


@cache
def marts() -> Mapping[str, Mapping[str, Any]]:
    """What `marts.yml` says of each mart."""
    content = yaml.safe_load(Path(__file__).with_name("marts.yml").read_text(encoding="utf-8"))
    return dict(content["marts"])


def mart_row(connection: duckdb.DuckDBPyConnection, mart: str, words: Sequence[str]) -> MartRow:
    """The row that words name: `column=value`, or values in the order of the mart's key. `UsageError` when none or several fit."""
    if mart not in marts():
        raise UsageError(f"{mart!r} is no mart that can be traced", todo=f"one of: {', '.join(marts())}")
    if not is_there(connection, f"marts.{mart}"):
        raise UsageError(f"the warehouse has no {mart}", todo="deskmart build --force, then deskmart publish")
    return row_of(connection, mart, _the_row(connection, mart, _asked(mart, words)))


def row_of(connection: duckdb.DuckDBPyConnection, mart: str, row: Mapping[str, Any]) -> MartRow:
    """A row that was read, with its figures."""
    said = marts()[mart]
    key = {name: row[name] for name in said["key"]}
    figures = tuple(figures_of(connection, said, row))
    notes = (said["note"],) if "note" in said else ()
    items = () if said.get("is_closed") else tuple(scorecard_items(connection, said, row))
    return MartRow(mart, key, row, figures, _batches(connection, row) if said["kind"] == "batches" else (), notes, items)


def _batches(connection: duckdb.DuckDBPyConnection, row: Mapping[str, Any]) -> tuple[Address, ...]:
    """The attempt a row names, or all of a source, or of its stream, that the build read."""
    if "attempt" in row:
        return (Address(row["source"], row["stream"], row["batch"], row["attempt"], 0, 0, ""),)
    found = connection.execute(
        "select source, stream, batch, attempt from inputs.build_inputs where source = $1 and coalesce(stream = $2, true) order by all",
        [row["source"], row.get("stream")],
    ).fetchall()
    return tuple(Address(source, stream, batch, attempt, 0, 0, "") for source, stream, batch, attempt in found)


def _asked(mart: str, words: Sequence[str]) -> dict[str, str]:
    key = marts()[mart]["key"]
    asked: dict[str, str] = {}
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if equals:
            asked[name] = value
        elif place < len(key):
            asked[key[place]] = word
        else:
            raise UsageError(f"{word!r} is one word too many", todo=f"the key of {mart} is {' '.join(key)}")
    for name, value in _DEFAULTS.items():
        if name in key and not (name == "scope" and "scope_id" in asked):
            asked.setdefault(name, value)
    if asked.get("scope") == COMPANY:
        asked.setdefault("scope_id", COMPANY)
    return asked


def _the_row(connection: duckdb.DuckDBPyConnection, mart: str, asked: Mapping[str, str]) -> dict[str, Any]:
    key = marts()[mart]["key"]
    columns = [row[0] for row in connection.execute(f"describe marts.{mart}").fetchall()]
    if unknown := [name for name in asked if name not in columns]:
        raise UsageError(f"{mart} has no column {unknown[0]!r}", todo=f"its key is {' '.join(key)}")
    where = " and ".join(f'cast("{name}" as varchar) = ?' for name in asked) or "true"
    order = ", ".join(f'"{name}"' for name in key)
    found = connection.execute(f"select * from marts.{mart} where {where} order by {order} limit {_SHOWN}", [*asked.values()])
    rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    if not rows:
        raise UsageError(f"{mart} has no row {_words(asked, asked)}", todo=f"its key is {' '.join(key)}")
    if len(rows) > 1:
        names = [name for name in key if len({str(row[name]) for row in rows}) > 1]
        choices = "; ".join(dict.fromkeys(_words(row, names) for row in rows))
        raise UsageError(f"several rows of {mart} fit {_words(asked, asked)}", todo=f"add one of: {choices}")
    return rows[0]


def _words(row: Mapping[str, Any], names: Sequence[str] | Mapping[str, Any]) -> str:
    return " ".join(f"{name}={row[name]}" for name in names)
