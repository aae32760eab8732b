"""Putting database, models, field descriptions and dashboards into a Metabase; doing it again replaces what was put there before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from deskmart.dictionary import published_tables
from deskmart.errors import DeskmartError
from serving.bi.dashboards import dashboards
from serving.bi.datasets import datasets
from serving.bi.parts import SCHEMA, Dashboard
from serving.metabase.api import Metabase
from serving.metabase.cards import model, placed_cards, question

NAME = "Deskmart"


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
        _put_card(metabase, present, model(dataset, database, collection))
    tell(f"{len(datasets())} models")
    found = []
    for dashboard in dashboards():
        cards = {
            chart.key: _put_card(metabase, present, question(chart, dashboard, database, collection))
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
    """Texts of the data dictionary at tables and fields that Metabase has found so far, where the comments it found say otherwise."""
    metabase.post(f"/api/database/{database}/sync_schema", {})
    told = {table.name: table for table in published_tables()}
    described = 0
    for table in metabase.get(f"/api/database/{database}/metadata")["tables"]:
        if table["schema"] != SCHEMA or table["name"] not in told:
            continue
        ours = told[table["name"]]
        if table.get("description") != ours.text:
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
    placed = placed_cards(dashboard, cards)
    answer = metabase.put(
        f"/api/dashboard/{number}", {"description": dashboard.text, "parameters": parameters, "dashcards": placed}
    )
    if answer is not None and len(answer.get("dashcards", placed)) != len(placed):
        raise DeskmartError(f"Metabase kept {len(answer['dashcards'])} of {len(placed)} cards of {dashboard.title}")
    return number
