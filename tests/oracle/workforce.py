"""What each agent did and was to do: states as stretches of time, planned stretches, contacts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.oracle.crew import Crew
from tests.oracle.handling_kpis import acw_state
from tests.oracle.spans import Span, union, without
from tests.oracle.state_classes import StateClass, class_of, planned_class
from tests.oracle.world import EARLY, Row, World, grouped, seconds

PRECEDENCE = ("rest", "training", "meeting", "work")
UNENDED = timedelta(hours=12)


@dataclass(slots=True)
class Agent:
    """One person's time."""

    states: list[tuple[Span, StateClass]] = field(default_factory=list)
    planned: list[tuple[Span, str]] = field(default_factory=list)
    contacts: list[Span] = field(default_factory=list)
    wrap_ups: list[Span] = field(default_factory=list)

    def online(self) -> list[Span]:
        return union(span for span, state in self.states if state.counts_as != "offline")

    def in_class(self, *names: str) -> list[Span]:
        return union(span for span, state in self.states if state.counts_as in names)

    def keeping(self, planned: str) -> list[Span]:
        return union(span for span, state in self.states if state.keeps == planned and state.counts_as != "offline")

    def shift(self) -> list[Span]:
        return union(span for span, _ in self.planned)


def agents_of(world: World, crew: Crew) -> dict[str, Agent]:
    """Every person of whom a state, a shift or a contact is known."""
    found: dict[str, Agent] = defaultdict(Agent)
    for row in world["shifts"]:
        person = crew.person(row["source_system"], row["agent_id"], row["starts_at"])
        if person is not None and row["starts_at"] < row["ends_at"]:
            found[person].planned.append(((row["starts_at"], row["ends_at"]), planned_class(row["activity"])))
    for rows in grouped(world["agent_states"], "agent_id").values():
        _add_states(world, crew, found, rows)
    for leg in world["contact_legs"]:
        _add_contact(world, crew, found, leg)
    return dict(found)


def _add_states(world: World, crew: Crew, found: dict[str, Agent], rows: list[Row]) -> None:
    """The states of one login; one without an end is ended by the next word of it, the shift, or 12 h."""
    rows = sorted(rows, key=_in_the_order_written)
    since = until = EARLY  # of the log-in: stretches without a gap; offline ends it
    for row, later in zip(rows, [*([row["started_at"]] for row in rows[1:]), []], strict=True):
        person, start = crew.person(row["source_system"], row["agent_id"], row["started_at"]), row["started_at"]
        if person is None:
            continue
        since = since if start <= until else start
        end = row.get("ended_at")
        if end is None:
            closed = _shift_end(world, found[person], start, since)
            end = min([closed, world.as_of[row["source_system"]], *later])
        if start < end:
            found[person].states.append(((start, end), class_of(row)))
        until = EARLY if class_of(row).counts_as == "offline" else max(until, row.get("ended_at") or EARLY)


def _in_the_order_written(row: Row) -> tuple[object, ...]:
    """States in time; of those that begin in one moment one with an end first, then as they were written."""
    end, address = row.get("ended_at"), (row.get(column) for column in ("_batch", "_attempt", "_page", "_position"))
    return (row["started_at"], end is None, end or EARLY, *address)


def _shift_end(world: World, agent: Agent, start: datetime, since: datetime) -> datetime:
    """The end of the shift it belongs to; at once, when the log-in reaches back into a shift that is over; else 12 h on."""
    own = _end_of_shift(world, agent, start)
    if own is not None:
        return own
    return start if any(begin < start and end > since for begin, end in agent.shift()) else start + UNENDED


def _end_of_shift(world: World, agent: Agent, moment: datetime) -> datetime | None:
    """The end of the run of planned stretches the moment lies in, else of one that begins later on the same day."""
    shift = agent.shift()
    inside = [end for begin, end in shift if begin <= moment < end]
    later = [end for begin, end in shift if begin > moment and world.day(begin) == world.day(moment)]
    return next(iter([*inside, *later]), None)


def _add_contact(world: World, crew: Crew, found: dict[str, Agent], leg: Row) -> None:
    """An answered leg of any kind is contact from answer to end, and after-call work after that."""
    if leg["outcome"] != "answered" or leg.get("answered_at") is None or leg.get("ended_at") is None:
        return
    person = crew.person(leg["source_system"], leg.get("agent_id"), leg["answered_at"])
    if person is None or leg["answered_at"] > leg["ended_at"]:
        return
    found[person].contacts.append((leg["answered_at"], leg["ended_at"]))
    wrap_up = seconds(leg.get("acw_seconds"))
    if wrap_up is not None and acw_state(world, leg) == "measured":
        found[person].wrap_ups.append((leg["ended_at"], leg["ended_at"] + microseconds(wrap_up)))


def microseconds(value: object) -> timedelta:
    """A duration in exact microseconds."""
    return timedelta(microseconds=round(float(str(value)) * 1_000_000))


def plan(agent: Agent) -> Iterable[tuple[str, list[Span]]]:
    """Planned time by class; where stretches overlap, rest goes before training, meeting and work."""
    taken: list[Span] = []
    for name in PRECEDENCE:
        spans = union(span for span, planned in agent.planned if planned == name)
        yield name, without(spans, taken)
        taken = union([*taken, *spans])
