"""Golden worlds: small inputs and the rows that somebody worked out by hand (tests/warehouse/golden)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tests.oracle.periods import SIX, KpiRow

FOLDER = Path(__file__).parents[1] / "warehouse" / "golden"
KEY_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Golden:
    """A golden world: raw canonical rows, each source's as_of, and the expected cells by key of the mart."""

    name: str
    title: str
    site_timezone: str
    as_of: Mapping[str, datetime]
    records: Mapping[str, list[dict[str, Any]]]
    expected: Mapping[tuple[date, str, str, str, str, str], Mapping[str, Any]]


def golden_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def load_golden(name: str) -> Golden:
    """Read one golden file; its defaults are spread over the rows."""
    document = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    defaults = document.get("defaults", {})
    columns = document["columns"]
    return Golden(
        name=name,
        title=document["title"],
        site_timezone=document.get("site_timezone", "Asia/Shanghai"),
        as_of={source: moment.astimezone(UTC) for source, moment in document["as_of"].items()},
        records={
            stream: [_utc(defaults.get(stream, {}) | row) for row in rows]
            for stream, rows in document["records"].items()
        },
        expected={
            tuple(line[:KEY_COLUMNS]): dict(zip(columns[KEY_COLUMNS:], line[KEY_COLUMNS:], strict=True))
            for line in document["expected"]
        },
    )


def _utc(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.astimezone(UTC) if isinstance(value, datetime) else value for name, value in row.items()}


def differences(golden: Golden, rows: Iterable[KpiRow]) -> list[str]:
    """One line per expected cell that the rows do not have; an expected row of nothing may be missing."""
    by_key = {row.key: row for row in rows}
    found = []
    for key, cells in golden.expected.items():
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
