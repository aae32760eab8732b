"""Tickets with their history and comments, and the orders, as canonical records of true persons."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.tickets import Audit, Ticket
from sandbox.world import World
from tests.e2e.truth.raw import Raw, at_utc, person

FIELDS = {"status": "status", "assignee_id": "assignee", "group_id": "group"}


def tickets(world: World, until: int) -> Iterator[Raw]:
    """Every ticket made before `until` as it stood then."""
    for ticket in _made(world, until):
        audits, deleted = _audits(ticket, until), _is_deleted(ticket, until)
        last = audits[-1].at
        values = {name: ticket.value(name, last) for name in FIELDS}
        merged = any(audit.merged is not None and audit.merged[0] == "to" for audit in audits)
        yield {
            "source_system": "zendesk",
            "ticket_id": _id(ticket),
            "version": at_utc(ticket.deleted_at if deleted and ticket.deleted_at else last),
            "created_at": at_utc(ticket.created_at),
            "status": "deleted" if deleted else values["status"],
            "group_id": _group(values["group_id"]),
            "queue_id": _group(ticket.value("group_id", ticket.created_at)),
            "assignee_id": values["assignee_id"],
            "customer_id": person(ticket.person.person_id),
            "channel": ticket.channel,
            "topic": ticket.issue.topic,
            "merged_into_id": _id(ticket.merged_into) if merged and ticket.merged_into else None,
            "followup_of_id": _id(ticket.followup_of) if ticket.followup_of else None,
            "is_deleted": deleted,
        }


def ticket_events(world: World, until: int) -> Iterator[Raw]:
    """What changed on tickets, by whom."""
    for ticket in _made(world, until):
        known: dict[str, object] = {}
        for place, audit in enumerate(_audits(ticket, until)):
            for name, value in audit.changes:
                if name in FIELDS and (place == 0 or known.get(name) != value):
                    shown = (_shown(name, known.get(name)), _shown(name, value))
                    yield _event(ticket, audit.at, f"{audit.audit_id}:{name}", FIELDS[name], shown, audit)
                    known[name] = value
            if audit.merged is not None and audit.merged[0] == "to":
                yield _event(ticket, audit.at, "merge", "merge", (None, _id(audit.merged[1])), None)
        if _is_deleted(ticket, until) and ticket.deleted_at is not None:
            yield _event(ticket, ticket.deleted_at, "delete", "delete", (None, None), None)


def comments(world: World, until: int) -> Iterator[Raw]:
    """What was written on tickets."""
    for ticket in _made(world, until):
        for audit in _audits(ticket, until):
            if audit.comment is not None:
                text, public = audit.comment
                yield {
                    "source_system": "zendesk",
                    "message_id": f"zendesk:{audit.audit_id}",
                    "ticket_id": _id(ticket),
                    "sender_type": "customer" if audit.author == "requester" else "agent",
                    "sender_id": None if audit.author == "requester" else audit.author,
                    "sent_at": at_utc(audit.at),
                    "is_public": public,
                    "is_automatic": False,
                    "text": text,
                }


def orders(world: World, until: int) -> Iterator[Raw]:
    """Every order as it stood at `until`, of those that changed within the world's days: nobody is told of the others."""
    for order in world.orders:
        seen = [version for version in order.versions if version.at < until]
        if seen and seen[-1].at >= world.calendar.start:
            yield {
                "source_system": "file_drop",
                "order_id": order.order_id,
                "customer_id": person(order.person.person_id),
                "created_at": at_utc(order.created_at),
                "paid_at": None if seen[-1].paid_at is None else at_utc(seen[-1].paid_at),
                "status": seen[-1].status,
                "amount": order.amount / 100,
                "currency": order.currency,
                "refunded_amount": seen[-1].refunded / 100,
                "refunded_at": None if seen[-1].refunded_at is None else at_utc(seen[-1].refunded_at),
                "distinct_products": order.distinct_products,
                "version_at": at_utc(seen[-1].at),
            }


def _made(world: World, until: int) -> list[Ticket]:
    return [ticket for ticket in world.tickets if ticket.created_at < until]


def _audits(ticket: Ticket, until: int) -> list[Audit]:
    end = until if ticket.deleted_at is None else min(until, ticket.deleted_at)
    return [audit for audit in ticket.audits if audit.at < end]


def _is_deleted(ticket: Ticket, until: int) -> bool:
    return ticket.deleted_at is not None and ticket.deleted_at < until


def _event(ticket: Ticket, at: int, number: str, field: str, values: tuple[str | None, str | None], audit: Audit | None) -> Raw:
    author = "system" if audit is None else audit.author
    return {
        "source_system": "zendesk",
        "event_id": f"{_id(ticket)}:{number}",
        "ticket_id": _id(ticket),
        "occurred_at": at_utc(at),
        "field": field,
        "old_value": values[0],
        "new_value": values[1],
        "actor_id": None if author in ("system", "requester") else author,
        "actor_type": {"system": "system", "requester": "customer"}.get(author, "agent"),
    }


def _shown(name: str, value: object) -> str | None:
    return None if value is None else _group(value) if name == "group_id" else str(value)


def _group(value: object) -> str | None:
    return None if value is None else f"zendesk:{value}"


def _id(ticket: Ticket) -> str:
    return f"zendesk:{ticket.ticket_id}"
