"""Changes of policies: which seeds a build reads that are not what they were at the build before, line by line, in the ledger.

The seeds are the KPI catalogue, targets and every policy a number depends on. A copy of each version that a build read is kept
under audit/policies, so that the lines that came and went can be shown as long as the home is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deskmart.lake import Lake, sha256_of, write_bytes
from deskmart.settings import Settings
from expectations import ledger

STEP = "policies"


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One seed that changed before a build; `before` and `after` are hex SHA-256, None where there was or is no such seed.

    `added` and `removed` are lines of the file.
    """

    at: str
    build_id: str
    seed: str
    before: str | None
    after: str | None
    added: tuple[str, ...]
    removed: tuple[str, ...]


def record_policies(settings: Settings, build_id: str, seeds: Path) -> Path | None:
    """Write a ledger record when the seeds are not those of the last one; its path, None when nothing changed."""
    now = {path.stem: sha256_of(path) for path in sorted(seeds.glob("*.csv"))}
    before = _last(settings)
    changed = {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}
    if not changed:
        return None
    written = []
    for name in sorted(changed & now.keys()):
        write_bytes(copy := _copy(settings, name, now[name]), (seeds / f"{name}.csv").read_bytes())
        written.append(copy)
    told = [_told(settings, name, before.get(name), now.get(name)) for name in sorted(changed)]
    counts = {part: sum(one[part] for one in told) for part in ("rows_added", "rows_removed")}
    more = {"seeds": now, "seed_changes": told}
    return ledger.record(settings, STEP, build_id, {"seeds": len(now), "changed": len(changed), **counts}, [], written, more)


def policy_changes(settings: Settings, seed: str = "") -> list[PolicyChange]:
    """What changed (in one seed), oldest first. The very first build of a home, which found all of them new, is not a change."""
    found = []
    for one in ledger.records(settings, STEP)[1:]:
        for told in one["seed_changes"]:
            if seed in ("", told["seed"]):
                added, removed = _lines(settings, told["seed"], told["before"], told["after"])
                change = PolicyChange(one["at"], one["subject"], told["seed"], told["before"], told["after"], added, removed)
                found.append(change)
    return found


def _told(settings: Settings, seed: str, before: str | None, after: str | None) -> dict[str, Any]:
    added, removed = _lines(settings, seed, before, after)
    return {"seed": seed, "before": before, "after": after, "rows_added": len(added), "rows_removed": len(removed)}


def _lines(settings: Settings, seed: str, before: str | None, after: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines that came and those that went; a line that only moved did neither."""
    old, new = _content(settings, seed, before), _content(settings, seed, after)
    return tuple((new - old).elements()), tuple((old - new).elements())


def _content(settings: Settings, seed: str, sha256: str | None) -> Counter[str]:
    path = _copy(settings, seed, sha256 or "")
    return Counter(path.read_text(encoding="utf-8").splitlines()) if sha256 and path.is_file() else Counter()


def _last(settings: Settings) -> Mapping[str, str]:
    known = ledger.records(settings, STEP)
    return known[-1]["seeds"] if known else {}  # type: ignore[no-any-return]


def _copy(settings: Settings, seed: str, sha256: str) -> Path:
    return Lake(settings.home).audit / "policies" / seed / f"{sha256[:16]}.csv"
