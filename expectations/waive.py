"""Waiving: refused records, or a whole stopped attempt, are given up for good, by two people and for a reason.

Nothing is deleted and nothing is let in: what was given up no longer counts as open, and the ledger says who decided so.
"""

from __future__ import annotations

from collections.abc import Sequence

from deskmart.batch import Batch
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations import ledger
from expectations.admission import Admission
from expectations.approval import Approval
from expectations.gate import admission_lock
from expectations.moves import WAIVED
from expectations.quarantine import Refusal


def waive(refusals: Sequence[Refusal], approval: Approval, settings: Settings) -> int:
    """Give up refused records of one attempt; how many. The same bytes in the same batch stay given up when they land again."""
    first = refusals[0]
    batch = Batch(first.source, first.stream, None, None, first.batch)
    with admission_lock(batch, settings):
        _record(batch, first.attempt, refusals, {"waived": len(refusals)}, approval, settings, is_whole=False)
    return len(refusals)


def waive_stopped(stopped: Admission, refusals: Sequence[Refusal], approval: Approval, settings: Settings) -> int:
    """Give up an attempt that a batch rule stopped, its good records too; how many landed records that are."""
    batch = Batch(stopped.source, stopped.stream, None, None, stopped.batch)
    counts = {"waived": stopped.landed, "held_back": stopped.accepted}
    with admission_lock(batch, settings):
        _record(batch, stopped.attempt, refusals, counts, approval, settings, is_whole=True)
    return stopped.landed


def _record(
    batch: Batch,
    attempt: str,
    refusals: Sequence[Refusal],
    counts: dict[str, int],
    approval: Approval,
    settings: Settings,
    *,
    is_whole: bool,
) -> None:
    told = [{"page": one.page, "position": one.position, "sha256": one.sha256} for one in refusals]
    ledger.record(
        settings,
        WAIVED,
        f"{batch}/{attempt}",
        counts,
        files_read=[Lake(settings.home).quarantine(batch, attempt)],
        files_written=[],
        more={"approval": approval.as_json(), "records": told, "is_whole": is_whole},
    )
