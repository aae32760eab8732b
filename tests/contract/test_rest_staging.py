"""What staging makes of Zendesk and Chatwoot, against the truth of the pretend shop's world."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest

from deskmart.batch import Interval
from deskmart.freeze import freeze
from deskmart.frozen_tables import write_inputs
from deskmart.lake import Lake, private_folder
from deskmart.pipeline import land_source, validate_attempts
from deskmart.settings import Settings
from ingestion.sources import chatwoot, zendesk
from sandbox.serve import Shop
from sandbox.truth import ChatContact, TicketStory
from sandbox.world import World
from sandbox.zendesk_state import ORDER_FIELD, TOPIC_FIELD
from tests.contract.rest_reading import chatwoot_settings, zendesk_settings
from tests.warehouse.quick import load_seeds, make, needed, ordered
from tests.warehouse.rendering import SEEDS

pytestmark = pytest.mark.slow
PREFIXES = ("stg_chatwoot__", "int_chatwoot_", "stg_zendesk__", "int_zendesk_")
Legs = dict[tuple[int, int], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def world() -> World:
    return World(5, date(2026, 3, 1), 9, 150)


@pytest.fixture(scope="module")
def staged(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The staging models over everything, read in two goes: two thirds, then the rest."""
    home = tmp_path_factory.mktemp("home")
    with Shop(world) as shop:
        fields = {"topic_field": TOPIC_FIELD, "order_field": ORDER_FIELD}
        settings = zendesk_settings(home, shop.zendesk_url, shop.zendesk_token, email=shop.zendesk_email, **fields)
        settings = settings.with_source(chatwoot_settings(home, shop.chatwoot_url, shop.chatwoot_token).source("chatwoot"))
        begin = 0
        for end in (6, 9):
            days = Interval(*(datetime.fromtimestamp(world.calendar.midnight(day), UTC) for day in (begin, end)))
            for source in (zendesk.SOURCE, chatwoot.SOURCE):
                admissions = validate_attempts(land_source(source, settings, days), settings)
                assert not [admission for admission in admissions if admission.quarantined]
            begin = end
    yield from _staging(settings)


def _staging(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    lake = Lake(settings.home)
    private_folder(lake.warehouse)
    write_inputs(lake, freeze(settings), "a-build", lake.candidate)
    models = ordered(settings.site_timezone, SEEDS)
    wanted = needed(models, [model.name for model in models if model.name.startswith(PREFIXES)])
    with duckdb.connect(str(lake.candidate)) as connection:
        connection.execute(
            "set TimeZone = 'UTC'; create schema staging; create schema seeds; set search_path = 'main,staging,seeds'"
        )
        load_seeds(connection)
        for model in models:
            if model.name in wanted:
                make(connection, model, f"staging.{model.name}")
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def chats_over(world: World) -> list[ChatContact]:
    """Contacts whose end lies within the world."""
    return [chat for chat in world.truth.chats if chat.ended_at is not None and chat.ended_at < world.end]


@pytest.fixture
def legs(staged: duckdb.DuckDBPyConnection) -> Legs:
    """Legs in their order, by conversation and the contact's first second."""
    frames = rows(
        staged, "select contact_id, conversation_id, epoch(started_at)::bigint as began from staging.int_chatwoot_contacts_framed"
    )
    place = {frame["contact_id"]: (frame["conversation_id"], frame["began"]) for frame in frames}
    found: Legs = {}
    query = """
        select contact_id, leg_kind, outcome, agent_id, epoch(offered_at)::bigint as offered_at,
            epoch(answered_at)::bigint as answered_at, epoch(ended_at)::bigint as ended_at,
            customer_id_token is not null as has_customer
        from staging.stg_chatwoot__contact_legs order by offered_at, contact_leg_id
    """
    for leg in rows(staged, query):
        found.setdefault(place[leg["contact_id"]], []).append(leg)
    return found


def test_each_chat_contact_of_the_world_is_one_contact(legs: Legs, world: World) -> None:
    assert legs.keys() == {(chat.conversation_id, chat.started_at) for chat in world.truth.chats if chat.started_at < world.end}


def test_each_chat_was_offered_answered_and_ended_when_it_was(legs: Legs, world: World) -> None:
    for chat in chats_over(world):
        human = [leg for leg in legs[chat.conversation_id, chat.started_at] if leg["leg_kind"] != "self_service"]
        if chat.outcome == "self_service":
            assert not human
            continue
        told = (human[0]["offered_at"], human[0]["answered_at"], human[-1]["ended_at"], human[0]["outcome"])
        assert told == (chat.handed_over_at or chat.started_at, chat.answered_at, chat.ended_at, chat.outcome)
        assert human[0]["has_customer"]


def test_the_bots_part_of_a_chat_is_a_leg_of_its_own(legs: Legs, world: World) -> None:
    for chat in chats_over(world):
        bots = [leg["outcome"] for leg in legs[chat.conversation_id, chat.started_at] if leg["leg_kind"] == "self_service"]
        contained = "self_service" if chat.outcome == "self_service" else "flow_out"
        assert bots == ([contained] if chat.has_bot else [])


def tickets_of(world: World) -> list[TicketStory]:
    return [ticket for ticket in world.truth.tickets if ticket.created_at < world.end - 60]


def test_each_ticket_is_what_it_was(staged: duckdb.DuckDBPyConnection, world: World) -> None:
    found = {row["ticket_id"]: row for row in rows(staged, "select * from staging.stg_zendesk__tickets")}

    assert found.keys() == {f"zendesk:{ticket.ticket_id}" for ticket in tickets_of(world)}
    for ticket in tickets_of(world):
        row = found[f"zendesk:{ticket.ticket_id}"]
        assert row["channel"] == ticket.channel
        assert row["topic"] == ticket.issue.topic
        assert (row["merged_into_id"] is not None) == (ticket.merged_into is not None)
        assert row["followup_of_id"] == (f"zendesk:{ticket.followup_of}" if ticket.followup_of else None)
        assert row["is_deleted"] == (ticket.deleted_at is not None and ticket.deleted_at < world.end - 60)


def test_public_replies_and_solves_are_those_of_the_agents(staged: duckdb.DuckDBPyConnection, world: World) -> None:
    logins = {agent.agent_id: f"zendesk:{agent.zendesk_id}" for agent in world.roster.agents}
    replies, solves = _by_ticket(staged, _REPLIES), _by_ticket(staged, _SOLVES)

    for ticket in tickets_of(world):
        if ticket.deleted_at is not None:
            continue
        number = f"zendesk:{ticket.ticket_id}"
        assert replies.get(number, []) == [(at, logins[who]) for at, who in ticket.public_replies if at < world.end - 60]
        assert solves.get(number, []) == [(at, logins.get(who)) for at, who in ticket.solves if at < world.end - 60]


_REPLIES = """
    select ticket_id, epoch(sent_at)::bigint as at, sender_id as who from staging.stg_zendesk__messages
    where sender_type = 'agent' and is_public and not is_automatic order by sent_at, message_id
"""
_SOLVES = """
    select ticket_id, epoch(occurred_at)::bigint as at, actor_id as who from staging.stg_zendesk__ticket_events
    where field = 'status' and new_value = 'solved' order by occurred_at, event_id
"""


def _by_ticket(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, list[tuple[int, str | None]]]:
    found: dict[str, list[tuple[int, str | None]]] = {}
    for row in rows(connection, query):
        found.setdefault(row["ticket_id"], []).append((row["at"], row["who"]))
    return found
