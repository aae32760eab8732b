"""Which rules judge a stream, and the version that changes when any of them does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deskmart.settings import Settings
from expectations.rule import Rule
from ingestion.source import Decoder, Stream

_HERE = Path(__file__).parent
_MACHINERY = ("conform", "reading", "rule", "screening", "sifting", "tokens", "verdicts", "gate", "batch_rules", "writing")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A stream, the rules of its rows (made when needed: Great Expectations takes seconds to load), and their version."""

    stream: Stream
    rules: Callable[[], Sequence[Rule]]
    version: str


def rulebook_for(source: str, stream: Stream, decoder: Decoder, settings: Settings) -> Rulebook:
    """The rulebook of a declared stream.

    Its version is a hash over the code of the gate and of the suite, the stream's declaration, the settings that conforming
    and tokens depend on, and the decoder's own `version` where it has one (a mapping's hash).
    """
    from expectations.suites import suite_for

    parts = (
        *(_code(name) for name in (*(f"{name}.py" for name in _MACHINERY), "suites/canonical.py", f"suites/{source}.py")),
        repr((stream.name, stream.fields, stream.key, stream.version, stream.dated, stream.mode.value)),
        repr((settings.default_region, settings.token_key_id)),
        str(getattr(decoder, "version", "")),
    )
    version = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return Rulebook(stream, lambda: suite_for(source, stream.name), version)


@cache
def _code(name: str) -> str:
    path = _HERE / name
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
