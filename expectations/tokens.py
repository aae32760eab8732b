"""Tokens: a customer identifier leaves the gate as a keyed hash, the same in every channel."""

from __future__ import annotations

import hmac
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from deskmart.errors import GateError
from deskmart.lake import Lake, write_bytes
from deskmart.settings import Settings
from expectations.suppression import hash_of, suppressed


def token_of(kind: str, value: str, settings: Settings) -> str:
    """`<kind>:<key id>:<32 hex>` of a conformed value: HMAC-SHA256 over `<kind>:<value>`, cut to 128 bits.

    Raises `GateError` without a key: an unkeyed hash of a phone number is as good as the number.
    """
    if not settings.token_key:
        raise GateError("there is no token key", todo="set DESKMART_TOKEN_KEY or let `deskmart init` make one")
    digest = hmac.digest(settings.token_key, f"{kind}:{value}".encode(), "sha256")
    return f"{kind}:{settings.token_key_id}:{digest.hex()[:32]}"


def tokens_of(kind: str, values: pa.Array, settings: Settings) -> pa.Array:
    """The tokens of a conformed column, computed once per distinct value; null stays null.

    A customer who was erased has a surrogate instead. Raises `SettingsError` when the key is not known under which one was, and
    `GateError` when this is another key than the home was filled with under its id.
    """
    if settings.token_key:
        _check_key(settings.home, settings.token_key_id, _fingerprint(settings.token_key))
    coded = values.dictionary_encode()
    distinct = coded.dictionary.to_pylist()
    tokens = [token_of(kind, value, settings) for value in distinct]
    listed = suppressed(settings)
    for key_id in sorted(listed.key_ids):
        under = settings.under_key(key_id)
        hashes = [hash_of(token_of(kind, value, under), under) for value in distinct]
        tokens = [listed.surrogates.get(hashed, token) for hashed, token in zip(hashes, tokens, strict=True)]
    return pa.array(tokens, pa.string()).take(coded.indices)


def check_token_key(settings: Settings) -> None:
    """Raise `GateError` when the token key is not the one this home was filled with; nothing is written."""
    if (Lake(settings.home).audit / "token_keys" / settings.token_key_id).exists():
        _check_key(settings.home, settings.token_key_id, _fingerprint(settings.token_key))


def _fingerprint(key: bytes) -> str:
    """Tells one key from another, and nothing of it."""
    return hmac.digest(key, b"deskmart: which token key is this", "sha256").hex()[:16]


@lru_cache(maxsize=64)
def _check_key(home: Path, key_id: str, fingerprint: str) -> None:
    """A key that changes unnoticed would make every customer another one, and every repeat a first contact."""
    path = Lake(home).audit / "token_keys" / key_id
    if not path.exists():
        write_bytes(path, fingerprint.encode())
    elif path.read_text() != fingerprint:
        raise GateError(
            f"this is not the token key {key_id} that this home was filled with",
            todo="bring the key back, or name the new one by a new DESKMART_TOKEN_KEY_ID (docs/privacy.md)",
        )
