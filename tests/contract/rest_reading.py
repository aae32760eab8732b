"""Reading a REST source in tests: its settings, a batch, and the rows that its pages hold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deskmart.batch import Batch
from deskmart.settings import Settings, SourceSettings
from ingestion.source import Outside, Page, Refused, Source

QUICK = 0.002  # the scale of all waits in tests


def zendesk_settings(home: Path, url: str, token: str = "a-zendesk-token", **options: Any) -> Settings:
    email = options.pop("email", "admin@deskmart.example")
    source = SourceSettings("zendesk", {"url": url, "email": email, "wait_scale": QUICK, **options}, {"token": token})
    return Settings(home, token_key=b"k" * 32, sources={"zendesk": source})


def chatwoot_settings(home: Path, url: str, token: str = "a-chatwoot-token") -> Settings:
    source = SourceSettings("chatwoot", {"url": url, "account_id": 1, "wait_scale": QUICK}, {"token": token})
    return Settings(home, token_key=b"k" * 32, sources={"chatwoot": source})


def batch_of(source: Source, stream: str, since: int, until: int) -> Batch:
    return Batch(source.name, stream, datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC))


def pages_of(source: Source, settings: Settings, stream: str, since: int, until: int) -> list[Page]:
    return list(source.read(source.stream(stream), batch_of(source, stream, since, until), settings, None))


def records_of(source: Source, settings: Settings, stream: str, pages: Iterable[Page]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """(record, its rows) of every record of the pages; `Outside` and `Refused` have no rows."""
    decoder = source.stream(stream).decoder(settings, {})
    found = []
    for page in pages:
        for record in decoder.records(page.body, page.ext):
            assert record.problem is None
            rows = decoder.rows(record)
            found.append((record.value, [] if isinstance(rows, Outside | Refused) else rows))
    return found


def rows_of(source: Source, settings: Settings, stream: str, since: int, until: int) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What the gate keeps of a batch: rows within the interval, one per key and version."""
    declared = source.stream(stream)
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _, rows in records_of(source, settings, stream, pages_of(source, settings, stream, since, until)):
        for row in rows:
            if declared.dated is None or since <= _epoch(row[declared.dated]) < until:
                kept[tuple(row[name] for name in (*declared.key, *filter(None, [declared.version])))] = row
    return kept


def _epoch(value: Any) -> float:
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else float(value)
