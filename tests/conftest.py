"""For all tests: the profile of `make soak`, which tries many more examples of each property; and a collector of garbage that does not
look through what earlier modules left (a process of two thousand tests else spends most of its time there)."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("soak", max_examples=2_000, deadline=None)


@pytest.fixture(autouse=True, scope="module")
def _what_is_old_is_left_alone() -> Iterator[None]:
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def is_soak(request: pytest.FixtureRequest) -> bool:
    """Whether this is `make soak`: repetitions run with their full number."""
    return bool(request.config.getoption("--hypothesis-profile", default=None) == "soak")
