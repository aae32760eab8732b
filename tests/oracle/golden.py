"""Golden worlds: small inputs and the rows that somebody worked out by hand (tests/warehouse/golden)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from ingestion.canonical import CANONICAL
from tests.oracle.cells import SIX
from tests.oracle.own_policies import seeds_with
from tests.oracle.periods import KpiRow
from tests.oracle.seeds import SEEDS

FOLDER = Path(__file__).parents[1] / "warehouse" / "golden"
KEY_COLUMNS = 6
DATED = ("contact_legs", "messages", "tickets", "surveys")


@dataclass(frozen=True, slots=True)
class Golden:
    """A golden world: raw canonical rows, each source's as_of, the expected cells by key of the mart, and further rows of policies."""

    name: str
    title: str
    site_timezone: str
    as_of: Mapping[str, datetime]
    records: Mapping[str, list[dict[str, Any]]]
    expected: Mapping[tuple[date, str, str, str, str, str], Mapping[str, Any]]
    policies: Mapping[str, Sequence[str]]

    def seeds(self, folder: Path) -> Path:
        """The folder of the world's policies: the project's, or a copy in `folder` with its own."""
        return seeds_with(self.policies, folder) if self.policies else SEEDS

    @property
    def first_day(self) -> datetime:
        """The local midnight that begins the earliest expected or recorded day."""
        zone = ZoneInfo(self.site_timezone)
        fields = {stream: CANONICAL[stream].dated for stream in DATED}
        moments = [row.get(fields[stream] or "") for stream in DATED for row in self.records.get(stream, [])]
        earliest = min(moment for moment in moments if moment is not None)
        return datetime.combine(earliest.astimezone(zone).date(), time(), zone).astimezone(UTC)


def golden_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def load_golden(name: str) -> Golden:
    """Read one golden file; its defaults are spread over the rows."""
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    defaults = document.get("defaults", {})
    columns = document["columns"]
    return Golden(
        name=name,
        title=document["title"],
        site_timezone=document.get("site_timezone", "Asia/Shanghai"),
        as_of={source: moment.astimezone(UTC) for source, moment in document["as_of"].items()},
        records={stream: [_utc(defaults.get(stream, {}) | row) for row in rows] for stream, rows in document["records"].items()},
        expected={
            tuple(line[:KEY_COLUMNS]): dict(zip(columns[KEY_COLUMNS:], line[KEY_COLUMNS:], strict=True))
            for line in document["expected"]
        },
        policies=document.get("policies", {}),
    )


def _utc(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.astimezone(UTC) if isinstance(value, datetime) else value for name, value in row.items()}


def differences(golden: Golden, rows: Iterable[KpiRow], kpis: Collection[str] | None = None) -> list[str]:
    """One line per expected cell that the rows do not have, of these `kpis` when given.

    An expected row of nothing may be missing.
    """
    by_key = {row.key: row for row in rows}
    found = []
    for key, cells in golden.expected.items():
        if kpis is not None and key[4] not in kpis:
            continue
        row = by_key.get(key)
        if row is None:
            if any(cells.values()):
                found.append(f"{golden.name} {key}: no such row")
            continue
        for name, value in cells.items():
            actual = getattr(row, name)
            expected = None if value is None else Decimal(str(value)).quantize(SIX)
            if (None if actual is None else Decimal(actual).quantize(SIX)) != expected:
                found.append(f"{golden.name} {key}: {name} is {actual}, by hand {value}")
    return found
