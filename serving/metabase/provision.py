"""Putting database, models, field descriptions and dashboards into a Metabase; doing it again replaces what was put there before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from deskmart.dictionary import published_tables
from deskmart.errors import DeskmartError
from serving.bi.dashboards import dashboards
from serving.bi.datasets import datasets
from serving.bi.parts import SCHEMA, Chart, Dashboard, Dataset, Words
from serving.bi.questions import sql_of
from serving.metabase.api import Metabase

NAME = "Deskmart"
GRID = 24
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


@dataclass(frozen=True, slots=True)
class Server:
    """Where Metabase finds the marts, and its login there."""

    host: str
    port: int
    database: str
    user: str
    password: str


def provision(metabase: Metabase, server: Server, tell: Callable[[str], None] = lambda line: None) -> list[str]:
    """Bring a Metabase, logged in, up to date with the declaration; the addresses of its dashboards."""
    database = _database(metabase, server)
    tell(f"database {NAME}: {_describe(metabase, database)} tables described")
    collection = _collection(metabase)
    present = _present(metabase, collection)
    for dataset in datasets().values():
        _put_card(metabase, present, _model(dataset, database, collection))
    tell(f"{len(datasets())} models")
    found = []
    for dashboard in dashboards():
        cards = {
            chart.key: _put_card(metabase, present, _question(chart, dashboard, database, collection))
            for chart in dashboard.charts
        }
        found.append(f"{metabase.url.rstrip('/')}/dashboard/{_put_dashboard(metabase, present, dashboard, cards, collection)}")
        tell(f"{dashboard.title}: {len(cards)} charts")
    return found


def _database(metabase: Metabase, server: Server) -> int:
    details = {
        "host": server.host, "port": server.port, "dbname": server.database, "user": server.user, "password": server.password,
        "ssl": False, "schema-filters-type": "inclusion", "schema-filters-patterns": SCHEMA,
    }  # fmt: skip
    content = {"name": NAME, "engine": "postgres", "details": details, "is_full_sync": True, "auto_run_queries": True}
    answer = metabase.get("/api/database")
    known = answer["data"] if isinstance(answer, dict) else answer
    for database in known:
        if database["name"] == NAME:
            metabase.put(f"/api/database/{database['id']}", content)
            return int(database["id"])
    return int(metabase.post("/api/database", content)["id"])


def _describe(metabase: Metabase, database: int) -> int:
    """Texts of the data dictionary at tables and fields that Metabase has found so far; it goes on looking by itself."""
    metabase.post(f"/api/database/{database}/sync_schema", {})
    told = {table.name: table for table in published_tables()}
    described = 0
    for table in metabase.get(f"/api/database/{database}/metadata")["tables"]:
        if table["schema"] != SCHEMA or table["name"] not in told:
            continue
        ours = told[table["name"]]
        metabase.put(f"/api/table/{table['id']}", {"description": ours.text})
        for column in table["fields"]:
            if (text := ours.columns[column["name"]].text if column["name"] in ours.columns else "") and text != column.get(
                "description"
            ):
                metabase.put(f"/api/field/{column['id']}", {"description": text})
        described += 1
    return described


def _collection(metabase: Metabase) -> int:
    for collection in metabase.get("/api/collection"):
        if collection["name"] == NAME and not collection.get("archived"):
            return int(collection["id"])
    return int(metabase.post("/api/collection", {"name": NAME, "description": "Put here by Deskmart, which replaces it."})["id"])


def _present(metabase: Metabase, collection: int) -> dict[tuple[str, str], int]:
    """What the collection holds, by kind and name."""
    items = metabase.get(f"/api/collection/{collection}/items", limit=1000)["data"]
    return {(item["model"], item["name"]): int(item["id"]) for item in items}


def _model(dataset: Dataset, database: int, collection: int) -> dict[str, Any]:
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


def _question(chart: Chart, dashboard: Dashboard, database: int, collection: int) -> dict[str, Any]:
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


def _put_card(metabase: Metabase, present: Mapping[tuple[str, str], int], content: Mapping[str, Any]) -> int:
    kind = "dataset" if content["type"] == "model" else "card"
    if (number := present.get((kind, content["name"]))) is not None:
        metabase.put(f"/api/card/{number}", content)
        return number
    return int(metabase.post("/api/card", content)["id"])


def _put_dashboard(
    metabase: Metabase, present: Mapping[tuple[str, str], int], dashboard: Dashboard, cards: Mapping[str, int], collection: int
) -> int:
    number = present.get(("dashboard", dashboard.title))
    if number is None:
        made = metabase.post(
            "/api/dashboard", {"name": dashboard.title, "description": dashboard.text, "collection_id": collection}
        )
        number = int(made["id"])
    parameters = [
        {"id": f"{dashboard.slug}-{name}", "name": name.capitalize(), "slug": name, "type": "date/single", "sectionId": "date"}
        for name in ("since", "until")
    ]
    placed = _placed(dashboard, cards)
    answer = metabase.put(
        f"/api/dashboard/{number}", {"description": dashboard.text, "parameters": parameters, "dashcards": placed}
    )
    if answer is not None and len(answer.get("dashcards", placed)) != len(placed):
        raise DeskmartError(f"Metabase kept {len(answer['dashcards'])} of {len(placed)} cards of {dashboard.title}")
    return number


def _placed(dashboard: Dashboard, cards: Mapping[str, int]) -> list[dict[str, Any]]:
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
    virtual = {"name": None, "display": "text", "visualization_settings": {}, "dataset_query": {}, "archived": False}
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
