"""Publishes killed at random moments: readers keep whole marts, old or new, and the next publish goes on as if nothing had been.

`make soak` kills 200, `make test` a few. The moments come from a generator with a fixed seed, as shares of the time that an undisturbed
publish takes here.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.verify import verify
from serving.manifest import check_whole
from serving.postgres.roles import READER
from serving.versions import published_anchors
from tests.serving.reader import seen_in_duckdb, seen_in_postgres
from tests.serving.small_home import a_home

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


class Publisher:
    """A process that publishes on request, and dies on request."""

    def __init__(self, settings: Settings, address: str) -> None:
        self.settings, self.address = settings, address
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.serving.publisher"], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __call__(self, number: int, after: float | None = None) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        asked = {"home": str(self.settings.home), "address": self.address, "number": number, "after": after}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told

    def files(self) -> int:
        """The number that readers of the files see; all tables are of one publish."""
        ((_, number, rows),) = set(seen_in_duckdb(str(Lake(self.settings.home).marts)))
        assert rows == 20 + number
        return int(number)

    def database(self) -> int:
        """The number that a reader of PostgreSQL sees; all tables are of one publish."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"set role {READER}".encode())
            ((_, number, rows),) = set(seen_in_postgres(connection))
        assert rows == 20 + number
        return int(number)


@pytest.fixture(scope="module")
def a_publisher(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    address = make_database()
    publisher = Publisher(a_home(tmp_path_factory.mktemp("home"), address), address)
    yield publisher
    assert publisher.process.stdin is not None
    publisher.process.stdin.close()
    publisher.process.wait()


def test_readers_keep_whole_marts_when_a_publish_is_killed_and_the_next_one_publishes(
    is_soak: bool, a_publisher: Publisher, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, kills, number, tries = random.Random(5), 0, 1, 0
    usual = a_publisher(number)
    assert usual["code"] == 0, usual["said"]
    old_or_new = {"files": [0, 0], "PostgreSQL": [0, 0]}
    wanted = 200 if is_soak else 6
    while kills < wanted:
        tries += 1
        assert tries < 20 * wanted, "the publishes end before they are killed"
        before = (a_publisher.files(), a_publisher.database())
        killed = a_publisher(number := number + 1, after=chance.uniform(0, usual["seconds"]))
        assert killed["code"] in (0, -9), killed["said"]
        kills += killed["code"] == -9
        seen = (a_publisher.files(), a_publisher.database())
        for place, was, now in zip(old_or_new.values(), before, seen, strict=True):
            assert now in (was, number), "neither what it was nor what was published"
            place[now == number] += 1
        assert seen[0] >= seen[1], "the database is never ahead of the files"
        check_whole(Lake(a_publisher.settings.home).published_current.resolve())
        healed = a_publisher(number := number + 1)
        assert healed["code"] == 0, healed["said"]
        usual = healed
        assert (a_publisher.files(), a_publisher.database()) == (number, number)
        assert _leftovers(a_publisher.settings) == []
    with psycopg.connect(a_publisher.address) as connection:
        assert connection.execute("select nspname from pg_namespace where nspname like 'marts_kept%'").fetchall() == []
    findings = verify(a_publisher.settings, published_anchors(a_publisher.settings))
    assert [str(found) for found in findings if found.severity == "broken"] == []
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kills} publishes killed of {tries}; torn 0; afterwards readers saw (old, new): {old_or_new}; "
            f"all {tries} healed by the next\n"
        )


def _leftovers(settings: Settings) -> list[str]:
    return [path.name for path in Lake(settings.home).published.rglob(".*")]
