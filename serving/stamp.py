"""What publishing adds to the tables of a build: which publish it is, when, and how old the data was then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from deskmart import __version__

FRESHNESS = ("mart_data_freshness", "mart_stream_freshness")  # tables that also tell how old they were when published

# What publishing adds to the tables of a build, with the comments readers see.
PUBLISH_ID = "The publish that wrote this row."
AGE: Mapping[str, str] = {
    "published_at": "When this was published, UTC.",
    "age_seconds": "Seconds from `as_of` to the publish: how old the newest complete data was then.",
}
PUBLISH_INFO: Mapping[str, tuple[str, str]] = {
    "publish_id": ("varchar", PUBLISH_ID),
    "published_at": ("timestamptz", AGE["published_at"]),
    "build_id": ("varchar", "The build whose marts these are."),
    "inputs_digest": ("varchar", "Names everything the build read: two publishes with the same digest hold the same figures."),
    "built_at": ("timestamptz", "When they were built, UTC."),
    "as_of": ("timestamptz", "The newest watermark of any source, UTC."),
    "first_day": ("date", "First local day of the marts."),
    "last_day": ("date", "Last local day of the marts."),
    "deskmart_version": ("varchar", "The version of Deskmart that published."),
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which publish this is, when, and of which build (its manifest). Stands in every row, table and footer it writes."""

    publish_id: str
    published_at: datetime
    build: Mapping[str, Any] = field(default_factory=dict)

    @property
    def info(self) -> dict[str, Any]:
        """The row of `publish_info`."""
        own = {"publish_id": self.publish_id, "published_at": self.published_at, "deskmart_version": __version__}
        return {name: own.get(name, self.build.get(name)) for name in PUBLISH_INFO}

    @property
    def footer(self) -> dict[str, str]:
        """What the footer of each Parquet file says."""
        told = {**self.info, "published_at": self.published_at.astimezone(UTC).isoformat()}
        return {f"deskmart.{name.removeprefix('deskmart_')}": str(value) for name, value in told.items() if value is not None}


def added_columns(table: str) -> dict[str, str]:
    """The columns that publishing adds to a table, with their comments."""
    return {**(AGE if table in FRESHNESS else {}), "publish_id": PUBLISH_ID}
