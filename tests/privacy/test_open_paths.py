"""Which texts of a Zendesk or Chatwoot record pass the gate as they are: those that somebody looked at, and no other.

Every text of every shape of record that the pretend shop sends is replaced by a canary, one at a time; the source's own decoder
says whether the canary comes out in an open field. A path that is not listed here was not looked at: it may hold a customer's data.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from ingestion.registry import source_named
from ingestion.source import Decoder, Mark, Outside, RawRecord, Refused, Stream
from sandbox.serve import Shop
from sandbox.world import World
from tests.contract.rest_reading import chatwoot_settings, pages_of, zendesk_settings

CANARY = "canary 7 Secret Street"
MOST_SHAPES = 25
# Words of the systems themselves, ids, and what employees are called; of a customer, nothing.
LOOKED_AT: dict[str, set[str]] = {
    "zendesk/tickets": {"priority", "type", "tags.*", "via.channel"},
    "zendesk/ticket_events": {
        *("child_events.*.event_type", "child_events.*.via", "child_events.*.via.channel"),
        *("child_events.*.status", "child_events.*.priority", "child_events.*.tags.*", "child_events.*.previous_value"),
    },
    "zendesk/users": {"name of agent", "email of agent", "name of admin", "email of admin"},
    "zendesk/groups": {"name"},
    "chatwoot/conversations": {"custom_attributes.topic", "custom_attributes.disposition"},
    "chatwoot/messages": {
        *("content_type of user", "content_type of contact", "content_type", "sender.name of user"),
        *("sender.type of user", "sender.type of contact", "sender.type of agent_bot", "content_type of agent_bot"),
    },
    "chatwoot/reporting_events": {"name"},
    "chatwoot/agents": {"name of agent", "email of agent", "name of administrator", "email of administrator"},
    "chatwoot/teams": {"name"},
    "chatwoot/inboxes": {"name", "channel_type"},
}
STREAMS = [(source, stream.name) for source in ("zendesk", "chatwoot") for stream in source_named(source).streams]


@pytest.fixture(scope="module")
def passing(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """By stream, the paths of texts that come out in an open field."""
    world, home = World(5, date(2026, 3, 1), 2, 60), tmp_path_factory.mktemp("open")
    since, until = world.calendar.midnight(0), world.calendar.midnight(2)
    found: dict[str, set[str]] = {}
    with Shop(world) as shop:
        settings = {
            "zendesk": zendesk_settings(home, shop.zendesk_url, shop.zendesk_token, email=shop.zendesk_email),
            "chatwoot": chatwoot_settings(home, shop.chatwoot_url, shop.chatwoot_token),
        }
        for source, name in STREAMS:
            stream = source_named(source).stream(name)
            decoder = stream.decoder(settings[source], {})
            pages = pages_of(source_named(source), settings[source], name, since, until)
            records = [record for page in pages for record in decoder.records(page.body, page.ext)]
            assert records
            found[f"{source}/{name}"] = {path for record in _shapes(records) for path in _passing(record, decoder, stream)}
    return found


def _shapes(records: list[RawRecord]) -> list[RawRecord]:
    """A record of each shape: those with the same texts at the same places are one."""
    shapes: dict[frozenset[tuple[str, str]], RawRecord] = {}
    for record in records:
        shape = frozenset((_named(path), _whose(record.value)) for path, _ in _texts(record.value, ()))
        shapes.setdefault(shape, record)
    return sorted(shapes.values(), key=lambda record: -len(record.payload))[:MOST_SHAPES]


def _texts(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(value, str):
        yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from _texts(one, (*path, name))


def _named(path: tuple[Any, ...]) -> str:
    return ".".join("*" if isinstance(part, int) else str(part) for part in path)


def _passing(record: RawRecord, decoder: Decoder, stream: Stream) -> Iterator[str]:
    names = [item.name for item in stream.fields if item.mark is Mark.OPEN and item.type == "text"]
    for path, _ in _texts(record.value, ()):
        value = copy.deepcopy(record.value)
        place = value
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = CANARY
        rows = decoder.rows(RawRecord(record.position, record.payload, value))
        for row in () if isinstance(rows, Outside | Refused) else rows:
            if any(CANARY in str(row.get(name)) for name in names):
                yield _named(path) + (f" of {who}" if (who := _whose(record.value)) else "")


def _whose(record: Any) -> str:
    """Whose record it is, where that decides what is open."""
    sender = record.get("sender")
    return str(record.get("role") or (sender.get("type") if isinstance(sender, dict) else "") or "")


@pytest.mark.parametrize(("source", "name"), STREAMS, ids=[f"{source}/{name}" for source, name in STREAMS])
def test_only_what_was_looked_at_passes_as_it_is(source: str, name: str, passing: dict[str, set[str]]) -> None:
    assert passing[f"{source}/{name}"] == LOOKED_AT.get(f"{source}/{name}", set())


def test_a_change_of_a_field_that_people_write_tells_neither_what_was_nor_what_is() -> None:
    decoder = source_named("zendesk").stream("ticket_events").decoder(None, {})  # type: ignore[arg-type]
    for field in ("subject", "description", "custom_field_1", "requester_name"):
        child = {"id": 1, "event_type": "Change", field: CANARY, "previous_value": CANARY}
        rows = decoder.rows(RawRecord(0, b"", {"id": 1, "ticket_id": 2, "timestamp": 3, "child_events": [child]}))
        assert isinstance(rows, list) and CANARY not in str(rows)
