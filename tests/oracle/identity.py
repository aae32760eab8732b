"""Persons: connected components over the customer tokens that stand in one row together."""

from __future__ import annotations

from collections import defaultdict

from tests.oracle.world import Row, World

TOKENS = ("customer_id_token", "customer_phone_token", "customer_email_token", "order_id_token")
STREAMS = ("contact_legs", "customers", "tickets", "orders")


def tokens_of(row: Row) -> list[str]:
    return [row[name] for name in TOKENS if row.get(name) is not None]


class Persons:
    """One root token per person; an identifier of too many customers links nobody and names nobody."""

    def __init__(self, world: World) -> None:
        rows = [row for stream in STREAMS for row in world[stream]]
        self._shared = _shared(rows, world.policy.shared_identity_limit)
        self._parent: dict[str, str] = {}
        for row in rows:
            tokens = [token for token in tokens_of(row) if token not in self._shared]
            for token in tokens:
                self._join(tokens[0], token)

    def person(self, row: Row) -> str | None:
        """The person a row belongs to; None when nothing but a shared identifier, or nothing, is known."""
        tokens = [token for token in tokens_of(row) if token not in self._shared]
        return self._root(tokens[0]) if tokens else None

    def _root(self, token: str) -> str:
        while (parent := self._parent.get(token, token)) != token:
            token = parent
        return token

    def _join(self, one: str, other: str) -> None:
        roots = sorted((self._root(one), self._root(other)))
        self._parent.setdefault(one, one)
        self._parent.setdefault(other, other)
        self._parent[roots[1]] = roots[0]


def _shared(rows: list[Row], limit: int) -> set[str]:
    """Identifiers that stand with more than `limit` distinct customer ids of one kind."""
    customers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        customer = row.get("customer_id_token")
        if customer is not None:
            for token in tokens_of(row):
                if token != customer:
                    customers[token, customer.split(":")[0]].add(customer)
    return {token for (token, _), found in customers.items() if len(found) > limit}
