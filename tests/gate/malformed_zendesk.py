"""Kinds of malformed payload that Zendesk, or what stands before it, may send."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from tests.gate.malformed import NOON, Case, of_page, of_record, unreadable_pages, warned

NOT_AN_INTEGER = "ticket_id is not an integer"


def ticket(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "generated_timestamp": NOON + number,
        "created_at": "2024-03-01T08:00:00Z",
        "updated_at": "2024-03-01T11:00:00Z",
        "status": "open",
        "priority": "normal",
        "type": "question",
        "group_id": 12,
        "assignee_id": 34,
        "requester_id": 56,
        "via": {"channel": "email", "source": {"rel": None}},
        "tags": ["vip"],
        "custom_fields": [],
        "is_public": True,
        **changed,
    }


def update(number: int, *children: Any, **changed: Any) -> dict[str, Any]:
    """An update of a ticket, as the ticket event export has it."""
    return {
        "id": number,
        "ticket_id": 7,
        "timestamp": NOON + number,
        "updater_id": 34,
        "via": "Mail",
        "child_events": list(children or [change(number * 10)]),
        **changed,
    }


def change(number: Any, **changed: Any) -> dict[str, Any]:
    return {"id": number, "event_type": "Change", "via": "Mail", "status": "solved", "previous_value": "open", **changed}


def comment(number: int, **changed: Any) -> dict[str, Any]:
    return {"id": number, "event_type": "Comment", "public": True, "author_id": 34, "body": "12 天了", **changed}


def user(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "role": "end-user",
        "name": "李",
        "phone": "13812345678",
        "email": f"u{number}@shop.cn",
        "active": True,
        "suspended": False,
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2024-03-01T12:00:00Z",
        **changed,
    }


def rating(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": 7,
        "score": "good",
        "comment": "快",
        "assignee_id": 34,
        "requester_id": 56,
        "created_at": "2024-03-01T12:00:00Z",
        "updated_at": "2024-03-01T12:00:00Z",
        **changed,
    }


def wrapped(key: str, records: Sequence[Any]) -> bytes:
    return json.dumps({key: list(records), "end_of_stream": True}).encode()


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


_TICKETS, _EVENTS, _USERS, _RATINGS = (
    partial(wrapped, key) for key in ("tickets", "ticket_events", "users", "satisfaction_ratings")
)
_ticket = partial(of_record, "tickets", _TICKETS, (ticket(1), ticket(2)))
_event = partial(of_record, "ticket_events", _EVENTS, (update(1), update(2, comment(20))))
_user = partial(of_record, "users", _USERS, (user(1), user(2)))
_rating = partial(of_record, "satisfaction_ratings", _RATINGS, (rating(1), rating(2)))
_odd_ticket = partial(warned, "tickets", _TICKETS, (ticket(1), ticket(2)))

CASES: tuple[Case, ...] = (
    *unreadable_pages("tickets", _TICKETS, (ticket(1), ticket(2)), "tickets"),
    of_page(
        "ticket_events",
        _EVENTS,
        (update(1), update(2)),
        "an error for a page",
        b'{"error": "429"}',
        "page has no list at ticket_events",
    ),
    _ticket("a number for a record", 5, "record is not an object"),
    _ticket("a list for a record", [ticket(9)], "record is not an object"),
    _ticket("null for a record", None, "record is not an object"),
    _ticket("no id", without(ticket(9), "id"), "ticket_id is missing"),
    _ticket("an id of words", ticket(9, id="nine"), NOT_AN_INTEGER),
    _ticket("an id with a fraction", ticket(9, id=9.5), NOT_AN_INTEGER),
    _ticket("an id that is yes", ticket(9, id=True), NOT_AN_INTEGER),
    _ticket("an id beyond 64 bits", ticket(9, id=10**30), NOT_AN_INTEGER),
    _ticket("an id that is an object", ticket(9, id={"id": 9}), NOT_AN_INTEGER),
    _ticket("an id below one", ticket(0), "ticket_id_out_of_range"),
    _ticket("no version", ticket(9, generated_timestamp=None), "generated_at is missing"),
    _ticket("a version of words", ticket(9, generated_timestamp="now"), "generated_at is not a timestamp"),
    _ticket("a version beyond the calendar", ticket(9, generated_timestamp=10**15), "generated_at is not a timestamp"),
    _ticket("a version that is yes", ticket(9, generated_timestamp=True), "generated_at is not a timestamp"),
    _ticket(
        "a time without a zone", ticket(9, created_at="2024-03-01T08:00:00"), "created_at is not a timestamp with a time zone"
    ),
    _ticket("a day that does not exist", ticket(9, created_at="2024-02-30T08:00:00Z"), "created_at is not a timestamp"),
    _ticket("a status that is not known", ticket(9, status="martian"), "status_unmapped"),
    _ticket("no status", ticket(9, status=None), "status_missing"),
    _ticket("a status that is a list", ticket(9, status=["open"]), "status is not a text"),
    _ticket("updated before it was created", ticket(9, updated_at="2024-02-01T08:00:00Z"), "updated_at_before_created_at"),
    _ticket("nobody asked", ticket(9, requester_id=None), "requester_id_missing"),
    _ticket("tags that are an object", ticket(9, tags={"vip": 1}), "tags is not a text"),
    _ticket(
        "a follow-up of itself",
        ticket(9, via={"channel": "web", "source": {"rel": "follow_up", "from": {"ticket_id": 9}}}),
        "followup_of_itself",
    ),
    _ticket("custom fields that are a text", ticket(9, custom_fields="101=x"), "custom_fields is not a list"),
    _ticket("custom fields that are an object", ticket(9, custom_fields={"101": "x"}), "custom_fields is not a list"),
    _ticket("a way in that is a text", ticket(9, via="email"), "via is not an object"),
    _ticket("public, perhaps", ticket(9, is_public="perhaps"), "is_public is not a yes or no"),
    _ticket("half a surrogate", ticket(9, priority="\ud83d"), "priority is not a text"),
    _ticket("a zero byte in a word", ticket(9, type="a\0b"), "type is not a text"),
    _ticket("a group that is a name", ticket(9, group_id="sales"), "group_id is not an integer"),
    _ticket("an infinite assignee", ticket(9, assignee_id=float("inf")), "assignee_id is not an integer"),
    _event("no child events", without(update(9), "child_events"), "child_events is not a list"),
    _event("child events that are a text", update(9, child_events="none"), "child_events is not a list"),
    _event("a child event that is a text", update(9, change(90), "Change"), "a child event is not an object"),
    _event("a child event without id", update(9, without(change(90), "id")), "event_id is missing"),
    _event("a child event whose id is an object", update(9, change({"id": 90})), "event_id is not a text"),
    _event("a child event without type", update(9, without(change(90), "event_type")), "event_type_missing"),
    _event("a change of nothing", update(9, {"id": 90, "event_type": "Change", "via": "Mail"}), "change_of_nothing"),
    _event("a comment that may be public", update(9, comment(90, public="perhaps")), "is_public is not a yes or no"),
    _event(
        "a comment that does not say whether it is public",
        update(9, without(comment(90), "public")),
        "comment_without_visibility",
    ),
    _event("an update of no ticket", update(9, ticket_id=None), "ticket_id_missing"),
    _event("an update at no time", update(9, timestamp=None), "occurred_at is missing"),
    _event("an update without number", update(9, id=None), "audit_id_missing"),
    _event("a good change beside a bad comment", update(9, change(90), comment(91, public=None)), "comment_without_visibility"),
    _user("a role that is not known", user(9, role="martian"), "role_unmapped"),
    _user("a telephone of words", user(9, phone="call my office"), "customer_phone is not a phone number"),
    _user("an e-mail without a host", user(9, email="li at shop"), "customer_email is not an email"),
    _user("an agent whose role is spelt otherwise", user(9, role="Agent"), "agent_without_id"),
    _rating("a score that is not known", rating(9, score="splendid"), "score_unmapped"),
    _rating("a comment that is an object", rating(9, comment={"text": "快"}), "comment is not a text"),
    _rating("updated before it was given", rating(9, updated_at="2024-03-01T11:59:59Z"), "updated_at_before_created_at"),
    _odd_ticket("solved by nobody", ticket(9, status="solved", assignee_id=None), "solved_by_nobody"),
    _odd_ticket(
        "a version older than its last change", ticket(9, updated_at="2024-03-01T23:00:00Z"), "generated_at_before_updated_at"
    ),
)
