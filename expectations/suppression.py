"""The suppression list: who was erased, without saying who.

Per erased token it holds a keyed hash of it and the random surrogate that stands in its place. The gate asks it for every
token it makes, so that what a source sends again does not bring the customer back, and no past number moves.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from deskmart.lake import Lake, write_json
from deskmart.settings import Settings

_TOKEN = re.compile(rb"[a-z0-9_]+:[\w-]+:[0-9a-f]{32}")
ERASED = "erased"  # stands in a surrogate where a token has its key's id


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Surrogates by the keyed hash of the token they stand for, and the ids of the keys those tokens were made with."""

    surrogates: Mapping[str, str]
    key_ids: frozenset[str]


def suppressed(settings: Settings) -> Suppressed:
    """The suppression list as it stands."""
    paths = _requests(settings)
    return _load(tuple((path, path.stat().st_mtime_ns) for path in paths))


def suppress(settings: Settings, request_id: str, tokens: Iterable[str], more: Mapping[str, Any]) -> tuple[dict[str, str], Path]:
    """Put tokens on the list; the surrogate of each, and the request's file. A token that is on it keeps its surrogate.

    Durable when it returns. `more` says who asked for it and when; never who is erased.
    """
    known = suppressed(settings).surrogates
    found = {token: known.get(hash_of(token, settings)) or surrogate_for(token) for token in sorted(tokens)}
    path = Lake(settings.home).erasures / f"{request_id}.json"
    content = {
        "request_id": request_id,
        "suppressed": {hash_of(token, settings): [surrogate, token.split(":")[1]] for token, surrogate in found.items()},
        **more,
    }
    write_json(path, content)
    return found, path


def surrogates_among(tokens: Iterable[str | None], settings: Settings) -> dict[str, str]:
    """Of these tokens those that are on the list, each with its surrogate."""
    listed = suppressed(settings)
    asked = {token for token in tokens if token and token.split(":")[1:2] and token.split(":")[1] in listed.key_ids}
    hashes = {token: hash_of(token, settings) for token in asked}
    return {token: listed.surrogates[hashed] for token, hashed in hashes.items() if hashed in listed.surrogates}


def without_suppressed(column: pa.Array | pa.ChunkedArray, settings: Settings) -> pa.Array | None:
    """A column of texts with surrogates for the tokens on the list that stand in it; None when there is none."""
    listed = suppressed(settings)
    if not any(pc.any(pc.match_substring(column, f":{key_id}:")).as_py() for key_id in listed.key_ids):
        return None
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = values.dictionary_encode()
    distinct = coded.dictionary.to_pylist()
    surrogates = surrogates_among(distinct, settings)
    if not surrogates:
        return None
    return pa.array([surrogates.get(token, token) for token in distinct], pa.string()).take(coded.indices)


def names_suppressed(payload: bytes, settings: Settings) -> bool:
    """Whether a token on the list stands in a record: an adjustment may name an order by it."""
    if not any(f":{key_id}:".encode() in payload for key_id in suppressed(settings).key_ids):
        return False
    return bool(surrogates_among((found.decode() for found in _TOKEN.findall(payload)), settings))


def surrogate_for(token: str) -> str:
    """A random name of the same kind."""
    return f"{token.split(':', 1)[0]}:{ERASED}:{secrets.token_hex(16)}"


def is_surrogate(token: str) -> bool:
    return token.split(":")[1:2] == [ERASED]


def hash_of(token: str, settings: Settings) -> str:
    """A keyed hash of a token, under the key the token was made with."""
    key = settings.under_key(token.split(":")[1]).token_key
    return hmac.digest(key, f"suppressed:{token}".encode(), "sha256").hex()[:32]


def _requests(settings: Settings) -> list[Path]:
    folder = Lake(settings.home).erasures
    return sorted(folder.glob("[!.]*.json")) if folder.is_dir() else []


@lru_cache(maxsize=16)
def _load(files: tuple[tuple[Path, int], ...]) -> Suppressed:
    surrogates: dict[str, str] = {}
    key_ids: set[str] = set()
    for path, _ in files:
        for hashed, (surrogate, key_id) in json.loads(path.read_bytes())["suppressed"].items():
            surrogates[hashed] = surrogate
            key_ids.add(key_id)
    return Suppressed(surrogates, frozenset(key_ids))
