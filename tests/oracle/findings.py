"""Compliance findings (Quality and compliance): by rules over a text, over a sequence, and by human compliance reviews."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from tests.oracle.contacts import Contact
from tests.oracle.crew import Crew
from tests.oracle.parts import Credit
from tests.oracle.response_kpis import is_decided, is_replied, response_credit
from tests.oracle.review_kpis import review_credit
from tests.oracle.said import Line, Thread
from tests.oracle.seeds import seed
from tests.oracle.turns import Conversation
from tests.oracle.world import Row, World, grouped

SECRET = "secret_request"
NOWHERE = {"channel": None, "channel_group": None}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding against an agent. `contact_id` None: it belongs to no contact."""

    id: str
    rule: str
    severity: str
    contact_id: str | None
    ticket_id: str | None
    at: datetime
    credit: Credit
    is_leak: bool
    stands: bool


@dataclass(frozen=True, slots=True)
class Review:
    """A human compliance review that was not overturned: a check with a criterion of the dimension compliance."""

    id: str
    contact_id: str | None
    at: datetime
    credit: Credit
    is_final: bool
    has_failed: bool


def compliance_reviews(world: World, crew: Crew, contacts: Sequence[Contact]) -> list[Review]:
    by_id = {contact.id: contact for contact in contacts if contact.legs}
    found = []
    for review_id, rows in grouped(world["reviews"], "review_id").items():
        standing = sorted((row for row in rows if row.get("status") != "overturned"), key=lambda row: row["criterion"])
        if any((row.get("dimension") or "").lower() == "compliance" for row in standing):
            credit = review_credit(crew, standing[0], by_id.get(standing[0].get("contact_id") or ""))
            is_final = not any(row.get("status") == "appealed" for row in standing)
            has_failed = any(row.get("is_critical_failure") for row in standing)
            row = standing[0]
            found.append(Review(review_id, row.get("contact_id"), row["reviewed_at"], credit, is_final, has_failed))
    return found


def findings_of(
    world: World, crew: Crew, threads: Sequence[Thread], contacts: Sequence[Contact], reviews: Sequence[Review]
) -> list[Finding]:
    """Every finding, dismissed ones included."""
    dismissed = {row["finding_id"] for row in _newest(world) if row["verdict"] == "dismissed"}
    raised = [found for thread in threads for found in _of_thread(world, crew, thread)]
    raised += [
        found for thread in threads if thread.conversation for found in _no_reply(world, crew, thread, thread.conversation)
    ]
    raised += [
        _Raised(f"human_review:{review.id}", "human_review", review.contact_id, review.at, review.credit)
        for review in reviews
        if review.is_final and review.has_failed
    ]
    found = []
    for one in raised:
        severity = one.severity or _severity(one.rule, world.day(one.at))
        if severity is not None:
            leak = (one.is_leak, one.id not in dismissed)
            found.append(Finding(one.id, one.rule, severity, one.contact_id, one.ticket_id, one.at, one.credit, *leak))
    return found


@dataclass(frozen=True, slots=True)
class _Raised:
    id: str
    rule: str
    contact_id: str | None
    at: datetime
    credit: Credit
    ticket_id: str | None = None
    severity: str | None = None  # None: as the rules have it on that day
    is_leak: bool = False


def _newest(world: World) -> list[Row]:
    """The last verdict on each finding."""
    last: dict[str, Row] = {}
    for row in sorted(world["finding_verdicts"], key=lambda row: row["decided_at"]):
        last[row["finding_id"]] = row
    return list(last.values())


@cache
def _severity(rule: str, on: date) -> str | None:
    """Of a rule over a sequence: by the version in force; None when none is."""
    versions = [row for row in seed("compliance_rules") if row["rule_id"] == rule and row["effective_from"] <= on.isoformat()]
    return max(versions, key=lambda row: row["effective_from"])["severity"] if versions else None


def _of_thread(world: World, crew: Crew, thread: Thread) -> Iterator[_Raised]:
    known: set[str] = set()
    is_identified, early = False, set()
    for line in thread.lines:
        if not line.is_agent:
            known |= {row["value_hash"] for row in line.markers if row.get("value_hash")}
            continue
        credit = _credit(crew, thread, line)
        told = (line.contact_id, line.message["sent_at"], credit, thread.ticket_id)
        broken = set()  # a message breaks a rule once, and shows a value once
        for row in [*line.meant("compliance"), *line.meant("pii")]:
            if row.get("value_hash") not in known and (row["rule_id"], row.get("value_hash")) not in broken:
                broken.add((row["rule_id"], row.get("value_hash")))
                leaks = row["kind"] == "pii" or row["rule_id"] == SECRET
                yield _Raised(row["marker_id"], row["rule_id"], *told, row["severity"], leaks)
        for row in line.meant("script"):
            is_identified = is_identified or row["rule_id"] == "identity_check"
            if row["rule_id"] == "account_data" and not is_identified and (line.contact_id, credit.agent_id) not in early:
                early.add((line.contact_id, credit.agent_id))
                yield _Raised(f"account_data_before_identity:{row['marker_id']}", "account_data_before_identity", *told)
    yield from _missing(world, crew, thread)


def _missing(world: World, crew: Crew, thread: Thread) -> Iterator[_Raised]:
    """Greeting and sign-off of chats and calls that are over, recording notice of calls: said by no human in any message.

    Only phrases that there is a rule for.
    """
    lines = [line for line in thread.lines if line.is_agent and line.is_screened]
    contact = thread.lines[0].contact
    if thread.ticket is not None or contact is None or contact.end is None or not lines:
        return
    group = contact.place["channel_group"]
    wanted = {
        "greeting": ("missing_greeting", lines[0], ("voice", "chat")),
        "recording_notice": ("missing_recording_notice", lines[0], ("voice",)),
        "sign_off": ("missing_sign_off", lines[-1], ("voice", "chat")),
    }
    said = {row["rule_id"] for line in thread.lines if line.is_agent for row in line.meant("script")}
    for phrase, (rule, line, groups) in wanted.items():
        if group in groups and phrase not in said and _severity(phrase, world.day(line.message["sent_at"])):
            yield _Raised(
                f"{rule}:{line.contact_id}", rule, line.contact_id, line.message["sent_at"], _credit(crew, thread, line)
            )


def _no_reply(world: World, crew: Crew, thread: Thread, talk: Conversation) -> Iterator[_Raised]:
    """A contact that no human answered by its close or in 24 h, credited to who held it then."""
    first_lines = {line.message["message_id"]: line for line in thread.lines}
    for number, turn in enumerate(talk.turns):
        is_contact = number == 0 if talk.ticket is None else talk.customer_first
        if not is_contact or turn.is_closing_only or is_replied(world, talk, turn) or not is_decided(world, talk, turn):
            continue
        contact_id = first_lines[turn.messages[0]["message_id"]].contact_id
        moment = turn.deadline(talk.close(turn.start), world.policy.response_window)
        credit, ticket = response_credit(world, crew, talk, turn), None if talk.ticket is None else talk.ticket.id
        yield _Raised(f"no_reply:{contact_id}", "no_reply", contact_id, moment, credit, ticket)


def _credit(crew: Crew, thread: Thread, line: Line) -> Credit:
    """Who wrote it, in the queue that had the chat or ticket then; without one, that of the contact."""
    moment, contact = line.message["sent_at"], line.contact
    place = thread.ticket.place if thread.ticket is not None else NOWHERE if contact is None else contact.place
    queue = thread.conversation.queue(moment) if thread.conversation is not None else None
    if queue is None and thread.ticket is not None:
        queue = thread.ticket.group(moment)
    if queue is None and contact is not None:
        queue = queue_of(contact)
    return crew.credit(thread.source, line.message.get("sender_id"), moment, place, queue)


def queue_of(contact: Contact) -> str | None:
    """The queue of the last handled leg; of a contact nobody handled, the last queue it was in."""
    if contact.handlings:
        return contact.last_queue
    told = [leg["queue_id"] for leg in contact.legs if leg.get("queue_id") is not None]
    return told[-1] if told else None
