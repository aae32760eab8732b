"""The section Workforce of KPIS.md, and handled_per_agent_day: per agent, local day and team."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from tests.oracle.contact_handling import tickets_worked
from tests.oracle.crew import Crew
from tests.oracle.legs import handler, is_handled
from tests.oracle.parts import ONE, ZERO, Credit, Part, about
from tests.oracle.spans import Span, by_day, common, cut, total, union
from tests.oracle.tickets import Ticket
from tests.oracle.workforce import Agent, agents_of, plan
from tests.oracle.world import World

Work = Mapping[date, list[datetime]]  # when each handled leg and each worked ticket of a day was done
Slices = dict[tuple[date, str | None], Decimal]


def workforce_parts(world: World, crew: Crew, tickets: Mapping[str, Ticket]) -> Iterator[Part]:
    """Every workforce KPI's parts of every agent-day."""
    agents = agents_of(world, crew)
    done = _work(world, crew, tickets)
    for person, agent in sorted(agents.items()):
        if agent.states:
            yield from _of_days(person, _agent_days(world, crew, person, agent, done.get(person, {})))
            yield from _of_days(person, _seconds(world, crew, person, agent))
    for person in sorted(agents.keys() | done.keys()):
        yield from _of_days(person, _handled(world, crew, person, agents.get(person) or Agent(), done.get(person, {})))


def _of_days(person: str, parts: Iterator[Part]) -> Iterator[Part]:
    """An adjustment names an agent's day."""
    for part in parts:
        yield from about([part], f"{person}@{part.on}")


def _busy(world: World, agent: Agent) -> dict[date, list[Span]]:
    """Whatever was done or planned, by day."""
    return _days(world, union([*agent.online(), *agent.shift(), *agent.contacts, *agent.wrap_ups]))


def _credit(crew: Crew, person: str, on: date, busy: Mapping[date, list[Span]], done: Work) -> Credit:
    """A whole agent-day: in the team of its first moment, whatever was done then."""
    first = min([start for start, _ in busy.get(on, [])] + list(done.get(on, [])))
    return Credit(None, None, None, crew.team(person, first), person)


def _agent_days(world: World, crew: Crew, person: str, agent: Agent, done: Work) -> Iterator[Part]:
    """online_time and ready_time: whole days with a state other than offline."""
    counted = common(agent.online(), agent.shift()) if agent.planned else agent.online()
    online, ready = _days(world, counted), _days(world, agent.in_class("available", "busy"))
    busy = _busy(world, agent)
    for on in sorted(_days(world, agent.online())):
        credit = _credit(crew, person, on, busy, done)
        yield Part("online_time", "default", on, credit, total(online.get(on, [])), ONE, 1)
        yield Part("ready_time", "default", on, credit, total(ready.get(on, [])), ONE, 1)


def _seconds(world: World, crew: Crew, person: str, agent: Agent) -> Iterator[Part]:
    """online_rate, adherence and occupancy: each second in the team of that second."""

    def sliced(spans: list[Span]) -> Slices:
        found: Slices = defaultdict(Decimal)
        for start, end in cut(by_day(union(spans), world.policy.zone), crew.team_changes(person)):
            found[world.day(start), crew.team(person, start)] += total([(start, end)])
        return found

    kept = [span for name, spans in plan(agent) for span in common(spans, agent.keeping(name))]
    occupied = union([*agent.contacts, *agent.wrap_ups, *agent.in_class("acw")])
    days = _days(world, agent.online())
    rates = (
        ("online_rate", common(agent.online(), agent.shift()), agent.shift()),
        ("adherence", kept, agent.shift()),
        ("occupancy", occupied, [*occupied, *agent.in_class("available")]),
    )
    for kpi, above, below in rates:
        numerators = sliced(above)
        for (on, team), planned in sorted(sliced(below).items(), key=str):
            if kpi != "occupancy" or on in days:
                credit = Credit(None, None, None, team, person)
                yield Part(kpi, "default", on, credit, numerators.get((on, team), ZERO), planned, 1)


def _work(world: World, crew: Crew, tickets: Mapping[str, Ticket]) -> Mapping[str, Work]:
    """Handled legs (at the end of talk) and worked tickets by agent and day; work of unknown agents is left out."""
    found: dict[str, dict[date, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    for leg in world["contact_legs"]:
        if is_handled(crew, leg) and (person := handler(crew, leg).agent_id) is not None:
            found[person][world.day(leg["ended_at"])].append(leg["ended_at"])
    for moment, credit, _ in tickets_worked(world, crew, tickets):
        if credit.agent_id is not None:
            found[credit.agent_id][world.day(moment)].append(moment)
    return found


def _handled(world: World, crew: Crew, person: str, agent: Agent, done: Work) -> Iterator[Part]:
    """Handled legs and worked tickets of a day, over days with a state other than offline or any handled work."""
    busy = _busy(world, agent)
    for on in sorted(_days(world, agent.online()).keys() | done.keys()):
        credit = _credit(crew, person, on, busy, done)
        yield Part("handled_per_agent_day", "default", on, credit, Decimal(len(done.get(on, []))), ONE, 1)


def _days(world: World, spans: list[Span]) -> dict[date, list[Span]]:
    """Spans by local day."""
    found: dict[date, list[Span]] = defaultdict(list)
    for piece in by_day(spans, world.policy.zone):
        found[world.day(piece[0])].append(piece)
    return found
