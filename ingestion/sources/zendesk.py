"""Zendesk Support: its streams. `zendesk_reading` reads them, `zendesk_records` says what their records hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from deskmart.settings import Settings
from ingestion.source import (
    Decoder,
    Field,
    JsonDecoder,
    Mode,
    Rows,
    Source,
    Stream,
    Texts,
)
from ingestion.sources import zendesk_records as records
from ingestion.sources.zendesk_reading import NAME, read


def _decoder(
    fields: tuple[Field, ...], at: str, explode: Callable[[dict[str, Any]], Rows] | None = None
) -> Callable[[Settings, Mapping[str, Any]], Decoder]:
    return lambda settings, manifest: JsonDecoder(fields, at, explode)


def _ticket_decoder(settings: Settings, manifest: Mapping[str, Any]) -> Decoder:
    """Tickets, with the topic and the order number that custom fields hold, when the options say which fields do."""
    options = settings.sources[NAME].options if NAME in settings.sources else {}
    explode = partial(records.ticket_rows, topic_field=options.get("topic_field"), order_field=options.get("order_field"))
    return JsonDecoder(records.TICKETS, "tickets", explode)


SOURCE = Source(
    NAME,
    "Zendesk Support",
    (
        Stream(
            "tickets",
            records.TICKETS,
            ("ticket_id",),
            Mode.CHANGES,
            _ticket_decoder,
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
            texts=Texts("message", "event_id", f"{NAME}:"),
        ),
        Stream(
            "users",
            records.USERS,
            ("user_id",),
            Mode.CHANGES,
            _decoder(records.USERS, "users", records.user_rows),
            version="updated_at",
            feeds=("agents", "customers"),
            uses_cursor=True,
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
            dated="updated_at",
            feeds=("surveys",),
            texts=Texts("survey", "rating_id", f"{NAME}:"),
        ),
    ),
    read,
)
