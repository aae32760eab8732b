"""cost_per_contact of KPIS.md (Handling): the money of a month over its contacts."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache

from deskmart.freeze import PROJECT
from tests.oracle.calendar_periods import month_of
from tests.oracle.contact_handling import is_handed_over, is_running, last_of_bot
from tests.oracle.contacts import Contact
from tests.oracle.crew import Crew
from tests.oracle.legs import is_handled, last_seen
from tests.oracle.parts import Credit, Part, about, waiting
from tests.oracle.world import Row, World

NOWHERE = Credit(None, None, None, None, None)


@cache
def _rates() -> Mapping[tuple[str, str], Decimal]:
    with (PROJECT / "seeds" / "exchange_rates.csv").open(encoding="utf-8", newline="") as file:
        return {(row["currency"], row["month"]): Decimal(row["rate_to_reporting"]) for row in csv.DictReader(file)}


def cost_parts(world: World, crew: Crew, contacts: list[Contact], first: date, last: date) -> Iterator[Part]:
    """One row a month with costs, on its last day; pending while the month is not published whole, or some amount is not known."""
    served = _served(world, crew, contacts)
    months: dict[str, list[Row]] = defaultdict(list)
    for cost in world["costs"]:
        months[cost["month"]].append(cost)
    for month, costs in sorted(months.items()):
        begin, end = month_of(date.fromisoformat(f"{month}-01"))
        amounts = [_in_reporting_currency(cost) for cost in costs]
        known = [amount for amount in amounts if amount is not None]
        if first <= begin and end <= last and len(known) == len(amounts):
            part = Part("cost_per_contact", "default", end, NOWHERE, sum(known, Decimal(0)), Decimal(served[month]), 1)
        else:
            part = waiting("cost_per_contact", min(end, last), NOWHERE)
        yield from about([part], month)


def _in_reporting_currency(cost: Row) -> Decimal | None:
    rate = _rates().get((cost.get("currency") or "", cost["month"]))
    return None if rate is None or cost.get("amount") is None else Decimal(str(cost["amount"])) * rate


def _served(world: World, crew: Crew, contacts: list[Contact]) -> Counter[str]:
    """Contacts handled by humans, and those that stayed with self-service or a bot, by the month they ended in."""
    found: Counter[str] = Counter()
    for contact in contacts:
        ends = [leg["ended_at"] for leg in contact.legs if is_handled(crew, leg)]
        last = last_of_bot(crew, contact)
        if ends:
            found[f"{world.day(max(ends)):%Y-%m}"] += 1
        elif last is not None and not is_handed_over(crew, contact) and not is_running(crew, contact):
            found[f"{world.day(last_seen(last)):%Y-%m}"] += 1
    return found
