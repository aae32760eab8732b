"""The section Sales of KPIS.md: inquirers, assisted orders, buyers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.oracle.contacts import Contact
from tests.oracle.crew import Crew
from tests.oracle.identity import Persons
from tests.oracle.legs import handler, is_handled
from tests.oracle.parts import NONE, Credit, Part, about, amount, share, waiting
from tests.oracle.world import Row, World, seconds_between


@dataclass(frozen=True, slots=True)
class _Work:
    """A human's part in an inquiry: when the inquiry and the part began, and whose credit it is."""

    asked_at: datetime
    at: datetime
    id: str
    credit: Credit


@dataclass(frozen=True, slots=True)
class _Inquirer:
    """A customer on a local day: the first inquiry, its window's end, and what humans did for the customer's inquiries."""

    t0: datetime
    until: datetime
    source: str
    place: Row
    queue_id: str | None
    work: tuple[_Work, ...]
    subject: str | None

    def last_before(self, moment: datetime) -> Credit:
        """'Last human before payment': whose work in the window began last by then; nobody: where the first inquiry was."""
        done = [work for work in self.work if self.t0 <= work.asked_at and work.at <= moment]
        if done:
            return max(done, key=lambda work: (work.at, work.id)).credit
        return Credit(self.place["channel"], self.place["channel_group"], self.queue_id, None, None)


def sales_parts(world: World, crew: Crew, persons: Persons, contacts: list[Contact]) -> Iterator[Part]:
    """inquiry_conversion, aov, cross_sell_rate and repurchase_rate; a world without orders tells nothing of them."""
    if not world["orders"]:
        return
    paid = _paid_orders(world, persons)
    for person, inquiries in _inquiries(world, contacts).items():
        orders = paid.get(person, [])
        assisted: dict[str, tuple[Row, Credit]] = {}
        for inquirer in _inquirers(world, crew, inquiries, orders):
            bought = [order for order in orders if inquirer.t0 < order["paid_at"] <= inquirer.until]
            yield from about(_conversion(world, inquirer, bought), inquirer.subject)
            for order in bought:
                assisted.setdefault(order["order_id_token"], (order, inquirer.last_before(order["paid_at"])))
        for order, credit in assisted.values():
            yield from about(_order(world, order, credit), order["order_id_token"])
        yield from _repurchases(world, list(assisted.values()), orders)


def _is_paid(world: World, order: Row) -> bool:
    """'Fully refunded ≤ 7 d after payment is not paid.'"""
    if order.get("paid_at") is None:
        return False
    price, back = order.get("amount"), _refunded(world, order)
    return price is None or not back or back < Decimal(str(price))


def _refunded(world: World, order: Row) -> Decimal:
    """What went back and is known to have done so within the refund window."""
    back, at = order.get("refunded_amount"), order.get("refunded_at")
    if back is None or at is None or seconds_between(order["paid_at"], at) > _refund_window(world, order):
        return Decimal(0)
    return Decimal(str(back))


def _refund_window(world: World, order: Row) -> int:
    return world.policy.sales("refund", world.day(order["paid_at"]))


def _paid_orders(world: World, persons: Persons) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for order in world["orders"]:
        person = persons.person(order)
        if person is not None and _is_paid(world, order):
            found[person].append(order)
    return {
        person: sorted(orders, key=lambda order: (order["paid_at"], order["order_id_token"])) for person, orders in found.items()
    }


def _inquiries(world: World, contacts: list[Contact]) -> dict[str, list[Contact]]:
    """Each known person's human-handled contacts whose topic is not after-sales, in order."""
    found: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        if (
            contact.person is not None
            and contact.is_inbound
            and contact.handlings
            and contact.topic not in world.policy.after_sales
        ):
            found[contact.person].append(contact)
    return found


def _inquirers(world: World, crew: Crew, inquiries: list[Contact], orders: list[Row]) -> Iterator[_Inquirer]:
    """One per local day, without those who paid an order in the 7 d before."""
    work = tuple(work for contact in inquiries for work in _work_of(crew, contact))
    first_of_day: dict[date, Contact] = {}
    for contact in inquiries:
        first_of_day.setdefault(world.day(contact.start), contact)
    for on, contact in first_of_day.items():
        before = [seconds_between(order["paid_at"], contact.start) for order in orders]
        if not any(0 <= gap <= world.policy.sales("prior_order", on) for gap in before):
            queue = contact.place.get("queue_id") if contact.legs else contact.last_queue
            until = contact.start + timedelta(seconds=world.policy.sales("conversion", on))
            yield _Inquirer(contact.start, until, contact.source, contact.place, queue, work, contact.subject)


def _work_of(crew: Crew, contact: Contact) -> Iterator[_Work]:
    """Handled legs by answered_at; replies by sent_at."""
    if not contact.legs:
        for handling in contact.handlings:
            yield _Work(contact.start, handling.over_at, handling.id, handling.credit)
    for leg in contact.legs:
        if is_handled(crew, leg):
            credit = handler(crew, leg)
            yield _Work(contact.start, leg["answered_at"], leg["contact_leg_id"], credit)


def _conversion(world: World, inquirer: _Inquirer, bought: list[Row]) -> Iterator[Part]:
    on = world.day(inquirer.t0)
    credit = inquirer.last_before(bought[0]["paid_at"] if bought else inquirer.until)
    window = world.policy.sales("conversion", on) + world.policy.sales("refund", on)
    if world.passed(inquirer.t0, window, inquirer.source):
        yield share("inquiry_conversion", on, credit, bool(bought))
    else:
        yield waiting("inquiry_conversion", on, credit)


def _order(world: World, order: Row, credit: Credit) -> Iterator[Part]:
    """aov per currency and cross_sell_rate, dated paid_at."""
    on, products = world.day(order["paid_at"]), order.get("distinct_products")
    is_final = world.passed(order["paid_at"], _refund_window(world, order), order["source_system"])
    if products is not None:
        yield share("cross_sell_rate", on, credit, products >= 2) if is_final else waiting("cross_sell_rate", on, credit)
    if order.get("amount") is not None:
        kept, currency = Decimal(str(order["amount"])) - _refunded(world, order), order.get("currency") or NONE
        yield amount("aov", on, credit, kept, currency) if is_final else waiting("aov", on, credit, currency)


def _repurchases(world: World, assisted: list[tuple[Row, Credit]], orders: list[Row]) -> Iterator[Part]:
    """Buyers by local day of their assisted orders, and whether they paid again on a later day."""
    first_of_day: dict[date, tuple[Row, Credit]] = {}
    for order, credit in sorted(assisted, key=lambda found: (found[0]["paid_at"], found[0]["order_id_token"])):
        first_of_day.setdefault(world.day(order["paid_at"]), (order, credit))
    for on, (order, credit) in first_of_day.items():
        part, window = waiting("repurchase_rate", on, credit), world.policy.sales("repurchase", on)
        again = any(
            world.day(other["paid_at"]) > on and seconds_between(order["paid_at"], other["paid_at"]) <= window for other in orders
        )
        if world.passed(order["paid_at"], window + _refund_window(world, order), order["source_system"]):
            part = share("repurchase_rate", on, credit, again)
        yield from about([part], order["order_id_token"])
