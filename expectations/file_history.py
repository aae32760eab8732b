"""What every file of a home must be by now, as the ledger tells it, line after line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from expectations.ledger import CHANGING_STEPS


@dataclass(frozen=True, slots=True)
class Finding:
    """What verifying found. `note` is for what is not wrong but should be known (the unsealed tail)."""

    severity: Literal["broken", "note"]
    subject: str
    message: str


@dataclass(slots=True)
class FileHistory:
    """Path to the SHA-256 that a file must have, None for one that must be gone; `changed` holds its hash before the last
    erasure or retention. `findings` are the places where the ledger contradicts itself."""

    must_be: dict[str, str | None] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def file_history(lines: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]]) -> FileHistory:
    """Read the ledger in the order of the chain, then what is not sealed yet.

    A step that writes a file says what it is from then on; one that reads a file must have found it so; an erasure or a retention
    must have found what it changed or removed.
    """
    history = FileHistory()
    for kind, name, content in _in_order(lines, known):
        if kind == "publish":
            _written(history, content.get("files") or {})
            continue
        for entry in content["files_read"]:
            _read(history, name, entry["path"], entry["sha256"])
        changes = content.get("changes") or ()
        told = {entry["path"] for entry in changes}
        _written(history, {one["path"]: one["sha256"] for one in content["files_written"] if one["path"] not in told})
        for entry in changes:
            _changed(history, name, content["step"], entry)
    return history


def _in_order(
    lines: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    waiting = {str(one["record"]): one for one in known}
    for line in lines:
        if line.get("kind") == "record" and (one := waiting.pop(str(line.get("record")), None)) is not None:
            yield "record", str(one["record"]), one
        elif line.get("kind") == "publish" and isinstance(line.get("entry"), Mapping):
            yield "publish", f"chain line {line.get('n')}", line["entry"]
    for name, one in waiting.items():
        yield "record", name, one


def _written(history: FileHistory, files: Mapping[str, str]) -> None:
    for path, sha256 in files.items():
        history.must_be[path] = sha256
        history.changed.pop(path, None)


def _read(history: FileHistory, record: str, path: str, sha256: str) -> None:
    before = history.must_be.setdefault(path, sha256)
    if before != sha256:
        history.findings.append(Finding("broken", path, f"had changed when the step of {record} read it"))
        history.must_be[path] = sha256


def _changed(history: FileHistory, record: str, step: str, entry: Mapping[str, Any]) -> None:
    path, was, now = str(entry["path"]), str(entry["was"]), entry["now"]
    if not _may_change(step, path, now):
        history.findings.append(Finding("broken", record, f"says that it changed {path}, which a record of its kind may not"))
        return
    if history.must_be.get(path, was) != was:
        history.findings.append(Finding("broken", path, f"had changed when {record} rewrote or removed it"))
    history.must_be[path] = now
    history.changed[path] = was


def _may_change(step: str, path: str, now: str | None) -> bool:
    """An erasure rewrites whatever holds the customer; retention takes raw records out of landing and quarantine."""
    if step == "retention":
        return path.startswith("quarantine/") or (
            path.startswith("landing/") and (now is None or path.endswith("/manifest.json"))
        )
    return step in CHANGING_STEPS
