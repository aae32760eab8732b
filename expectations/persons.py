"""Whom an erasure is about: from a token or an identifier in clear to every token of that customer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from deskmart.errors import UsageError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.conform import conform
from expectations.suppression import hash_of, is_surrogate, suppressed
from expectations.tokens import token_of
from ingestion.registry import all_sources
from ingestion.source import Field, Mark

_TOKEN = re.compile(r"[a-z0-9_]+:[\w-]+:[0-9a-f]{32}")
_PERSON = """
    select distinct other.token
    from intermediate.int_persons_resolved as named
    inner join intermediate.int_persons_resolved as other on other.person_key = named.person_key
    where named.token in (select unnest(?)) and not named.is_shared
"""


@dataclass(frozen=True, slots=True)
class Person:
    """The tokens of one customer. `is_linked` is false when no build has linked identifiers yet: then only what was named."""

    tokens: frozenset[str]
    is_linked: bool


def person_of(text: str, settings: Settings, kind: str = "") -> Person:
    """The customer whom a token or an identifier in clear names; with every identifier that the last build links to it.

    An identifier that many customers share (`shared_identity_limit`) links to nobody else, and goes alone. Raises `UsageError`
    when nobody is known by it, or when it means customers of several kinds and `kind` does not say which.
    """
    given = text.strip()
    if not given:
        raise UsageError("nobody is named", todo="give a token or an identifier")
    candidates = {given} if _TOKEN.fullmatch(given) else set(_candidates(given, settings, kind))
    if any(is_surrogate(token) for token in candidates):
        raise UsageError("this is the surrogate of a customer who was erased before", todo="nothing is left to erase")
    known = candidates & _tokens_behind_the_gate(settings, candidates) or _erased_before(candidates, settings)
    if not known:
        raise UsageError("nobody is known by that here", todo="give the identifier as the source has it, or a token; see --kind")
    if len(kinds := sorted(token.split(":")[0] for token in known)) > 1:
        raise UsageError(f"it is known as {', '.join(kinds)}", todo=f"say which with --kind {kinds[0]}")
    linked = _linked(known, settings)
    return Person(frozenset(known | (linked or set())), linked is not None)


def identifier_fields() -> dict[str, list[Field]]:
    """All declared identifiers, by the kind of token they become."""
    found: dict[str, list[Field]] = defaultdict(list)
    for source in all_sources().values():
        for stream in source.streams:
            for item in stream.fields:
                if item.mark is Mark.IDENTIFIER:
                    found[item.kind or item.name].append(item)
    return found


def accepted_files(settings: Settings) -> list[Path]:
    """Every file behind the gate: accepted rows of all attempts, and the markers of their texts."""
    root = settings.home / "accepted"
    return sorted(path for path in root.rglob("*.parquet") if not path.name.startswith(".")) if root.is_dir() else []


def token_columns(schema: pa.Schema) -> list[str]:
    """The columns that hold tokens or hashes of that form."""
    return [name for name in schema.names if name.endswith("_token") or name == "value_hash"]


def _candidates(given: str, settings: Settings, kind: str) -> Iterator[str]:
    fields = identifier_fields()
    if kind and kind not in fields:
        raise UsageError(f"no identifier is of kind {kind!r}", todo=f"known: {', '.join(sorted(fields))}")
    for name in [kind] if kind else fields:
        for steps in {item.conform: item for item in fields[name]}.values():
            (value,) = conform([given], steps, settings.default_region).values.to_pylist()
            if value is not None:
                yield token_of(name, value, settings)


def _tokens_behind_the_gate(settings: Settings, asked: Iterable[str]) -> set[str]:
    wanted = pa.array(sorted(asked), pa.string())
    found: set[str] = set()
    for path in accepted_files(settings):
        names = token_columns(pq.read_schema(path))
        for column in pq.read_table(path, columns=names).columns if names else ():
            found |= set(column.filter(pc.is_in(column, value_set=wanted)).to_pylist())
    return found


def _erased_before(candidates: Iterable[str], settings: Settings) -> set[str]:
    """Those that are on the suppression list: to erase them again finishes what was cut short."""
    listed = suppressed(settings)
    return {token for token in candidates if hash_of(token, settings) in listed.surrogates}


def _linked(tokens: set[str], settings: Settings) -> set[str] | None:
    import duckdb

    path = Lake(settings.home).current
    if not path.exists():
        return None
    with duckdb.connect(str(path), read_only=True) as connection:
        return {row[0] for row in connection.execute(_PERSON, [sorted(tokens)]).fetchall() if not is_surrogate(row[0])}
