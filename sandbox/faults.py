"""Ways for a source system to misbehave, on request."""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Lock
from typing import Any

KINDS = {
    "429_seconds": "too many requests, Retry-After in seconds",
    "429_date": "too many requests, Retry-After as an HTTP date",
    "429_bare": "too many requests, only X-Rate-Limit headers",
    "401": "the token is suddenly refused",
    "500": "an internal error",
    "503": "unavailable",
    "cut": "the connection breaks before an answer",
    "truncated": "half of the body, with a Content-Length that fits it",
    "short_body": "half of the body, then the connection breaks",
    "duplicate_page": "the page before comes once more (by number: in front of this one)",
    "shifting_pages": "pages by number slide: this one begins with rows of the one before",
    "cursor_loop": "the way to the next page leads back to this one",
    "empty_page": "no rows, yet a next page",
    "shrinking_total": "the total is half of what it was",
    "foreign_next": "the next page is said to be on another host",
    "not_json": "a page of HTML with status 200",
}
"""Every kind of fault and what it does."""

ROWS = (
    "tickets",
    "ticket_events",
    "users",
    "groups",
    "group_memberships",
    "satisfaction_ratings",
    "audits",
    "comments",
    "payload",
)
LINKS = ("after_url", "next_page")
FOREIGN = "http://elsewhere.invalid"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(slots=True)
class Fault:
    """One misbehaviour: on requests whose path matches `path` (a regular expression, searched), after `skip` of them have
    gone well, `times` times. `seconds` is the wait that a 429 asks for."""

    kind: str
    path: str = ""
    skip: int = 0
    times: int = 1
    seconds: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}: choose from {', '.join(KINDS)}")


@dataclass(slots=True)
class Faults:
    """The faults still to come, and a log of all requests. Safe to change while the shop serves."""

    pending: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    previous: dict[str, bytes] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, kind: str, path: str = "", skip: int = 0, times: int = 1, seconds: int = 1) -> None:
        """Ask for a fault; see `Fault`."""
        with self._lock:
            self.pending.append(Fault(kind, path, skip, times, seconds))

    def clear(self) -> None:
        """No further faults, and an empty log."""
        with self._lock:
            self.pending.clear()
            self.requests.clear()

    def take(self, path: str, query: str) -> Fault | None:
        """The fault this request meets, if any."""
        with self._lock:
            self.requests.append(f"{path}?{query}" if query else path)
            for fault in self.pending:
                if not re.search(fault.path, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times > 0:
                    fault.times -= 1
                    return fault
        return None


@dataclass(slots=True)
class Faulty:
    """A web application, with faults."""

    app: App
    faults: Faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, query = scope["path"], scope["query_string"].decode()
        fault = self.faults.take(path, query)
        if fault is not None and fault.kind == "cut":
            getattr(send, "__self__").transport.abort()  # noqa: B009
            return
        if fault is not None and (refusal := _refusal(fault)) is not None:
            await _answer(send, *refusal)
            return
        if fault is not None and fault.kind == "shifting_pages":
            scope["shift"] = 3
        status, headers, body = await _collect(self.app, scope, receive)
        before = self.faults.previous.get(path)
        if status == 200:
            self.faults.previous[path] = body
        length = len(body)
        if fault is not None and status == 200:
            body = spoil(fault, body, before, _address(scope, path, query))
            length = length if fault.kind == "short_body" else len(body)
        await _answer(send, status, headers, body, length)


def spoil(fault: Fault, body: bytes, before: bytes | None, address: str) -> bytes:
    """A good page's body as the fault leaves it; `before` is the page served before on this path."""
    if fault.kind in ("truncated", "short_body"):
        return body[: len(body) // 2]
    if fault.kind == "not_json":
        return b"<!DOCTYPE html><html><body>We will be right back.</body></html>"
    page = json.loads(body)
    holder = page.get("data", page) if isinstance(page, dict) else {"payload": page}
    name = next((name for name in ROWS if name in holder), None)
    if fault.kind == "duplicate_page" and before is not None:
        old = json.loads(before)
        if not isinstance(page, dict) or not any(link in page for link in LINKS):
            inner = old.get("data", old) if isinstance(old, dict) else {"payload": old}
            holder["payload"] = inner["payload"] + holder["payload"]
            return json.dumps(page if isinstance(page, dict) else holder["payload"]).encode()
        return before
    if fault.kind == "empty_page" and name is not None:
        holder[name] = []
        page = page if isinstance(page, dict) else []
    if isinstance(page, dict):
        _respell(fault, page, holder, address)
    return json.dumps(page).encode()


def _respell(fault: Fault, page: dict[str, Any], holder: dict[str, Any], address: str) -> None:
    """Changes the links and totals of a page in place."""
    if fault.kind == "empty_page" and "end_of_stream" in page:
        page["end_of_stream"] = False
    for link in LINKS:
        if link in page and fault.kind == "foreign_next":
            page[link] = FOREIGN + "/" + str(page[link] or address).split("/", 3)[-1]
            page["end_of_stream"] = False
        if link in page and fault.kind == "cursor_loop":
            page[link] = address
            page["end_of_stream"] = False
    if fault.kind == "cursor_loop" and "after_cursor" in page and "cursor=" in address:
        page["after_cursor"] = address.split("cursor=")[1].split("&")[0]
    if fault.kind == "shrinking_total":
        for totals in (page, holder.get("meta") or {}):
            for name in ("count", "all_count", "total_pages"):
                if isinstance(totals.get(name), int):
                    totals[name] //= 2


def _refusal(fault: Fault) -> tuple[int, list[tuple[bytes, bytes]], bytes, int] | None:
    """Status, headers and body of an answer that is refused outright."""
    headers = [(b"content-type", b"application/json")]
    if fault.kind.startswith("429"):
        when = format_datetime(datetime.now(UTC) + timedelta(seconds=fault.seconds), usegmt=True)
        wait = {"429_seconds": str(fault.seconds), "429_date": when}.get(fault.kind)
        if wait is not None:
            headers.append((b"retry-after", wait.encode()))
        else:
            headers += [(b"x-rate-limit", b"700"), (b"x-rate-limit-remaining", b"0")]
        body = b'{"error":"APIRateLimitExceeded","description":"Number of allowed API requests per minute exceeded"}'
        return 429, headers, body, len(body)
    if fault.kind in ("401", "500", "503"):
        body = b'{"error":"Couldn\'t authenticate you"}' if fault.kind == "401" else b"Something went wrong"
        return int(fault.kind), headers, body, len(body)
    return None


def _address(scope: Scope, path: str, query: str) -> str:
    host, port = scope["server"]
    return f"http://{host}:{port}{path}" + (f"?{query}" if query else "")


async def _collect(app: App, scope: Scope, receive: Receive) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Runs an application and keeps its answer."""
    start: Message = {}
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, keep)
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    return start["status"], headers, b"".join(parts)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes, length: int) -> None:
    sized = [*headers, (b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": status, "headers": sized})
    await send({"type": "http.response.body", "body": body, "more_body": length > len(body)})
    if length > len(body):
        getattr(send, "__self__").transport.close()  # noqa: B009
