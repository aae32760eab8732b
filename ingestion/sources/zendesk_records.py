"""What Zendesk's records hold, and how one becomes rows.

Field lists follow the "Tickets", "Incremental Exports", "Users", "Groups" and "Satisfaction Ratings" pages of Zendesk's API
reference. An id of a user who may be a customer is always an identifier; an agent's id is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ingestion.source import Field, Mark, Outside, Refused, Rows, by_paths, dig, misshapen

AGENT_ROLES = ("agent", "admin")
_SYSTEM = -1  # updater_id and author_id of what no person did
_OPEN_VALUES = ("status", "assignee_id", "group_id", "priority", "tags", "type")  # what a change may show; the rest may be text
_NOT_FIELDS = {
    "id", "via", "via_reference_id", "event_type", "type", "previous_value", "added_tags", "removed_tags", "audit_id",
    "author_id", "created_at", "field_name", "value",
}  # fmt: skip


def _id(name: str, path: str | None = None) -> Field:
    return Field(name, "integer", path=path)


def _user(name: str, path: str | None = None) -> Field:
    return Field(name, mark=Mark.IDENTIFIER, kind="zendesk_user", path=path)


def _at(name: str, path: str | None = None) -> Field:
    return Field(name, "timestamp", path=path, conform=("iso8601",))


def _word(name: str, path: str | None = None) -> Field:
    return Field(name, path=path, conform=("trim", "empty_to_null"))


TICKETS = (
    _id("ticket_id", "id"),
    Field("generated_at", "timestamp", path="generated_timestamp", conform=("epoch",)),
    _at("created_at"),
    _at("updated_at"),
    Field(
        "status",
        mark=Mark.CODE,
        conform=("trim", "lower"),
        codes=("new", "open", "pending", "hold", "solved", "closed", "deleted"),
    ),
    _word("priority"),
    _word("type"),
    _id("group_id"),
    _id("assignee_id"),
    _user("requester_id"),
    _word("via_channel", "via.channel"),
    _id("followup_of_id"),
    _word("tags"),
    Field("is_public", "boolean"),
    _word("topic"),
    Field("order_id", mark=Mark.IDENTIFIER, kind="order", conform=("trim", "empty_to_null")),
)
TICKET_EVENTS = (
    _word("event_id"),
    _id("audit_id"),
    _id("ticket_id"),
    Field("occurred_at", "timestamp", conform=("epoch",)),
    _word("event_type"),
    _word("via_channel"),
    Field("is_system", "boolean"),
    _user("actor_id"),
    _word("field"),
    _word("old_value"),
    _word("new_value"),
    Field("is_public", "boolean"),
    _id("merged_from_id"),
    _id("merged_into_id"),
    Field("text", mark=Mark.TEXT),
)
USERS = (
    _user("user_id", "id"),
    _id("agent_id"),
    Field("role", mark=Mark.CODE, conform=("trim", "lower"), codes=("end-user", *AGENT_ROLES)),
    _word("agent_name"),
    _word("agent_email"),
    Field("customer_phone", mark=Mark.IDENTIFIER, kind="phone", conform=("trim", "empty_to_null", "phone")),
    Field("customer_email", mark=Mark.IDENTIFIER, kind="email", conform=("trim", "empty_to_null", "email")),
    _id("default_group_id"),
    Field("is_active", "boolean", path="active"),
    Field("is_suspended", "boolean", path="suspended"),
    _at("created_at"),
    _at("updated_at"),
)
GROUPS = (
    _id("group_id", "id"),
    _word("name"),
    Field("is_deleted", "boolean", path="deleted"),
    _at("created_at"),
    _at("updated_at"),
)
GROUP_MEMBERSHIPS = (
    _id("membership_id", "id"),
    _id("user_id"),
    _id("group_id"),
    Field("is_default", "boolean", path="default"),
    _at("created_at"),
    _at("updated_at"),
)
SATISFACTION_RATINGS = (
    _id("rating_id", "id"),
    _id("ticket_id"),
    Field("score", mark=Mark.CODE, conform=("trim", "lower"), codes=("offered", "unoffered", "good", "bad")),
    Field("comment", mark=Mark.TEXT),
    _id("reason_code"),
    _id("assignee_id"),
    _id("group_id"),
    _user("requester_id"),
    _at("created_at"),
    _at("updated_at"),
)
_EVENT: dict[str, Any] = dict.fromkeys(
    ("field", "old_value", "new_value", "text", "is_public", "merged_from_id", "merged_into_id")
)
_TICKET, _USER = by_paths(TICKETS), by_paths(USERS)


def ticket_rows(record: dict[str, Any], topic_field: Any = None, order_field: Any = None) -> Rows:
    """One ticket is one row; its tags become one text, parted by spaces; two custom fields (by id) hold topic and order."""
    if problems := misshapen(record, ("custom_fields", list), ("via", dict)):
        return Refused(problems)
    row = _TICKET(record)
    source = dig(record, "via.source")
    is_followup = isinstance(source, Mapping) and source.get("rel") == "follow_up"
    custom = {str(one.get("id")): one.get("value") for one in record.get("custom_fields") or () if isinstance(one, Mapping)}
    found = {
        "tags": _spaced(record.get("tags")),
        "followup_of_id": dig(source, "from.ticket_id") if is_followup else None,
        "topic": _spaced(custom.get(str(topic_field))),
        "order_id": _spaced(custom.get(str(order_field))),
    }
    return [row | found]


def user_rows(record: dict[str, Any]) -> Rows:
    """One user is one row: an agent's id, name and e-mail are open; a customer's phone and e-mail are identifiers."""
    row = _USER(record)
    if record.get("role") in AGENT_ROLES:
        found = {"agent_id": record.get("id"), "agent_name": record.get("name"), "agent_email": record.get("email")}
    else:
        found = {"customer_phone": record.get("phone"), "customer_email": record.get("email")}
    return [row | found]


def event_rows(record: dict[str, Any]) -> Rows:
    """One update of a ticket is a row for each of its child events."""
    children = record.get("child_events")
    if not isinstance(children, list):
        return Refused(("child_events is not a list",))
    if not children:
        return Outside("an update without child events")
    if not all(isinstance(child, dict) for child in children):
        return Refused(("a child event is not an object",))
    update = {
        "audit_id": record.get("id"),
        "ticket_id": record.get("ticket_id"),
        "occurred_at": record.get("timestamp"),
        "is_system": record.get("updater_id") in (_SYSTEM, None),
        "actor_id": _person(record.get("updater_id")),
        "via_channel": _channel(record.get("via")),
    }
    return [update | row for child in children for row in _child_rows(child)]


def _child_rows(child: dict[str, Any]) -> Iterator[dict[str, Any]]:
    number = None if isinstance(child.get("id"), bool) else child.get("id")
    base = _EVENT | {"event_id": _spaced(number), "event_type": child.get("event_type") or child.get("type")}
    if (channel := _channel(child.get("via"))) is not None:
        base["via_channel"] = channel
    if str(base["event_type"]).endswith("Comment"):
        yield base | _comment(child)
        return
    changes = list(_changes(child))
    for name, old, new in changes:
        named = {"event_id": f"{number}:{name}"} if len(changes) > 1 and isinstance(number, int | str) else {}
        yield base | named | {"field": name, "old_value": old, "new_value": new}
    if not changes:
        yield base


def _comment(child: dict[str, Any]) -> dict[str, Any]:
    source = dig(child, "via.source")
    is_merge = isinstance(source, Mapping) and source.get("rel") == "merge"
    merged_from = dig(source, "from.ticket_ids.0") or dig(source, "from.ticket_id")
    found: dict[str, Any] = {
        "is_public": child.get("public", child.get("comment_public")),
        "text": child.get("plain_body") or child.get("body"),
        "merged_from_id": merged_from if is_merge else None,
        "merged_into_id": dig(source, "to.ticket_id") if is_merge else None,
    }
    if "author_id" in child:
        found |= {"actor_id": _person(child["author_id"]), "is_system": child["author_id"] == _SYSTEM}
    return found


def _changes(child: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """(field, old, new) of each change; the field's name is a key of the event, or stands in `field_name` as in audits."""
    if "field_name" in child:
        pairs = [(str(child["field_name"]), child.get("value"))]
    else:
        pairs = [(name, value) for name, value in child.items() if name not in _NOT_FIELDS]
    for name, value in pairs:
        is_open = name in _OPEN_VALUES
        yield name, _spaced(child.get("previous_value")) if is_open else None, _spaced(value) if is_open else None


def _channel(via: Any) -> str | None:
    """The channel of a `via`, which is an object in comments and a word in updates."""
    found = via.get("channel") if isinstance(via, Mapping) else via
    return str(found) if found is not None else None


def _person(user_id: Any) -> Any:
    return None if user_id == _SYSTEM else user_id


def _spaced(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return str(value) if isinstance(value, int) else value
