"""What customers buy."""

from dataclasses import dataclass, field
from random import Random

from sandbox.clock import DAY, HOUR, MINUTE
from sandbox.people import Person

SHOPS = ("tmall", "jd", "official")


@dataclass(frozen=True, slots=True)
class OrderVersion:
    """An order as it stood from `at` on; money in fen."""

    at: int
    status: str
    paid_at: int | None
    refunded: int
    refunded_at: int | None


@dataclass(slots=True)
class Order:
    """An order and all its versions, oldest first; `amount` in fen."""

    order_id: str
    shop: str
    person: Person
    created_at: int
    amount: int
    currency: str
    item_count: int
    distinct_products: int
    versions: list[OrderVersion] = field(default_factory=list)


@dataclass(slots=True)
class Shopping:
    """Places orders for customers."""

    rng: Random
    orders: list[Order] = field(default_factory=list)
    of_person: dict[int, Order] = field(default_factory=dict)

    def place(self, person: Person, at: int) -> Order:
        """A new order from `at` on, with everything that will happen to it."""
        rng = self.rng
        distinct = rng.choices((1, 2, 3, 4), (60, 25, 10, 5))[0]
        order = Order(
            f"SO{26_000_000 + len(self.orders) + 1}",
            rng.choice(SHOPS),
            person,
            at,
            max(990, int(rng.lognormvariate(9.9, 0.8))),
            "USD" if person.language == "en" and rng.random() < 0.5 else "CNY",
            distinct + rng.choices((0, 1, 2), (70, 20, 10))[0],
            distinct,
        )
        self._live(order)
        self.orders.append(order)
        self.of_person[person.person_id] = order
        return order

    def _live(self, order: Order) -> None:
        rng, at = self.rng, order.created_at
        order.versions.append(OrderVersion(at, "created", None, 0, None))
        if rng.random() < 0.1:
            order.versions.append(OrderVersion(at + DAY, "cancelled", None, 0, None))
            return
        paid = at + rng.randint(30, 20 * MINUTE)
        shipped, done = paid + rng.randint(2 * HOUR, 2 * DAY), paid + rng.randint(3 * DAY, 7 * DAY)
        order.versions.append(OrderVersion(paid, "paid", paid, 0, None))
        order.versions.append(OrderVersion(shipped, "shipped", paid, 0, None))
        order.versions.append(OrderVersion(done, "completed", paid, 0, None))
        if rng.random() < 0.12:
            back = paid + rng.randint(HOUR, 9 * DAY)
            amount = order.amount if rng.random() < 0.5 else order.amount // rng.randint(2, 4)
            status = "refunded" if amount == order.amount else "partially_refunded"
            order.versions = [version for version in order.versions if version.at < back]
            order.versions.append(OrderVersion(back, status, paid, amount, back))

    def recent(self, person: Person, at: int) -> Order:
        """The order a customer asks about: their last one, or one placed in the days before."""
        order = self.of_person.get(person.person_id)
        if order is None or order.created_at > at:
            order = self.place(person, at - self.rng.randint(2 * HOUR, 6 * DAY))
        return order
