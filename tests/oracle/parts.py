"""Parts: what one fact row adds to one KPI, before anything is summed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

NONE = "(none)"
ONE = Decimal(1)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Credit:
    """To whom and where a fact row is counted. None in any place means the member `(none)`."""

    channel: str | None
    channel_group: str | None
    queue_id: str | None
    team_id: str | None
    agent_id: str | None

    def at(self, place: Mapping[str, Any]) -> Credit:
        """The same in another row's channel: a contact has one, that of its first leg."""
        return replace(self, channel=place["channel"], channel_group=place["channel_group"])

    def member(self, scope: str) -> str:
        """The scope_id of this row in a scope."""
        if scope == "company":
            return "company"
        found = {"channel": self.channel, "queue": self.queue_id, "team": self.team_id, "agent": self.agent_id}[scope]
        return NONE if found is None else found


class Part(NamedTuple):
    """One fact row's share of a KPI on a day; a pending row has zero everywhere and `pending` 1.

    `subjects` are the natural ids by which an adjustment may name the row, `scopes` those that count it, where others have parts of
    their own.
    """

    kpi: str
    variant: str
    on: date
    credit: Credit
    numerator: Decimal = ZERO
    denominator: Decimal = ZERO
    sample: int = 0
    pending: int = 0
    subjects: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None


def one(kpi: str, on: date, credit: Credit) -> Part:
    """One more of a count."""
    return Part(kpi, "default", on, credit, ONE, ZERO, 1)


def share(kpi: str, on: date, credit: Credit, hit: bool, variant: str = "default") -> Part:
    """A row of a rate's denominator, in the numerator too when it is a hit."""
    return Part(kpi, variant, on, credit, ONE if hit else ZERO, ONE, 1)


def amount(kpi: str, on: date, credit: Credit, value: Decimal, variant: str = "default") -> Part:
    """A row of a mean: its value above, one below."""
    return Part(kpi, variant, on, credit, value, ONE, 1)


def waiting(kpi: str, on: date, credit: Credit, variant: str = "default") -> Part:
    """A row whose outcome is not final."""
    return Part(kpi, variant, on, credit, pending=1)


def about(parts: Iterable[Part], *subjects: str | None) -> Iterator[Part]:
    """The parts of one row, which these ids name."""
    known = tuple(subject for subject in subjects if subject is not None)
    for part in parts:
        yield part._replace(subjects=known)
