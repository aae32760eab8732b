"""A ticket's past: what its status, group and assignee were at a moment, when it was solved, reopened, merged, deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.oracle.world import EARLY, Row, World, grouped, in_time

SOLVED = ("solved", "closed")
DONE = ("solved", "closed", "deleted")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket's newest version with its events in order."""

    row: Row
    events: tuple[Row, ...]

    @property
    def id(self) -> str:
        return str(self.row["ticket_id"])

    @property
    def created_at(self) -> datetime:
        moment: datetime = self.row["created_at"]
        return moment

    @property
    def place(self) -> Row:
        """Channel of the ticket; its channel group is always written."""
        return {"channel": self.row.get("channel"), "channel_group": "written"}

    def changes(self, field: str) -> list[Row]:
        return [event for event in self.events if event["field"] == field]

    def value(self, field: str, present: str, moment: datetime) -> Any:
        """A field at a moment: the last change's new value, else the next change's old value, else the present one."""
        changes = self.changes(field)
        before = [event for event in changes if event["occurred_at"] <= moment]
        if before:
            return before[-1]["new_value"]
        return changes[0]["old_value"] if changes else self.row.get(present)

    def group(self, moment: datetime) -> Any:
        return self.value("group", "group_id", moment) or self.row.get("group_id")

    def assignee(self, moment: datetime) -> Any:
        return self.value("assignee", "assignee_id", moment)

    def status(self, moment: datetime) -> str | None:
        """The status at a moment; None when nothing tells it (no status event, and a version later than the moment)."""
        if not self.changes("status") and (self.row.get("version") or EARLY) > moment:
            return None
        return self.value("status", "status", moment) or "new"

    def merged_at(self) -> datetime | None:
        return self._since("merge", self.row.get("merged_into_id") is not None)

    def deleted_at(self) -> datetime | None:
        return self._since("delete", bool(self.row.get("is_deleted")))

    def _since(self, field: str, is_so: bool) -> datetime | None:
        if not is_so:
            return None
        changes = self.changes(field)
        return changes[0]["occurred_at"] if changes else (self.row.get("version") or self.created_at)

    def is_gone(self, moment: datetime) -> bool:
        """Merged or deleted at the moment."""
        gone = [when for when in (self.merged_at(), self.deleted_at()) if when is not None]
        return any(when <= moment for when in gone) or self.status(moment) == "deleted"

    def solves(self) -> list[Row]:
        """The events by which it became solved or closed out of something else."""
        return [event for old, event in self._steps() if event["new_value"] in SOLVED and old not in SOLVED]

    def own_solves(self) -> list[Row]:
        """The same without the closing that comes with a merge."""
        merged = self.merged_at()
        return [event for event in self.solves() if merged is None or event["occurred_at"] < merged]

    def reopens(self) -> list[Row]:
        """The events by which it left solved or closed, deletion apart."""
        return [event for old, event in self._steps() if event["new_value"] not in DONE and old in SOLVED]

    def _steps(self) -> Iterable[tuple[str | None, Row]]:
        known: str | None = None
        for event in self.changes("status"):
            old = event.get("old_value") or known
            known = event["new_value"]
            yield old, event

    def closed_after(self, start: datetime) -> datetime | None:
        """When it was next solved, closed or deleted, from a moment on."""
        changes = self.changes("status")
        if not changes:
            version = self.row.get("version")
            return version if self.row.get("status") in DONE and version is not None and version >= start else None
        ends = [event["occurred_at"] for event in changes if event["new_value"] in DONE]
        return next((moment for moment in ends if moment >= start), None)


def tickets_of(world: World) -> dict[str, Ticket]:
    """All tickets by id."""
    events = grouped(world["ticket_events"], "ticket_id")
    return {row["ticket_id"]: Ticket(row, _in_order(events.get(row["ticket_id"], []))) for row in world["tickets"]}


def ticket_of(world: World, row: Row) -> Ticket:
    """A ticket that is kept out of the KPIs, with its events."""
    return Ticket(row, _in_order([event for event in world["excluded_events"] if event["ticket_id"] == row["ticket_id"]]))


def _in_order(events: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(events, key=lambda event: in_time(event, "occurred_at", "event_id")))
