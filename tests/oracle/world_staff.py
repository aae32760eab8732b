"""The people and queues of a random world: teams that change, a login handed on, a bot, a supervisor, shared phones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

Raw = dict[str, Any]
QUEUES = ("Q1", "Q2", "Q3")
GROUPS = ("G1", "G2", "G3")
TOPICS = ("refund", "refund", "product", "product", None, "complaint", "tech")
CLOSINGS = ("谢谢", "好的，谢谢", "ok", "Thanks!", "👍")
EDGES = (0.0, 5.0, 5.000001, 20.0, 20.000001, 30.0, 30.000001)


@dataclass(slots=True)
class Stage:
    """A world under construction."""

    random: Random
    seed: int
    zone: ZoneInfo
    start: datetime
    days: int
    rows: dict[str, list[Raw]] = field(default_factory=dict)
    customers: list[Raw] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """What all ids of this world begin with."""
        return f"W{self.seed}-"

    @property
    def switchboard(self) -> str:
        """The phone that too many customers share."""
        return f"+86139{self.seed % 10_000:04d}9999"

    @property
    def end(self) -> datetime:
        """Local midnight after the last day: the world's as_of."""
        return local_midnight(self.start, self.days, self.zone)

    def add(self, stream: str, **row: Any) -> Raw:
        self.rows.setdefault(stream, []).append(row)
        return row

    def id(self, kind: str) -> str:
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return f"{self.prefix}{kind}{self.numbers[kind]}"

    def moment(self) -> datetime:
        """Any microsecond of the world, more often in the day than at night, sometimes close to midnight."""
        day = self.random.randrange(self.days)
        hour = self.random.choice([0.001, 9, 10, 11, 14, 15, 16, 20, 23.99])
        offset = timedelta(hours=hour, microseconds=self.random.randrange(3_000_000_000 if hour < 23 else 30_000_000))
        return local_midnight(self.start, day, self.zone) + offset

    def wait(self) -> float:
        """Seconds of waiting: often exactly at a threshold or a microsecond past it."""
        return self.random.choice(EDGES) if self.random.random() < 0.4 else round(self.random.expovariate(1 / 25), 6)

    def customer(self) -> Raw:
        """Customer columns: known fully, by one identifier, by a shared phone, or not at all."""
        known = self.random.choice(self.customers)
        shape = self.random.random()
        if shape < 0.1:
            return {}
        if shape < 0.15:
            return {"customer_phone": self.switchboard}
        if shape < 0.5:
            return {name: value for name, value in known.items() if name == self.random.choice(list(known))}
        return dict(known)

    def agent(self) -> str:
        return self.random.choice(["A1", "A2", "A3", "A4", "A5", "A7", "ext-1"])


def local_midnight(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The local midnight that begins the day this many days after the first."""
    date = start.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(date, time(), zone).astimezone(UTC)


def staff(stage: Stage) -> None:
    """Agents, logins, queues, shifts and customers."""
    early, later = stage.start - timedelta(days=30), stage.start + timedelta(days=5, hours=7)
    people = [("A1", "T1", "agent", "L1"), ("A2", "T1", "agent", "L1"), ("A3", "T2", "agent", "L1")]
    people += [("A4", "T2", "expert", "L2"), ("A5", "T2", "supervisor", "L2")]
    for agent, team, role, tier in people:
        stage.add(
            "agents", agent_id=agent, name=f"Agent {agent}", team_id=team, role=role, tier=tier, is_bot=False,
            valid_from=early,
        )  # fmt: skip
    stage.add("agents", agent_id="A2", name="Agent A2", team_id="T2", role="agent", is_bot=False, valid_from=later)
    stage.add("agents", agent_id="A3", name="Renamed A3", team_id=None, role="agent", is_bot=False, valid_from=later)
    stage.add("agents", agent_id="BOT", name="Robot", role="agent", is_bot=True, valid_from=early)
    for agent, since in (("A1", early), ("A4", later)):
        stage.add("agent_logins", source_system="file_drop", login="ext-1", agent_id=agent, valid_from=since)
    for queue, department, tier, owner in (
        ("Q1", "sales", "L1", "T1"), ("Q2", "support", "L1", "T2"), ("Q3", "support", "L2", None),
        ("G1", "support", "L1", "T2"), ("G2", "support", "L2", "T2"), ("G3", "finance", "L2", "T1"),
    ):  # fmt: skip
        stage.add(
            "queues",
            queue_id=queue,
            name=queue,
            department=department,
            tier=tier,
            owner_team_id=owner,
            valid_from=early,
        )
    stage.add("queues", queue_id="Q1", name="Q1", department="sales", tier="L1", owner_team_id="T2", valid_from=later)
    _customers(stage)


def _customers(stage: Stage) -> None:
    """40 customers with an id; most have a phone, some an e-mail; 7 of them share one phone (a company's switchboard)."""
    for number in range(40):
        customer = {"customer_id": f"{stage.prefix}C{number}"}
        if number % 4:
            customer["customer_phone"] = f"+86138{stage.seed % 10_000:04d}{number:04d}"
        if number % 3 == 0:
            customer["customer_email"] = f"{stage.prefix.lower()}c{number}@example.com"
        stage.customers.append(customer)
        stage.add("customers", **customer)
    for number in range(7):
        stage.add("customers", customer_id=f"{stage.prefix}S{number}", customer_phone=stage.switchboard)
    order = stage.id("O")
    for number in (1, 2):
        made = stage.start + timedelta(days=number)
        stage.add(
            "orders", order_id=order if number == 1 else stage.id("O"), customer_id=stage.customers[number]["customer_id"],
            version_at=made, created_at=made, status="paid", paid_at=made, amount=10.0, currency="CNY",
        )  # fmt: skip
