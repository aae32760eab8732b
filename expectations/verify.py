"""Verifying the ledger: every edit, deletion, changed order or cut is named, and every file that is not what was recorded.

A file may be missing or other than it was written only where an erasure or a retention in the ledger names it, with its hashes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from deskmart.batch import Batch
from deskmart.errors import LandingError
from deskmart.lake import Lake, sha256_of
from deskmart.settings import Settings
from expectations.file_history import FileHistory, Finding, file_history
from expectations.ledger import GENESIS, chain, line_hash, records
from ingestion.landing import Attempt, pages_of, read_attempt

__all__ = ["Finding", "verify"]

_OWN_FILES = ("landing/**/manifest.json", "accepted/**/*.parquet", "quarantine/**/*.parquet", "closings/**/*.parquet")


def verify(settings: Settings, anchors: Sequence[str] = ()) -> list[Finding]:
    """Check the chain, its records, and every file that a record or a publish names; an empty list means all is as recorded.

    `anchors` are heads kept elsewhere (publish manifests, the serving database): each must still be in the chain. The records
    that are not sealed yet are notes: nothing protects them but their own place.
    """
    lines, known = chain(settings), records(settings)
    history = file_history(lines, known)
    return [
        *_chain_findings(lines),
        *_anchor_findings(lines, anchors),
        *_record_findings(lines, known, settings),
        *history.findings,
        *_file_findings(history, settings),
        *_version_findings(lines, history, settings),
        *_unsealed(lines, known),
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


def _record_findings(
    lines: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]], settings: Settings
) -> Iterator[Finding]:
    folder = Lake(settings.home).ledger / "records"
    for line in lines:
        if line.get("kind") != "record":
            continue
        path = folder / str(line.get("record"))
        if not path.is_file():
            yield Finding("broken", path.name, "is sealed, but the record is gone")
        elif sha256_of(path) != line.get("sha256"):
            yield Finding("broken", path.name, "was edited after it was sealed")
    yield from (Finding("broken", one["record"], "is not readable") for one in known if one["step"] == "unreadable")


def _file_findings(history: FileHistory, settings: Settings) -> Iterator[Finding]:
    versions = Lake(settings.home).published / "versions"
    for name, sha256 in sorted(history.must_be.items()):
        path = settings.home / name
        if path.is_relative_to(versions) and not (versions / path.relative_to(versions).parts[0]).is_dir():
            continue  # `_version_findings` tells of whole versions
        if (message := _wrong(path, sha256, history.changed.get(name))) is not None:
            yield Finding("broken", name, message)
        elif sha256 is not None and path.name == "manifest.json" and name.startswith("landing/"):
            yield from _page_findings(path, history, settings)
    for pattern in _OWN_FILES:
        for path in sorted(settings.home.glob(pattern)):
            name = path.relative_to(settings.home).as_posix()
            if name not in history.must_be and not any(part.startswith(".") for part in path.relative_to(settings.home).parts):
                yield Finding("note", name, "is in no record: not validated yet, a killed run left it, or somebody added it")


def _wrong(path: Path, sha256: str | None, was: str | None) -> str | None:
    """What is wrong with a file that must have a hash, or must be gone."""
    if not path.is_file():
        return None if sha256 is None else "is recorded, but gone"
    found = sha256_of(path)
    if found == sha256:
        return None
    if was is not None and found == was:
        return "is still there as it was before its erasure or retention: run that again"
    return "was removed by retention or erasure, but something is there" if sha256 is None else "is not what was recorded"


def _page_findings(manifest: Path, history: FileHistory, settings: Settings) -> Iterator[Finding]:
    """The pages behind a manifest that is itself as recorded, without those that retention removed."""
    content = json.loads(manifest.read_bytes())
    folder = manifest.parent.relative_to(settings.home).as_posix()
    lake = Lake(settings.home)
    try:
        attempt = read_attempt(
            Batch(content["source"], content["stream"], None, None, content["batch"]), manifest.parent.name, lake
        )
        left = [page for page in content["pages"] if history.must_be.get(f"{folder}/{page['file']}", "") is not None]
        if left:
            for _ in pages_of(Attempt(attempt.batch, attempt.name, {**content, "pages": left}), lake):
                pass
    except LandingError as error:
        yield Finding("broken", folder, error.message)


def _version_findings(lines: Sequence[Mapping[str, Any]], history: FileHistory, settings: Settings) -> Iterator[Finding]:
    """Each published version against the line of its publish: its manifest, files nobody recorded, and whole versions."""
    folder = Lake(settings.home).published / "versions"
    told = {
        str(line["entry"].get("publish_id")): line for line in lines if line.get("kind") == "publish" and "files" in line["entry"]
    }
    there = sorted(path for path in folder.glob("[!.]*")) if folder.is_dir() else []
    for version in there:
        name = version.relative_to(settings.home).as_posix()
        if version.name not in told:
            yield Finding("note", name, "is in no line of the chain that lists its files")
            continue
        if (problem := _manifest_problem(version, told[version.name], history, settings)) is not None:
            yield Finding("broken", f"{name}/manifest.json", problem)
        for path in sorted(path for path in version.rglob("*") if path.is_file() and path.name != "manifest.json"):
            if (own := path.relative_to(settings.home).as_posix()) not in history.must_be:
                yield Finding("broken", own, "is in no record: somebody added it")
    current = Lake(settings.home).published_current
    if current.is_symlink() and not current.is_dir():
        yield Finding("broken", "published/current", "leads to a version that is gone")


def _manifest_problem(version: Path, line: Mapping[str, Any], history: FileHistory, settings: Settings) -> str | None:
    try:
        content = json.loads((version / "manifest.json").read_bytes())
        files = {(version / name).relative_to(settings.home).as_posix(): sha256 for name, sha256 in content["files"].items()}
        head = content["ledger_head"]
    except (OSError, ValueError, KeyError, AttributeError):
        return "is gone or cannot be read"
    if head != line.get("hash"):
        return "names another head than the line of its publish"
    own = f"{version.relative_to(settings.home).as_posix()}/"
    expected = {name: sha256 for name, sha256 in history.must_be.items() if name.startswith(own) and sha256 is not None}
    expected.pop(f"{own}manifest.json", None)
    return None if files == expected else "lists other files or hashes than the ledger"


def _unsealed(lines: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    sealed = {line.get("record") for line in lines}
    for one in known:
        if one["record"] not in sealed:
            told = f", and explains {len(one['changes'])} changed or removed files" if one.get("changes") else ""
            yield Finding("note", one["record"], f"is not sealed yet{told}")
