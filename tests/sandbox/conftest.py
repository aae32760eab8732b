"""A small world and its shop, made once."""

from collections.abc import Iterator
from datetime import date

import pytest
import requests

from sandbox.faults import Faults
from sandbox.serve import Shop
from sandbox.world import World

SEED, FIRST_DAY, DAYS, PER_DAY = 7, date(2026, 1, 1), 12, 200


@pytest.fixture(scope="session")
def a_world() -> World:
    return World(SEED, FIRST_DAY, DAYS, PER_DAY)


@pytest.fixture(scope="session")
def _a_shop(a_world: World) -> Iterator[Shop]:
    with Shop(a_world) as shop:
        yield shop


@pytest.fixture
def a_shop(_a_shop: Shop, a_world: World) -> Iterator[Shop]:
    """The shop at the world's end, well behaved, whatever the test before did to it."""
    assert isinstance(_a_shop.faults, Faults)
    yield _a_shop
    _a_shop.faults.clear()
    _a_shop.show(a_world.end)


@pytest.fixture
def faults(a_shop: Shop) -> Faults:
    assert isinstance(a_shop.faults, Faults)
    return a_shop.faults


@pytest.fixture
def zendesk(a_shop: Shop) -> requests.Session:
    session = requests.Session()
    session.auth = (f"{a_shop.zendesk_email}/token", a_shop.zendesk_token)
    return session


@pytest.fixture
def chatwoot(a_shop: Shop) -> requests.Session:
    session = requests.Session()
    session.headers["api_access_token"] = a_shop.chatwoot_token
    return session
