"""Kinds of malformed payload that Chatwoot, or what stands before it, may send."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from ingestion.source import Page
from tests.gate.malformed import NOON, Case, of_page, of_record, unreadable_pages, warned

CONTACT = {"id": 5, "type": "contact", "phone_number": "+8613812345678", "email": "li@shop.cn"}
AGENT = {"id": 34, "type": "user", "name": "ann"}


def conversation(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "inbox_id": 12,
        "status": "open",
        "created_at": NOON,
        "updated_at": NOON + 60.5,
        "last_activity_at": NOON + 60,
        "labels": ["vip"],
        "priority": None,
        "meta": {"sender": {"id": 5, "phone_number": "+8613812345678", "email": "li@shop.cn"}, "assignee": {"id": 34}},
        "custom_attributes": {"topic": "refund"},
        **changed,
    }


def message(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "conversation_id": 7,
        "inbox_id": 12,
        "message_type": 0,
        "created_at": NOON + number,
        "private": False,
        "content_type": "text",
        "content": "我的快递还没到",
        "content_attributes": {},
        "sender": CONTACT,
        **changed,
    }


def reply(number: int, **changed: Any) -> dict[str, Any]:
    return message(number, **{"message_type": 1, "sender": AGENT, **changed})


def event(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": "first_response",
        "value": 12.5,
        "value_in_business_hours": 0,
        "event_start_time": NOON,
        "event_end_time": NOON + 12,
        "created_at": NOON + 13,
        "conversation_id": 7,
        "inbox_id": 12,
        "user_id": 34,
        **changed,
    }


def response(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "message_id": 12,
        "conversation_id": 7,
        "rating": 5,
        "feedback_message": "快",
        "assigned_agent": {"id": 34},
        "contact": {"id": 5},
        "created_at": NOON + number,
        **changed,
    }


def _under_data(records: Sequence[Any]) -> bytes:
    return json.dumps({"data": {"meta": {"all_count": 12}, "payload": list(records)}}).encode()


def _under_payload(records: Sequence[Any]) -> bytes:
    return json.dumps({"meta": {}, "payload": list(records)}).encode()


def _bare(records: Sequence[Any]) -> bytes:
    return json.dumps(list(records)).encode()


_talk = partial(of_record, "conversations", _under_data, (conversation(1), conversation(2)))
_message = partial(of_record, "messages", _under_payload, (message(1), reply(2)))
_event = partial(of_record, "reporting_events", _under_payload, (event(1), event(2)))
_response = partial(of_record, "csat_survey_responses", _bare, (response(1), response(2)))
_agent = partial(
    of_record, "agents", _bare, ({"id": 1, "name": "ann", "role": "agent"}, {"id": 2, "name": "bob", "role": "agent"})
)
_odd_message = partial(warned, "messages", _under_payload, (message(1), reply(2)))
_MEMBERS = json.dumps([{"id": 34}, {"id": 35}]).encode()

CASES: tuple[Case, ...] = (
    *unreadable_pages("conversations", _under_data, (conversation(1), conversation(2)), "data.payload"),
    of_page(
        "agents",
        _bare,
        ({"id": 1, "name": "ann"}, {"id": 2, "name": "bob"}),
        "an error for a list",
        b'{"errors": ["x"]}',
        "page has no list at its top",
    ),
    Case(
        "members of a team without number",
        "team_members",
        (Page(_MEMBERS, "12.json"), Page(_MEMBERS, "json")),
        2,
        ((_MEMBERS, ("page cannot be read (ValueError)",)),),
    ),
    _talk("a text for a conversation", "open", "record is not an object"),
    _talk("a conversation without id", conversation(9, id=None), "conversation_id is missing"),
    _talk("a conversation whose id is a name", conversation(9, id="nine"), "conversation_id is not an integer"),
    _talk("a status that is not known", conversation(9, status="martian"), "status_unmapped"),
    _talk("a status that is a number in a list", conversation(9, status=[1]), "status is not a text"),
    _talk("no inbox", conversation(9, inbox_id=None), "inbox_id_missing"),
    _talk("an inbox that is a name", conversation(9, inbox_id="web"), "inbox_id is not an integer"),
    _talk("no activity", conversation(9, last_activity_at=None), "last_activity_at is missing"),
    _talk("an activity of words", conversation(9, last_activity_at="now"), "last_activity_at is not a timestamp"),
    _talk("active before it began", conversation(9, created_at=NOON + 61), "last_activity_at_before_created_at"),
    _talk("changed at no readable time", conversation(9, updated_at="soon"), "updated_at is not a time"),
    _talk("changed at an infinite time", conversation(9, updated_at=float("inf")), "updated_at is not a time"),
    _talk("changed at yes", conversation(9, updated_at=True), "updated_at is not a time"),
    _talk("no contact", conversation(9, meta={"sender": {}}), "contact_id_missing"),
    _talk("a meta that is a text", conversation(9, meta="sender 5"), "meta is not an object"),
    _talk("a sender that is a text", conversation(9, meta={"sender": "李"}), "meta.sender is not an object"),
    _talk(
        "a telephone of words",
        conversation(9, meta={"sender": {"id": 5, "phone_number": "ask me"}}),
        "contact_phone is not a phone number",
    ),
    _talk("labels that are a text", conversation(9, labels="vip"), "labels is not a list"),
    _talk("attributes that are a list", conversation(9, custom_attributes=["refund"]), "custom_attributes is not an object"),
    _talk("a topic that is an object", conversation(9, custom_attributes={"topic": {"id": 1}}), "topic is not a text"),
    _message("a message without id", message(9, id=None), "message_id is missing"),
    _message("a message of no conversation", message(9, conversation_id=None), "conversation_id_missing"),
    _message("a message at no time", message(9, created_at=None), "created_at is missing"),
    _message("a message at a time of words", message(9, created_at="12 o'clock"), "created_at is not a timestamp"),
    _message("a kind that is not known", message(9, message_type=9), "kind_unmapped"),
    _message("a kind that is yes", reply(9, message_type=True), "kind_unmapped"),
    _message("no kind", message(9, message_type=None), "kind_missing"),
    _message("a sender that is a name", message(9, sender="李"), "sender is not an object"),
    _message("a sender of a kind that is not known", reply(9) | {"sender": {"id": 34, "type": "martian"}}, "sender_type_unknown"),
    _message("an agent without id", reply(9) | {"sender": {"type": "user", "name": "ann"}}, "user_without_id"),
    _message("a customer's message by an agent", message(9, sender=AGENT), "incoming_from_an_agent"),
    _message("a reply by a customer", reply(9) | {"sender": CONTACT}, "outgoing_from_a_contact"),
    _message(
        "attributes of a message that are a text",
        reply(9, content_attributes='{"automation_rule_id": 1}'),
        "content_attributes is not an object",
    ),
    _message("private, perhaps", reply(9, private="perhaps"), "is_private is not a yes or no"),
    _message("a content that is an object", message(9, content={"text": "x"}), "text is not a text"),
    _message("half a surrogate", message(9, content="\ud83d"), "text is not a text"),
    _event("an event without name", event(9, name=None), "name_missing"),
    _event("a duration of words", event(9, value="long"), "value is not a number of seconds"),
    _event("an event that never ended", event(9, event_end_time=None), "ended_at_missing"),
    _response("a score of six", response(9, rating=6), "score_out_of_range"),
    _response("a score of four and a half", response(9, rating=4.5), "score is not an integer"),
    _response("no score", response(9, rating=None), "score_missing"),
    _response("an answer to no message", response(9, message_id=None), "message_id_missing"),
    _agent("an agent without name", {"id": 9, "name": " ", "role": "agent"}, "name_missing"),
    _agent("an agent below one", {"id": -9, "name": "eve", "role": "agent"}, "agent_id_out_of_range"),
    _odd_message(
        "an activity in words that are not known",
        message(9, message_type=2, sender=None, content="Gespräch beendet"),
        "activity_not_understood",
    ),
    _odd_message("a customer's message of nobody", message(9, sender=None), "incoming_from_nobody"),
)
