"""A look-alike of Zendesk Support's API over one world."""

import base64
import binascii
import json
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.zendesk_events import audits, comments, ticket_events
from sandbox.zendesk_state import ADMIN_EMAIL, ADMIN_ID, Dated, Record, ZendeskState

PAGE = 1_000
LIST_PAGE = 100
LAG = 60
"""Exports leave out the last minute."""


@dataclass(slots=True)
class Export:
    """The rows of one export in order, as JSON already, with the keys to find a place among them."""

    keys: list[tuple[int, int]]
    rows: list[bytes]

    @classmethod
    def of(cls, dated: Sequence[Dated], until: int) -> "Export":
        kept = [one for one in dated if one.at <= until]
        return cls([(one.at, one.record_id) for one in kept], [_json(one.record) for one in kept])


@dataclass(eq=False)
class Zendesk:
    """The account as of `now`; `show` moves it to another moment. `token` is an API token and a bearer token alike."""

    make_state: Callable[[], ZendeskState]
    token: str
    rate_limit: int | None = None
    _state: ZendeskState | None = None
    _exports: dict[str, Export] = field(default_factory=dict)
    _calls: list[float] = field(default_factory=list)

    @property
    def state(self) -> ZendeskState:
        if self._state is None:
            self._state = self.make_state()
        return self._state

    def forget(self) -> None:
        """Build everything anew at the next request."""
        self._state = None
        self._exports = {}

    def app(self) -> Starlette:
        """The web application."""
        routes = {
            "incremental/tickets/cursor": self._cursor("tickets"),
            "incremental/users/cursor": self._cursor("users"),
            "incremental/ticket_events": self._ticket_events,
            "groups": self._list("groups"),
            "group_memberships": self._list("group_memberships"),
            "satisfaction_ratings": self._list("satisfaction_ratings"),
            "tickets": self._list("tickets"),
            "users": self._list("users"),
            "users/me": self._me,
            "users/{id:int}": self._user,
            "tickets/{id:int}": self._ticket,
            "tickets/{id:int}/audits": self._of_ticket("audits"),
            "tickets/{id:int}/comments": self._of_ticket("comments"),
        }
        return Starlette(
            routes=[
                Route(f"/api/v2/{path}{ending}", self._guarded(answer))
                for path, answer in routes.items()
                for ending in (".json", "")
            ]
        )

    def _guarded(self, answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        async def guarded(request: Request) -> Response:
            if not self._knows(request.headers.get("authorization", "")):
                return _error(401, "Couldn't authenticate you")
            if self.rate_limit is not None and "/incremental/" in request.url.path:
                now = time.monotonic()
                self._calls = [call for call in self._calls if now - call < 60]
                if len(self._calls) >= self.rate_limit:
                    wait = str(int(60 - (now - self._calls[0])) + 1)
                    return _error(
                        429,
                        "APIRateLimitExceeded",
                        "Number of allowed incremental requests exceeded",
                        {"retry-after": wait},
                    )
                self._calls.append(now)
            return answer(request)

        return guarded  # type: ignore[return-value]

    def _knows(self, authorization: str) -> bool:
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return secret == self.token
        try:
            return scheme.lower() == "basic" and base64.b64decode(secret).decode() == f"{ADMIN_EMAIL}/token:{self.token}"
        except (binascii.Error, UnicodeDecodeError):
            return False

    def _export(self, name: str) -> Export:
        if name not in self._exports:
            until, state = self.state.now - LAG, self.state
            sources: dict[str, Callable[[], list[Dated]]] = {
                "tickets": lambda: state.tickets,
                "users": lambda: state.users,
                "ticket_events": lambda: ticket_events(state, False),
                "comment_events": lambda: ticket_events(state, True),
            }
            self._exports[name] = Export.of(state.soiled(name, sources[name]()), until)
        return self._exports[name]

    def _start_time(self, request: Request) -> int | Response:
        text = request.query_params.get("start_time", "")
        if not text.isdigit():
            return _error(400, "StartTimeMissing", "You must provide a start_time")
        if int(text) > self.state.now - LAG:
            return _error(422, "StartTimeTooRecent", "Too recent start_time. Use a start_time older than 60 seconds")
        return int(text)

    def _cursor(self, name: str) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            export, size = self._export(name), min(PAGE, max(1, _number(request, "per_page", PAGE)))
            if (text := request.query_params.get("cursor")) is not None:
                if (place := _decode(text)) is None:
                    return _error(400, "InvalidCursor", "cursor is invalid")
                begin = bisect_right(export.keys, place)
            else:
                start = self._start_time(request)
                if isinstance(start, Response):
                    return start
                begin, text = bisect_left(export.keys, (start, 0)), None
            end = min(begin + size, len(export.rows))
            cursor = _encode(*export.keys[end - 1]) if end > begin else text
            path = f"{self.state.base_url}/api/v2/incremental/{name}/cursor.json"
            url = None if cursor is None else f"{path}?cursor={cursor}" + (f"&per_page={size}" if size != PAGE else "")
            tail = {
                "after_url": url,
                "after_cursor": cursor,
                "before_url": None,
                "before_cursor": None,
                "end_of_stream": end == len(export.rows),
            }
            return _page(name, export.rows[begin:end], tail)

        return answer

    def _ticket_events(self, request: Request) -> Response:
        start = self._start_time(request)
        if isinstance(start, Response):
            return start
        include = request.query_params.get("include", "")
        export = self._export("comment_events" if "comment_events" in include.split(",") else "ticket_events")
        begin = bisect_left(export.keys, (start, 0))
        end = min(begin + PAGE, len(export.rows))
        if end > begin:
            end = bisect_left(export.keys, (export.keys[end - 1][0] + 1, 0))
        last = export.keys[end - 1][0] if end > begin else None
        path = f"{self.state.base_url}/api/v2/incremental/ticket_events.json"
        url = None if last is None else f"{path}?" + (f"include={include}&" if include else "") + f"start_time={last}"
        tail = {"count": end - begin, "end_of_stream": end - begin < PAGE, "end_time": last, "next_page": url}
        return _page("ticket_events", export.rows[begin:end], tail)

    def _records(self, name: str) -> list[Record]:
        state = self.state
        if name == "tickets":
            kept = [one for one in sorted(state.tickets, key=lambda one: one.record_id) if one.record["status"] != "deleted"]
            return [{key: value for key, value in one.record.items() if key != "generated_timestamp"} for one in kept]
        if name == "users":
            return [one.record for one in sorted(state.users, key=lambda one: one.record_id)]
        return {"groups": state.groups, "group_memberships": state.memberships, "satisfaction_ratings": state.ratings}[name]

    def _list(self, name: str) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            if f"list {name}" not in self._exports:
                self._exports[f"list {name}"] = Export(
                    [], [_json(record) for record in self.state.soiled_records(name, self._records(name))]
                )
            return _listing(request, self.state.base_url, name, self._exports[f"list {name}"].rows)

        return answer

    def _me(self, request: Request) -> Response:
        return self._one("user", [one.record for one in self.state.users if one.record_id == ADMIN_ID])

    def _user(self, request: Request) -> Response:
        return self._one("user", [one.record for one in self.state.users if one.record_id == request.path_params["id"]])

    def _ticket(self, request: Request) -> Response:
        found = [one.record for one in self.state.tickets if one.record_id == request.path_params["id"]]
        return self._one("ticket", [record for record in found if record["status"] != "deleted"])

    def _one(self, name: str, found: list[Record]) -> Response:
        if not found:
            return _error(404, "RecordNotFound", "Not found")
        return Response(_json({name: found[0]}), media_type="application/json")

    def _of_ticket(self, name: str) -> Callable[[Request], Response]:
        read = {"audits": audits, "comments": comments}[name]

        def answer(request: Request) -> Response:
            state, number = self.state, request.path_params["id"]
            found = [
                ticket
                for ticket in state.visible[number - 1 : number]
                if ticket.deleted_at is None or ticket.deleted_at > state.now
            ]
            if not found:
                return _error(404, "RecordNotFound", "Not found")
            return _listing(
                request, state.base_url, f"tickets/{number}/{name}", [_json(row) for row in read(state, found[0])], name
            )

        return answer


def _listing(request: Request, base: str, path: str, rows: list[bytes], name: str | None = None) -> Response:
    """A plain list, paged by number or, when `page[size]` is given, by cursor."""
    params, address = request.query_params, f"{base}/api/v2/{path}.json"
    if "page[size]" in params:
        size = min(LIST_PAGE, max(1, _number(request, "page[size]", LIST_PAGE)))
        begin = (_decode(params["page[after]"]) or (0, 0))[1] if "page[after]" in params else 0
        end = min(begin + size, len(rows))
        more, after = end < len(rows), _encode(0, end)
        link = f"{address}?page[size]={size}&page[after]={after}" if more else None
        tail: Record = {
            "meta": {"has_more": more, "after_cursor": after, "before_cursor": None},
            "links": {"next": link, "prev": None},
        }
        return _page(name or path, rows[begin:end], tail)
    size, number = min(LIST_PAGE, max(1, _number(request, "per_page", LIST_PAGE))), max(1, _number(request, "page", 1))
    begin, end = (number - 1) * size, min(number * size, len(rows))
    following = f"{address}?page={number + 1}&per_page={size}" if end < len(rows) else None
    before = f"{address}?page={number - 1}&per_page={size}" if number > 1 else None
    return _page(name or path, rows[begin:end], {"next_page": following, "previous_page": before, "count": len(rows)})


def _page(name: str, rows: list[bytes], tail: Mapping[str, object]) -> Response:
    body = b'{"' + name.encode() + b'":[' + b",".join(rows) + b"]," + _json(tail)[1:]
    return Response(body, media_type="application/json; charset=utf-8")


def _json(record: object) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def _error(status: int, error: str, description: str | None = None, headers: dict[str, str] | None = None) -> Response:
    body: Record = {"error": error} if description is None else {"error": error, "description": description}
    return Response(_json(body), status, headers, "application/json")


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdigit() else default


def _encode(at: int, record_id: int) -> str:
    return base64.urlsafe_b64encode(f"{at}.0||{record_id}".encode()).decode()


def _decode(cursor: str) -> tuple[int, int] | None:
    try:
        at, _, record_id = base64.urlsafe_b64decode(cursor).decode().partition("||")
        return int(float(at)), int(record_id)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
