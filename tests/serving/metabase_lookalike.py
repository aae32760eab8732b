"""As much of Metabase's HTTP API as its documentation tells of and provisioning uses; it runs each card's SQL on a PostgreSQL."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg

TOKEN = "a setup token"


class State:
    """What this Metabase knows; `problems` says what a real one would have refused."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.user: dict[str, Any] | None = None
        self.databases: dict[int, dict[str, Any]] = {}
        self.collections: dict[int, dict[str, Any]] = {}
        self.cards: dict[int, dict[str, Any]] = {}
        self.dashboards: dict[int, dict[str, Any]] = {}
        self.tables: dict[int, dict[str, Any]] = {}
        self.fields: dict[int, dict[str, Any]] = {}
        self.problems: list[str] = []

    def sync(self) -> None:
        """Tables and columns as the database has them; their comments are the first descriptions."""
        if self.tables:
            return
        rows = self.connection.execute(
            "select c.relname, obj_description(c.oid, 'pg_class'), a.attname, col_description(c.oid, a.attnum) from pg_class as c "
            "join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 where c.relnamespace = 'marts'::regnamespace order by 1, a.attnum"
        ).fetchall()
        numbers: dict[str, int] = {}
        for table, said, column, told in rows:
            number = numbers.setdefault(table, len(numbers) + 1)
            self.tables[number] = {"schema": "marts", "name": table, "description": said}
            self.fields[len(self.fields) + 1] = {"name": column, "table_id": number, "description": told}

    def run(self, card: dict[str, Any]) -> None:
        """The card's SQL with no day chosen, and with both; optional clauses stand in [[...]], variables in {{...}}."""
        native = card["dataset_query"]["native"]
        asked = set(re.findall(r"\{\{(\w+)\}\}", native["query"]))
        if asked != set(native["template-tags"]) or any(tag["name"] != name for name, tag in native["template-tags"].items()):
            self.problems.append(f"{card['name']}: tags {sorted(native['template-tags'])}, asked {sorted(asked)}")
        plain = re.sub(r"\[\[.*?\]\]", "", native["query"])
        chosen = re.sub(r"\{\{\w+\}\}", "date '2026-03-01'", native["query"].replace("[[", "").replace("]]", ""))
        for sql in (plain, chosen):
            self.connection.execute(sql.encode())


@contextmanager
def a_metabase(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, State]]:
    """Serve on a free port of loopback; the address and what it knows."""
    state = State(connection)
    handler = type("Handler", (_Handler,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", state
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    state: State

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        content = json.loads(self.rfile.read(length)) if length else {}
        path = self.path.partition("?")[0]
        try:
            code, said = self._route(method, path, content)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the test must hear of it
            code, said = 500, {"message": repr(error)}
        if code >= 400:
            self.state.problems.append(f"{method} {path}: {said}")
        body = json.dumps(said).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _route(self, method: str, path: str, content: dict[str, Any]) -> tuple[int, Any]:
        state = self.state
        if (method, path) == ("GET", "/api/session/properties"):
            return 200, {"setup-token": None if state.user else TOKEN, "has-user-setup": state.user is not None}
        if (method, path) == ("POST", "/api/setup"):
            if state.user or content["token"] != TOKEN or not content["prefs"]["site_name"]:
                return 403, "setup is over"
            state.user = content["user"]
            return 200, {"id": "a session"}
        if (method, path) == ("POST", "/api/session"):
            user = state.user or {}
            if (content["username"], content["password"]) != (user.get("email"), user.get("password")):
                return 401, {"errors": {"password": "did not match stored password"}}
            return 200, {"id": "a session"}
        if self.headers.get("X-Metabase-Session") != "a session":
            return 401, "Unauthenticated"
        return self._things(method, path, content)

    def _things(self, method: str, path: str, content: dict[str, Any]) -> tuple[int, Any]:
        state = self.state
        if found := re.fullmatch(r"/api/database/(\d+)/(sync_schema|metadata)", path):
            if found[2] == "sync_schema":
                state.sync()
                return 200, {"status": "ok"}
            fields = [{"id": key, **field} for key, field in state.fields.items()]
            return 200, {
                "tables": [{"id": k, **t, "fields": [f for f in fields if f["table_id"] == k]} for k, t in state.tables.items()]
            }
        if found := re.fullmatch(r"/api/collection/(\d+)/items", path):
            inside = [
                {
                    "id": key,
                    "name": thing["name"],
                    "model": kind if kind == "dashboard" else {"model": "dataset"}.get(thing["type"], "card"),
                }
                for kind, things in (("card", state.cards), ("dashboard", state.dashboards))
                for key, thing in things.items()
                if thing["collection_id"] == int(found[1])
            ]
            return 200, {"data": inside}
        kinds = {"database": state.databases, "collection": state.collections, "card": state.cards, "dashboard": state.dashboards,
                 "table": state.tables, "field": state.fields}  # fmt: skip
        found = re.fullmatch(r"/api/(\w+)(?:/(\d+))?", path)
        if not found or found[1] not in kinds:
            return 404, "no such thing"
        things = kinds[found[1]]
        if method == "GET":
            listed = [{"id": key, **thing} for key, thing in things.items()]
            return 200, {"data": listed} if found[1] == "database" else [{"id": "root", "name": "Our analytics"}, *listed]
        number = int(found[2]) if found[2] else len(things) + 1
        if (method == "PUT") != (number in things):
            return 404, "Not found."
        things[number] = {**things.get(number, {}), **content}
        self._check(found[1], things[number])
        return 200, {"id": number, **things[number]}

    def _check(self, kind: str, thing: dict[str, Any]) -> None:
        state = self.state
        if kind == "card":
            if thing["dataset_query"]["database"] not in state.databases or thing["collection_id"] not in state.collections:
                state.problems.append(f"{thing['name']}: a database or collection that is not there")
            for column in thing.get("result_metadata") or ():
                if not {"name", "display_name", "base_type"} <= set(column):
                    state.problems.append(f"{thing['name']}: {column}")
            state.run(thing)
        for place in thing.get("dashcards", ()) if kind == "dashboard" else ():
            if not {"id", "card_id", "row", "col", "size_x", "size_y"} <= set(place) or place["col"] + place["size_x"] > 24:
                state.problems.append(f"a card out of place: {place}")
            if place["card_id"] is not None and place["card_id"] not in state.cards:
                state.problems.append(f"no card {place['card_id']}")
