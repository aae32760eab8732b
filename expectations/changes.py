"""Changing or removing files that the ledger has named: prepared beside the old ones, told to the ledger, then put in place.

A crash at any moment leaves either the old file and no word of it, or a record and what is needed to finish (`finish`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deskmart.lake import Lake, sha256_of, sync_folder, write_bytes
from deskmart.settings import Settings
from expectations.file_history import file_history
from expectations.ledger import CHANGING_STEPS, Change, chain, record, records

_ROOMS = ("landing", "accepted", "quarantine", "closings", "published/versions")


@dataclass(frozen=True, slots=True)
class Planned:
    """A file that shall change, or go when `is_removed`; else its new content lies prepared at `pending_of(path)`."""

    path: Path
    is_removed: bool = False


def pending_of(path: Path) -> Path:
    """Where the new content of a file is prepared."""
    return path.with_name(f".{path.name}.pending")


def planned(path: Path, content: bytes) -> Planned:
    """Prepare a file's new content, durable when it returns."""
    write_bytes(pending_of(path), content)
    return Planned(path)


def carry_out(
    settings: Settings,
    step: str,
    subject: str,
    counts: Mapping[str, int],
    plans: Sequence[Planned],
    more: Mapping[str, Any],
    written: Sequence[Path] = (),
) -> None:
    """Tell the ledger what changes, then change it. `written` are new files of the step, in place already."""
    changes = [
        Change(plan.path, sha256_of(plan.path), None if plan.is_removed else sha256_of(pending_of(plan.path))) for plan in plans
    ]
    record(settings, step, subject, counts, [], written, more, changes)
    for plan in plans:
        _put(plan)
    for folder in {plan.path.parent for plan in plans}:
        sync_folder(folder)


def finish(settings: Settings) -> int:
    """Do what records of erasures and retentions say and a crash left undone; how many files. What has no record is cleared."""
    known = records(settings)
    undone = list(_undone(settings, known))
    for plan in undone:
        _put(plan)
    for room in _ROOMS:
        for path in sorted((settings.home / room).rglob(".*.pending")):
            path.unlink()
    return len(undone)


def _undone(settings: Settings, known: Sequence[Mapping[str, Any]]) -> Iterator[Planned]:
    if not any(one["step"] in CHANGING_STEPS for one in known):
        return
    history = file_history(chain(settings), known)
    for name, was in history.changed.items():
        path, now = Lake(settings.home).home / name, history.must_be[name]
        if not path.is_file() or sha256_of(path) != was or was == now:
            continue
        if now is None:
            yield Planned(path, is_removed=True)
        elif pending_of(path).is_file() and sha256_of(pending_of(path)) == now:
            yield Planned(path)


def _put(plan: Planned) -> None:
    if plan.is_removed:
        plan.path.unlink(missing_ok=True)
    else:
        pending_of(plan.path).replace(plan.path)
