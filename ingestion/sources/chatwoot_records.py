"""What Chatwoot's records hold, and how one becomes a row.

Field names follow the jbuilder views and `push_event_data` of chatwoot/chatwoot. Times are epoch seconds or, in reporting
events of some versions, ISO 8601: the step `epoch` takes both. A contact's id is an identifier; an agent's id is open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ingestion.source import Field, JsonDecoder, Mark, RawRecord, Refused, Rows, by_paths, dig, misshapen
from ingestion.sources.chatwoot_activity import ACTIVITIES, ACTORS, read_activity

KINDS = ("incoming", "outgoing", "activity", "template")


def _id(name: str, path: str | None = None) -> Field:
    return Field(name, "integer", path=path)


def _at(name: str, path: str | None = None) -> Field:
    return Field(name, "timestamp", path=path, conform=("epoch",))


def _word(name: str, path: str | None = None) -> Field:
    return Field(name, path=path, conform=("trim", "empty_to_null"))


def _code(name: str, codes: tuple[str, ...]) -> Field:
    return Field(name, mark=Mark.CODE, conform=("trim", "lower", "empty_to_null"), codes=codes)


def _contact(under: str) -> tuple[Field, ...]:
    return (
        Field("contact_id", mark=Mark.IDENTIFIER, kind="chatwoot_contact", path=f"{under}.id"),
        Field(
            "contact_phone",
            mark=Mark.IDENTIFIER,
            kind="phone",
            path=f"{under}.phone_number",
            conform=("trim", "empty_to_null", "phone"),
        ),
        Field(
            "contact_email", mark=Mark.IDENTIFIER, kind="email", path=f"{under}.email", conform=("trim", "empty_to_null", "email")
        ),
    )


CONVERSATIONS = (
    _id("conversation_id", "id"),
    _at("version"),
    _id("inbox_id"),
    _code("status", ("open", "resolved", "pending", "snoozed")),
    _at("created_at"),
    _at("last_activity_at"),
    _id("team_id", "meta.team.id"),
    _id("assignee_id", "meta.assignee.id"),
    *_contact("meta.sender"),
    _word("labels"),
    _word("priority"),
    _word("topic", "custom_attributes.topic"),
    Field("order_id", mark=Mark.IDENTIFIER, kind="order", path="custom_attributes.order_id", conform=("trim", "empty_to_null")),
    _word("ticket_id", "custom_attributes.ticket_id"),
    _word("disposition", "custom_attributes.disposition"),
)
MESSAGES = (
    _id("message_id", "id"),
    _id("conversation_id"),
    _id("inbox_id"),
    _code("kind", KINDS),
    _at("created_at"),
    Field("is_private", "boolean", path="private"),
    _word("content_type"),
    _word("sender_type", "sender.type"),
    _id("agent_id"),
    _word("agent_name"),
    *_contact("contact"),
    Field("is_automatic", "boolean"),
    _word("template_name"),
    _code("activity", ACTIVITIES),
    _code("activity_by", ACTORS),
    _word("assigned_agent"),
    _word("assigned_team"),
    _word("assigned_to"),
    Field("text", mark=Mark.TEXT),
)
REPORTING_EVENTS = (
    _id("event_id", "id"),
    _word("name"),
    Field("value", "seconds"),
    Field("value_in_business_hours", "seconds"),
    _at("started_at", "event_start_time"),
    _at("ended_at", "event_end_time"),
    _at("created_at"),
    _id("conversation_id"),
    _id("inbox_id"),
    _id("user_id"),
)
CSAT_SURVEY_RESPONSES = (
    _id("response_id", "id"),
    _id("message_id"),
    _id("conversation_id"),
    Field("score", "integer", path="rating"),
    Field("comment", mark=Mark.TEXT, path="feedback_message"),
    _id("assigned_agent_id", "assigned_agent.id"),
    *_contact("contact"),
    _at("created_at"),
)
AGENTS = (_id("agent_id", "id"), _word("name"), _word("email"), _code("role", ("agent", "administrator")))
TEAMS = (_id("team_id", "id"), _word("name"))
TEAM_MEMBERS = (_id("team_id"), _id("agent_id", "id"))
INBOXES = (_id("inbox_id", "id"), _word("name"), _word("channel_type"))
_CONVERSATION, _MESSAGE = by_paths(CONVERSATIONS), by_paths(MESSAGES)


def conversation_rows(record: dict[str, Any]) -> Rows:
    """One conversation is one row; its version is the later of its last change and its last activity."""
    changed, active = record.get("updated_at"), record.get("last_activity_at")
    problems = misshapen(record, ("meta", dict), ("meta.sender", dict), ("labels", list), ("custom_attributes", dict))
    if changed is not None and not _is_time(changed):
        problems = (*problems, "updated_at is not a time")
    if problems:
        return Refused(problems)
    times = [float(value) for value in (changed, active) if value is not None and _is_time(value)]
    labels = record.get("labels")
    found = {"version": max(times, default=None), "labels": None if labels is None else " ".join(map(str, labels))}
    return [_CONVERSATION(record) | found]


def message_rows(record: dict[str, Any]) -> Rows:
    """One message is one row; of an activity only what it tells is kept, of a customer neither name nor avatar."""
    if problems := misshapen(record, ("sender", dict), ("content_attributes", dict)):
        return Refused(problems)
    kind, sender = _kind(record.get("message_type")), record.get("sender") or {}
    attributes = record.get("content_attributes") or {}
    is_user, is_contact = sender.get("type") == "user", sender.get("type") == "contact"
    row = _MESSAGE({**record, "contact": sender if is_contact else {}}) | {
        "kind": kind,
        "agent_id": sender.get("id") if is_user else None,
        "agent_name": sender.get("name") if is_user else None,
        "is_automatic": kind == "template" or (kind == "outgoing" and (not is_user or "automation_rule_id" in attributes)),
        "template_name": dig(record, "additional_attributes.template_params.name"),
        "text": None if kind == "activity" else record.get("content"),
    }
    return [row | read_activity(record.get("content"), attributes)] if kind == "activity" else [row]


@dataclass(frozen=True, slots=True)
class TeamMembersDecoder:
    """Members of one team: the page is a list of agents, and its extension (`<team id>.json`) says of which team."""

    def records(self, body: bytes, ext: str) -> Iterable[RawRecord]:
        team_id = ext.split(".")[0]
        for record in JsonDecoder(TEAM_MEMBERS).records(body, ext):
            value = {**record.value, "team_id": int(team_id)} if isinstance(record.value, dict) else record.value
            yield RawRecord(record.position, record.payload, value, record.problem)

    def rows(self, record: RawRecord) -> Rows:
        return [{"team_id": record.value["team_id"], "agent_id": record.value.get("id")}]


def _kind(message_type: Any) -> Any:
    return KINDS[message_type] if type(message_type) is int and 0 <= message_type < len(KINDS) else message_type


def _is_time(value: Any) -> bool:
    """Whether a value is epoch seconds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
