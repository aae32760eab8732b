"""Runs, as ledger and audit tell them: a run ends when a candidate was audited, and published or not."""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations import ledger
from expectations.admission import ADMITTING, STOPPED, Admission

OPEN = "open"
Outcome = Literal["published", "broken", "unpublished", "open"]


@dataclass(slots=True)
class Run:
    """What the ledger recorded since the run before, up to `ended_at` (None: nothing was audited since).

    `audit` is the result of the marts' audit (empty when its file is gone), `publish` the entry that sealed the publish.
    """

    id: str
    outcome: Outcome
    ended_at: datetime | None
    audit: Mapping[str, Any] = field(default_factory=dict)
    publish: Mapping[str, Any] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)

    @property
    def page(self) -> str:
        """The file name of its page, of plain letters whatever the id holds."""
        is_plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,80}", self.id)
        return f"{self.id if is_plain else hashlib.sha256(self.id.encode()).hexdigest()[:20]}.html"

    @property
    def publish_id(self) -> str:
        return str(self.publish.get("publish_id", ""))

    @property
    def judged(self) -> list[Admission]:
        """How the attempts that this run admitted were judged at its end. Not those that are stopped: nothing of them is accepted."""
        found: dict[str, Admission] = {}
        for one in self.of(*ADMITTING, STOPPED):
            if one["step"] == STOPPED:
                found.pop(one["subject"], None)
            elif one["step"] != "released" or one["subject"] in found:
                found[one["subject"]] = Admission.from_json(one["admission"])
        return list(found.values())

    def of(self, *steps: str) -> list[dict[str, Any]]:
        """Its ledger records of these kinds, oldest first."""
        return [one for one in self.records if one["step"] in steps]


def runs_of(settings: Settings, records: Sequence[dict[str, Any]]) -> list[Run]:
    """All runs, oldest first; the last one is open when anything was recorded since the last audit, or when there is no other."""
    published = dict(_published(ledger.chain(settings)))
    audits = dict(_audits(Lake(settings.home)))
    found = [Run(build, "published", at, audits.get(build, {}), entry) for build, (at, entry) in published.items()]
    found += [
        Run(build, "broken" if audit.get("broken") else "unpublished", datetime.fromisoformat(audit["audited_at"]), audit)
        for build, audit in audits.items()
        if build not in published
    ]
    found.sort(key=lambda run: (run.ended_at is None, run.ended_at, run.id))
    ends = [run.ended_at for run in found if run.ended_at is not None]
    rest = Run(OPEN, "open", None)
    for one in records:
        number = bisect_left(ends, datetime.fromisoformat(one["at"])) if one["at"] else len(ends)
        (found[number] if number < len(ends) else rest).records.append(one)
    return [*found, rest] if rest.records or not found else found


def _published(chain: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, tuple[datetime, Mapping[str, Any]]]]:
    for line in chain:
        entry = line.get("entry")
        if line.get("kind") == "publish" and isinstance(entry, dict):
            yield (
                str(entry.get("build") or entry.get("publish_id")),
                (datetime.fromisoformat(line["at"]), entry | {"head": line["hash"]}),
            )


def _audits(lake: Lake) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted((lake.audit / "marts").glob("[!.]*.json")):
        content = json.loads(path.read_bytes())
        yield str(content["build_id"]), content
