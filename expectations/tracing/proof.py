"""What else stands behind source records: the rules their attempts passed, and the ledger lines that tell of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations import ledger
from expectations.tracing.records import Address


@dataclass(frozen=True, slots=True)
class RulesPassed:
    """The result of one attempt at the gate: the rules as they were (validation's own words), and its counts."""

    attempt: str
    file: str
    rules_version: str
    admitted_at: str
    counts: Mapping[str, int]
    rules: tuple[Mapping[str, Any], ...]
    batch_rules: tuple[Mapping[str, Any], ...]
    message: str = ""

    @property
    def critical(self) -> int:
        return sum(rule["severity"] == "critical" for rule in self.rules)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of the chain, or a record that is not sealed yet (`number` None)."""

    number: int | None
    at: str
    step: str
    subject: str
    record: str
    hash: str
    counts: Mapping[str, int]


def rules_passed(addresses: Iterable[Address], settings: Settings) -> list[RulesPassed]:
    """For each attempt the records lie in, what the gate found of it; oldest attempt first."""
    lake = Lake(settings.home)
    one_each = {address.attempt_name: address for address in addresses}
    return [_rules_of(name, address, lake) for name, address in sorted(one_each.items())]


def ledger_lines(addresses: Iterable[Address], settings: Settings) -> list[LedgerLine]:
    """The lines about the attempts the records lie in, those that name their files (erasure, retention, screening), and the newest
    publish."""
    lake = Lake(settings.home)
    subjects = {address.attempt_name for address in addresses}
    files = {
        path.relative_to(lake.home).as_posix()
        for address in addresses
        for path in (
            lake.accepted(address.the_batch, address.attempt),
            lake.landing(address.the_batch, address.attempt) / "manifest.json",
        )
    }
    chain = ledger.chain(settings)
    sealed = {line["record"]: line for line in chain if line.get("record")}
    found = [_line(one, sealed.get(one["record"])) for one in ledger.records(settings) if _is_about(one, subjects, files)]
    published = [line for line in chain if line.get("kind") == "publish"]
    return found + [
        LedgerLine(line["n"], line["at"], "publish", str(line["entry"].get("publish_id", "")), "", line["hash"], {})
        for line in published[-1:]
    ]


def _is_about(record: Mapping[str, Any], subjects: set[str], files: set[str]) -> bool:
    changed = {str(each.get("path")) for each in record.get("changes", ())}
    return record.get("subject") in subjects or not files.isdisjoint(changed)


def _line(record: Mapping[str, Any], sealed: Mapping[str, Any] | None) -> LedgerLine:
    return LedgerLine(
        sealed["n"] if sealed else None,
        record["at"],
        record["step"],
        str(record.get("subject", "")),
        record["record"],
        str(sealed["hash"]) if sealed else "",
        record.get("counts", {}),
    )


def _rules_of(name: str, address: Address, lake: Lake) -> RulesPassed:
    path = lake.validation(address.the_batch, address.attempt)
    file = path.relative_to(lake.home).as_posix()
    try:
        content = json.loads(path.read_bytes())
        admission = content["admission"]
    except (OSError, ValueError, KeyError):
        return RulesPassed(name, file, "", "", {}, (), (), "its validation result is not there or not readable")
    counts = {part: int(admission[part]) for part in ("landed", "accepted", "quarantined", "duplicates", "outside")}
    rules = tuple(content["rules"])
    return RulesPassed(
        name, file, admission["rules_version"], admission["admitted_at"], counts, rules, tuple(content["batch_rules"])
    )
