"""The source records behind fact rows: through the canonical records, by natural ids, to accepted rows and their addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deskmart.batch import Batch
from deskmart.frozen_tables import is_newest
from deskmart.lake import Lake, quoted
from expectations.tracing.facts import FactRow
from expectations.tracing.links import Assembly, RecordLink, links
from ingestion.registry import all_sources
from ingestion.source import Stream

if TYPE_CHECKING:
    import duckdb

_ADDRESS = ("_batch", "_attempt", "_page", "_position")
_IDS = ("contact_leg_id", "contact_id", "survey_id", "offered_at", "ended_at")  # what assemblies go by


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a source record lies in the landing, as its accepted row says. `sha256` is what the gate took of its bytes."""

    source: str
    stream: str
    batch: str
    attempt: str
    page: int
    position: int
    sha256: str

    @property
    def attempt_name(self) -> str:
        return f"{self.source}/{self.stream}/{self.batch}/{self.attempt}"

    @property
    def the_batch(self) -> Batch:
        return Batch(self.source, self.stream, None, None, self.batch)

    def __str__(self) -> str:
        return f"{self.attempt_name}/{self.page}/{self.position}"


@dataclass(frozen=True, slots=True)
class Found:
    """A source record, and the fact rows (fact, place) that lead to it."""

    address: Address
    leads: frozenset[tuple[str, int]]


def source_records(connection: duckdb.DuckDBPyConnection, lake: Lake, rows: Sequence[FactRow]) -> list[Found]:
    """The source records of fact rows, in order of their addresses."""
    leads: dict[Address, set[tuple[str, int]]] = defaultdict(set)
    by_fact: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        by_fact[row.fact].add(row.place)
    for fact, places in sorted(by_fact.items()):
        connection.execute("create or replace temp table chosen (place bigint)")
        connection.execute("insert into chosen select unnest(?)", [sorted(places)])
        for link in links().facts[fact].records:
            for place, address in _by_link(connection, lake, fact, link):
                leads[address].add((fact, place))
    return [Found(address, frozenset(leads[address])) for address in sorted(leads)]


def _by_link(connection: duckdb.DuckDBPyConnection, lake: Lake, fact: str, link: RecordLink) -> Iterable[tuple[int, Address]]:
    relation = link.relation if is_there(connection, link.relation) else _dropped(connection, lake, link.stream)
    if not relation:
        return
    has = {row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()}
    names = [*_ADDRESS, *(name for name in _IDS if name in has)]
    source = "u.source_system" if "source_system" in has else "'file_drop'"
    via = f"join {link.via} as v on {link.through}" if link.via else ""
    connection.execute(
        f"create or replace temp table led as select distinct f.rowid as place, {source} as source_system, "
        f"{', '.join(f'u.{name}' for name in names)} from core.{fact} as f join chosen on chosen.place = f.rowid "
        f"{via} join {relation} as u on {link.where}"
    )
    for (name,) in connection.execute("select distinct source_system from led order by all").fetchall():
        own = [
            Assembly(stream.name, " and ".join(f"s.{part} = u.{part}" for part in _ADDRESS), is_own=True)
            for stream in _feeding(name, link)
        ]
        for assembly in links().assembled.get((name, link.stream), own):
            yield from _assembled(connection, lake, name, assembly)


def _assembled(
    connection: duckdb.DuckDBPyConnection, lake: Lake, source: str, assembly: Assembly
) -> Iterable[tuple[int, Address]]:
    rows = accepted(connection, lake, source, assembly.stream)
    if not rows:
        return
    beside = (
        f"with beside as (select * from {accepted(connection, lake, source, assembly.beside) or rows})" if assembly.beside else ""
    )
    newest = "" if assembly.is_own else f"qualify {is_newest(all_sources()[source].stream(assembly.stream))}"
    found = connection.execute(
        f"{beside} select distinct u.place, s._batch, s._attempt, s._page, s._position, s._record_sha256 "
        f"from (select * from {rows} {newest}) as s {assembly.join} join led as u on u.source_system = ? and {assembly.where}",
        [source],
    ).fetchall()
    for place, batch, attempt, page, position, sha256 in found:
        yield place, Address(source, assembly.stream, batch, attempt, page, position, sha256)


def accepted(connection: duckdb.DuckDBPyConnection, lake: Lake, source: str, stream: str) -> str:
    """The accepted files of a stream that the build read, as a relation; "" when there are none (any more)."""
    found = connection.execute(
        "select path from inputs.build_inputs where (source, stream) = (?, ?)", [source, stream]
    ).fetchall()
    paths = [lake.home / Path(path) for (path,) in found]
    listed = ", ".join(f"'{quoted(path)}'" for path in paths if path.is_file())
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)" if listed else ""


def _feeding(source: str, link: RecordLink) -> list[Stream]:
    return [stream for stream in all_sources()[source].streams if link.stream in stream.feeds]


def _dropped(connection: duckdb.DuckDBPyConnection, lake: Lake, stream: str) -> str:
    """A canonical stream that only files bring, where the warehouse keeps no union of it."""
    rows = accepted(connection, lake, "file_drop", stream)
    return f"(select * from {rows} qualify {is_newest(all_sources()['file_drop'].stream(stream))})" if rows else ""


def is_there(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether the warehouse keeps a table, named with its schema."""
    found = connection.execute(
        "select 1 from duckdb_tables() where database_name = 'built' and schema_name || '.' || table_name = ?", [relation]
    )
    return found.fetchone() is not None
