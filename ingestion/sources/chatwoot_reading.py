"""Chatwoot: conversations, their messages, reporting events, ratings, agents, teams and inboxes, over its REST API.

Paths and parameters follow `swagger/swagger.json` and the finders of chatwoot/chatwoot. A conversation is listed once, where
its last activity puts it, so the messages of an interval are those of every conversation active since it began, read
backwards until older ones come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from queue import SimpleQueue
from typing import Any

from deskmart.batch import Batch
from deskmart.errors import SourceError
from deskmart.settings import Settings, SourceSettings
from ingestion.http import HttpClient, Reply
from ingestion.source import (
    Page,
    Stream,
)
from ingestion.sources.chatwoot_pages import Listing, scan

NAME = "chatwoot"
_MESSAGES_PAGE = 20
_WORKERS = 4
_AHEAD = 64  # conversations asked for before the first of them is landed
_MOST_HEAD_READS = 5


@dataclass(frozen=True, slots=True)
class _Account:
    """A client and where the account's resources are."""

    client: HttpClient
    source: SourceSettings
    root: str

    @classmethod
    def open(cls, source: SourceSettings) -> _Account:
        from dlt.sources.helpers.rest_client.auth import APIKeyAuth

        auth = APIKeyAuth(name="api_access_token", api_key=source.need("token"), location="header")
        return cls(HttpClient(source, auth), source, f"/api/v1/accounts/{source.need('account_id')}")


def read(stream: Stream, batch: Batch, settings: Settings, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
    """The pages of a stream for `[since, until)`, as sent; snapshots as they are now.

    Raises `SourceError` when Chatwoot does not answer, refuses, or sends pages that cannot be trusted to be complete.
    """
    account = _Account.open(settings.source(NAME))
    try:
        yield from _READERS[stream.name](account, *_epochs(batch))
    except SourceError as error:
        error.stream = stream.name
        raise
    finally:
        account.client.close()


def _conversations(account: _Account, since: int, until: int) -> Iterator[Page]:
    for reply, _found in _active_conversations(account, since):
        yield _page(reply)


def _active_conversations(account: _Account, since: int) -> Iterator[tuple[Reply, list[dict[str, Any]]]]:
    """Pages of conversations active since then. One that becomes active meanwhile jumps to the first page: so the first
    pages are read again until they bring nothing new."""
    listing = Listing(
        "conversations",
        f"{account.root}/conversations",
        "data.payload",
        lambda record: _number(record.get("last_activity_at")),
        "data.meta.all_count",
        {"status": "all", "sort_by": "last_activity_at_desc"},
    )
    known: set[tuple[Any, Any]] = set()
    for reply, found in scan(account.client, listing, since):
        known |= _states(found)
        yield reply, found
    for _ in range(_MOST_HEAD_READS):
        has_news = False
        for reply, found in scan(account.client, listing, since):
            if not (news := _states(found) - known):
                break
            has_news, known = True, known | news
            yield reply, found
        if not has_news:
            return


def _states(found: list[dict[str, Any]]) -> set[tuple[Any, Any]]:
    return {(record.get("id"), record.get("last_activity_at")) for record in found}


def _messages(account: _Account, since: int, until: int) -> Iterator[Page]:
    newest: dict[int, int] = {}
    for _, found in _active_conversations(account, since):
        for record in found:
            if _number(record.get("last_activity_at")) >= since:
                shown = [message.get("id") or 0 for message in record.get("messages") or [] if isinstance(message, dict)]
                newest[int(record["id"])] = max([newest.get(int(record["id"]), 0), *shown])
    accounts = [_Account.open(account.source) for _ in range(_WORKERS)]
    free: SimpleQueue[_Account] = SimpleQueue()
    for one in accounts:
        free.put(one)

    def fetch(conversation: int) -> list[Reply]:
        mine = free.get()
        try:
            return _messages_of(mine, conversation, newest[conversation], since)
        finally:
            free.put(mine)

    try:
        yield from _in_order(fetch, sorted(newest))
    finally:
        for one in accounts:
            one.client.close()


def _in_order(fetch: Callable[[int], list[Reply]], conversations: list[int]) -> Iterator[Page]:
    """Pages of all conversations in their order, fetched by some threads a little ahead."""
    pending: deque[Future[list[Reply]]] = deque()
    executor = ThreadPoolExecutor(_WORKERS, thread_name_prefix="chatwoot")
    try:
        for conversation in conversations:
            pending.append(executor.submit(fetch, conversation))
            if len(pending) >= _AHEAD:
                yield from map(_page, pending.popleft().result())
        while pending:
            yield from map(_page, pending.popleft().result())
    finally:
        executor.shutdown(cancel_futures=True)


def _messages_of(account: _Account, conversation: int, newest: int, since: int) -> list[Reply]:
    """A conversation's pages from its newest message back to `since`; the first must hold the one its list entry showed."""
    replies: list[Reply] = []
    before: int | None = None
    for _ in range(1_000_000):
        reply, found = _messages_page(account, conversation, before, newest)
        if found:
            replies.append(reply)
        if len(found) < _MESSAGES_PAGE or min(_number(message.get("created_at")) for message in found) < since:
            break
        before = min(int(message["id"]) for message in found)
    return replies


def _messages_page(account: _Account, conversation: int, before: int | None, newest: int) -> tuple[Reply, list[dict[str, Any]]]:
    for _ in range(3):
        reply = account.client.ask(
            f"{account.root}/conversations/{conversation}/messages", {} if before is None else {"before": before}
        )
        found = reply.document.get("payload") if isinstance(reply.document, dict) else None
        if not isinstance(found, list):
            raise account.client.error("a page has no messages", "check that the address is that of Chatwoot")
        ids = [int(message["id"]) for message in found]
        if max(ids, default=0) >= newest if before is None else min(ids, default=0) < before:
            return reply, found
    raise account.client.error(
        f"conversation {conversation} does not show all its messages", "run again; if it stays, ask the vendor"
    )


def _reporting_events(account: _Account, since: int, until: int) -> Iterator[Page]:
    listing = Listing(
        "reporting events",
        f"{account.root}/reporting_events",
        "payload",
        lambda record: _moment(record.get("created_at")),
        "meta.count",
        {"since": since, "until": until},
    )
    for reply, _found in scan(account.client, listing, since):
        yield _page(reply)


def _csat(account: _Account, since: int, until: int) -> Iterator[Page]:
    path, params = f"{account.root}/csat_survey_responses", {"since": since, "until": until, "sort": "-created_at"}
    listing = Listing("ratings", path, "", lambda record: _moment(record.get("created_at")), None, params)
    for reply, _found in scan(account.client, listing, since):
        yield _page(reply)


def _team_members(account: _Account, since: int, until: int) -> Iterator[Page]:
    teams = account.client.ask(f"{account.root}/teams").document
    for team in teams if isinstance(teams, list) else []:
        yield _page(account.client.ask(f"{account.root}/teams/{team['id']}/team_members"), f"{team['id']}.json")


def _whole(path: str) -> Callable[[_Account, int, int], Iterator[Page]]:
    """A reader of a list that comes in one page."""

    def read_whole(account: _Account, since: int, until: int) -> Iterator[Page]:
        yield _page(account.client.ask(f"{account.root}/{path}"))

    return read_whole


def _page(reply: Reply, ext: str = "json") -> Page:
    return Page(reply.body, ext, reply.meta)


def _epochs(batch: Batch) -> tuple[int, int]:
    assert batch.since is not None and batch.until is not None
    return int(batch.since.timestamp()), int(batch.until.timestamp())


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("inf")


def _moment(value: Any) -> float:
    """Epoch seconds of a time that is a number or ISO 8601; infinite, so that a scan goes on, when it is neither."""
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else _number(value)
    except ValueError:
        return float("inf")


_READERS: Mapping[str, Callable[[_Account, int, int], Iterator[Page]]] = {
    "conversations": _conversations,
    "messages": _messages,
    "reporting_events": _reporting_events,
    "csat_survey_responses": _csat,
    "agents": _whole("agents"),
    "teams": _whole("teams"),
    "team_members": _team_members,
    "inboxes": _whole("inboxes"),
}
