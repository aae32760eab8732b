"""Reading a source for an interval: which batches, and landing each."""

from __future__ import annotations

from deskmart.batch import Batch, Interval
from deskmart.lake import Lake
from deskmart.settings import Settings
from ingestion.landing import Attempt, land, last_cursor
from ingestion.source import Source


def batches_of(source: Source, settings: Settings, interval: Interval) -> list[Batch]:
    """The batches that cover the interval: one per stream, or one per stream and new file of a file source."""
    return source.batches(source, settings, interval)


def ingest(source: Source, batch: Batch, settings: Settings) -> Attempt:
    """Read one batch from its source and land it; when nothing changed since the batch's last landing, that one is returned.

    Raises `SourceError` or `LandingError`; what was landed before stays as it is.
    """
    lake = Lake(settings.home)
    stream = source.stream(batch.stream)
    batch = source.complete(batch, settings)
    with lake.lock(f"ingest-{batch.source}-{batch.stream}"):
        cursor = last_cursor(batch.source, batch.stream, lake) if stream.uses_cursor else None
        return land(batch, stream, source.read(stream, batch, settings, cursor), lake)
