"""Shapes: which fields raw records have, and of which types; told without any value.

Records of equal fields and types count as one shape, so looking at a record costs a microsecond. Inside objects and lists
one record in fifty of each shape is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = tuple[tuple[str, ...], tuple[type, ...]]
_MOST_SHAPES = 5_000
_ONE_IN = 50
_PLAIN_NAME = re.compile(r"(?!.*\d{5})[\w .\[\]/()-]{1,80}")  # a name of a field; what may be somebody's data is not told
UNNAMED = "(a name that is not shown)"
_TYPES: Mapping[type, str] = {str: "text", int: "number", float: "number", bool: "yes or no", list: "list", dict: "object"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A field: in how many of the records looked at it stood, and the types its values had (null is none)."""

    present: int
    looked_at: int
    types: frozenset[str]


@dataclass(slots=True)
class Shapes:
    """The shapes of an attempt's records."""

    counts: dict[Shape, int] = field(default_factory=dict)
    inside: dict[str, tuple[int, set[type]]] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)

    def see(self, record: dict[str, Any]) -> None:
        """Count a record."""
        shape = (tuple(record), tuple(map(type, record.values())))
        seen = self.counts.get(shape, 0)
        if seen or len(self.counts) < _MOST_SHAPES:
            self.counts[shape] = seen + 1
            if seen % _ONE_IN == 0:
                self._look_inside(record)

    def _look_inside(self, record: dict[str, Any]) -> None:
        for name, part in record.items():
            inner = part[0] if type(part) is list and part else part
            if type(inner) is dict:
                self.looks[name] = self.looks.get(name, 0) + 1
                for key, value in inner.items():
                    count, types = self.inside.setdefault(f"{name}.{key}", (0, set()))
                    self.inside[f"{name}.{key}"] = (count + 1, types | {type(value)})

    def fields(self) -> dict[str, Seen]:
        """What was seen of each field, those inside objects by dotted names."""
        total = sum(self.counts.values())
        present: dict[str, int] = {}
        types: dict[str, set[type]] = {}
        for (names, kinds), count in self.counts.items():
            for name, kind in zip(names, kinds, strict=True):
                present[name] = present.get(name, 0) + count
                types.setdefault(name, set()).add(kind)
        found = {_shown(name): Seen(present[name], total, _names(types[name])) for name in present}
        for path, (count, kinds_inside) in self.inside.items():
            found[_shown(path)] = Seen(count, self.looks[path.split(".", 1)[0]], _names(kinds_inside))
        return found


def _names(types: set[type]) -> frozenset[str]:
    return frozenset(_TYPES.get(one, "other") for one in types if one is not type(None))


def _shown(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(str(name)) else UNNAMED
