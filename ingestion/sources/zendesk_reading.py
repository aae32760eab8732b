"""Zendesk Support: tickets, their updates and comments, users, groups and satisfaction ratings, over its REST API.

Tickets and users come from the cursor-based incremental exports, updates from the time-based one; groups, memberships and
ratings from cursor-paged lists (https://developer.zendesk.com, "Incremental Exports", "Pagination"). What changed within the
last minute is left out by the API, so a batch that ended just now is read once that minute is over.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from deskmart.batch import Batch
from deskmart.errors import SourceError
from deskmart.settings import Settings, SourceSettings
from ingestion.http import HttpClient, Patience, Reply, Trail
from ingestion.source import (
    Page,
    Stream,
)

if TYPE_CHECKING:
    from requests.auth import AuthBase

NAME = "zendesk"
_LEFT_OUT = timedelta(minutes=2)  # the documented minute, and another for clocks that differ
_FULL_PAGE = 1_000
_LIST_PAGE = 100
_TRIES = 3
_ANSWERED_WITHIN = 30 * 86_400  # seconds from a rating's offer to its answer
_MOST_LIST_PAGES = 100  # offset paging ends there: 10,000 records


def read(stream: Stream, batch: Batch, settings: Settings, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
    """The pages of a stream for `[since, until)`, as sent. Users come whole the first time, then from `since` on.

    Raises `SourceError` when Zendesk does not answer, refuses, or sends pages that cannot be trusted to be complete.
    """
    source = settings.source(NAME)
    _wait_for_the_last_minute(batch, Patience.of(source).scale)
    client = HttpClient(source, _auth(source))
    try:
        yield from _READERS[stream.name](client, batch, cursor)
    except SourceError as error:
        error.stream = stream.name
        raise
    finally:
        client.close()


def _tickets(client: HttpClient, batch: Batch, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
    since, until = _epochs(batch)
    for reply, found in _cursor_export(client, "tickets", since):
        yield _page(reply, found, {"after_cursor": reply.document.get("after_cursor")})
        times = [ticket.get("generated_timestamp") or 0 for ticket in found if isinstance(ticket, dict)]
        if times and times[-1] >= until and times == sorted(times):
            return


def _users(client: HttpClient, batch: Batch, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
    """The directory: everybody at the first landing, who changed since at later ones; the same again for the same batch."""
    since, until = _epochs(batch)
    start = 1
    if cursor:
        before, end, began = _users_cursor(cursor)
        start = began if (before, end) == (since, until) else max(int(since - _LEFT_OUT.total_seconds()), 1)
    for reply, found in _cursor_export(client, "users", start):
        yield _page(reply, found, {"since": since, "until": until, "start": start})


def _users_cursor(cursor: Mapping[str, Any]) -> tuple[int, int, int]:
    """since, until and start of the last landing; a `SourceError` for a cursor that this reader cannot have written.

    From a start that lies in the future nobody would be read, and nobody would notice.
    """
    told = [cursor.get(name) if isinstance(cursor, Mapping) else None for name in ("since", "until", "start")]
    match told:
        case [int(since), int(until), int(start)] if 1 <= start <= since < until:
            return since, until, start
    raise SourceError(
        f"the cursor of users in the manifest landed last is not one that was written there: {json.dumps(cursor)[:200]}",
        source="zendesk",
        stream="users",
        todo="`deskmart audit verify` names the file that was changed; put it back from a backup",
    )


def _cursor_export(client: HttpClient, name: str, start: int) -> Iterator[tuple[Reply, list[Any]]]:
    path, trail = f"/api/v2/incremental/{name}/cursor.json", Trail(client, name)
    size = int(client.options.get("page_size", _FULL_PAGE))
    asked: dict[str, Any] = {"start_time": start}

    def doubt(document: Mapping[str, Any], found: list[Any]) -> str | None:
        if document.get("end_of_stream"):
            return None
        if document.get("after_cursor") in (None, asked.get("cursor")):
            return f"the pages of {name} go in a circle"
        return None if found else f"a page of {name} is empty, yet says that more follow"

    while True:
        reply, found = _ask_list(client, path, {**asked, "per_page": size}, name, doubt)
        yield reply, found
        if reply.document.get("end_of_stream"):
            return
        asked = {"cursor": reply.document["after_cursor"]}
        trail.step(asked["cursor"])


def _ticket_events(client: HttpClient, batch: Batch, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
    start, until = _epochs(batch)

    def doubt(document: Mapping[str, Any], found: list[Any]) -> str | None:
        if document.get("count", len(found)) != len(found):
            return "a page of ticket_events does not hold as many as it says"
        if _is_last_update(document, found):
            return None
        if not found:
            return "a page of ticket_events is empty, yet says that more follow"
        end = document.get("end_time")
        stays = not isinstance(end, int) or end <= start
        return f"the pages of ticket_events do not get past the second {start}" if stays else None

    while True:
        params = {"start_time": start, "include": "comment_events", "per_page": _FULL_PAGE}
        reply, found = _ask_list(client, "/api/v2/incremental/ticket_events.json", params, "ticket_events", doubt)
        end = reply.document.get("end_time")
        yield _page(reply, found, {"end_time": end})
        if _is_last_update(reply.document, found) or end >= until:
            return
        start = end


def _is_last_update(document: Mapping[str, Any], found: list[Any]) -> bool:
    """Whether a page of the time-based export is the last: it says so, or (older accounts) is not full."""
    if "end_of_stream" in document:
        return bool(document["end_of_stream"])
    return len(found) < _FULL_PAGE or not document.get("next_page")


def _list(name: str, **extra: str) -> Callable[[HttpClient, Batch, Mapping[str, Any] | None], Iterator[Page]]:
    """A reader of a whole list: paged by cursor, or by number where the system does not know cursors."""

    def read_list(client: HttpClient, batch: Batch, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
        yield from _list_pages(client, name, extra)

    return read_list


def _ratings(client: HttpClient, batch: Batch, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
    """Ratings since a month before: the list is filtered by when a rating was offered, our rows are dated by the answer."""
    since, _ = _epochs(batch)
    yield from _list_pages(client, "satisfaction_ratings", {"start_time": max(since - _ANSWERED_WITHIN, 1)})


def _list_pages(client: HttpClient, name: str, extra: Mapping[str, Any]) -> Iterator[Page]:
    trail, place, empty = Trail(client, name), dict[str, Any](), 0

    def doubt(document: Mapping[str, Any], found: list[Any]) -> str | None:
        nonlocal empty
        empty = 0 if found else empty + 1
        if found or not (_has_more(document) or (place and empty < _TRIES)):
            return None
        return f"a page of {name} is empty, yet says that more follow"

    while True:
        params = {"page[size]": _LIST_PAGE, **extra, **place}
        reply, found = _ask_list(client, f"/api/v2/{name}.json", params, name, doubt)
        yield _page(reply, found)
        if not _has_more(reply.document):
            return
        place = _next_place(client, reply.document)
        trail.step(tuple(place.values()))


def _has_more(document: Mapping[str, Any]) -> bool:
    meta = document.get("meta")
    return bool(meta.get("has_more") if isinstance(meta, Mapping) else document.get("next_page"))


def _next_place(client: HttpClient, document: Mapping[str, Any]) -> dict[str, Any]:
    meta = document.get("meta")
    if isinstance(meta, Mapping):
        client.check_link((document.get("links") or {}).get("next"))
        return {"page[after]": meta.get("after_cursor")}
    link = str(document["next_page"])
    client.check_link(link)
    number = parse_qs(urlsplit(link).query).get("page", [""])[0]
    if not number.isdigit() or int(number) > _MOST_LIST_PAGES:
        raise client.error("it ends a list at 10,000 records", "ask for shorter intervals")
    return {"page": number}


def _ask_list(
    client: HttpClient,
    path: str,
    params: Mapping[str, Any],
    name: str,
    doubt: Callable[[Mapping[str, Any], list[Any]], str | None],
) -> tuple[Reply, list[Any]]:
    """A page and its records; one that raises a doubt is asked for again, some times in all."""
    problem: str | None = None
    for _ in range(_TRIES):
        reply = client.ask(path, params)
        found = reply.document.get(name) if isinstance(reply.document, dict) else None
        if not isinstance(found, list):
            raise client.error(f"a page has no {name}", "check that the address is that of Zendesk Support")
        client.check_link(reply.document.get("after_url") or reply.document.get("next_page"))
        if (problem := doubt(reply.document, found)) is None:
            return reply, found
    raise client.error(str(problem), "run again; if it stays, ask the vendor")


def _page(reply: Reply, found: list[Any], cursor: Mapping[str, Any] | None = None) -> Page:
    return Page(reply.body, "json", {**reply.meta, "source_count": len(found)}, cursor)


def _epochs(batch: Batch) -> tuple[int, int]:
    assert batch.since is not None and batch.until is not None
    return int(batch.since.timestamp()), int(batch.until.timestamp())


def _wait_for_the_last_minute(batch: Batch, scale: float) -> None:
    assert batch.until is not None
    now = datetime.now(UTC)
    if batch.until <= now < batch.until + _LEFT_OUT:
        time.sleep((batch.until + _LEFT_OUT - now).total_seconds() * scale)


def _auth(source: SourceSettings) -> AuthBase:
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth, HttpBasicAuth

    auth: AuthBase
    if token := source.secrets.get("oauth_token"):
        auth = BearerTokenAuth(token)
    else:
        auth = HttpBasicAuth(f"{source.need('email')}/token", source.need("token"))
    return auth


_READERS: Mapping[str, Callable[[HttpClient, Batch, Mapping[str, Any] | None], Iterator[Page]]] = {
    "tickets": _tickets,
    "ticket_events": _ticket_events,
    "users": _users,
    "groups": _list("groups", exclude_deleted="false"),
    "group_memberships": _list("group_memberships"),
    "satisfaction_ratings": _ratings,
}
