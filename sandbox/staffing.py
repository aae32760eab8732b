"""Who is on shift when, and who is free."""

from dataclasses import dataclass, field
from random import Random

from sandbox.clock import HOUR, MINUTE, Days
from sandbox.people import Agent, Roster

NIGHT = (22 * HOUR, 32 * HOUR)
SHIFTS = ((8 * HOUR, 16 * HOUR + 30 * MINUTE), (10 * HOUR, 19 * HOUR), (13 * HOUR + 30 * MINUTE, 22 * HOUR))


@dataclass(frozen=True, slots=True)
class Stretch:
    """One planned stretch of one agent; `activity` is work, meal, break, training or meeting."""

    agent_id: str
    activity: str
    starts_at: int
    ends_at: int


@dataclass(slots=True)
class Duty:
    """One agent on one shift, and until when they are taken."""

    agent: Agent
    starts_at: int
    ends_at: int
    pauses: tuple[Stretch, ...]
    free_at: int
    chats: list[int] = field(default_factory=list)

    def free_from(self, at: int) -> int | None:
        """The first moment from `at` on at which this agent can take a call, or None when the shift ends before."""
        moment = max(at, self.free_at, self.starts_at)
        for pause in self.pauses:
            if pause.starts_at <= moment < pause.ends_at:
                moment = pause.ends_at
        return moment if moment < self.ends_at else None

    def open_chats(self, at: int) -> int:
        self.chats = [end for end in self.chats if end > at]
        return len(self.chats)


@dataclass(slots=True)
class Rota:
    """Every duty of every agent, and the plan they follow. `plan` is what the shift files say."""

    duties: list[Duty]
    by_day: dict[int, dict[str, list[Duty]]]
    days: Days

    def on_duty(self, kinds: tuple[str, ...], at: int) -> list[Duty]:
        """Duties of agents who at that moment are on shift and in a team of these kinds; yesterday's nights included."""
        index = self.days.index_of(at)
        found = []
        for day in (index - 1, index):
            by_kind = self.by_day.get(day, {})
            found += [duty for kind in kinds for duty in by_kind.get(kind, ()) if duty.starts_at <= at < duty.ends_at]
        return found

    def next_duty(self, kinds: tuple[str, ...], at: int) -> Duty | None:
        """The duty that begins first after `at`, within three days."""
        index = self.days.index_of(at)
        for day in range(index, index + 4):
            by_kind = self.by_day.get(day, {})
            later = [duty for kind in kinds for duty in by_kind.get(kind, ()) if duty.starts_at > at]
            if later:
                return min(later, key=lambda duty: (duty.starts_at, duty.agent.agent_id))
        return None

    @property
    def plan(self) -> list[Stretch]:
        return [stretch for duty in self.duties for stretch in planned(duty)]


def planned(duty: Duty) -> list[Stretch]:
    """A shift as the plan shows it: work around the pauses."""
    stretches, begin = [], duty.starts_at
    for pause in duty.pauses:
        stretches += [Stretch(duty.agent.agent_id, "work", begin, pause.starts_at), pause]
        begin = pause.ends_at
    return [*stretches, Stretch(duty.agent.agent_id, "work", begin, duty.ends_at)]


def draw_rota(roster: Roster, days: Days, rng: Random) -> Rota:
    """Two days off a week, three day shifts in weekly rotation, and somebody from the voice teams every night."""
    duties, by_day = [], {}
    for index in range(-1, days.count):
        kinds: dict[str, list[Duty]] = {}
        midnight = days.midnight(index)
        for agent in roster.agents:
            gone = agent.left_at is not None and midnight >= agent.left_at
            window = None if gone else _window(agent, index, agent.kind_at(midnight))
            if window is None:
                continue
            duty = _duty(agent, midnight + window[0], midnight + window[1], rng)
            kinds.setdefault(agent.kind_at(midnight), []).append(duty)
            duties.append(duty)
        by_day[index] = kinds
    return Rota(duties, by_day, days)


def _window(agent: Agent, index: int, kind: str) -> tuple[int, int] | None:
    if (agent.number * 3 + index) % 7 >= 5:
        return None
    if kind in ("voice_a", "voice_b", "expert") and (agent.number + index) % 5 == 0:
        return NIGHT
    return SHIFTS[(agent.number + index // 7) % len(SHIFTS)]


def _duty(agent: Agent, starts_at: int, ends_at: int, rng: Random) -> Duty:
    meal = starts_at + 4 * HOUR + MINUTE * rng.randrange(-20, 21, 5)
    rest = ends_at - 2 * HOUR + MINUTE * rng.randrange(0, 31, 5)
    extra = "training" if rng.random() < 0.05 else "meeting" if rng.random() < 0.03 else "break"
    pauses = (
        Stretch(agent.agent_id, "meal", meal, meal + 45 * MINUTE),
        Stretch(agent.agent_id, extra, rest, rest + (30 if extra != "break" else 15) * MINUTE),
    )
    return Duty(agent, starts_at, ends_at, pauses, starts_at)
