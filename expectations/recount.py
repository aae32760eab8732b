"""Recounting: how many records and rows really lie in the files of accepted and quarantine, whatever was said of them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from deskmart.settings import Settings
from ingestion.tombstones import TOMBSTONE_SHA256


class Accepted(NamedTuple):
    """An accepted file: distinct source records, rows, and how many of the records are of an erased customer."""

    records: int = 0
    rows: int = 0
    erased: int = 0


class Refused(NamedTuple):
    """A refused record: its place, and the SHA-256 of its bytes."""

    page: int
    position: int
    sha256: str


class Recount:
    """What lies in accepted and quarantine, stream by stream, by the attempt's name."""

    def __init__(self, settings: Settings) -> None:
        import duckdb

        self._home = settings.home
        self._connection = duckdb.connect()
        self._connection.execute("set threads = 1")

    def accepted(self, source: str, stream: str) -> dict[str, Accepted]:
        """Attempts without rows are not in it."""
        query = f"""
            select
                filename, count(distinct (_page, _position)), count(*),
                count(distinct (_page, _position)) filter (_record_sha256 = '{TOMBSTONE_SHA256}')
            from {{files}} group by all
        """
        return {_attempt(path): Accepted(*counts) for path, *counts in self._ask("accepted", source, stream, query)}

    def refused(self, source: str, stream: str) -> dict[str, list[Refused]]:
        """Attempts without refused records are not in it."""
        found: dict[str, list[Refused]] = defaultdict(list)
        query = "select filename, page, position, record_sha256 from {files}"
        for path, *refused in self._ask("quarantine", source, stream, query):
            found[_attempt(path)].append(Refused(*refused))
        return found

    def _ask(self, folder: str, source: str, stream: str, query: str) -> list[tuple[Any, ...]]:
        paths = [str(path) for path in sorted((self._home / folder / source / stream).glob("*/[!.]*.parquet"))]
        if not paths:
            return []
        files = "read_parquet($paths, filename = true, union_by_name = true, hive_partitioning = false)"
        return self._connection.execute(query.format(files=files), {"paths": paths}).fetchall()


def _attempt(path: str) -> str:
    parts = Path(path).parts
    return "/".join((*parts[-4:-1], Path(parts[-1]).stem))
