"""The ledger: one immutable record per step, sealed by the single writer into a chain of hashes.

A record says what a step read and wrote (paths below the home, with SHA-256), its counts, and the versions at work. Records
lie in audit/ledger/records, the chain in audit/ledger/chain.jsonl. Each line of the chain holds the hash of the line before,
so an edit, a deletion or a changed order breaks it; a cut tail shows against a head that was anchored elsewhere.

Kinds of records (`step`), and what their `subject` is:

- `admit` (an attempt): the gate's decision; `stopped` (an attempt): a batch rule kept all of it back
- `released`, `waived`, `unstopped` (an attempt): a later move out of quarantine, with an approval and the records by address
- `erased` (a request id), `retention` (what it swept): files that were rewritten or removed, each named in `changes`
- `policies` (a build): seeds that are not what they were; `close` (a month); `screen` (an attempt): texts were screened anew
- `restated` (a build): settled figures changed within the limit; `restatements_accepted` (a build): more, and somebody took it

Only `erased` and `retention` may have `changes`; a retention's are in landing and quarantine alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from deskmart import __version__
from deskmart.lake import Lake, private_folder, sha256_of, sync_folder, write_json
from deskmart.settings import Settings

GENESIS = "0" * 64
CHANGING_STEPS = ("erased", "retention")


@dataclass(frozen=True, slots=True)
class Change:
    """A file that was rewritten or, when `now` is None, removed; hex SHA-256 of the file before and after.

    The record may be written before the file is touched: until then `audit verify` tells that the change is not done.
    """

    path: Path
    was: str
    now: str | None


def record(
    settings: Settings,
    step: str,
    subject: str,
    counts: Mapping[str, int],
    files_read: Sequence[Path],
    files_written: Sequence[Path],
    more: Mapping[str, Any] | None = None,
    changes: Sequence[Change] = (),
) -> Path:
    """Write the record of a step that is done; durable when it returns. Never carries a value of a row.

    `subject` names what the step was about, such as str(attempt). Files must lie in the home; those written are hashed now.
    `changes` are for the steps of `CHANGING_STEPS`; their files do not belong into `files_written` as well.
    """
    if changes and step not in CHANGING_STEPS:
        raise ValueError(f"a record {step!r} changes no files")
    moment = datetime.now(UTC)
    name = f"{step}-{moment.strftime('%Y%m%dT%H%M%S%fZ')}-{hashlib.sha256(subject.encode()).hexdigest()[:12]}.json"
    path = Lake(settings.home).ledger / "records" / name
    write_json(
        path,
        {
            "step": step,
            "subject": subject,
            "at": moment.isoformat(),
            "counts": dict(counts),
            "files_read": [_file(each, settings.home) for each in files_read],
            "files_written": [_file(each, settings.home) for each in files_written],
            **({"changes": [_change(each, settings.home) for each in changes]} if changes else {}),
            "code_version": __version__,
            **(more or {}),
        },
    )
    return path


def records(settings: Settings, step: str = "") -> list[dict[str, Any]]:
    """All records (of a step), oldest first, each with its file name as `record`.

    One that is not readable as JSON has the step "unreadable" and names no files: `verify` tells of it.
    """
    folder = Lake(settings.home).ledger / "records"
    paths = sorted(folder.glob(f"{step or '*'}-*.json")) if folder.is_dir() else []
    found = [_read(path) for path in paths]
    return sorted(found, key=_order)


def seal(settings: Settings, head_of: Literal["build", "publish"], entry: Mapping[str, Any]) -> str:
    """Append all records that are not in the chain yet, then `entry`; returns the new head, to be anchored elsewhere.

    For the single writer alone; raises `DeskmartError` at once when another process is sealing. A line that a crash left
    half-written is cut off first.
    """
    lake = Lake(settings.home)
    with lake.lock("ledger"):
        path = lake.ledger / "chain.jsonl"
        lines = chain(settings)
        head = lines[-1]["hash"] if lines else GENESIS
        new: list[dict[str, Any]] = []
        for name in unsealed(settings):
            content = {"kind": "record", "record": name, "sha256": sha256_of(lake.ledger / "records" / name)}
            new.append(_line(len(lines) + len(new) + 1, head, content))
            head = new[-1]["hash"]
        new.append(_line(len(lines) + len(new) + 1, head, {"kind": head_of, "entry": dict(entry)}))
        _append(path, new)
        return str(new[-1]["hash"])


def chain(settings: Settings) -> list[dict[str, Any]]:
    """The lines of the chain as they stand, whether sound or not; a last line without its end is left out."""
    path = Lake(settings.home).ledger / "chain.jsonl"
    if not path.exists():
        return []
    whole = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    return [_parsed(line) for line in whole]


def head(settings: Settings) -> str:
    """The hash of the chain's last line; 64 zeros for a chain without lines."""
    lines = chain(settings)
    return str(lines[-1].get("hash", "")) if lines else GENESIS


def unsealed(settings: Settings) -> list[str]:
    """Names of the records that are not in the chain yet, oldest first."""
    return [one["record"] for one in unsealed_records(settings)]


def unsealed_records(settings: Settings) -> list[dict[str, Any]]:
    """The records that are not in the chain yet, oldest first, as `records` gives them."""
    sealed = {line.get("record") for line in chain(settings)}
    folder = Lake(settings.home).ledger / "records"
    found = [_read(path) for path in folder.glob("*.json") if path.name not in sealed] if folder.is_dir() else []
    return sorted(found, key=_order)


def line_hash(line: Mapping[str, Any]) -> str:
    """SHA-256 over a line's canonical JSON, its own hash left out."""
    content = {name: value for name, value in line.items() if name != "hash"}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
        return {**content, "record": path.name, "at": str(content["at"]), "files_read": [*content["files_read"]]}
    except (ValueError, TypeError, KeyError):
        return {"step": "unreadable", "record": path.name, "at": "", "files_read": [], "files_written": []}


def _order(one: Mapping[str, Any]) -> tuple[str, str]:
    return str(one["at"]), str(one["record"])


def _line(number: int, previous: str, content: Mapping[str, Any]) -> dict[str, Any]:
    line = {"n": number, "previous": previous, "at": datetime.now(UTC).isoformat(), **content}
    return {**line, "hash": line_hash(line)}


def _append(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    private_folder(path.parent)
    text = "".join(json.dumps(line, ensure_ascii=False, sort_keys=True, default=str) + "\n" for line in lines)
    with path.open("a+b") as stream:
        content_end = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        stream.truncate(stream.read().rfind(b"\n") + 1 if content_end else 0)
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(path.parent)


def _parsed(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _file(path: Path, home: Path) -> dict[str, Any]:
    return {"path": path.relative_to(home).as_posix(), "sha256": sha256_of(path), "bytes": path.stat().st_size}


def _change(change: Change, home: Path) -> dict[str, Any]:
    return {"path": change.path.relative_to(home).as_posix(), "was": change.was, "now": change.now}
