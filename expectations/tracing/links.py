"""How facts hang together with canonical and source records: `links.yml` as objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class RecordLink:
    """A way from a fact's row `f` to rows `u` of a canonical stream, through a relation `v` where named."""

    stream: str
    where: str
    relation: str
    via: str = ""
    through: str = ""


@dataclass(frozen=True, slots=True)
class FactLinks:
    """What a trace knows of a fact; see the file's head."""

    key: tuple[str, ...]
    shows: tuple[str, ...]
    adjusted_by: tuple[str, ...]
    records: tuple[RecordLink, ...]
    reach: str
    has_counted_scopes: bool


@dataclass(frozen=True, slots=True)
class Assembly:
    """A stream of source records `s` of which canonical records `u` are assembled."""

    stream: str
    where: str
    join: str = ""
    beside: str = ""
    is_own: bool = False  # by address: the record a canonical one was made of


@dataclass(frozen=True, slots=True)
class Links:
    """All facts by name; assemblies by (source, canonical stream)."""

    facts: Mapping[str, FactLinks]
    assembled: Mapping[tuple[str, str], tuple[Assembly, ...]]


@cache
def links() -> Links:
    content = yaml.safe_load(Path(__file__).with_name("links.yml").read_text(encoding="utf-8"))
    assembled = {
        tuple(name.split("/")): tuple(Assembly(**each) for each in found) for name, found in content["assembled"].items()
    }
    return Links({name: _fact(found) for name, found in content["facts"].items()}, assembled)


def _fact(content: Mapping[str, Any]) -> FactLinks:
    records = tuple(
        RecordLink(
            each["stream"],
            each["where"],
            each.get("from", f"intermediate.int_{each['stream']}_unioned"),
            each.get("via", ""),
            each.get("through", ""),
        )
        for each in content["records"]
    )
    return FactLinks(
        tuple(content["key"]),
        tuple(content["shows"]),
        tuple(content["adjusted_by"]),
        records,
        content.get("reach", ""),
        content.get("has_counted_scopes", False),
    )
