"""What the oracle computes from: canonical records in their newest version, the excluded ones taken out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.policy import Policy

Row = Mapping[str, Any]
EARLY = datetime.min.replace(tzinfo=UTC)
LATE = datetime.max.replace(tzinfo=UTC)
EXCLUDING = ("is_test", "is_internal", "is_spam", "is_suspect")


def seconds_between(start: datetime, end: datetime) -> Decimal:
    """Exact seconds from start to end."""
    return Decimal((end - start) // timedelta(microseconds=1)) / 1_000_000


def seconds(value: Any) -> Decimal | None:
    """A duration column as an exact number; a negative one is no duration."""
    found = None if value is None else Decimal(str(value))
    return None if found is None or found < 0 else found


def newest(rows: Iterable[Row], key: str, version: str) -> list[Row]:
    """The newest version of each key; a version that is null is the oldest."""
    found: dict[Any, Row] = {}
    for row in rows:
        known = found.get(row[key])
        if known is None or (row.get(version) or EARLY) >= (known.get(version) or EARLY):
            found[row[key]] = row
    return list(found.values())


def grouped(rows: Iterable[Row], name: str) -> dict[Any, list[Row]]:
    """Rows by the value of a column, rows without one left out."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        if row.get(name) is not None:
            found[row[name]].append(row)
    return dict(found)


def in_time(row: Row, at: str, key: str) -> tuple[datetime, int, str]:
    """The order of rows in time; at the same moment by id, a shorter one first (so that 9 comes before 10)."""
    return (row[at], len(row[key]), row[key])


@dataclass(frozen=True, slots=True)
class World:
    """Rows by canonical stream, the policy, and each source's as_of."""

    rows: Mapping[str, Sequence[Row]]
    policy: Policy
    as_of: Mapping[str, datetime]

    def __getitem__(self, stream: str) -> Sequence[Row]:
        return self.rows.get(stream, ())

    def day(self, moment: datetime) -> date:
        """The service_date of a moment: its local date at the site."""
        return moment.astimezone(self.policy.zone).date()

    def passed(self, start: datetime, window: Decimal | int, source: str | None) -> bool:
        """Whether the window after start lies wholly inside what this source has covered."""
        return seconds_between(start, self.as_of[source or ""]) > window


def world_of(records: Mapping[str, Sequence[Row]], policy: Policy, as_of: Mapping[str, datetime]) -> World:
    """Newest versions, and the rows that KPIS.md (Rules for all: Excluded) keeps out of every KPI removed."""
    rows = {stream: list(found) for stream, found in records.items()}
    rows["ticket_versions"] = rows.get("tickets", [])
    for stream, key, version in (("tickets", "ticket_id", "version"), ("surveys", "survey_id", "responded_at")):
        rows[stream] = newest(rows.get(stream, []), key, version)
    rows["orders"] = newest(rows.get("orders", []), "order_id_token", "version_at")
    legs = rows.get("contact_legs", [])
    rows["excluded_legs"] = [leg for leg in legs if any(leg.get(name) for name in EXCLUDING)]
    rows["contact_legs"] = [leg for leg in legs if not any(leg.get(name) for name in EXCLUDING)]
    contacts = {leg["contact_id"] for leg in legs} - {leg["contact_id"] for leg in rows["contact_legs"]}
    rows["excluded_tickets"] = [ticket for ticket in rows["tickets"] if ticket.get("is_spam")]
    tickets = {ticket["ticket_id"] for ticket in rows["tickets"] if ticket.get("is_spam")}
    rows["tickets"] = [ticket for ticket in rows["tickets"] if not ticket.get("is_spam")]
    rows["excluded_events"] = [row for row in rows.get("ticket_events", []) if row.get("ticket_id") in tickets]
    for stream in ("messages", "surveys", "ticket_events", "reviews"):
        rows[stream] = [
            row for row in rows.get(stream, []) if row.get("contact_id") not in contacts and row.get("ticket_id") not in tickets
        ]
    return World(rows, policy, as_of)
