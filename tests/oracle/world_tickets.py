"""Tickets of a random world: merged, followed up, reopened, thanked, deleted, never solved, solved without a reply."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.oracle.world_staff import CLOSINGS, GROUPS, QUEUES, TOPICS, Raw, Stage

SHAPES = ("solved", "solved", "reopened", "thanked", "no_reply_solve", "never", "deleted", "agent_first", "no_events")


class _Ticket:
    """A ticket being written: each change sets the newest version and leaves an event."""

    def __init__(self, stage: Stage, start: datetime, **given: Any) -> None:
        random = stage.random
        self.stage = stage
        self.row: Raw = stage.add(
            "tickets", ticket_id=stage.id("T"), version=start, created_at=start, status="new",
            group_id=random.choice(GROUPS), assignee_id=None, channel=random.choice(["email", "web", None]),
            topic=random.choice(TOPICS), tier="L1", priority=random.choice([None, "normal", "urgent"]),
            is_spam=random.random() < 0.04, queue_id=(None, None, None, None, *QUEUES)[stage.numbers["T"] % 7], **(stage.customer() | given),
        )  # fmt: skip

    def change(self, field: str, value: str | None, at: datetime, actor: str | None, old: str | None = None) -> None:
        column = {"status": "status", "assignee": "assignee_id", "group": "group_id", "tier": "tier", "priority": "priority"}.get(
            field
        )
        old = self.row.get(column) if column else old
        if column:
            self.row[column] = value
        self.row["version"] = at
        self.stage.add(
            "ticket_events", event_id=self.stage.id("E"), ticket_id=self.row["ticket_id"], occurred_at=at, field=field,
            old_value=old, new_value=value, actor_id=actor, actor_type="agent" if actor else "system",
        )  # fmt: skip

    def say(self, sender_type: str, at: datetime, text: str, **more: Any) -> None:
        row = {"message_id": self.stage.id("M"), "ticket_id": self.row["ticket_id"], "sender_type": sender_type}
        self.stage.add("messages", sent_at=at, text=text, **(row | {"is_public": True, "is_automatic": False} | more))


def tickets(stage: Stage, count: int) -> None:
    """`count` tickets of all shapes; some are merged into or follow an earlier one; some calls name one."""
    made: list[Raw] = []
    for _ in range(count):
        made.append(_ticket(stage, stage.random.choice(SHAPES), made))
    for leg in stage.rows.get("contact_legs", []):
        near = [row for row in made if abs(row["created_at"] - leg["offered_at"]) < timedelta(hours=12)]
        if near and stage.random.random() < 0.15:
            leg["ticket_id"] = stage.random.choice(near)["ticket_id"]


def _ticket(stage: Stage, shape: str, made: list[Raw]) -> Raw:
    random, start = stage.random, stage.moment()
    ticket = _Ticket(stage, start)
    if shape == "no_events":
        ticket.say("customer", start, "没有下文")
        return ticket.row
    if random.random() < 0.3:
        stage.add("tickets", **ticket.row)  # the version it began with, superseded by the later one
    agent = stage.agent()
    if shape == "agent_first":
        ticket.say("agent", start, "我们想告诉您", sender_id=agent)
        ticket.say("customer", start + timedelta(hours=1), "什么意思")
    else:
        ticket.say("customer", start, "我的退款呢")
        ticket.say("agent", start + timedelta(seconds=1), "已收到", sender_id=agent, is_automatic=True)
    ticket.change("assignee", agent, start + timedelta(minutes=3), None)
    at = _escalate(stage, ticket, start + timedelta(minutes=4), agent)
    at = _exchange(stage, ticket, at, agent)
    if shape == "never":
        return ticket.row
    _solve(stage, ticket, shape, at, agent)
    _relate(stage, ticket, made)
    return ticket.row


def _exchange(stage: Stage, ticket: _Ticket, at: datetime, agent: str) -> datetime:
    """Replies and further turns: at the edges of the targets, over nights and weekends, thanks with and without an answer."""
    random = stage.random
    for _ in range(random.choice([0, 0, 1, 2])):
        gap = random.choice(
            [timedelta(seconds=1800), timedelta(seconds=3600, microseconds=1), timedelta(hours=15), timedelta(days=2)]
        )
        if at + gap + timedelta(hours=1) >= stage.end:
            break
        ticket.say("agent", at + gap, "请稍等", sender_id=random.choice([agent, "A2"]))
        at += gap + timedelta(minutes=random.choice([0, 50]))
        ticket.say("customer", at, random.choice([*CLOSINGS, "还没好吗", "还没好吗"]))
    return at


def _escalate(stage: Stage, ticket: _Ticket, at: datetime, agent: str) -> datetime:
    """Sometimes another group, tier or a supervisor; by the agent or by a rule."""
    actor = stage.random.choice([agent, None])
    shape = stage.random.random()
    if shape < 0.15:
        ticket.change("group", stage.random.choice(GROUPS), at, actor)
    elif shape < 0.25:
        ticket.change("tier", stage.random.choice(["L2", "L1", None]), at, actor)
    elif shape < 0.35:
        ticket.change("assignee", stage.random.choice(["A5", "A1"]), at, actor)
    elif shape < 0.5:
        old = stage.random.choice([None, "vip", "complex vip"])
        ticket.change("tags", stage.random.choice(["vip complex", "复杂", "vip"]), at, actor, old)
    if stage.random.random() < 0.2:
        ticket.change("priority", stage.random.choice(["urgent", "normal", None]), at, actor)
    return at + timedelta(minutes=1)


def _solve(stage: Stage, ticket: _Ticket, shape: str, at: datetime, agent: str) -> None:
    random = stage.random
    at += random.choice([timedelta(minutes=20), timedelta(hours=24), timedelta(hours=23, minutes=55), timedelta(days=8)])
    if at >= stage.end:
        return
    if shape != "no_reply_solve":
        ticket.say("agent", at, "已为您处理", sender_id=agent)
    ticket.change("status", "solved", at, random.choice([agent, agent, None]))
    later = at + random.choice([*map(timedelta, [0.1, 1.25, 4.2, 7]), timedelta(days=7, microseconds=1)])
    if later + timedelta(hours=2) >= stage.end:
        return
    if shape == "reopened":
        ticket.say("customer", later, "还是不行")
        ticket.change("status", "open", later, None)
        if random.random() < 0.7:
            ticket.say("agent", later + timedelta(hours=1), "再试一次", sender_id="A3")
            ticket.change("status", "solved", later + timedelta(hours=1), "A3")
    elif shape == "thanked":
        if random.random() < 0.5:
            ticket.say("agent", at + timedelta(hours=1), "请为我们评价", sender_id=agent)
        ticket.say("customer", later, random.choice(CLOSINGS))
        ticket.change("status", "open", later, None)
        ticket.change("status", "solved", later + timedelta(hours=1), None)
    elif shape == "deleted":
        ticket.change("delete", None, later, agent)
        ticket.row["is_deleted"] = True
    elif random.random() < 0.5:
        ticket.change("status", "closed", later, None)


def _relate(stage: Stage, ticket: _Ticket, made: list[Raw]) -> None:
    """Merged into, or a follow-up of, an earlier ticket that is not spam."""
    earlier = [row for row in made if row["created_at"] < ticket.row["created_at"] and not row["is_spam"]]
    shape = stage.random.random()
    if not earlier or shape > 0.25:
        return
    other = stage.random.choice(earlier)
    if shape < 0.12:
        merged = ticket.row["version"] + timedelta(seconds=1)
        ticket.change("merge", other["ticket_id"], merged, stage.agent())
        ticket.change("status", "closed", merged, None)
        ticket.row["merged_into_id"] = other["ticket_id"]
    else:
        ticket.row["followup_of_id"] = other["ticket_id"]
        if stage.random.random() < 0.3:
            _follow_at_the_edge(stage, other)


def _follow_at_the_edge(stage: Stage, other: Raw) -> None:
    """Another follow-up of the ticket, exactly 7 d after it was last changed, or a microsecond later."""
    start = other["version"] + timedelta(days=7, microseconds=stage.random.choice([0, 1]))
    if start < stage.end:
        follow = _Ticket(stage, start, followup_of_id=other["ticket_id"])
        follow.say("customer", start, "又坏了")
