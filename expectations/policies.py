"""What must hold of the seeds before dbt reads them: a wrong policy stops the build with a sentence that says where and why."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import yaml

from deskmart.errors import BuildError
from deskmart.freeze import PROJECT
from expectations.policies_kpi import kpi_faults, scorecard_warnings
from expectations.policies_queue import service_level_faults
from expectations.policies_response import response_faults
from expectations.policies_time import calendar_faults, state_class_faults
from expectations.policy_rows import SeedRow, Seeds, read_seeds

log = logging.getLogger(__name__)

# What names a row of a seed; two rows of one key and one effective_from contradict each other.
KEYS: Mapping[str, tuple[str, ...]] = {
    "kpi_catalog": ("kpi", "variant", "version"),
    "kpi_targets": ("kpi", "variant", "scope", "scope_id", "channel_group"),
    "service_level_policies": ("queue_id", "channel_group"),
    "fcr_policies": ("queue_id", "channel_group"),
    "resolution_policies": ("queue_id", "channel_group"),
    "sla_policies": ("queue_id", "channel_group", "priority", "metric"),
    "response_window_policies": ("queue_id", "channel_group"),
    "conversion_policies": (),
    "record_policies": ("channel_group", "required_field"),
    "session_policies": ("channel_group",),
    "compliance_rules": ("rule_id",),
    "topics": ("topic",),
    "tiers": ("tier",),
    "complexity_rules": ("label",),
    "calendars": ("calendar_id", "weekday", "opens_at"),
    "calendar_days": ("calendar_id", "calendar_date"),
    "calendar_assignments": ("queue_id", "channel_group"),
    "exchange_rates": ("currency", "month"),
    "rating_scales": ("source_system", "survey_channel", "kind"),
    "state_classes": ("kind", "name", "reason"),
    "scorecard_policies": ("scope", "team_id", "kpi", "variant", "channel_group"),
    "kpi_correlation_pairs": ("unit", "kpi_x", "kpi_y", "channel_group"),
    "retired_sources": ("source_system",),
    "kpi_restatements": ("kpi", "variant", "version"),
}

# Windows that every contact, turn or issue needs: whatever no line speaks of would silently leave the KPIs.
WINDOWS = ("fcr_policies", "resolution_policies", "response_window_policies")
SINCE_EVER = "1970-01-01"


def check_policies(folder: Path = PROJECT / "seeds") -> None:
    """Read every seed of `folder` and raise `BuildError` with the first fault, and how many more there are."""
    seeds = read_seeds(folder)
    faults = [*form_faults(seeds, declared_types(folder))]
    faults = faults or [
        *key_faults(seeds),
        *window_faults(seeds),
        *kpi_faults(seeds),
        *calendar_faults(seeds),
        *state_class_faults(seeds),
        *service_level_faults(seeds),
        *response_faults(seeds),
    ]
    for warning in scorecard_warnings(seeds.get("scorecard_policies", ())):
        log.warning(warning)
    if faults:
        more = f"; {len(faults) - 1} more after it" if len(faults) > 1 else ""
        raise BuildError(f"a policy is wrong: {faults[0]}{more}", todo=f"mend it in {folder}, nothing was built")


def declared_types(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """The column types that the folder's YAML files declare, by seed."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a safe loader, in C where there is one
    documents = [yaml.load(path.read_text(encoding="utf-8"), loader) for path in sorted(folder.glob("*.yml"))]
    return {seed["name"]: seed["config"]["column_types"] for document in documents for seed in document["seeds"]}


def form_faults(seeds: Seeds, types: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Seeds nobody declared, lines with too many cells, cells that are not of their column's type."""
    for name, rows in seeds.items():
        if name not in types:
            yield f"{name}.csv is not declared in any YAML file beside it"
            continue
        for row in rows:
            if "" in row.cells:
                yield row.says("there are more cells than columns; a text with a comma needs quotes")
            for column, kind in types[name].items():
                if column not in row.cells:
                    yield row.says(f"the column {column} is missing")
                elif row[column] and not _is_of(kind, row[column]):
                    yield row.says(f"{column} is {row[column]!r}, which is no {_WORDS.get(kind.split('(')[0], kind)}")


def key_faults(seeds: Seeds) -> Iterator[str]:
    """Rows that contradict each other: one key twice from the same day on, or two stretches that overlap."""
    for name, rows in seeds.items():
        seen: dict[tuple[str, ...], SeedRow] = {}
        for row in rows:
            key = tuple(row[column] for column in KEYS.get(name, tuple(row.cells)))
            dated = (*key, row["effective_from"])
            if earlier := seen.get(dated):
                begins = f" from {row['effective_from']} on" if row["effective_from"] else ""
                yield row.says(f"it says again what line {earlier.line} says for {_told(key)}{begins}; one of them must go")
            seen[dated] = row
            if row["effective_to"] and row["effective_to"] <= row["effective_from"]:
                yield row.says(f"it ends on {row['effective_to']}, before it begins on {row['effective_from']}")
            for other in rows:
                if other is not row and _overlap(row, other) and key == tuple(other[c] for c in KEYS.get(name, ())):
                    yield row.says(f"its dates overlap with those of line {other.line} for {_told(key)}")


def window_faults(seeds: Seeds) -> Iterator[str]:
    """Windows without a line for everything, and windows that end before they begin."""
    for name in WINDOWS:
        rows = seeds.get(name, ())
        if rows and not any(
            (row["queue_id"], row["channel_group"], row["effective_from"]) == ("*", "*", SINCE_EVER) for row in rows
        ):
            yield rows[0].says(
                f"no line is for every queue and channel group (*,*) from {SINCE_EVER} on, so some rows had no window"
            )
        for row in rows:
            if (row.amount("window_seconds") or 0) <= 0:
                yield row.says(f"window_seconds is {row['window_seconds'] or 'empty'}, but a window is some seconds long")


def _overlap(row: SeedRow, other: SeedRow) -> bool:
    """Whether a row that ends begins inside another that ends."""
    if not (row["effective_to"] and other["effective_to"]) or row.line < other.line:
        return False
    return row["effective_from"] < other["effective_to"] and other["effective_from"] < row["effective_to"]


def _told(key: Sequence[str]) -> str:
    return " / ".join(part or "(empty)" for part in key) or "everybody"


def _is_of(kind: str, text: str) -> bool:
    reader = _READERS.get(kind.split("(")[0])
    try:
        return reader is None or reader(text)
    except (ValueError, InvalidOperation):
        return False


_WORDS = dict.fromkeys(("integer", "bigint"), "whole number") | dict.fromkeys(("double", "decimal"), "number")
_WORDS |= {"boolean": "true or false", "date": "date like 2026-10-01"}


def _is_date(text: str) -> bool:
    date.fromisoformat(text)
    return len(text) == 10


_READERS: Mapping[str, Callable[[str], bool]] = {
    "integer": lambda text: text.removeprefix("-").isdecimal(),
    "bigint": lambda text: text.removeprefix("-").isdecimal(),
    "double": lambda text: Decimal(text).is_finite(),
    "decimal": lambda text: Decimal(text).is_finite(),
    "boolean": lambda text: text in ("true", "false"),
    "date": _is_date,
}
