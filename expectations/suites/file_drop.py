"""Rules of file drop: those of the canonical streams, which it delivers directly."""

from __future__ import annotations

from expectations.rule import Rule
from expectations.suites import canonical


def suite(stream: str) -> list[Rule]:
    """The rules of a stream of file drop."""
    return canonical.suite(stream)
