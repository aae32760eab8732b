"""A home with an inbox and mappings, for the tests of file drop."""

from __future__ import annotations

import os
import textwrap
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from deskmart.batch import Batch, Interval
from deskmart.settings import Settings, load_settings
from ingestion.inbox import left_alone
from ingestion.ingest import batches_of, ingest
from ingestion.landing import Attempt
from ingestion.source import Outside, RawRecord, Refused
from ingestion.sources.file_drop import SOURCE

LEGS = """
    name: hotline
    files: "hotline_*.csv"
    format: csv
    timezone: Asia/Shanghai
    streams:
      contact_legs:
        columns:
          contact_leg_id: {from: 通话编号, prefix: "hotline:"}
          queue_id: {from: 队列}
          offered_at: {from: 进线时间, format: "%Y-%m-%d %H:%M:%S"}
"""
HEADER = "通话编号,队列,进线时间\n"
ROWS = "1,售前,2024-01-05 09:00:00\n2,售后,2024-01-05 09:01:00\n"


@dataclass(frozen=True, slots=True)
class Home:
    """A DESKMART_HOME in a temporary folder."""

    path: Path

    @property
    def settings(self) -> Settings:
        return load_settings(self.path, {"DESKMART_TOKEN_KEY": "k"})

    def map(self, text: str, name: str = "mapping.yml") -> None:
        folder = self.path / "mappings"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text), encoding="utf-8")

    def drop(self, name: str, content: bytes | str, age: float = 60.0) -> Path:
        """Put a file into the inbox that was written `age` seconds ago."""
        path = self.path / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        moment = time.time() - age
        os.utime(path, (moment, moment))
        return path

    def batches(self, since: date = date(2024, 1, 1), until: date = date(2025, 1, 1)) -> list[Batch]:
        return batches_of(SOURCE, self.settings, Interval.of_days(since, until, self.settings.zone))

    def left(self) -> dict[str, str]:
        return {item.name: item.reason for item in left_alone(self.settings)}

    def land(self) -> list[Attempt]:
        """Land what is new, each batch parsed from its name as a task would."""
        return [ingest(SOURCE, Batch.parse(str(batch)), self.settings) for batch in self.batches()]

    def rows(self, attempt: Attempt) -> list[Any]:
        """What becomes of each record: its row, or the reason why there is none."""
        from deskmart.lake import Lake
        from ingestion.landing import pages_of

        decoder = SOURCE.stream(attempt.batch.stream).decoder(self.settings, attempt.manifest)
        found: list[Any] = []
        for _, body, ext in pages_of(attempt, Lake(self.path)):
            found += [outcome(record, decoder) for record in decoder.records(body, ext)]
        return found

    def read(self, name: str, content: bytes | str) -> list[Any]:
        """Drop a file, land it, and say what becomes of its records in the first stream."""
        self.drop(name, content)
        return next(self.rows(attempt) for attempt in self.land() if attempt.manifest["pages"][0]["meta"]["file"] == name)


def outcome(record: RawRecord, decoder: Any) -> Any:
    if record.problem is not None:
        return record.problem
    rows = decoder.rows(record)
    if isinstance(rows, Outside):
        return f"outside: {rows.reason}"
    if isinstance(rows, Refused):
        return f"refused: {', '.join(rows.reasons)}"
    return {name: value for name, value in rows[0].items() if value is not None}
