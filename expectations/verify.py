"""Verifying the ledger: every edit, deletion, changed order or cut is named, and every file that is not what was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from deskmart.batch import Batch
from deskmart.errors import LandingError
from deskmart.lake import Lake, sha256_of
from deskmart.settings import Settings
from expectations.ledger import GENESIS, chain, line_hash, records, unsealed
from ingestion.landing import pages_of, read_attempt


@dataclass(frozen=True, slots=True)
class Finding:
    """What verifying found. `note` is for what is not wrong but should be known (the unsealed tail)."""

    severity: Literal["broken", "note"]
    subject: str
    message: str


def verify(settings: Settings, anchors: Sequence[str] = ()) -> list[Finding]:
    """Check the chain, its records, and every file that a record names; an empty list means all is as recorded.

    `anchors` are heads kept elsewhere (publish manifests, the serving database): each must still be in the chain.
    """
    lines = chain(settings)
    return [
        *_chain_findings(lines),
        *_anchor_findings(lines, anchors),
        *_record_findings(lines, settings),
        *_file_findings(settings),
        *(Finding("note", name, "is not sealed yet") for name in unsealed(settings)),
    ]


def _chain_findings(lines: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    previous = GENESIS
    for number, line in enumerate(lines, start=1):
        subject = f"chain line {number}"
        if line.get("hash") != line_hash(line):
            yield Finding("broken", subject, "was edited: its hash does not fit its content")
        elif line.get("previous") != previous or line.get("n") != number:
            yield Finding("broken", subject, "does not follow the line before it: a line was deleted, added or moved")
        previous = str(line.get("hash"))


def _anchor_findings(lines: Sequence[Mapping[str, Any]], anchors: Sequence[str]) -> Iterator[Finding]:
    hashes = {line.get("hash") for line in lines}
    for anchor in anchors:
        if anchor != GENESIS and anchor not in hashes:
            yield Finding("broken", f"anchor {anchor[:12]}", "is not in the chain: its tail was cut or it was rewritten")


def _record_findings(lines: Sequence[Mapping[str, Any]], settings: Settings) -> Iterator[Finding]:
    folder = Lake(settings.home).ledger / "records"
    for line in lines:
        if line.get("kind") != "record":
            continue
        path = folder / str(line.get("record"))
        if not path.is_file():
            yield Finding("broken", path.name, "is sealed, but the record is gone")
        elif sha256_of(path) != line.get("sha256"):
            yield Finding("broken", path.name, "was edited after it was sealed")


def _file_findings(settings: Settings) -> Iterator[Finding]:
    """The newest record that names a file says what it must be."""
    known: dict[str, str] = {}
    for one in records(settings):
        if one["step"] == "unreadable":
            yield Finding("broken", one["record"], "is not readable")
        for entry in (*one["files_read"], *one["files_written"]):
            known[entry["path"]] = entry["sha256"]
    for name, sha256 in sorted(known.items()):
        path = settings.home / name
        if not path.is_file():
            yield Finding("broken", name, "is recorded, but gone")
        elif sha256_of(path) != sha256:
            yield Finding("broken", name, "is not what was recorded")
        elif path.name == "manifest.json" and name.startswith("landing/"):
            yield from _page_findings(path, settings)
    for path in sorted((settings.home / "accepted").rglob("*.parquet")):
        if (name := path.relative_to(settings.home).as_posix()) not in known:
            yield Finding("note", name, "is in no record: a killed run left it or somebody added it")


def _page_findings(manifest: Path, settings: Settings) -> Iterator[Finding]:
    """The pages behind a manifest that is itself as recorded."""
    content = json.loads(manifest.read_bytes())
    batch = Batch(content["source"], content["stream"], None, None, content["batch"])
    lake = Lake(settings.home)
    try:
        for _ in pages_of(read_attempt(batch, manifest.parent.name, lake), lake):
            pass
    except LandingError as error:
        yield Finding("broken", manifest.parent.relative_to(settings.home).as_posix(), error.message)
