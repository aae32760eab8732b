"""Chatwoot: its streams. `chatwoot_reading` reads them, `chatwoot_records` says what their records hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from ingestion.sources import chatwoot_records as records
from ingestion.sources.chatwoot_reading import NAME, read


def _stream(
    name: str,
    fields: tuple[Field, ...],
    key: str,
    mode: Mode,
    at: str,
    feeds: tuple[str, ...],
    explode: Callable[[dict[str, Any]], Rows] | None = None,
    **more: Any,
) -> Stream:
    def decoder(settings: Settings, manifest: Mapping[str, Any]) -> Decoder:
        return JsonDecoder(fields, at, explode)

    return Stream(name, fields, (key,), mode, decoder, feeds=feeds, **more)


SOURCE = Source(
    NAME,
    "Chatwoot",
    (
        _stream(
            "conversations",
            records.CONVERSATIONS,
            "conversation_id",
            Mode.CHANGES,
            "data.payload",
            ("contact_legs", "customers"),
            records.conversation_rows,
            version="version",
            dated="last_activity_at",
        ),
        _stream(
            "messages",
            records.MESSAGES,
            "message_id",
            Mode.EVENTS,
            "payload",
            ("contact_legs", "messages", "surveys", "customers"),
            records.message_rows,
            dated="created_at",
            responses_per_file=500,
            texts=Texts("message", "message_id", f"{NAME}:"),
        ),
        _stream(
            "reporting_events",
            records.REPORTING_EVENTS,
            "event_id",
            Mode.EVENTS,
            "payload",
            ("contact_legs",),
            dated="created_at",
        ),
        _stream(
            "csat_survey_responses",
            records.CSAT_SURVEY_RESPONSES,
            "response_id",
            Mode.EVENTS,
            "",
            ("surveys",),
            dated="created_at",
            texts=Texts("survey", "message_id", f"{NAME}:"),
        ),
        _stream("agents", records.AGENTS, "agent_id", Mode.SNAPSHOT, "", ("agents",)),
        _stream("teams", records.TEAMS, "team_id", Mode.SNAPSHOT, "", ("queues",)),
        Stream(
            "team_members",
            records.TEAM_MEMBERS,
            ("team_id", "agent_id"),
            Mode.SNAPSHOT,
            lambda settings, manifest: records.TeamMembersDecoder(),
            feeds=("agents",),
        ),
        _stream("inboxes", records.INBOXES, "inbox_id", Mode.SNAPSHOT, "payload", ("queues",)),
    ),
    read,
)
