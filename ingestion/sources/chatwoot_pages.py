"""Lists of Chatwoot that are paged by number, newest first, while new records push older ones to later pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingestion.http import HttpClient, Reply
from ingestion.source import dig

_MOST_SCANS = 3
_MOST_STALE_PAGES = 2


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: where it is, where its records and its total stand in a page, and the moment (epoch seconds) of a record."""

    what: str
    path: str
    at: str
    moment: Callable[[Mapping[str, Any]], float]
    total: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


class _MovedError(Exception):
    """Records left the list while it was read, so that others may have slipped by."""


def scan(client: HttpClient, listing: Listing, since: float) -> Iterator[tuple[Reply, list[dict[str, Any]]]]:
    """The list's pages and their records down to `since`; records may come twice, none is left out.

    When the total shrinks, or the pages end before the total is reached, the scan begins anew; `SourceError` when that
    does not help, or when the pages go in a circle.
    """
    for _ in range(_MOST_SCANS):
        try:
            yield from _scan_once(client, listing, since)
            return
        except _MovedError:
            continue
    raise client.error(
        f"its list of {listing.what} does not hold still, or ends before its own total",
        "run again at a calmer hour; if it stays, ask for shorter intervals",
    )


def _scan_once(client: HttpClient, listing: Listing, since: float) -> Iterator[tuple[Reply, list[dict[str, Any]]]]:
    seen: set[Any] = set()
    total: int | None = None
    number, stale = 1, 0
    while True:
        reply, found, now = _page(client, listing, number, len(seen))
        if total is not None and now is not None and now < total:
            raise _MovedError
        total = now
        if not found:
            if total is not None and len(seen) < total:
                raise _MovedError
            yield reply, found
            return
        fresh = {record.get("id") for record in found} - seen
        seen |= fresh
        yield reply, found
        if _is_before(found, listing, since) or (total is not None and len(seen) >= total and not fresh):
            return
        stale = 0 if fresh else stale + 1
        if stale > _MOST_STALE_PAGES:
            raise client.error(f"the pages of {listing.what} go in a circle", "run again; if it stays, ask the vendor")
        number += 1


def _page(client: HttpClient, listing: Listing, number: int, seen: int) -> tuple[Reply, list[dict[str, Any]], int | None]:
    """A page; an empty one before the total is reached is asked for again, three times in all."""
    for _ in range(3):
        reply = client.ask(listing.path, {**listing.params, "page": number})
        found = dig(reply.document, listing.at) if listing.at else reply.document
        if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
            raise client.error(f"a page has no {listing.what}", "check that the address is that of Chatwoot")
        total = dig(reply.document, listing.total) if listing.total else None
        total = total if isinstance(total, int) else None
        if found or total is None or seen >= total:
            break
    return reply, found, total


def _is_before(found: list[dict[str, Any]], listing: Listing, since: float) -> bool:
    """Whether a page, in its order, lies before `since`; one that is not newest first says nothing."""
    moments = [listing.moment(record) for record in found]
    return moments == sorted(moments, reverse=True) and moments[0] < since
