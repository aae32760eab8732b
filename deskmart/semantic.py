"""dbt's semantic models and metrics, made from the KPI catalogue: one semantic model per fact, one metric per KPI and variant."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from deskmart.freeze import PROJECT

Row = Mapping[str, str]
PLACES = "company|channel|queue"
"""Of a fact whose rows count in some scopes only, the metrics take those of company, channel and queue."""
METRICS = PROJECT / "models" / "marts" / "_metrics.yml"


def metrics_yaml(catalogue: Path = PROJECT / "seeds" / "kpi_catalog.csv") -> str:
    """The YAML of the newest version of every KPI but distributions, which no metric can combine."""
    with catalogue.open(encoding="utf-8", newline="") as stream:
        newest = {(row["kpi"], row["variant"]): row for row in csv.DictReader(stream)}
    rows = [row for row in newest.values() if row["kind"] != "distribution"]
    document = {
        "version": 2,
        "semantic_models": [_model(fact, list(found)) for fact, found in groupby(sorted(rows, key=_fact), key=_fact)],
        "metrics": [_metric(row) for row in summed(rows)],
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def summed(rows: Sequence[Row]) -> list[Row]:
    """The rows that are metrics: a variant that the fact tells is a dimension of the KPI's other metrics, where there are such."""
    named = {row["kpi"] for row in rows if not row["variant"].startswith("{")}
    return [row for row in rows if row["kpi"] not in named or not row["variant"].startswith("{")]


def metric_name(row: Row) -> str:
    """The KPI's code, with its variant where it has a named one."""
    return row["kpi"] if row["variant"] == "default" or row["variant"].startswith("{") else f"{row['kpi']}_{row['variant']}"


def _fact(row: Row) -> str:
    return row["fact"]


def _model(fact: str, rows: Sequence[Row]) -> dict[str, Any]:
    subject = fact.removeprefix("fct_")
    dates = dict.fromkeys(row["date_column"] for row in rows)
    credits = ("channel_group_column", "channel_column", "queue_column", "team_column", "agent_column")
    credited = dict.fromkeys(row[column] for row in rows for column in credits if row[column])
    told = dict.fromkeys(row["variant"].strip("{}") for row in rows if row["variant"].startswith("{"))
    return {
        "name": subject,
        "description": f"Additive parts of the KPIs that stand on {fact}.",
        "model": f"ref('{fact}')",
        "primary_entity": subject,
        "defaults": {"agg_time_dimension": next(iter(dates))},
        "dimensions": [
            *({"name": name, "type": "time", "type_params": {"time_granularity": "day"}} for name in dates),
            *({"name": name, "type": "categorical"} for name in (*credited, *told)),
        ],
        "measures": [measure for row in summed(rows) for measure in _measures(row)],
    }


def _measures(row: Row) -> Iterator[dict[str, Any]]:
    """Both parts of a ratio, the one of a count; a stock's are not summed over days."""
    name, below = metric_name(row), row["denominator_column"]
    inside = [_is_about(row), *([below if _is_flag(below) else f"{below} is not null"] if below else [])]
    yield _measure(f"{name}_numerator" if below else f"{name}_parts", row, row["numerator_column"], inside)
    if below:
        yield _measure(f"{name}_denominator", row, below, [_is_about(row)])


def _measure(name: str, row: Row, column: str, conditions: Sequence[str]) -> dict[str, Any]:
    flagged = [*conditions, column] if _is_flag(column) else list(conditions)
    amount = "1" if _is_flag(column) else f"coalesce({column}, 0)"
    measure: dict[str, Any] = {
        "name": name,
        "agg": "sum",
        "expr": f"case when {' and '.join(flagged)} then {amount} else 0 end",
        "agg_time_dimension": row["date_column"],
        "create_metric": True,
    }
    if row["kind"] == "stock":
        measure["non_additive_dimension"] = {"name": row["date_column"], "window_choice": "max"}
    return measure


def _is_about(row: Row) -> str:
    groups = ", ".join(f"'{group}'" for group in row["channel_groups"].split("|"))
    column = row["channel_group_column"]
    places = f" and counted_scopes = '{PLACES}'" if row["fact"] == "fct_contact_checks" else ""
    return f"({column} in ({groups}) or {column} is null){places}"


def _is_flag(column: str) -> bool:
    return column.startswith(("is_", "has_"))


def _metric(row: Row) -> dict[str, Any]:
    name = metric_name(row)
    parts: dict[str, Any] = (
        {"type": "ratio", "type_params": {"numerator": f"{name}_numerator", "denominator": f"{name}_denominator"}}
        if row["denominator_column"]
        else {"type": "simple", "type_params": {"measure": f"{name}_parts"}}
    )
    return {
        "name": name,
        "label": row["name_en"],
        "description": f"{row['name_zh']}. {row['definition_en']}",
        **parts,
        "config": {"meta": {"kpi": row["kpi"], "variant": row["variant"], "unit": row["unit"], "version": int(row["version"])}},
    }
