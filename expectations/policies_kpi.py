"""What must hold of the seeds that say what a KPI is, what it should reach, and what it is worth in a scorecard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import groupby, pairwise

from deskmart.freeze import PROJECT
from expectations.policy_rows import SeedRow, Seeds

KINDS = {"count", "ratio", "stock", "distribution"}
DIRECTIONS = {"up", "down", "none", "range"}
SCOPES = {"company", "channel", "queue", "team", "agent"}
GROUPS = {"voice", "chat", "written", "all"}
_NEEDED = ("name_zh", "name_en", "unit", "fact", "date_column", "numerator_column", "definition_zh", "definition_en")
_COLUMNS = ("date_column", "numerator_column", "denominator_column", "pending_column", "channel_group_column", "channel_column")
_CREDITS = ("queue_column", "team_column", "agent_column")


def kpi_faults(seeds: Seeds) -> Iterator[str]:
    """Faults of the catalogue, the targets and the scorecards, in this order."""
    catalogue = seeds.get("kpi_catalog", ())
    for row in catalogue:
        yield from _row_faults(row)
    yield from _version_faults(catalogue)
    known = {row["kpi"]: row for row in catalogue}
    for name, rows in seeds.items():
        for column in ("kpi", "kpi_x", "kpi_y"):
            if name != "kpi_catalog" and rows and column in rows[0].cells:
                yield from (fault for row in rows for fault in _reference_faults(row, column, catalogue))
    for row in seeds.get("kpi_targets", ()):
        if row["kpi"] in known:
            yield from _target_faults(row, known[row["kpi"]]["direction"])
    yield from _restatement_faults(seeds)
    yield from scorecard_faults(seeds.get("scorecard_policies", ()))


def _row_faults(row: SeedRow) -> Iterator[str]:
    for column in _NEEDED:
        if not row[column]:
            yield row.says(f"{row['kpi']} has no {column}")
    for column, allowed in (("kind", KINDS), ("direction", DIRECTIONS), ("scopes", SCOPES), ("channel_groups", GROUPS)):
        if unknown := set(row[column].split("|")) - allowed:
            yield row.says(f"{row['kpi']}: {column} is {'|'.join(sorted(unknown))!r}; it may be {', '.join(sorted(allowed))}")
    if row["kind"] == "ratio" and not row["denominator_column"]:
        yield row.says(f"{row['kpi']} is a ratio, so it needs a denominator_column")
    if row["kind"] == "count" and row["denominator_column"]:
        yield row.says(f"{row['kpi']} is a count, so it cannot have a denominator_column")
    if row["kind"] in ("stock", "distribution") and row["additive"] == "true":
        yield row.says(f"{row['kpi']} is a {row['kind']}, so it cannot be additive")
    if row["kind"] == "distribution" and not re.fullmatch(r"p[1-9][0-9]?", row["variant"]):
        yield row.says(f"{row['kpi']} is a distribution, so its variant must be a percentile such as p50 or p90")
    if not _fact_text(row["fact"]):
        yield row.says(f"{row['kpi']} stands on {row['fact']!r}, and there is no such fact in dbt_project/models/core")
        return
    for column in (*_COLUMNS, *_CREDITS, "variant"):
        name = row[column] if column != "variant" else "".join(re.findall(r"^\{(\w+)\}$", row["variant"]))
        if name and not re.search(rf"\b{re.escape(name)}\b", _fact_text(row["fact"])):
            yield row.says(f"{row['kpi']}: {column} is {name!r}, and {row['fact']} has no such column")


def _version_faults(catalogue: Sequence[SeedRow]) -> Iterator[str]:
    """Versions follow each other in time and stay of one kind; percentiles of a KPI share their columns."""
    ordered = sorted(catalogue, key=lambda row: (row["kpi"], row["variant"], int(row["version"] or 0)))
    for earlier, later in pairwise(ordered):
        if (earlier["kpi"], earlier["variant"]) != (later["kpi"], later["variant"]):
            continue
        if later["effective_from"] <= earlier["effective_from"]:
            yield later.says(f"version {later['version']} of {later['kpi']} must begin after version {earlier['version']} does")
        for column in ("kind", "unit", "direction"):
            if later[column] != earlier[column]:
                yield later.says(f"{later['kpi']} changes its {column}; that makes it another KPI, give it a code of its own")
    spread = [row for row in ordered if row["kind"] == "distribution"]
    for kpi, rows in groupby(spread, key=lambda row: row["kpi"]):
        same = ("fact", "numerator_column", "denominator_column", *_CREDITS, "effective_from", "version", "scopes")
        first, *others = list(rows)
        for row in others:
            if row["version"] == first["version"] and any(row[column] != first[column] for column in same):
                yield row.says(f"all percentiles of {kpi} must stand on the same columns as line {first.line}")


def _reference_faults(row: SeedRow, column: str, catalogue: Sequence[SeedRow]) -> Iterator[str]:
    variants = [item["variant"] for item in catalogue if item["kpi"] == row[column]]
    if not variants:
        yield row.says(f"no KPI is called {row[column]!r}")
    elif variants and row["variant"] not in ("", "*", *variants) and not any(variant.startswith("{") for variant in variants):
        yield row.says(f"{row['kpi']} has no variant {row['variant']!r}; it has {', '.join(variants)}")


def _target_faults(row: SeedRow, direction: str) -> Iterator[str]:
    low, high, passing, excellent = (row.amount(c) for c in ("target_low", "target_high", "pass_value", "excellent_value"))
    kpi = row["kpi"]
    if not row["target_source"]:
        yield row.says(f"the target of {kpi} does not say where it comes from (target_source)")
    if row["scope"] not in SCOPES | {"*"}:
        yield row.says(f"scope is {row['scope']!r}; it may be *, {', '.join(sorted(SCOPES))}")
    if low is not None and high is not None and low >= high:
        yield row.says(f"the range of {kpi} ends at {high}, which is not above its beginning {low}")
    if passing is None and excellent is not None:
        yield row.says(f"{kpi} has an excellent value but no pass value")
    if passing is not None and excellent is not None:
        if direction == "up" and excellent <= passing:
            yield row.says(f"more of {kpi} is better, so excellent ({excellent}) must lie above pass ({passing})")
        if direction == "down" and excellent >= passing:
            yield row.says(f"less of {kpi} is better, so excellent ({excellent}) must lie below pass ({passing})")


def _restatement_faults(seeds: Seeds) -> Iterator[str]:
    known = {(row["kpi"], row["variant"], row["version"]): row for row in seeds.get("kpi_catalog", ())}
    for row in seeds.get("kpi_restatements", ()):
        told = known.get((row["kpi"], row["variant"], row["version"]))
        if told is None:
            yield row.says(f"{row['kpi']} / {row['variant']} has no version {row['version']} to restate by")
        elif row["restated_from"] >= told["effective_from"]:
            yield row.says(f"version {row['version']} of {row['kpi']} counts from {told['effective_from']} on already")
        if not (row["reason"] and row["decided_by"]):
            yield row.says("a restatement says why (reason) and by whom (decided_by)")


def scorecard_faults(rows: Sequence[SeedRow]) -> Iterator[str]:
    """Weights that do not sum to 1, thresholds that are not strictly monotone, policies that change inside a month."""
    for row in rows:
        floor, target, cap = (row.amount(column) or Decimal(0) for column in ("floor_value", "target_value", "cap_value"))
        if not (floor < target < cap or floor > target > cap):
            yield row.says(f"floor {floor}, target {target} and cap {cap} of {row['kpi']} must strictly rise or strictly fall")
        if (row.amount("weight") or Decimal(0)) <= 0:
            yield row.says(f"the weight of {row['kpi']} must be above 0")
        if not row["effective_from"].endswith("-01"):
            yield row.says(f"a scorecard changes only on the first of a month, not on {row['effective_from']}")
    for (scope, team, begins), same in _cards(rows).items():
        total = sum((row.amount("weight") or Decimal(0) for row in same), Decimal(0))
        if total != 1:
            yield same[0].says(f"the weights of the scorecard for {scope} / {team} from {begins} on add up to {total}, not to 1")


def scorecard_warnings(rows: Sequence[SeedRow]) -> Iterator[str]:
    """What is allowed but unwise: a scorecard of more than five KPIs (seed 001: three to five)."""
    for (scope, team, begins), same in _cards(rows).items():
        if len(same) > 5:
            yield f"the scorecard for {scope} / {team} from {begins} on has {len(same)} KPIs; three to five are enough to steer by"


def _cards(rows: Sequence[SeedRow]) -> Mapping[tuple[str, ...], list[SeedRow]]:
    found: dict[tuple[str, ...], list[SeedRow]] = {}
    for row in rows:
        found.setdefault((row["scope"], row["team_id"], row["effective_from"]), []).append(row)
    return found


@cache
def _fact_text(fact: str) -> str:
    """The SQL of a fact and of the models it reads; empty when there is no such fact."""
    models = {path.stem: path for path in (PROJECT / "models").rglob("*.sql")}
    if fact not in models or models[fact].parent.name != "core":
        return ""
    text = models[fact].read_text(encoding="utf-8")
    read = re.findall(r"ref\('(\w+)'\)", text)
    return "\n".join([text, *(models[name].read_text(encoding="utf-8") for name in read if name in models)])
