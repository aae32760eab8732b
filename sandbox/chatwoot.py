"""A look-alike of Chatwoot's application API over one world."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.chat import TEAM_NAMES
from sandbox.chatwoot_state import ACCOUNT_ID, ChatwootState, Record, team

PAGE = 25
CONTACTS_PAGE = 15
MESSAGES_PAGE = 20


@dataclass(eq=False)
class Chatwoot:
    """The account as of `now`; lists are prepared once per moment."""

    make_state: Callable[[], ChatwootState]
    token: str
    _state: ChatwootState | None = None
    _prepared: dict[str, list[bytes]] = field(default_factory=dict)
    _messages: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)

    @property
    def state(self) -> ChatwootState:
        if self._state is None:
            self._state = self.make_state()
        return self._state

    def forget(self) -> None:
        """Build everything anew at the next request."""
        self._state = None
        self._prepared, self._messages = {}, {}

    def app(self) -> Starlette:
        """The web application."""
        routes: dict[str, Callable[[Request], Response]] = {
            "conversations": self._conversations,
            "conversations/{id:int}": self._conversation,
            "conversations/{id:int}/messages": self._messages_page,
            "reporting_events": self._reporting_events,
            "agents": lambda request: _answer(self.state.agents),
            "teams": lambda request: _answer([team(team_id) for team_id in TEAM_NAMES]),
            "teams/{id:int}": self._team,
            "teams/{id:int}/team_members": lambda request: _answer(self.state.members(request.path_params["id"])),
            "inboxes": lambda request: _answer({"payload": self.state.inboxes}),
            "csat_survey_responses": self._csat,
            "contacts": self._contacts,
            "contacts/{id:int}": self._contact,
        }
        return Starlette(
            routes=[Route(f"/api/v1/accounts/{{account:int}}/{path}", self._guarded(answer)) for path, answer in routes.items()]
        )

    def _guarded(self, answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        async def guarded(request: Request) -> Response:
            if request.headers.get("api_access_token") != self.token:
                return _answer({"errors": ["You need to sign in or sign up before continuing."]}, 401)
            if request.path_params["account"] != ACCOUNT_ID:
                return _answer({"error": "You are not authorized to access this account"}, 401)
            return answer(request)

        return guarded  # type: ignore[return-value]

    def _rows(self, name: str, records: Callable[[], Sequence[object]]) -> list[bytes]:
        if name not in self._prepared:
            self._prepared[name] = [_json(record) for record in records()]
        return self._prepared[name]

    def _conversations(self, request: Request) -> Response:
        status, state = request.query_params.get("status", "open"), self.state
        rows = self._rows(f"conversations {status}", lambda: state.conversations_of(status))
        (begin, end), held = _window(request, PAGE), state.assigned_count(status)
        counts = {"mine_count": 0, "assigned_count": held, "unassigned_count": len(rows) - held, "all_count": len(rows)}
        body = b'{"data":{"meta":' + _json(counts) + b',"payload":[' + b",".join(rows[begin:end]) + b"]}}"
        return Response(body, media_type="application/json; charset=utf-8")

    def _conversation(self, request: Request) -> Response:
        number = request.path_params["id"]
        if not 1 <= number <= len(self.state.visible):
            return _missing()
        return _answer(self.state.conversation(self.state.visible[number - 1]))

    def _messages_page(self, request: Request) -> Response:
        number, state = request.path_params["id"], self.state
        if not 1 <= number <= len(state.visible):
            return _missing()
        talk = state.visible[number - 1]
        if number not in self._messages:
            lines = sorted((message.message_id, message) for message in state.messages(talk))
            self._messages[number] = [(message_id, _json(state.message(talk, message))) for message_id, message in lines]
        lines_ = self._messages[number]
        before, after = request.query_params.get("before", ""), request.query_params.get("after", "")
        if after.isdigit():
            chosen = [line for line in lines_ if line[0] > int(after)][:100]
        else:
            limit = int(before) if before.isdigit() else 10**18
            chosen = [line for line in lines_ if line[0] < limit][-MESSAGES_PAGE:]
        contact = {**state.contact(talk), "type": "contact"}
        meta: Record = {
            "labels": [],
            "additional_attributes": {"browser_language": talk.person.language},
            "contact": contact,
        }
        body = b'{"meta":' + _json(meta) + b',"payload":[' + b",".join(line[1] for line in chosen) + b"]}"
        return Response(body, media_type="application/json; charset=utf-8")

    def _reporting_events(self, request: Request) -> Response:
        params = request.query_params
        since, until, name = params.get("since", ""), params.get("until", ""), params.get("name")
        low, high = int(since) if since.isdigit() else 0, int(until) if until.isdigit() else 10**12
        rows = self._rows(
            f"reporting_events {low} {high} {name}",
            lambda: [
                record
                for record in self.state.reporting_events
                if low <= _epoch(str(record["created_at"])) < high and name in (None, record["name"])
            ],
        )
        begin, end = _window(request, PAGE)
        meta: Record = {"count": len(rows), "current_page": _page(request), "total_pages": -(-len(rows) // PAGE)}
        body = b'{"meta":' + _json(meta) + b',"payload":[' + b",".join(rows[begin:end]) + b"]}"
        return Response(body, media_type="application/json; charset=utf-8")

    def _csat(self, request: Request) -> Response:
        rows, (begin, end) = self._rows("csat", lambda: self.state.csat), _window(request, PAGE)
        return Response(b"[" + b",".join(rows[begin:end]) + b"]", media_type="application/json; charset=utf-8")

    def _contacts(self, request: Request) -> Response:
        rows, (begin, end) = (
            self._rows("contacts", lambda: list(self.state.contacts.values())),
            _window(request, CONTACTS_PAGE),
        )
        meta: Record = {"count": len(rows), "current_page": _page(request)}
        body = b'{"meta":' + _json(meta) + b',"payload":[' + b",".join(rows[begin:end]) + b"]}"
        return Response(body, media_type="application/json; charset=utf-8")

    def _contact(self, request: Request) -> Response:
        record = self.state.contacts.get(request.path_params["id"])
        return _missing() if record is None else _answer({"payload": record})

    def _team(self, request: Request) -> Response:
        number = request.path_params["id"]
        return _answer(team(number)) if number in TEAM_NAMES else _missing()


def _page(request: Request) -> int:
    text = request.query_params.get("page", "")
    return max(1, int(text)) if text.isdigit() else 1


def _window(request: Request, size: int) -> tuple[int, int]:
    """Which rows this page has; a page after the first begins earlier when rows came in between (the fault shifting_pages)."""
    page = _page(request)
    shift = int(request.scope.get("shift", 0)) if page > 1 else 0
    begin = (page - 1) * size - shift
    return begin, begin + size


def _missing() -> Response:
    return _answer({"error": "Resource could not be found"}, 404)


def _answer(record: object, status: int = 200) -> Response:
    return Response(_json(record), status, media_type="application/json; charset=utf-8")


def _json(record: object) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def _epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
