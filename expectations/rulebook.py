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

_ROOT = Path(__file__).parent.parent
# The code that decides what becomes of a record, by pattern; {source} is the source's name.
_CODE = (
    *(f"expectations/{name}.py" for name in ("conform", "reading", "rule", "screening", "sifting", "tokens", "verdicts")),
    *(
        f"expectations/{name}.py"
        for name in ("batch_checks", "batch_rules", "gate", "held", "judging", "results", "unlike", "writing")
    ),
    *(f"expectations/suites/{name}.py" for name in ("canonical*", "{source}")),
    *(f"ingestion/{name}.py" for name in ("cells", "mapping*", "schema", "source", "sources/{source}*", "tables*", "unpacking")),
)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A stream, the rules of its rows (made when needed: Great Expectations takes seconds to load), and their version."""

    stream: Stream
    rules: Callable[[], Sequence[Rule]]
    version: str


def rulebook_for(source: str, stream: Stream, decoder: Decoder, settings: Settings) -> Rulebook:
    """The rulebook of a declared stream.

    Its version is a hash over the code that reads, conforms and judges its rows, its declaration, the settings that
    conforming and tokens depend on, and the decoder's own `version` where it has one (a mapping's hash).
    """
    from expectations.suites import suite_for

    parts = (
        _code_of(source),
        repr((stream.name, stream.fields, stream.key, stream.version, stream.dated, stream.mode.value)),
        repr((settings.default_region, settings.token_key_id)),
        str(getattr(decoder, "version", "")),
    )
    version = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return Rulebook(stream, lambda: suite_for(source, stream.name), version)


@cache
def _code_of(source: str) -> str:
    paths = {path for pattern in _CODE for path in _ROOT.glob(pattern.format(source=source))}
    return " ".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths))
