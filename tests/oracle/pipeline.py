"""A raw world through the real pipeline: inbox, landing, gate and the models; what comes out is a candidate warehouse."""

from __future__ import annotations

from pathlib import Path

from deskmart.batch import Interval
from deskmart.build import build
from deskmart.lake import Lake
from deskmart.settings import load_settings
from expectations.gate import admit
from ingestion.ingest import batches_of, ingest
from ingestion.registry import source_named
from tests.oracle.drop import drop
from tests.oracle.worlds import RawWorld
from tests.warehouse.without_dbt import without_dbt

BEFORE_THE_FIRST_DAY = {"orders"}
"""Streams of which a world has rows from before its first day: outside what its files say they cover, so neither the marts nor the
comparison have them."""


def build_world(world: RawWorld, home: Path) -> Path:
    """Drop the world into a new home, run land, validate and build, and return the candidate's path.

    Raises AssertionError when the gate kept a row back: then the world is at fault, and the figures would tell nothing.
    """
    drop(world, home / "inbox", home / "mappings")
    settings = load_settings(home, {"DESKMART_SITE_TIMEZONE": world.site_timezone, "DESKMART_TOKEN_KEY": "a key for tests"})
    source = source_named("file_drop")
    for batch in batches_of(source, settings, Interval(world.since, world.as_of)):
        admission = admit(ingest(source, batch, settings), settings)
        assert admission.quarantined == 0, (batch.stream, admission.reasons)
        assert admission.outside == 0 or batch.stream in BEFORE_THE_FIRST_DAY, (batch.stream, admission.outside_reasons)
    with without_dbt():
        build(settings)
    return Lake(home).candidate
