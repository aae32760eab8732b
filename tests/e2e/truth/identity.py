"""Whom the source systems let one recognise: the identifiers each record shows, joined by the rules of identity alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sandbox.people import Person
from sandbox.world import World
from tests.oracle.identity import Persons
from tests.oracle.policy import Policy
from tests.oracle.world import world_of

Shown = dict[str, str | None]


def linkable(world: World, until: int) -> frozenset[int]:
    """The persons all of whose records lead to one identity that is nobody else's.

    A record without any identifier, one that meets none of the person's others, and an identifier shared with somebody all
    make a person unlinkable.
    """
    shown = list(_shown(world, until))
    persons = Persons(world_of({"customers": [row for _, row in shown]}, Policy(), {}))
    identities: dict[int, set[str | None]] = defaultdict(set)
    owners: dict[str | None, set[int]] = defaultdict(set)
    for person_id, row in shown:
        identity = persons.person(row)
        identities[person_id].add(identity)
        owners[identity].add(person_id)
    return frozenset(
        person_id
        for person_id, found in identities.items()
        if len(found) == 1 and None not in found and all(len(owners[identity]) == 1 for identity in found)
    )


def _shown(world: World, until: int) -> Iterator[tuple[int, Shown]]:
    """(person, identifiers) of every record before `until`, as its system shows it."""
    for call in world.truth.calls:
        if call.legs[0].offered_at < until:
            yield call.issue.person_id, _row(phone=call.phone)
    for hotline in world.truth.hotline:
        if hotline.offered_at < until and not hotline.is_test:
            yield hotline.issue.person_id, _row(phone=hotline.phone)
    for talk in world.conversations:
        if talk.created_at < until:
            known = talk.person if talk.is_known else None
            yield talk.person.person_id, _known(f"chatwoot_contact:{talk.contact_id}", known, talk.issue.order_id)
    for ticket in world.tickets:
        if ticket.created_at < until:
            yield (
                ticket.person.person_id,
                _known(f"zendesk_user:{ticket.person.zendesk_id}", ticket.person, ticket.issue.order_id),
            )
    for order in world.orders:
        if any(world.calendar.start <= version.at < until for version in order.versions):
            account = order.person.platform_id
            yield order.person.person_id, _known(account and f"platform:{account}", order.person, order.order_id)


def _known(customer: str | None, person: Person | None, order: str | None) -> Shown:
    return _row(customer, person.phone if person else None, person.email if person else None, order)


def _row(customer: str | None = None, phone: str | None = None, email: str | None = None, order: str | None = None) -> Shown:
    return {
        "customer_id_token": customer,
        "customer_phone_token": phone and f"phone:{phone}",
        "customer_email_token": email and f"email:{email}",
        "order_id_token": order and f"order:{order}",
    }
