"""A trace: one row of a mart with everything it is made of, down to the bytes, and how far that reaches."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskmart.errors import UsageError
from deskmart.lake import Lake, quoted
from deskmart.settings import Settings
from expectations.tracing.facts import FactRow, Recomputed, recompute
from expectations.tracing.links import links
from expectations.tracing.marts import MartRow, mart_row
from expectations.tracing.proof import LedgerLine, RulesPassed, ledger_lines, rules_passed
from expectations.tracing.raw import RawProof, prove
from expectations.tracing.records import Found, source_records
from expectations.tracing.score import score_differences

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Trace:
    """What a row of a mart is made of. `reach` says, in sentences, what the trace does not show."""

    mart: MartRow
    build_id: str
    publish_id: str
    figures: tuple[Recomputed, ...]
    records: tuple[Found, ...]
    raw: tuple[RawProof, ...]
    rules: tuple[RulesPassed, ...]
    lines: tuple[LedgerLine, ...]
    reach: tuple[str, ...]
    differences: tuple[str, ...] = ()  # of the row as a whole, such as a scorecard's score

    @property
    def fact_rows(self) -> list[FactRow]:
        """The fact rows of all figures, each once."""
        return list({(row.fact, row.place): row for figure in self.figures for row in figure.rows}.values())

    @property
    def is_sound(self) -> bool:
        """Whether every figure is what its rows give, and every record's bytes are what they were, or gone on purpose."""
        return not (self.differences or any(figure.differences for figure in self.figures)) and all(
            proof.is_sound for proof in self.raw
        )


@contextmanager
def warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The private warehouse of what was published last, for reading, in the site's time zone. `UsageError` where there is none."""
    import duckdb

    lake = Lake(settings.home)
    if not lake.current.is_file():
        raise UsageError("nothing is published in this home yet", todo="deskmart run --since D --until D")
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {settings.threads}")
        connection.execute(f"attach '{quoted(lake.current)}' as built (read_only)")
        connection.execute("use built")
        connection.execute(f"set TimeZone = '{settings.site_timezone}'")
        yield connection


def trace(settings: Settings, mart: str, words: Sequence[str]) -> Trace:
    """Trace the row of a mart that the words name; `UsageError` when none or several fit."""
    with warehouse(settings) as connection:
        return trace_row(connection, settings, mart_row(connection, mart, words))


def trace_row(connection: duckdb.DuckDBPyConnection, settings: Settings, row: MartRow) -> Trace:
    """Trace a row of a mart."""
    lake = Lake(settings.home)
    figures = tuple(recompute(connection, figure) for figure in row.figures)
    facts = list({(one.fact, one.place): one for figure in figures for one in figure.rows}.values())
    records = tuple(source_records(connection, lake, facts))
    addresses = [found.address for found in records]
    raw = tuple(prove(addresses, settings))
    attempts = [*addresses, *row.batches]
    build_id, published_build, publish_id = _builds(connection, lake)
    return Trace(
        row,
        build_id,
        publish_id,
        figures,
        records,
        raw,
        tuple(rules_passed(attempts, settings)),
        tuple(ledger_lines(attempts, settings)),
        (*row.notes, *_reach(figures, facts, records, raw, build_id == published_build)),
        tuple(score_differences(row.row, row.items, figures)) if row.items else (),
    )


def _builds(connection: duckdb.DuckDBPyConnection, lake: Lake) -> tuple[str, str, str]:
    """The build in the warehouse, the build that readers see, and its publish."""
    ((build_id,),) = connection.execute("select build_id from inputs.build_info").fetchall()
    manifest = lake.published_current / "manifest.json"
    content = json.loads(manifest.read_bytes()) if manifest.is_file() else {"build": {}}
    return str(build_id), str(content["build"].get("build_id", "")), str(content.get("publish_id", ""))


def _reach(
    figures: Sequence[Recomputed], facts: Sequence[FactRow], records: Sequence[Found], raw: Sequence[RawProof], is_published: bool
) -> Iterator[str]:
    if not is_published:
        yield "Readers see another publish than the one this warehouse made (rolled back?): this is the trace of the newest."
    states = Counter(proof.state for proof in raw)
    if states["removed"]:
        days = sorted({proof.message for proof in raw if proof.state == "removed"})
        yield f"The raw bytes of {states['removed']} records are gone, their retention was over ({', '.join(days)}): the trace ends at the accepted rows."
    if states["erased"]:
        yield f"{states['erased']} records were erased at a customer's request: tombstones stand at their positions, figures stayed as they were."
    led = {lead for found in records for lead in found.leads}
    if lost := [row for row in facts if (row.fact, row.place) not in led]:
        yield f"No source record was found for {len(lost)} of {len(facts)} fact rows, such as {lost[0].fact} {lost[0].key}."
    for fact in sorted({row.fact for row in facts}):
        if links().facts[fact].reach:
            yield f"{fact}: {links().facts[fact].reach}"
    if figures and not facts:
        yield "No fact row bears on this row: it says 0, or nothing, because nothing was there."
