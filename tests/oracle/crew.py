"""Who an agent is, the team that agent was in, and what a queue was, at a moment."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime

from tests.oracle.parts import Credit
from tests.oracle.world import EARLY, Row, World


def _valid(rows: list[Row], moment: datetime) -> Row | None:
    """The row with the greatest valid_from up to the moment, else the earliest; the rows are in order."""
    if len(rows) < 2:
        return rows[0] if rows else None
    before = [row for row in rows if _since(row) <= moment]
    return (before or [row for row in rows if _since(row) == _since(rows[0])])[-1]


def _since(row: Row) -> datetime:
    found: datetime = row.get("valid_from") or EARLY
    return found


def _telling(row: Row) -> tuple[object, ...]:
    """Of observations of one moment the one that tells more goes first, then by name; a bot before a human."""
    told = (row.get(column) for column in ("team_id", "name", "department", "role", "tier"))
    return (*((value is None, value or "") for value in told), not row.get("is_bot"))


def tier_rank(tier: str | None) -> int | None:
    """The digits of a tier's name: 2 of 'L2'; None where there are none."""
    found = re.search(r"\d+", tier or "")
    return int(found.group()) if found else None


class Crew:
    """Look-ups over agents, agent_logins and queues."""

    def __init__(self, world: World) -> None:
        self._logins: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for login in sorted(world["agent_logins"], key=_since):
            self._logins[login["source_system"], login["login"]].append(login)
        self._agents: dict[str, list[Row]] = defaultdict(list)
        for agent in sorted(sorted(world["agents"], key=_telling, reverse=True), key=_since):
            person = self.person(agent["source_system"], agent["agent_id"], agent.get("valid_from") or EARLY)
            if person is not None:
                self._agents[person].append(agent)
        self._queues: dict[str, list[Row]] = defaultdict(list)
        for queue in sorted(world["queues"], key=_since):
            self._queues[queue["queue_id"]].append(queue)

    def person(self, source: str, agent_id: str | None, moment: datetime) -> str | None:
        """The agent_id behind a source's login; the id itself when no login names it."""
        if agent_id is None:
            return None
        login = _valid(self._logins.get((source, agent_id.removeprefix(f"{source}:")), []), moment)
        return agent_id if login is None else login["agent_id"]

    def _known(self, person: str | None, moment: datetime, column: str) -> Row | None:
        rows = [row for row in self._agents.get(person or "", []) if row.get(column) is not None]
        return _valid(rows, moment)

    def team(self, person: str | None, moment: datetime) -> str | None:
        """The team of a person at a moment."""
        row = self._known(person, moment, "team_id")
        return None if row is None else row["team_id"]

    def team_changes(self, person: str | None) -> list[datetime]:
        """When a person's team may have become another."""
        return [row["valid_from"] for row in self._agents.get(person or "", []) if row.get("valid_from") and row.get("team_id")]

    def is_bot(self, source: str, agent_id: str | None, moment: datetime) -> bool:
        row = self._known(self.person(source, agent_id, moment), moment, "is_bot")
        return row is not None and bool(row["is_bot"])

    def role(self, person: str | None, moment: datetime) -> str | None:
        row = self._known(person, moment, "role")
        return None if row is None else row["role"]

    def agent_tier(self, person: str | None, moment: datetime) -> int | None:
        row = self._known(person, moment, "tier")
        return None if row is None else tier_rank(row["tier"])

    def queue(self, queue_id: str | None, moment: datetime) -> Row | None:
        """The queue or group as it was at a moment."""
        return _valid(self._queues.get(queue_id or "", []), moment)

    def credit(self, source: str, agent_id: str | None, moment: datetime, at: Row, queue_id: str | None) -> Credit:
        """Credit to an agent and the team of that moment, in the channel of `at` and this queue."""
        person = self.person(source, agent_id, moment)
        return Credit(at["channel"], at["channel_group"], queue_id, self.team(person, moment), person)
