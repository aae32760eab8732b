"""Screening again: when the rules have changed, the texts that were accepted are screened anew, as far back as their raw bytes reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from deskmart.batch import Batch
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations import ledger
from expectations.gate import admission_lock, declared_rulebook
from expectations.judging import prepare
from expectations.reading import Landed
from expectations.screening_files import markers_table, stamped, version_of
from expectations.screening_rules import rules_version
from expectations.screening_schema import MARKERS
from expectations.sifting import Sifted
from expectations.writing import write_parquet
from ingestion.landing import read_attempt
from ingestion.registry import all_sources
from ingestion.source import Stream

STEP = "screen"
_PLACE = ("_page", "_position", "_part")


@dataclass(frozen=True, slots=True)
class Rescreened:
    """An attempt that was screened again: its texts, and those whose raw bytes are gone, which keep what was found in them before."""

    attempt: str
    screened: int
    out_of_reach: int


def rescreen_outdated(settings: Settings, sources: Sequence[str] = ()) -> list[Rescreened]:
    """Screen again every accepted attempt with texts whose markers are missing or of other rules than today's.

    `GateError` when a text cannot be screened, `LandingError` when landed bytes changed; what was there then stays.
    """
    lake = Lake(settings.home)
    done: list[Rescreened] = []
    for source in all_sources().values():
        for stream in source.streams:
            if stream.texts is None or (sources and source.name not in sources):
                continue
            for path in sorted((settings.home / "accepted" / source.name / stream.name).glob("*/[!.]*.parquet")):
                batch = Batch(source.name, stream.name, None, None, path.parent.name)
                if version_of(lake.markers(batch, path.stem)) != rules_version():
                    done.append(_rescreen(batch, path.stem, stream, settings))
    return done


def _rescreen(batch: Batch, name: str, stream: Stream, settings: Settings) -> Rescreened:
    lake = Lake(settings.home)
    with admission_lock(batch, settings):
        attempt = read_attempt(batch, name, lake)
        accepted_path, path = lake.accepted(batch, name), lake.markers(batch, name)
        accepted = pq.ParquetFile(accepted_path).read()
        if attempt.manifest.get("raw_removed_at"):  # a retention took the pages
            table = _kept(path, accepted, np.ones(accepted.num_rows, dtype=bool))
        else:
            one = prepare(attempt, declared_rulebook(attempt, settings), lake, settings)
            table = screened_anew(stream, one.sifted, one.landed, accepted, path, settings)
        write_parquet(path, table)
        done = Rescreened(str(attempt), *_counts(table, stream, accepted))
        read = [lake.landing(batch, name) / "manifest.json", accepted_path]
        counts = {"screened": done.screened, "out_of_reach": done.out_of_reach}
        ledger.record(settings, STEP, str(attempt), counts, read, [path], {"screening_version": rules_version()})
    return done


def screened_anew(stream: Stream, sifted: Sifted, landed: Landed, accepted: pa.Table, path: Path, settings: Settings) -> pa.Table:
    """The markers of an attempt's accepted rows, found in the rows as they are read today.

    A row that is not among these (it was erased) keeps what the markers file at `path` has of it.
    """
    pages = np.array(landed.pages, dtype=np.int64)[sifted.owners]
    positions = np.array(landed.positions, dtype=np.int64)[sifted.owners]
    numbers = {
        place: row for row, place in enumerate(zip(pages.tolist(), positions.tolist(), sifted.parts.tolist(), strict=True))
    }
    found = np.array([numbers.get(place, -1) for place in _places(accepted)], dtype=np.int64)
    rows, kept = sifted.rows.select(), _kept(path, accepted, found < 0)
    fresh = []
    for begin in range(0, len(found), settings.rows_at_once):
        some = found[begin : begin + settings.rows_at_once]
        known = accepted.slice(begin, len(some)).filter(pa.array(some >= 0))
        fresh.append(markers_table(stream, rows.take(pa.array(some[some >= 0])), known, settings))
    return stamped(pa.concat_tables([*fresh, kept]))


def _kept(path: Path, accepted: pa.Table, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pa.Table:
    """What is known of these accepted rows by an earlier screening, in a table of today's version."""
    if not path.is_file() or not rows.any():
        return stamped(MARKERS.empty_table())
    before = pq.ParquetFile(path).read()
    wanted = {place for place, is_wanted in zip(_places(accepted), rows.tolist(), strict=True) if is_wanted}
    return stamped(before.filter(pa.array([place in wanted for place in _places(before)], pa.bool_())))


def _places(table: pa.Table) -> list[tuple[int, int, int]]:
    return list(zip(*(table[name].to_pylist() for name in _PLACE), strict=True))


def _counts(table: pa.Table, stream: Stream, accepted: pa.Table) -> tuple[int, int]:
    texts = next(f"{item.name}_length" for item in stream.fields if item.mark == "text")
    all_texts = len(accepted) - accepted[texts].null_count
    screened = sum(
        version == rules_version()
        for version, rule in zip(table["rules_version"].to_pylist(), table["rule_id"].to_pylist(), strict=True)
        if rule is None
    )
    return screened, all_texts - screened
