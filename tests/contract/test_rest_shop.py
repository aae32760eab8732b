"""Zendesk and Chatwoot read from the pretend shop, faults included: nothing is lost, nothing comes twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deskmart.errors import SourceError
from deskmart.settings import Settings
from ingestion.ingest import ingest
from ingestion.sources import chatwoot, zendesk
from sandbox.faults import Faults
from sandbox.serve import Shop
from sandbox.world import World
from tests.contract.rest_reading import (
    batch_of,
    chatwoot_settings,
    records_of,
    rows_of,
    zendesk_settings,
)

SOURCES = {"zendesk": zendesk.SOURCE, "chatwoot": chatwoot.SOURCE}
Rows = dict[tuple[Any, ...], dict[str, Any]]
DATED = [(source.name, stream.name) for source in SOURCES.values() for stream in source.streams if stream.dated]


@pytest.fixture(scope="module")
def world() -> World:
    return World(11, date(2026, 3, 1), 6, 200)


@pytest.fixture(scope="module")
def open_shop(world: World) -> Iterator[Shop]:
    with Shop(world) as shop:
        yield shop


@pytest.fixture
def shop(open_shop: Shop) -> Iterator[Shop]:
    yield open_shop
    faults_of(open_shop).clear()


@pytest.fixture
def settings(shop: Shop, tmp_path: Path) -> dict[str, Settings]:
    return {
        "zendesk": zendesk_settings(tmp_path, shop.zendesk_url, shop.zendesk_token, email=shop.zendesk_email, page_size=100),
        "chatwoot": chatwoot_settings(tmp_path, shop.chatwoot_url, shop.chatwoot_token),
    }


def faults_of(shop: Shop) -> Faults:
    assert isinstance(shop.faults, Faults)
    return shop.faults


def read(settings: dict[str, Settings], source: str, stream: str, since: int, until: int) -> Rows:
    return rows_of(SOURCES[source], settings[source], stream, since, until)


@pytest.mark.parametrize(("source", "stream"), DATED, ids=lambda name: str(name))
def test_two_thirds_and_the_rest_are_the_same_as_all_at_once(
    settings: dict[str, Settings], world: World, source: str, stream: str
) -> None:
    begin, cut, end = world.calendar.start, world.calendar.midnight(4), world.end

    whole = read(settings, source, stream, begin, end)
    first, rest = read(settings, source, stream, begin, cut), read(settings, source, stream, cut, end)

    assert whole
    assert first and rest
    assert not first.keys() & rest.keys()
    assert {**first, **rest} == whole


def test_every_message_of_the_world_is_read_once(settings: dict[str, Settings], world: World) -> None:
    rows = read(settings, "chatwoot", "messages", world.calendar.start, world.end)

    told = [line for talk in world.conversations for line in talk.messages if line.at < world.end]
    assert {key[0] for key in rows} == {line.message_id for line in told}


def test_every_ticket_and_update_of_the_world_is_read_once(settings: dict[str, Settings], world: World) -> None:
    seen = world.end - 60  # the export leaves out the last minute
    begin = world.calendar.start
    tickets = read(settings, "zendesk", "tickets", begin, world.end)
    updates = read(settings, "zendesk", "ticket_events", begin, world.end)

    known = [one for one in world.tickets if one.created_at <= seen]
    dated = {one.ticket_id: [audit for audit in one.audits if audit.at <= seen] for one in known}
    newest = {number for number, audits in dated.items() if audits[-1].at <= seen}
    assert {key[0] for key in tickets} <= newest
    assert len(newest) - len(tickets) <= sum(1 for one in world.tickets if one.touches and one.touches[-1] > seen)
    alive = {audit.audit_id for one in world.tickets for audit in dated.get(one.ticket_id, []) if one.deleted_at is None}
    assert alive <= {row["audit_id"] for row in updates.values()}


REFUSALS = ("429_seconds", "429_date", "429_bare", "401", "500", "503")
BROKEN = ("cut", "truncated", "short_body", "not_json", "empty_page", "duplicate_page", "shrinking_total")
PASSING = [
    *(("zendesk", stream, kind) for stream in ("tickets", "ticket_events", "users") for kind in (*REFUSALS, *BROKEN)),
    ("zendesk", "ticket_events", "cursor_loop"),
    *(("zendesk", "satisfaction_ratings", kind) for kind in ("500", "cut", "duplicate_page", "shifting_pages", "empty_page")),
    *(("chatwoot", stream, kind) for stream in ("conversations", "reporting_events") for kind in (*REFUSALS, *BROKEN)),
    *(("chatwoot", stream, "shifting_pages") for stream in ("conversations", "reporting_events", "csat_survey_responses")),
    *(("chatwoot", "messages", kind) for kind in ("429_date", "500", "cut", "truncated", "duplicate_page", "empty_page")),
]
PATHS = {"messages": "/messages", "conversations": "/conversations$"}


@pytest.mark.slow
@pytest.mark.parametrize(("source", "stream", "kind"), PASSING, ids=lambda name: str(name))
def test_a_fault_that_passes_changes_nothing(
    shop: Shop, settings: dict[str, Settings], world: World, source: str, stream: str, kind: str
) -> None:
    begin, end = world.calendar.start, world.end
    calm = read(settings, source, stream, begin, end)
    faults_of(shop).add(kind, PATHS.get(stream, stream), skip=1, times=1)

    assert read(settings, source, stream, begin, end) == calm
    assert faults_of(shop).pending[0].times == 0, "the fault was never met"


STAYING = [
    *(("zendesk", "tickets", kind) for kind in ("401", "503", "cut", "truncated", "cursor_loop", "empty_page", "foreign_next")),
    ("zendesk", "ticket_events", "shrinking_total"),
    ("zendesk", "ticket_events", "foreign_next"),
    *(("chatwoot", "conversations", kind) for kind in ("401", "500", "not_json", "empty_page")),
    *(("chatwoot", "messages", kind) for kind in ("503", "cut", "empty_page")),
]


@pytest.mark.parametrize(("source", "stream", "kind"), STAYING, ids=lambda name: str(name))
def test_a_fault_that_stays_lands_nothing_and_is_one_line(
    shop: Shop, settings: dict[str, Settings], world: World, source: str, stream: str, kind: str
) -> None:
    faults_of(shop).add(kind, PATHS.get(stream, stream), times=10_000)
    batch = batch_of(SOURCES[source], stream, world.calendar.start, world.end)

    with pytest.raises(SourceError) as caught:
        ingest(SOURCES[source], batch, settings[source])

    line = str(caught.value)
    assert line.startswith(f"{source}/{stream}: ")
    assert "\n" not in line
    assert caught.value.todo
    assert not {shop.zendesk_token, shop.chatwoot_token} & set(line.split())
    folder = settings[source].home / "landing" / source / stream / batch.id
    assert not folder.exists() or not list(folder.iterdir())


def test_a_conversation_that_wakes_up_meanwhile_is_not_lost(shop: Shop, settings: dict[str, Settings], world: World) -> None:
    """The list is read at one moment, its second page when hours have passed: what jumped to the first page is read too."""
    begin, cut = world.calendar.start, world.calendar.midnight(5)
    shop.show(cut)
    stream, source = chatwoot.SOURCE.stream("conversations"), chatwoot.SOURCE
    pages = source.read(stream, batch_of(source, "conversations", begin, world.end), settings["chatwoot"], None)
    landed = [next(pages)]
    shop.show(world.end)
    landed += list(pages)

    found = {record["id"] for record, _ in records_of(source, settings["chatwoot"], "conversations", landed)}
    assert found == {talk.conversation_id for talk in world.conversations if talk.created_at <= world.end}


def test_no_token_is_in_what_is_landed(settings: dict[str, Settings], shop: Shop, world: World) -> None:
    batch = batch_of(zendesk.SOURCE, "groups", world.calendar.start, world.end)
    attempt = ingest(zendesk.SOURCE, batch, settings["zendesk"])

    assert shop.zendesk_token not in str(attempt.manifest)
    assert "authorization" not in str(attempt.manifest).lower()


def test_an_identical_second_reading_is_the_same_attempt(settings: dict[str, Settings], world: World) -> None:
    for source, stream in (("zendesk", "users"), ("zendesk", "tickets"), ("chatwoot", "messages")):
        batch = batch_of(SOURCES[source], stream, world.calendar.start, world.end)
        attempts = {ingest(SOURCES[source], batch, settings[source]).name for _ in range(2)}
        assert attempts == {"00001"}
