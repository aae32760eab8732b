"""Readers all day: one publish after another while processes read the DuckDB file, the Parquet files and PostgreSQL without pause.

`make soak` publishes 300 times, `make test` a few.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deskmart.lake import Lake
from serving.postgres.roles import make_login
from serving.postgres.serve import serve_postgres
from tests.serving.reader import NUMBERS
from tests.serving.small_home import a_home, published

ROOT = Path(__file__).parents[2]
FILES, DATABASE = ("duckdb", "duckdb", "duckdb", "parquet"), ("postgres", "postgres", "postgres_pages", "postgres_pages")

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Day:
    """What was published (number, publish id and rows of each, and when it was to be seen where) and what readers read."""

    told: dict[int, tuple[str, int]] = field(default_factory=dict)
    since: dict[str, dict[int, float]] = field(default_factory=lambda: {"files": {}, "database": {}})
    readers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def reads(self) -> Iterator[tuple[str, float, float, list[list[Any]]]]:
        """Kind of reader, begin, end, and each publish, number and count of rows it met."""
        for reader in self.readers:
            for began, ended, seen in reader["reads"]:
                yield reader["kind"], began, ended, reader["distinct"][seen]

    def since_of(self, kind: str) -> Mapping[int, float]:
        return self.since["files" if kind in FILES else "database"]


@pytest.fixture(scope="module")
def a_day(is_soak: bool, make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Day:
    """300 publishes, or 8, while 4 processes read the files and 4 read PostgreSQL."""
    folder, address, day = tmp_path_factory.mktemp("day"), make_database(), Day()
    settings = a_home(folder / "home", address)

    def put(number: int) -> None:
        rows = 20 + number
        publish_id = published(settings, number, rows=rows)
        day.told[number], day.since["files"][number] = (publish_id, rows), time.monotonic()
        serve_postgres(settings)
        day.since["database"][number] = time.monotonic()

    put(1)
    with psycopg.connect(address, autocommit=True) as connection:
        password = make_login(connection, "reading_all_day")
    login = f"postgresql://reading_all_day:{password}@{address.rpartition('@')[2]}"
    current = Lake(settings.home).published_current
    where = {"duckdb": str(current / "marts.duckdb"), "parquet": str(current), "postgres": login, "postgres_pages": login}
    readers = [_reader(kind, where[kind], folder / "stop") for kind in (*FILES, *DATABASE)]
    try:
        for reader in readers:
            assert reader.stderr is not None
            assert reader.stderr.readline() == "reading\n"
        for number in range(2, 301 if is_soak else 9):
            put(number)
    finally:
        (folder / "stop").touch()
        ended = [reader.communicate() for reader in readers]
    for reader, (out, error) in zip(readers, ended, strict=True):
        assert reader.returncode == 0, error
        day.readers.append(json.loads(out))
    return day


def _reader(kind: str, where: str, stop: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.serving.reader", kind, str(stop)]
    reader = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert reader.stdin is not None
    reader.stdin.write(f"{where}\n")  # an address has a password, which is nothing for the list of processes
    reader.stdin.flush()
    return reader


def test_no_reader_ever_meets_an_error(a_day: Day) -> None:
    assert [error for reader in a_day.readers for error in reader["errors"]] == []
    assert all(reader["reads"] for reader in a_day.readers)


def test_no_read_is_torn(a_day: Day) -> None:
    torn = [seen for *_, seen in a_day.reads if len(seen) != 1]
    assert torn == [], "tables of two publishes in one read"
    for *_, ((publish_id, number, rows),) in a_day.reads:
        assert (publish_id, rows) == a_day.told[number]


def test_readers_never_go_back_and_see_what_was_published_before_they_asked(a_day: Day) -> None:
    for reader in a_day.readers:
        numbers = [reader["distinct"][seen][0][1] for _, _, seen in reader["reads"]]
        assert numbers == sorted(numbers)
    for kind, began, _, ((_, number, _),) in a_day.reads:
        assert began < a_day.since_of(kind).get(number + 1, began + 1), "the next one was published before this read began"


def test_the_readers_met_many_publishes_and_their_figures_are_printed(a_day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    met = {kind: {seen[0][1] for one, _, _, seen in a_day.reads if one == kind} for kind in {*FILES, *DATABASE}}
    assert all({1, len(a_day.told)} <= numbers for numbers in met.values())
    lines = [f"{len(a_day.told)} publishes; torn reads 0, errors 0"]
    for name, kinds in (("DuckDB and Parquet files", FILES), ("PostgreSQL", DATABASE)):
        late = [_staleness(a_day.since_of(kind), ended, seen[0][1]) for kind, _, ended, seen in a_day.reads if kind in kinds]
        took = [ended - began for kind, began, ended, _ in a_day.reads if kind in kinds]
        lines.append(
            f"{name}: {len(kinds)} processes, {len(late):,} reads of {len(NUMBERS)} tables; staleness p99 {_p99(late) * 1000:.0f} ms, "
            f"largest {max(late) * 1000:.0f} ms; a read p99 {_p99(took) * 1000:.0f} ms"
        )
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")


def _staleness(since: Mapping[int, float], ended: float, number: int) -> float:
    """How long, at the end of a read, what it showed had been replaced: what was published before the end, but after the begin."""
    return max(0.0, ended - since[number + 1]) if number + 1 in since else 0.0


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]
