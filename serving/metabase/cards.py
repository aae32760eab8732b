"""What Metabase is told of a model, a question and a dashboard's places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from serving.bi.parts import Chart, Dashboard, Dataset, Words
from serving.bi.questions import sql_of

_TYPES = (
    ("varchar", "type/Text"), ("date", "type/Date"), ("timestamp", "type/DateTimeWithLocalTZ"), ("bigint", "type/BigInteger"),
    ("integer", "type/Integer"), ("double", "type/Float"), ("decimal", "type/Decimal"), ("boolean", "type/Boolean"), ("", "type/*"),
)  # fmt: skip
_DISPLAYS = {
    "number": "scalar",
    "trend": "scalar",
    "table": "table",
    "rows": "table",
    "line": "line",
    "bar": "bar",
    "heatmap": "line",
}


def model(dataset: Dataset, database: int, collection: int) -> dict[str, Any]:
    columns = ", ".join(f'"{column.name}"' for column in dataset.fields)
    described = [
        {
            "name": column.name,
            "display_name": column.label or column.name.replace("_", " "),
            "description": column.text,
            "base_type": _base_type(column.type),
        }
        for column in dataset.fields
    ]
    return {
        "name": dataset.title,
        "type": "model",
        "description": dataset.text,
        "display": "table",
        "dataset_query": _native(f"select {columns}\nfrom {dataset.source}", database, {}),
        "result_metadata": described,
        "visualization_settings": {},
        "collection_id": collection,
    }


def _base_type(type_: str) -> str:
    return next(told for known, told in _TYPES if type_.startswith(known))


def question(chart: Chart, dashboard: Dashboard, database: int, collection: int) -> dict[str, Any]:
    has_days = bool(chart.dataset.date_column)
    return {
        "name": f"{dashboard.title}: {chart.title}",
        "type": "question",
        "description": chart.note or None,
        "display": _DISPLAYS[chart.kind],
        "dataset_query": _native(sql_of(chart, days=_days()), database, _tags(dashboard) if has_days else {}),
        "visualization_settings": _settings(chart),
        "collection_id": collection,
    }


def _days() -> str:
    """Both ends of the chosen days; each condition is left out while its end is not chosen."""
    return "true [[and {column} >= {{{{since}}}}]] [[and {column} < {{{{until}}}}]]"


def _native(sql: str, database: int, tags: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "native", "database": database, "native": {"query": sql, "template-tags": dict(tags)}}


def _tags(dashboard: Dashboard) -> dict[str, Any]:
    return {
        name: {"id": f"{dashboard.slug}-{name}", "name": name, "display-name": name.capitalize(), "type": "date"}
        for name in ("since", "until")
    }


def _settings(chart: Chart) -> dict[str, Any]:
    if chart.kind not in ("line", "bar", "heatmap"):
        return {}
    labels = [chart.dataset.metric(name).label for name in chart.metrics]
    return {
        "graph.dimensions": [chart.dataset.field(column).label or column for column in (chart.x, *chart.by)],
        "graph.metrics": labels,
        "stackable.stack_type": "stacked" if chart.kind == "bar" and chart.by else None,
    }


def placed_cards(dashboard: Dashboard, cards: Mapping[str, int]) -> list[dict[str, Any]]:
    """Every card with its place on Metabase's grid of 24 columns; new ones have negative ids."""
    found: list[dict[str, Any]] = []
    top = 0
    for row in dashboard.rows:
        left, tallest = 0, 0
        for item in row:
            width, height = item.width * 2, max(2, round(item.height / 6))
            place = {"id": -1 - len(found), "row": top, "col": left, "size_x": width, "size_y": height}
            found.append({**place, **(_text(item) if isinstance(item, Words) else _card(item, dashboard, cards[item.key]))})
            left, tallest = left + width, max(tallest, height)
        top += tallest
    return found


def _text(words: Words) -> dict[str, Any]:
    virtual: dict[str, Any] = {
        "name": None,
        "display": "text",
        "visualization_settings": {},
        "dataset_query": {},
        "archived": False,
    }
    return {
        "card_id": None,
        "visualization_settings": {"virtual_card": virtual, "text": words.code},
        "parameter_mappings": [],
    }


def _card(chart: Chart, dashboard: Dashboard, number: int) -> dict[str, Any]:
    mappings = [
        {"parameter_id": f"{dashboard.slug}-{name}", "card_id": number, "target": ["variable", ["template-tag", name]]}
        for name in ("since", "until")
        if chart.dataset.date_column
    ]
    return {"card_id": number, "visualization_settings": {"card.title": chart.title}, "parameter_mappings": mappings}
