"""What KPIS.md (Units of counting) says of one leg: whether it is inbound, handled by a human, how long it waited."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from tests.oracle.crew import Crew
from tests.oracle.parts import Credit
from tests.oracle.world import EARLY, LATE, Row, World, seconds, seconds_between

OFFERED_KINDS = ("queue", "direct")
HUMAN_KINDS = ("queue", "direct", "transfer", "callback")


def in_order(legs: list[Row]) -> list[Row]:
    """The legs of a contact as they came."""
    return sorted(legs, key=place)


def place(leg: Row) -> tuple[datetime, datetime, str]:
    """Where it stands among others: of legs that begin together, the one that is left first came first."""
    offered: datetime = leg.get("offered_at") or EARLY
    lasts = leg["outcome"] in ("open", "answered")
    return offered, leg.get("ended_at") or (LATE if lasts else offered), leg["contact_leg_id"]


def is_inbound(leg: Row) -> bool:
    """A leg that the customer's attempt made; not outbound, not a consult."""
    return leg["leg_kind"] not in ("outbound", "consult") and leg.get("direction") != "outbound"


def is_offered(crew: Crew, leg: Row) -> bool:
    """Queue: 'inbound legs delivered to a human queue or straight to an agent'."""
    return (
        leg["channel_group"] in ("voice", "chat")
        and not is_taken_by_bot(crew, leg)
        and leg["leg_kind"] in OFFERED_KINDS
        and leg.get("direction") != "outbound"
        and leg["outcome"] not in ("blocked", "self_service")
    )


def is_blocked(leg: Row) -> bool:
    """'Refused before the queue', of voice and chat."""
    return leg["channel_group"] in ("voice", "chat") and leg.get("direction") != "outbound" and leg["outcome"] == "blocked"


def wait(leg: Row) -> Decimal | None:
    """Seconds from offered to answered, or to whatever else ended the wait; None when not known or negative."""
    if leg.get("wait_seconds") is not None:
        return seconds(leg["wait_seconds"])
    end = leg.get("answered_at") if leg["outcome"] == "answered" else leg.get("ended_at")
    if end is None or leg.get("offered_at") is None:
        return None
    return seconds(seconds_between(leg["offered_at"], end))


def waited_until(leg: Row) -> datetime:
    """The answer, or whatever else ended the wait: the offer and the wait after it; the offer where that is not told."""
    offered: datetime = leg["offered_at"]
    return offered + timedelta(microseconds=int((wait(leg) or 0) * 1_000_000))


def last_seen(leg: Row) -> datetime:
    """Its end; where that is not told, its offer."""
    seen: datetime = leg.get("ended_at") or leg["offered_at"]
    return seen


def is_unfinished(leg: Row) -> bool:
    """Still waiting, or still talking."""
    return leg["outcome"] == "open" or (leg["outcome"] == "answered" and leg.get("ended_at") is None)


def is_of_bot(crew: Crew, leg: Row) -> bool:
    """Its agent is a bot at the answer, else when it was assigned or offered."""
    return crew.is_bot(leg["source_system"], leg.get("agent_id"), credited_at(leg))


def is_taken_by_bot(crew: Crew, leg: Row) -> bool:
    """Its agent, a bot, answered it, whatever came of it after that."""
    is_answered = leg["outcome"] == "answered" or leg.get("answered_at") is not None
    return is_answered and is_of_bot(crew, leg)


def is_for_human(crew: Crew, leg: Row) -> bool:
    """A leg of a kind that people take, and no bot had it."""
    return leg["leg_kind"] in HUMAN_KINDS and not is_of_bot(crew, leg)


def credited_at(leg: Row) -> datetime:
    """When it is decided whose leg it is: at the answer, else when it was assigned or offered."""
    moment: datetime = leg.get("answered_at") or leg.get("assigned_at") or leg["offered_at"]
    return moment


def is_short(world: World, leg: Row) -> bool:
    """Abandoned within S, equality included."""
    waited = wait(leg)
    return (
        leg["outcome"] == "abandoned"
        and waited is not None
        and waited <= world.policy.short(leg["channel_group"], leg.get("queue_id"), world.day(leg["offered_at"]))
    )


def is_taken(leg: Row) -> bool:
    """An 'inbound, transfer or callback leg', of a kind that people take."""
    return leg["leg_kind"] in ("transfer", "callback") or (
        leg["leg_kind"] in OFFERED_KINDS and leg.get("direction") != "outbound"
    )


def is_handled(crew: Crew, leg: Row) -> bool:
    """Handled leg: 'inbound, transfer or callback leg in which a human and the customer spoke and talk has ended'."""
    spoke = leg["outcome"] == "answered" and leg.get("answered_at") is not None and leg.get("ended_at") is not None
    return is_taken(leg) and spoke and not crew.is_bot(leg["source_system"], leg.get("agent_id"), leg["answered_at"])


def handler(crew: Crew, leg: Row) -> Credit:
    """Credit of a handled leg: its agent, in the team of answered_at."""
    return crew.credit(leg["source_system"], leg.get("agent_id"), leg["answered_at"], leg, leg.get("queue_id"))


def owner(crew: Crew, leg: Row) -> Credit:
    """Credit of a queue leg: its queue and the team that owns it; an agent has no queue KPIs."""
    queue = crew.queue(leg.get("queue_id"), leg["offered_at"])
    team = None if queue is None else queue.get("owner_team_id")
    return Credit(leg["channel"], leg["channel_group"], leg.get("queue_id"), team, None)
