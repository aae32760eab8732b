"""Who works in the shop and who contacts it."""

from bisect import bisect_right
from dataclasses import dataclass, field
from random import Random

from sandbox.clock import DAY, Days

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀英",
    "建华",
    "晓燕",
)
ENGLISH = ("Alice Wong", "Ben Carter", "Chloe Smith", "David Lim", "Emma Brown", "Frank Lee", "Grace Kim", "Henry Ford")


@dataclass(frozen=True, slots=True)
class Team:
    """A team as HR knows it. `team_id` is its name, as the HR file has no other."""

    team_id: str
    department: str
    tier: int
    kind: str
    size: int


TEAMS = (
    Team("语音一组", "客服部", 1, "voice_a", 8),
    Team("语音二组", "客服部", 1, "voice_b", 8),
    Team("在线组", "客服部", 1, "chat", 7),
    Team("工单组", "客服部", 1, "ticket", 6),
    Team("专家组", "技术部", 2, "expert", 4),
    Team("合作热线", "合作方", 1, "hotline", 3),
)
TEAM_OF_KIND = {team.kind: team for team in TEAMS}
SYSTEMS_OF_KIND = {
    "voice_a": ("asterisk", "zendesk"),
    "voice_b": ("asterisk", "zendesk"),
    "chat": ("chatwoot", "zendesk"),
    "ticket": ("zendesk",),
    "expert": ("asterisk", "zendesk", "chatwoot"),
    "hotline": (),
}


@dataclass(frozen=True, slots=True)
class Agent:
    """One employee. `stays` is (from, kind of team), oldest first; `left_at` is when they left the company, or None."""

    agent_id: str
    number: int
    name: str
    email: str
    role: str
    tier: int
    stays: tuple[tuple[int, str], ...]
    left_at: int | None = None

    def kind_at(self, at: int) -> str:
        position = bisect_right([since for since, _ in self.stays], at)
        return self.stays[max(position - 1, 0)][1]

    def team_at(self, at: int) -> str:
        """The team this agent was in at that moment."""
        return TEAM_OF_KIND[self.kind_at(at)].team_id

    @property
    def extension(self) -> str:
        return str(8000 + self.number)

    @property
    def login(self) -> str:
        """The name in queue_log."""
        return f"PJSIP/{self.extension}"

    @property
    def zendesk_id(self) -> int:
        return 3_600_000_000_000 + self.number

    @property
    def chatwoot_id(self) -> int:
        return 10 + self.number

    @property
    def systems(self) -> tuple[str, ...]:
        kinds = [kind for _, kind in self.stays]
        return tuple(sorted({system for kind in kinds for system in SYSTEMS_OF_KIND[kind]}))


@dataclass(frozen=True, slots=True)
class Person:
    """One real customer: the truth that identity resolution tries to find back."""

    person_id: int
    name: str
    language: str
    phone: str | None
    email: str | None
    platform_id: str | None

    @property
    def zendesk_id(self) -> int:
        return 3_700_000_000_000 + self.person_id


@dataclass(slots=True)
class Roster:
    """All agents, with quick ways to find them."""

    agents: list[Agent]
    by_id: dict[str, Agent] = field(init=False)
    by_kind: dict[str, list[Agent]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {agent.agent_id: agent for agent in self.agents}
        self.by_kind = {
            team.kind: [agent for agent in self.agents if any(kind == team.kind for _, kind in agent.stays)] for team in TEAMS
        }

    def supervisor(self, kind: str) -> Agent:
        return next(agent for agent in self.by_kind[kind] if agent.role != "agent")


def hire(days: Days, per_day: int, rng: Random) -> Roster:
    """About 30 agents (more when the shop is busier than 670 contacts a day). Two change team half-way, one leaves."""
    agents, number, half = [], 0, days.midnight(days.count // 2)
    moves = {("voice_a", 3): "voice_b", ("chat", 4): "ticket"}
    for team in TEAMS:
        for place in range(max(team.size, round(team.size * per_day / 670))):
            number += 1
            stays: tuple[tuple[int, str], ...] = ((days.start - 200 * DAY, team.kind),)
            if (moved := moves.get((team.kind, place))) and days.count >= 4:
                stays = (*stays, (half, moved))
            leaves = team.kind == "ticket" and place == 2 and days.count >= 6
            role = "expert" if team.kind == "expert" else "supervisor" if place == 0 else "agent"
            agents.append(
                Agent(
                    f"E{1000 + number}",
                    number,
                    rng.choice(SURNAMES) + rng.choice(GIVEN) + ("" if number % 3 else rng.choice(GIVEN)),
                    f"e{1000 + number}@deskmart.example",
                    role,
                    team.tier,
                    stays,
                    days.midnight(days.count * 2 // 3) if leaves else None,
                )
            )
    return Roster(agents)


def invent_people(count: int, rng: Random) -> list[Person]:
    """Customers with a phone, an e-mail and a platform id each, or only some of them; a few share an office phone."""
    people = []
    for number in range(1, count + 1):
        english = rng.random() < 0.15
        name = rng.choice(ENGLISH) if english else rng.choice(SURNAMES) + rng.choice(GIVEN)
        shared = rng.random() < 0.01
        phone = "+862160008888" if shared else f"+861{rng.choice('3578')}{number:09d}"
        people.append(
            Person(
                number,
                name,
                "en" if english else "zh",
                phone if rng.random() < 0.94 else None,
                f"buyer{number}@mail.example" if rng.random() < 0.8 else None,
                f"tb{10_000_000 + number}" if rng.random() < 0.7 else None,
            )
        )
    return people
