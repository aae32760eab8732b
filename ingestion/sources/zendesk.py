"""Zendesk Support: tickets, their updates and comments, users, groups and satisfaction ratings, over its REST API.

Tickets and users come from the cursor-based incremental exports, updates from the time-based one; groups, memberships and
ratings from cursor-paged lists (https://developer.zendesk.com, "Incremental Exports", "Pagination"). What changed within the
last minute is left out by the API, so a batch that ended just now is read once that minute is over.
"""

from __future__ import annotations

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
    Decoder,
    Field,
    JsonDecoder,
    Mode,
    Page,
    Rows,
    Source,
    Stream,
)
from ingestion.sources import zendesk_records as records

if TYPE_CHECKING:
    from requests.auth import AuthBase

NAME = "zendesk"
_LEFT_OUT = timedelta(minutes=2)  # the documented minute, and another for clocks that differ
_FULL_PAGE = 1_000
_LIST_PAGE = 100
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
    for page, found in _cursor_export(client, "tickets", since):
        yield page
        times = [ticket.get("generated_timestamp") or 0 for ticket in found if isinstance(ticket, dict)]
        if times and times[-1] >= until and times == sorted(times):
            return


def _users(client: HttpClient, batch: Batch, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
    since, _ = _epochs(batch)
    start = int(since - _LEFT_OUT.total_seconds()) if cursor else 1
    for page, _found in _cursor_export(client, "users", start):
        yield page


def _cursor_export(client: HttpClient, name: str, start: int) -> Iterator[tuple[Page, list[Any]]]:
    path, trail = f"/api/v2/incremental/{name}/cursor.json", Trail(client, name)
    params: dict[str, Any] = {"start_time": start}
    while True:
        reply, found = _ask_list(client, path, {**params, "per_page": _FULL_PAGE}, name, _may_end)
        client.check_link(reply.document.get("after_url"))
        after = reply.document.get("after_cursor")
        yield _page(reply, found, {"after_cursor": after}), found
        if reply.document.get("end_of_stream"):
            return
        trail.step(after)
        params = {"cursor": after}


def _ticket_events(client: HttpClient, batch: Batch, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
    start, until = _epochs(batch)
    path, trail = "/api/v2/incremental/ticket_events.json", Trail(client, "ticket_events")
    while True:
        trail.step(start)
        params = {"start_time": start, "include": "comment_events", "per_page": _FULL_PAGE}
        reply, found = _ask_list(client, path, params, "ticket_events", _may_end)
        client.check_link(reply.document.get("next_page"))
        end = reply.document.get("end_time")
        yield _page(reply, found, {"end_time": end})
        if _may_end(reply.document, found) or not isinstance(end, int) or end >= until:
            return
        if end <= start:
            raise client.error(
                f"it has more updates in the second {start} than a page holds, and no way past it",
                "land a batch that begins after that second, and ask the vendor for the rest",
            )
        start = end


def _may_end(document: Mapping[str, Any], found: list[Any]) -> bool:
    """Whether a page of an incremental export may be the last one."""
    if "end_of_stream" in document:
        return bool(document["end_of_stream"])
    return len(found) < _FULL_PAGE or not (document.get("next_page") or document.get("after_cursor"))


def _list(name: str, dated: bool = False, **extra: str) -> Callable[[HttpClient, Batch, Mapping[str, Any] | None], Iterator[Page]]:
    """A reader of a paged list: by cursor, or by page number where the system does not know cursors."""

    def read_list(client: HttpClient, batch: Batch, cursor: Mapping[str, Any] | None) -> Iterator[Page]:
        since, until = _epochs(batch)
        asked: dict[str, Any] = {"page[size]": _LIST_PAGE, **extra}
        asked |= {"start_time": since, "end_time": until} if dated else {}
        trail, place = Trail(client, name), dict[str, Any]()
        while True:
            reply, found = _ask_list(client, f"/api/v2/{name}.json", asked | place, name, _is_last)
            yield _page(reply, found, {"read_until": until})
            if _is_last(reply.document, found):
                return
            place = _next_place(client, reply.document)
            trail.step(tuple(place.values()))

    return read_list


def _is_last(document: Mapping[str, Any], found: list[Any]) -> bool:
    meta = document.get("meta")
    return not (meta.get("has_more") if isinstance(meta, Mapping) else document.get("next_page"))


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
    client: HttpClient, path: str, params: Mapping[str, Any], name: str, may_end: Callable[[Mapping[str, Any], list[Any]], bool]
) -> tuple[Reply, list[Any]]:
    """A page and its records; an empty page that is not the last one is asked for again, three times in all."""
    for _ in range(3):
        reply = client.ask(path, params)
        found = reply.document.get(name) if isinstance(reply.document, dict) else None
        if not isinstance(found, list):
            raise client.error(f"a page has no {name}", "check that the address is that of Zendesk Support")
        if found or may_end(reply.document, found):
            return reply, found
    raise client.error(f"a page of {name} is empty, yet says that more follow", "run again; if it stays, ask the vendor")


def _page(reply: Reply, found: list[Any], cursor: Mapping[str, Any]) -> Page:
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

    if token := source.secrets.get("oauth_token"):
        return BearerTokenAuth(token)
    return HttpBasicAuth(f"{source.need('email')}/token", source.need("token"))


_READERS: Mapping[str, Callable[[HttpClient, Batch, Mapping[str, Any] | None], Iterator[Page]]] = {
    "tickets": _tickets,
    "ticket_events": _ticket_events,
    "users": _users,
    "groups": _list("groups", exclude_deleted="false"),
    "group_memberships": _list("group_memberships"),
    "satisfaction_ratings": _list("satisfaction_ratings", dated=True),
}


def _decoder(
    fields: tuple[Field, ...], at: str, explode: Callable[[dict[str, Any]], Rows] | None = None
) -> Callable[[Settings, Mapping[str, Any]], Decoder]:
    return lambda settings, manifest: JsonDecoder(fields, at, explode)


SOURCE = Source(
    NAME,
    "Zendesk Support",
    (
        Stream(
            "tickets",
            records.TICKETS,
            ("ticket_id",),
            Mode.CHANGES,
            _decoder(records.TICKETS, "tickets", records.ticket_rows),
            version="generated_at",
            dated="generated_at",
            feeds=("tickets",),
        ),
        Stream(
            "ticket_events",
            records.TICKET_EVENTS,
            ("event_id",),
            Mode.EVENTS,
            _decoder(records.TICKET_EVENTS, "ticket_events", records.event_rows),
            dated="occurred_at",
            feeds=("ticket_events", "messages"),
        ),
        Stream(
            "users",
            records.USERS,
            ("user_id",),
            Mode.CHANGES,
            _decoder(records.USERS, "users", records.user_rows),
            version="updated_at",
            feeds=("agents", "customers"),
        ),
        Stream("groups", records.GROUPS, ("group_id",), Mode.SNAPSHOT, _decoder(records.GROUPS, "groups"), feeds=("queues",)),
        Stream(
            "group_memberships",
            records.GROUP_MEMBERSHIPS,
            ("membership_id",),
            Mode.SNAPSHOT,
            _decoder(records.GROUP_MEMBERSHIPS, "group_memberships"),
            feeds=("agents",),
        ),
        Stream(
            "satisfaction_ratings",
            records.SATISFACTION_RATINGS,
            ("rating_id",),
            Mode.CHANGES,
            _decoder(records.SATISFACTION_RATINGS, "satisfaction_ratings"),
            version="updated_at",
            feeds=("surveys",),
        ),
    ),
    read,
)
