"""A raw world through the real pipeline: inbox, landing, gate, dbt; what comes out is a candidate warehouse."""

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

KEPT_BACK = {"orders", "costs"}
"""Streams of which a world has rows that the gate keeps back: orders of before its first day, costs without an amount. Neither
the marts nor the comparison have them."""


def build_world(world: RawWorld, home: Path) -> Path:
    """Drop the world into a new home, run land, validate and build, and return the candidate's path.

    Raises AssertionError when the gate kept a row back: then the world is at fault, and the figures would tell nothing.
    """
    drop(world, home / "inbox", home / "mappings")
    settings = load_settings(home, {"DESKMART_SITE_TIMEZONE": world.site_timezone, "DESKMART_TOKEN_KEY": "a key for tests"})
    source = source_named("file_drop")
    for batch in batches_of(source, settings, Interval(world.since, world.as_of)):
        admission = admit(ingest(source, batch, settings), settings)
        kept_back = admission.quarantined + admission.outside
        assert kept_back == 0 or batch.stream in KEPT_BACK, (batch.stream, admission.reasons, admission.outside_reasons)
    build(settings)
    return Lake(home).candidate
