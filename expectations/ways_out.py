"""The ways out of quarantine, by name: what a name stands for is released or waived, attempt by attempt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from deskmart.batch import Batch
from deskmart.errors import UsageError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.admission import Admission, stopped_admissions
from expectations.approval import Approval
from expectations.gate import let_pass
from expectations.moves import moves
from expectations.quarantine import Refusal, list_refusals, refusals_named
from expectations.release import release
from expectations.waive import waive, waive_stopped
from ingestion.landing import read_attempt


@dataclass(frozen=True, slots=True)
class Line:
    """What happened, for a person to read; `is_left` when something of it is still refused."""

    text: str
    is_left: bool = False


def release_named(settings: Settings, name: str, approval: Approval, only: str = "") -> Iterator[Line]:
    """Release what a name stands for; the name of a stopped attempt lets the whole attempt pass the rule that stopped it."""
    if (stopped := _stopped(settings, name, only)) is not None:
        batch = Batch(stopped.source, stopped.stream, None, None, stopped.batch)
        done = let_pass(read_attempt(batch, stopped.attempt, Lake(settings.home)), settings, approval)
        yield Line(f"{name}: let pass; {done.accepted:,} records accepted, {done.quarantined:,} stay in quarantine")
        return
    groups, left = _by_attempt(settings, name, only)
    for attempt, refusals in groups.items():
        done_one = release(refusals, approval, settings)
        counts = Counter(done_one.became.values())
        told = ", ".join(f"{count:,} {became}" for became, count in sorted(counts.items()))
        reasons = sorted({reason for each in done_one.reasons.values() for reason in each})
        yield Line(f"{attempt}: {told}" + (f" ({'; '.join(reasons)})" if reasons else ""), bool(reasons))
    yield from left


def waive_named(settings: Settings, name: str, approval: Approval, only: str = "") -> Iterator[Line]:
    """Waive what a name stands for; the name of a stopped attempt gives up the whole attempt."""
    if (stopped := _stopped(settings, name, only)) is not None:
        own = [one for one in list_refusals(settings, stopped.source, stopped.stream) if one.id.startswith(f"{name}/")]
        yield Line(f"{name}: {waive_stopped(stopped, own, approval, settings):,} landed records given up")
        return
    groups, left = _by_attempt(settings, name, only)
    for attempt, refusals in groups.items():
        yield Line(f"{attempt}: {waive(refusals, approval, settings):,} records waived")
    yield from left


def _stopped(settings: Settings, name: str, only: str) -> Admission | None:
    found = next((one for one in stopped_admissions(settings) if one.attempt_name == name), None)
    if found is None or name in moves(settings).waived_attempts:
        return None
    if only:
        raise UsageError("--only does not go with a stopped batch", todo="a stopped batch passes, or is given up, as a whole")
    return found


def _by_attempt(settings: Settings, name: str, only: str) -> tuple[dict[str, list[Refusal]], list[Line]]:
    """The open records by attempt, and a line for each stopped attempt among them: it goes as a whole or not at all."""
    stopped = {one.attempt_name for one in stopped_admissions(settings)}
    groups: dict[str, list[Refusal]] = {}
    for one in refusals_named(settings, name, only):
        groups.setdefault(one.attempt_name, []).append(one)
    left = [
        Line(
            f"{attempt}: left as it is: its batch was stopped; name exactly this attempt and all of it passes or is given up",
            True,
        )
        for attempt in stopped & groups.keys()
    ]
    return {attempt: refusals for attempt, refusals in groups.items() if attempt not in stopped}, left
