"""Re-performance: rows of marts drawn by a seed, traced, added up again in Python, their records made again from the raw bytes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskmart.errors import UsageError
from deskmart.settings import Settings
from expectations.tracing.marts import marts, row_of
from expectations.tracing.records import is_there
from expectations.tracing.remade import remake
from expectations.tracing.trace import Trace, trace_row, warehouse

if TYPE_CHECKING:
    import duckdb

MOST_RECORDS = 500  # of one mart row are made again from their bytes, drawn by the seed; all are hashed


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mart row that was drawn, its trace, and what differs; `remade` accepted rows were made again from raw bytes."""

    trace: Trace
    remade: int
    differences: tuple[str, ...]

    @property
    def name(self) -> str:
        row = self.trace.mart
        return " ".join([row.mart, *(f"{column}={value}" for column, value in row.key.items())])


def sample(settings: Settings, seed: int, rows: int, on_row: Callable[[int], None] = lambda done: None) -> list[Drawn]:
    """Draw that many rows of all marts whose figures are recomputed. The same seed draws the same rows of the same build."""
    drawing = random.Random(seed)
    with warehouse(settings) as connection:
        filled = {mart: count for mart in marts() if (count := _count(connection, mart))}
        if not filled:
            raise UsageError("no mart has a figure to draw", todo="deskmart run --since D --until D")
        found = []
        for done in range(rows):
            on_row(done)
            found.append(_drawn(connection, settings, drawing.choice(list(filled)), filled, drawing))
    return found


def _drawn(
    connection: duckdb.DuckDBPyConnection, settings: Settings, mart: str, filled: dict[str, int], drawing: random.Random
) -> Drawn:
    place = drawing.randrange(filled[mart])
    read = connection.execute(
        f"select * from marts.{mart} where {_has_something(connection, mart)} order by all limit 1 offset ?", [place]
    )
    names = [column[0] for column in read.description or ()]
    (row,) = read.fetchall()
    trace = trace_row(connection, settings, row_of(connection, mart, dict(zip(names, row, strict=True))))
    proofs = list(trace.raw)
    remade, differences = remake(drawing.sample(proofs, min(MOST_RECORDS, len(proofs))), settings)
    figures = [f"{one.figure.name}: {difference}" for one in trace.figures for difference in one.differences]
    raw = [f"{proof.address}: {proof.state} {proof.message}".rstrip() for proof in trace.raw if not proof.is_sound]
    return Drawn(trace, remade, (*trace.differences, *figures, *raw, *differences))


def _count(connection: duckdb.DuckDBPyConnection, mart: str) -> int:
    said = marts()[mart]
    if said["kind"] == "batches" or said.get("told", True) == {} or not is_there(connection, f"marts.{mart}"):
        return 0
    ((count,),) = connection.execute(f"select count(*) from marts.{mart} where {_has_something(connection, mart)}").fetchall()
    return int(count)


def _has_something(connection: duckdb.DuckDBPyConnection, mart: str) -> str:
    """A condition that leaves out the many rows about days on which nothing happened."""
    columns = {row[0] for row in connection.execute(f"describe marts.{mart}").fetchall()}
    return "sample_size > 0 or pending_size > 0" if "sample_size" in columns else "true"
