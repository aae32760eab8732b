"""YAML as mappings use it: plain data, nothing guessed, nothing twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from deskmart.errors import SettingsError

MAX_MAPPING_BYTES = 1_000_000
MAX_MAPPING_DEPTH = 20


class MappingError(SettingsError):
    """A mapping cannot be used: which file, which key, what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which mapping file the reader is, so that an error can say it."""

    file: str
    key: str = ""

    def under(self, key: object) -> Place:
        return Place(self.file, f"{self.key}.{key}" if self.key else str(key))

    def error(self, message: str, todo: str) -> MappingError:
        where = f"{self.key}: " if self.key else ""
        return MappingError(f"{self.file}: {where}{message}", source="file_drop", todo=todo)

    def section(self, value: Any, allowed: tuple[str, ...]) -> Mapping[str, Any]:
        """`value` when it is a mapping with no key beyond `allowed`."""
        if not isinstance(value, dict):
            raise self.error("is not a list of `key: value`", f"known keys: {', '.join(allowed)}")
        for key in value:
            if key not in allowed:
                raise self.under(key).error("is not a known key", f"known keys: {', '.join(allowed)}")
        return value

    def text(self, value: Any) -> str:
        """`value` when it is a text that is not empty."""
        if not isinstance(value, str) or value == "":
            raise self.error(f"{value!r} is not a text", "write a text, in quotes when it looks like a number")
        return value

    def texts(self, value: Any) -> tuple[str, ...]:
        """`value` when it is a list of texts that is not empty."""
        if not isinstance(value, list) or not value:
            raise self.error("is not a list of names", "write [a, b]")
        return tuple(self.text(item) for item in value)

    def flag(self, value: Any) -> bool:
        """`value` when it is true or false."""
        if not isinstance(value, bool):
            raise self.error(f"{value!r} is neither true nor false", "write true or false")
        return value

    def scalar(self, value: Any) -> str | int | float | bool | None:
        """`value` when it is a single one."""
        if value is not None and not isinstance(value, str | int | float | bool):
            raise self.error("is not a single value", "write a text, a number, true, false or null")
        return value


class _Loader(yaml.SafeLoader):
    """YAML 1.2's few plain types: `no`, `0123`, `12:30` and `2024-01-05` stay the texts they look like."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("anchors and aliases are not used in mappings")
        self.depth = getattr(self, "depth", 0) + 1
        if self.depth > MAX_MAPPING_DEPTH:
            raise yaml.YAMLError("nested too deeply")
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if isinstance(key, list | dict):
                raise yaml.YAMLError("a key is not a single value")
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"the key {key!r} stands twice (line {node.start_mark.line + 1} and below)")
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|false)$", ["t", "f"]),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    ("float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)  # type: ignore[no-untyped-call]


def load_yaml(data: bytes, place: Place) -> Any:
    """The document as plain Python values; `MappingError` when it is not YAML, too large, or uses anchors, tags or a key twice."""
    if len(data) > MAX_MAPPING_BYTES:
        raise place.error(f"is larger than {MAX_MAPPING_BYTES} bytes", "a mapping is a small text file")
    try:
        return yaml.load(data.decode("utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise place.error("is not UTF-8", "save the mapping as UTF-8") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise place.error(f"is not valid: {error}", "mend that line") from error
