"""The suites: what must hold of each stream. One module per source, with `suite(stream) -> list[Rule]`."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from deskmart.errors import GateError
from expectations.owners import owner_of

if TYPE_CHECKING:
    from expectations.rule import Rule


def suite_for(source: str, stream: str) -> list[Rule]:
    """The rules of a stream, from `expectations.suites.<source>`, each with its owner; `GateError` when there are none."""
    rules: list[Rule] = import_module(f"{__name__}.{source}").suite(stream)
    if not rules:
        raise GateError("no rule is written for this stream", source=source, stream=stream, todo="write its suite")
    owner = owner_of(source, stream)
    return [rule if rule.owner else replace(rule, owner=owner) for rule in rules]
