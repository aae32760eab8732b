"""Great Expectations makes an expectation's configuration anew some eighty times in a run, a third of what the run costs; here it is made once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def configurations_made_once() -> Iterator[None]:
    """Within the block each expectation remembers its configuration, which is only read there. One block at a time."""
    from great_expectations.expectations.expectation import Expectation

    made: dict[int, tuple[Any, Any]] = {}  # the expectation is kept too, so that its id stays its own
    original = vars(Expectation)["configuration"]

    def configuration(self: Any) -> Any:
        if (found := made.get(id(self))) is None:
            found = made[id(self)] = (self, original.fget(self))
        return found[1]

    type.__setattr__(Expectation, "configuration", property(configuration))
    try:
        yield
    finally:
        type.__setattr__(Expectation, "configuration", original)
