"""Final reviews (Quality and compliance): reply_accuracy, communication, attitude, dated reviewed_at."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.oracle.contacts import Contact, last_known
from tests.oracle.crew import Crew
from tests.oracle.legs import is_handled
from tests.oracle.parts import ZERO, Credit, Part, about, waiting
from tests.oracle.world import Row, World, grouped

DIMENSIONS = ("reply_accuracy", "communication", "attitude")


def review_parts(world: World, crew: Crew, contacts: list[Contact]) -> Iterator[Part]:
    """Σ score over Σ max_score; overturned criteria leave; a critical failure zeroes, an appeal holds back the whole review."""
    by_id = {contact.id: contact for contact in contacts}
    for rows in grouped(world["reviews"], "review_id").values():
        standing = [row for row in rows if row.get("status") != "overturned"]
        appealed = any(row.get("status") == "appealed" for row in standing)
        failed = any(row.get("is_critical_failure") for row in standing)
        for row in standing:
            if row.get("dimension") in DIMENSIONS:
                contact = by_id.get(row.get("contact_id") or "")
                parts = _criterion(world, crew, row, contact, failed, appealed)
                yield from about(parts, row["review_id"], row.get("contact_id"))


def _criterion(world: World, crew: Crew, row: Row, contact: Contact | None, failed: bool, appealed: bool) -> Iterator[Part]:
    on, credit = world.day(row["reviewed_at"]), review_credit(crew, row, contact)
    if row.get("score") is None or row.get("max_score") is None:
        return
    if appealed:
        yield waiting(row["dimension"], on, credit)
    else:
        score = ZERO if failed else Decimal(str(row["score"]))
        yield Part(row["dimension"], "default", on, credit, score, Decimal(str(row["max_score"])), 1)


def review_credit(crew: Crew, row: Row, contact: Contact | None) -> Credit:
    """The agent judged, in the team at the end of the contact judged."""
    source, agent = row["source_system"], row.get("agent_id")
    if contact is None:
        return crew.credit(source, agent, row["reviewed_at"], {"channel": None, "channel_group": None}, None)
    end = contact.end or row["reviewed_at"]
    person = crew.person(source, agent, end)
    handled = [leg for leg in contact.legs if is_handled(crew, leg)]
    own = [leg for leg in handled if crew.person(contact.source, leg.get("agent_id"), end) == person] or handled
    last = max(own, key=lambda leg: (leg["answered_at"], leg["contact_leg_id"]), default=None)
    queue = last_known(contact.legs, "queue_id") if last is None else last.get("queue_id")
    return crew.credit(source, agent, end, contact.place, queue)
