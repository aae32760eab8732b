"""What the gate says of one attempt: where each of its source records went."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from deskmart.batch import Batch
from deskmart.errors import GateError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations import ledger
from ingestion.landing import Attempt, raw_removed_at

STEP, STOPPED = "admit", "stopped"
ADMITTING = (STEP, "released", "unstopped")  # the kinds of ledger records that say how an attempt stands from then on


@dataclass(frozen=True, slots=True)
class Admission:
    """The outcome of one attempt, in source records: landed = accepted + quarantined + duplicates + outside.

    `rows` counts the rows in the accepted file (a record may make several), `evaluated` the expectations that were run,
    `seconds` the time it took. `reasons` counts quarantined records by reason (a record may have several), `warnings` rows
    by warning, `outside_reasons` records by reason. `batch` is the batch's id, `mode` the stream's; `since` and `until` are
    ISO 8601 or None.
    `accepted_file` is relative to the home. `source_count` is how many records the source said it sent, None where it does not.
    """

    source: str
    stream: str
    batch: str
    attempt: str
    mode: str
    landed: int
    accepted: int
    quarantined: int
    duplicates: int
    outside: int
    rows: int
    evaluated: int
    seconds: float
    rules_version: str
    since: str | None
    until: str | None
    landed_at: str
    admitted_at: str
    accepted_file: str
    accepted_sha256: str = ""
    reasons: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    outside_reasons: Mapping[str, int] = field(default_factory=dict)
    source_count: int | None = None

    @property
    def attempt_name(self) -> str:
        """What `str(attempt)` says, and what ledger records of it have as their subject."""
        return f"{self.source}/{self.stream}/{self.batch}/{self.attempt}"

    @property
    def held(self) -> int:
        """Distinct records of the batch's own interval."""
        return self.accepted + self.quarantined

    def check(self) -> None:
        """Raise `GateError` unless every landed record is in exactly one bucket."""
        if self.landed != self.accepted + self.quarantined + self.duplicates + self.outside:
            raise GateError(
                f"{self.landed} landed records are not {self.accepted} accepted + {self.quarantined} quarantined"
                f" + {self.duplicates} duplicates + {self.outside} outside",
                source=self.source,
                stream=self.stream,
                batch=self.batch,
                todo="this is a defect of the gate; nothing was written",
            )

    def is_of(self, attempt: Attempt) -> bool:
        return (self.source, self.stream, self.batch, self.attempt) == (
            attempt.batch.source,
            attempt.batch.stream,
            attempt.batch.id,
            attempt.name,
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values, as `from_json` takes them."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Admission:
        """The admission that `as_json` gave; other names in `content` are passed over."""
        return cls(**{item.name: content[item.name] for item in fields(cls) if item.name in content})


def admissions(settings: Settings) -> list[Admission]:
    """The last admission of every admitted attempt, in the order they were admitted."""
    return list(_newest(settings)[0].values())


def stopped_admissions(settings: Settings) -> list[Admission]:
    """Attempts that a batch rule keeps back to this day, as they were judged: nothing of what they call accepted is.

    Not those in whose stead a later reading of the same thing was admitted.
    """
    admitted, stopped = _newest(settings)
    return [
        one
        for one in stopped.values()
        if not any(
            (other.source, other.stream) == (one.source, one.stream) and replaces(other, one) for other in admitted.values()
        )
    ]


def _newest(settings: Settings) -> tuple[dict[str, Admission], dict[str, Admission]]:
    """By the attempt's name: the last admission of those that were admitted, and of those that are stopped."""
    admitted: dict[str, Admission] = {}
    stopped: dict[str, Admission] = {}
    for one in ledger.records(settings):
        if one["step"] in ADMITTING:
            admitted.pop(one["subject"], None)
            stopped.pop(one["subject"], None)
            admitted[one["subject"]] = Admission.from_json(one["admission"])
        elif one["step"] == STOPPED:
            stopped[one["subject"]] = Admission.from_json(one["admission"])
    return admitted, stopped


def current_admissions(settings: Settings) -> list[Admission]:
    """The admissions that no later reading of the same thing has replaced, in order of admission."""
    found = admissions(settings)
    streams: dict[tuple[str, str], list[Admission]] = defaultdict(list)
    for one in found:
        streams[one.source, one.stream].append(one)
    return [one for one in found if not any(replaces(other, one) for other in streams[one.source, one.stream])]


def replaces(newer: Admission, older: Admission) -> bool:
    """A file landed again, a batch landed again unless it holds changes, an events interval that covers the older one."""
    if newer.landed_at <= older.landed_at:
        return False
    is_file = bool(Batch.parse(f"{older.source}/{older.stream}/{older.batch}").part)
    if newer.batch == older.batch:
        return is_file or newer.mode != "changes"
    if is_file or newer.mode != "events" or not (newer.since and newer.until and older.since and older.until):
        return False
    return newer.since <= older.since and older.until <= newer.until


def stored_admission(attempt: Attempt, rules_version: str, settings: Settings) -> Admission | None:
    """The admission of this attempt under these rules, if its files and its record are there.

    Under any rules once retention has removed its raw bytes: re-validation reaches back no further.
    """
    lake = Lake(settings.home)
    if raw_removed_at(attempt) and (last := [one for one in admissions(settings) if one.is_of(attempt)]):
        return last[-1]
    path = lake.validation(attempt.batch, attempt.name)
    if not path.exists() or not lake.accepted(attempt.batch, attempt.name).exists():
        return None
    content = json.loads(path.read_bytes())
    if content["stopped"] or content["admission"]["rules_version"] != rules_version:
        return None
    found = _newest(settings)[0].get(str(attempt))  # they differ when a step was killed before it was recorded
    return found if found == Admission.from_json(content["admission"]) else None
