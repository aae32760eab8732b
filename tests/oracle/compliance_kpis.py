"""compliance_pass_rate, compliance_findings, pii_leak_rate, risk_flag_rate (Quality), the sentiment rates (Satisfaction), and how
much of the work was screened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from tests.oracle.contacts import Contact
from tests.oracle.crew import Crew
from tests.oracle.findings import Finding, Review, compliance_reviews, findings_of, queue_of
from tests.oracle.issues import Issue
from tests.oracle.parts import ONE, ZERO, Credit, Part, about, share, waiting
from tests.oracle.resolution_kpis import escalation_moments
from tests.oracle.response_kpis import is_replied
from tests.oracle.said import Line, Thread, threads_of
from tests.oracle.tickets import Ticket
from tests.oracle.turns import Conversation
from tests.oracle.world import World, seconds_between

PLACES = ("company", "channel", "queue")
RISK_WINDOW = Decimal(7 * 86_400)


@dataclass(slots=True)
class Case:
    """What is known of one contact: its lines, findings that stand, reviews."""

    id: str
    contact: Contact | None = None
    queue: str | None = None
    lines: list[Line] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)

    def of(self, crew: Crew, scope: str, member: str | None) -> Case:
        """The same as far as one team or agent goes: its own lines of agents, findings and reviews."""
        own = [line for line in self.lines if not line.is_agent or _writer(crew, line, scope) == member]
        findings = [found for found in self.findings if _member(found.credit, scope) == member]
        reviews = [review for review in self.reviews if _member(review.credit, scope) == member]
        return Case(self.id, self.contact, self.queue, own, findings, reviews)


def compliance_parts(
    world: World,
    crew: Crew,
    tickets: dict[str, Ticket],
    talks: Sequence[Conversation],
    contacts: Sequence[Contact],
    issues: Sequence[Issue],
) -> Iterator[Part]:
    """Every part of these KPIs."""
    threads = list(threads_of(world, crew, tickets, talks, contacts))
    reviews = compliance_reviews(world, crew, contacts)
    findings = findings_of(world, crew, threads, contacts, reviews)
    for found in findings:
        if found.stands:
            subjects = (found.id, found.contact_id, found.ticket_id)
            part = Part("compliance_findings", "default", world.day(found.at), found.credit, ONE, ZERO, 1)
            by_rule = part._replace(variant=found.rule, scopes=(*PLACES, "team"))
            yield from about([part, part._replace(variant=found.severity), by_rule], *subjects)
    for case in _cases(world, threads, talks, contacts, findings, reviews):
        subject = case.id if case.contact is None else case.contact.subject
        yield from about(_case_parts(world, crew, case), case.id, subject)
        yield from about(_risk(world, crew, case, issues), case.id, subject)


def _cases(
    world: World,
    threads: Sequence[Thread],
    talks: Sequence[Conversation],
    contacts: Sequence[Contact],
    findings: Sequence[Finding],
    reviews: Sequence[Review],
) -> list[Case]:
    """Every contact, known under its id or under that of its first message; and whatever else was reviewed."""
    lines: dict[str, list[Line]] = defaultdict(list)
    ids: dict[str, str] = {}
    for line in (line for thread in threads for line in thread.lines if line.contact_id is not None):
        lines[line.contact_id or ""].append(line)
        if line.contact is not None:
            ids[line.contact.id] = line.contact_id or ""
    late = dict(_unanswered_queues(world, talks))
    cases = {}
    for contact in contacts:
        name = ids.get(contact.id, contact.id)
        cases[name] = Case(name, contact, late.get(contact.id) or queue_of(contact), lines[name])
    for review in (review for review in reviews if review.contact_id is not None):
        cases.setdefault(review.contact_id or "", Case(review.contact_id or "")).reviews.append(review)
    for found in findings:
        if found.contact_id in cases and found.stands:
            cases[found.contact_id].findings.append(found)
    return list(cases.values())


def _unanswered_queues(world: World, talks: Sequence[Conversation]) -> Iterator[tuple[str, str | None]]:
    """The queue of a written contact without a reply: the ticket's when that was decided."""
    for talk in talks:
        for number, turn in enumerate(talk.turns):
            if talk.ticket is not None and not is_replied(world, talk, turn):
                moment = turn.deadline(talk.close(turn.start), world.policy.response_window)
                yield f"{talk.ticket.id}#{number}", talk.queue(moment)


def _case_parts(world: World, crew: Crew, case: Case) -> Iterator[Part]:
    contact = case.contact
    place = contact.place if contact is not None else {"channel": None, "channel_group": None}
    credit = Credit(place["channel"], place["channel_group"], case.queue, None, None)
    for part in [*_checks(world, case, credit), *_moods(world, case, credit, None), *_coverage(world, case, credit)]:
        yield part._replace(scopes=PLACES)
    for scope in ("team", "agent"):
        writers = {_writer(crew, line, scope) for line in case.lines if line.is_agent}
        for member in writers | {_member(review.credit, scope) for review in case.reviews}:
            own = case.of(crew, scope, member)
            first = min((line.place for line in own.lines if line.is_agent), default=None)
            mine = replace(credit, **{f"{scope}_id": member})
            moods = [] if first is None else _moods(world, own, mine, first)
            for part in [*_checks(world, own, mine), *moods]:
                yield part._replace(scopes=(scope,))


def _writer(crew: Crew, line: Line, scope: str) -> str | None:
    moment = line.message["sent_at"]
    person = crew.person(line.message["source_system"], line.message.get("sender_id"), moment)
    return person if scope == "agent" else crew.team(person, moment)


def _member(credit: Credit, scope: str) -> str | None:
    return credit.agent_id if scope == "agent" else credit.team_id


def _checks(world: World, case: Case, credit: Credit) -> Iterator[Part]:
    """Checked: an agent's message was screened, or a human compliance review. Dated the end; by a review alone, the review."""
    is_screened = any(line.is_agent and line.is_screened for line in case.lines)
    reviewed = max((review.at for review in case.reviews), default=None)
    ended = case.contact.end if case.contact is not None else None
    at = ended if is_screened and case.contact is not None else reviewed
    if at is None or not (is_screened or case.reviews):
        return
    for kpi, hit in (
        ("compliance_pass_rate", not any(found.severity == "critical" for found in case.findings)),
        ("pii_leak_rate", any(found.is_leak for found in case.findings)),
    ):
        if any(not review.is_final for review in case.reviews):
            yield waiting(kpi, world.day(at), credit)
        else:
            yield share(kpi, world.day(at), credit, hit)


def _end(case: Case) -> datetime | None:
    return None if case.contact is None else case.contact.end


def _moods(world: World, case: Case, credit: Credit, first: int | None) -> list[Part]:
    """Contacts with a marker of the customer / contacts whose customer was screened; of a member, after its first reply."""
    said = [line for line in case.lines if not line.is_agent]
    end = _end(case)
    if end is None or not any(line.is_screened for line in said):
        return []
    after = [line for line in said if first is None or line.place > first]
    found = {row["polarity"] for line in after for row in line.meant("sentiment")}
    return [share(f"{mood}_sentiment_rate", world.day(end), credit, mood in found) for mood in ("negative", "positive")]


def _coverage(world: World, case: Case, credit: Credit) -> Iterator[Part]:
    end, contact = _end(case), case.contact
    if contact is None or end is None:
        return
    if contact.handlings:
        hit = any(line.is_agent and line.is_screened for line in case.lines)
        yield share("compliance_coverage", world.day(end), credit, hit)
    if contact.is_inbound:
        hit = any(not line.is_agent and line.is_screened for line in case.lines)
        yield share("sentiment_coverage", world.day(end), credit, hit)


def _risk(world: World, crew: Crew, case: Case, issues: Sequence[Issue]) -> Iterator[Part]:
    """risk_flag_rate: flagged, or its issue escalated from the contact's start to 7 d after its end."""
    contact, end = case.contact, _end(case)
    if contact is None or end is None or not any(line.meant("risk") for line in case.lines if not line.is_agent):
        return
    last = contact.last
    credit = last.credit if last is not None else Credit(None, None, None, None, None)
    credit = replace(credit, channel=contact.place["channel"], channel_group=contact.place["channel_group"])
    if not world.passed(end, RISK_WINDOW, contact.source):
        yield waiting("risk_flag_rate", world.day(end), credit)
        return
    moments = [at for issue in issues if contact in issue.contacts for at in escalation_moments(crew, issue)]
    raised = any(at >= contact.start and seconds_between(end, at) <= RISK_WINDOW for at in moments)
    flagged = any(leg.get("is_risk_flagged") for leg in contact.legs)
    yield share("risk_flag_rate", world.day(end), credit, flagged or raised)
