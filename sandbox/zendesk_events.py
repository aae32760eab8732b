"""The history of Zendesk tickets: as audits of one ticket, and as the stream of ticket events."""

from sandbox.clock import utc
from sandbox.tickets import Audit, Ticket
from sandbox.zendesk_state import (
    ORDER_FIELD,
    TOPIC_FIELD,
    VIA,
    Dated,
    Record,
    ZendeskState,
)


def history(state: ZendeskState, ticket: Ticket) -> list[tuple[Audit, list[tuple[str, object, object]]]]:
    """Each audit with its (field, value before, value after); what did not change is left out."""
    values: Record = {}
    found = []
    for place, audit in enumerate(state.audits_of(ticket)):
        changes = []
        for name, value in audit.changes:
            if values.get(name) != value or place == 0:
                changes.append((name, state.shown(name, values.get(name)), state.shown(name, value)))
                values[name] = value
        found.append((audit, changes))
    return found


def audits(state: ZendeskState, ticket: Ticket) -> list[Record]:
    """A ticket's audits as `/tickets/{id}/audits` shows them: ids inside events are text."""
    found = []
    for place, (audit, changes) in enumerate(history(state, ticket)):
        events: list[Record] = [comment] if (comment := _comment(state, ticket, audit)) else []
        if place == 0:
            first = (
                (f"{TOPIC_FIELD}", ticket.issue.topic),
                (f"{ORDER_FIELD}", ticket.issue.order_id),
                ("subject", _subject(ticket)),
            )
            created = [*((name, after) for name, _, after in changes), *first]
            events += [{"type": "Create", "field_name": name, "value": _text(value)} for name, value in created]
        else:
            events += [
                {"type": "Change", "field_name": name, "value": _text(after), "previous_value": _text(before)}
                for name, before, after in changes
            ]
        numbered: list[Record] = [{"id": audit.audit_id + 1 + number, **event} for number, event in enumerate(events)]
        record: Record = {
            "id": audit.audit_id,
            "ticket_id": ticket.ticket_id,
            "created_at": utc(audit.at),
            "author_id": state.user_id(audit.author, ticket),
            "metadata": {"system": {}, "custom": {}},
            "events": numbered,
            "via": _via(audit),
        }
        found.append(record)
    return found


def comments(state: ZendeskState, ticket: Ticket) -> list[Record]:
    """A ticket's comments, oldest first."""
    found = []
    for audit in state.audits_of(ticket):
        if (comment := _comment(state, ticket, audit)) is not None:
            extra: Record = {"via": _via(audit), "created_at": utc(audit.at), "metadata": {"system": {}, "custom": {}}}
            found.append({"id": audit.audit_id + 1, **comment, **extra})
    return found


def ticket_events(state: ZendeskState, with_comments: bool) -> list[Dated]:
    """The stream of all updates in order; without the side-load a comment is only said to be there."""
    found = []
    for ticket in state.visible:
        for place, (audit, changes) in enumerate(history(state, ticket)):
            found.append(_event(state, ticket, audit, changes, place == 0, with_comments))
    return sorted(found, key=lambda one: (one.at, one.record_id))


def _event(
    state: ZendeskState,
    ticket: Ticket,
    audit: Audit,
    changes: list[tuple[str, object, object]],
    is_first: bool,
    with_comments: bool,
) -> Dated:
    children: list[Record] = []
    if (comment := _comment(state, ticket, audit)) is not None:
        full: Record = {**comment, "via": _via(audit), "created_at": utc(audit.at)}
        children.append(full if with_comments else {"comment_present": True, "comment_public": comment["public"]})
        children[0]["event_type"] = "Comment"
    children += [_child(name, before, after, is_first) for name, before, after in changes]
    if is_first:
        children.append({"subject": _subject(ticket), "event_type": "Create"})
        fields: Record = {f"{TOPIC_FIELD}": ticket.issue.topic, f"{ORDER_FIELD}": ticket.issue.order_id}
        children += [{"custom_ticket_fields": {name: value}, "event_type": "Create"} for name, value in fields.items()]
    numbered: list[Record] = [
        {"id": audit.audit_id + 1 + number, "via": audit.via, "via_reference_id": None, **child}
        for number, child in enumerate(children)
    ]
    record: Record = {
        "id": audit.audit_id,
        "ticket_id": ticket.ticket_id,
        "timestamp": audit.at,
        "created_at": utc(audit.at),
        "updater_id": state.user_id(audit.author, ticket),
        "via": audit.via,
        "system": {},
        "metadata": {},
        "event_type": "Audit",
        "child_events": numbered,
    }
    return Dated(audit.at, audit.audit_id, record)


def _child(name: str, before: object, after: object, is_first: bool) -> Record:
    if is_first:
        return {name: after, "event_type": "Create"}
    if name == "tags" and isinstance(after, list):
        old = before if isinstance(before, list) else []
        added, removed = [tag for tag in after if tag not in old], [tag for tag in old if tag not in after]
        return {"tags": after, "added_tags": added, "removed_tags": removed, "event_type": "Change"}
    return {name: after, "previous_value": before, "event_type": "Change"}


def _via(audit: Audit) -> Record:
    """How an update came in, as an object; a merge names the other ticket."""
    source: Record = {"from": {}, "to": {}, "rel": None}
    if audit.merged is not None:
        side, other = audit.merged
        named: Record = {"ticket_id": other.ticket_id, "subject": _subject(other)}
        source = {"from": {}, "to": {}, "rel": "merge", side: named}
        if side == "from":
            named["ticket_ids"] = [other.ticket_id]
    return {"channel": VIA[audit.via], "source": source}


def _comment(state: ZendeskState, ticket: Ticket, audit: Audit) -> Record | None:
    if audit.comment is None:
        return None
    body, public = audit.comment
    return {
        "type": "Comment",
        "author_id": state.user_id(audit.author, ticket),
        "body": body,
        "html_body": f'<div class="zd-comment" dir="auto">{body}</div>',
        "plain_body": body,
        "public": public,
        "attachments": [],
        "audit_id": audit.audit_id,
    }


def _subject(ticket: Ticket) -> str:
    return ticket.audits[0].comment[0][:40] if ticket.audits[0].comment else ""


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) else value
