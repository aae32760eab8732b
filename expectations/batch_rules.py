"""Batch rules: when a whole batch must not pass, however good its single rows are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from deskmart.settings import Settings
from expectations.admission import Admission
from expectations.verdicts import Verdict
from ingestion.source import Mode

LEAST_BAD = 20
LEAST_HELD = 20
SHRINKAGE = 0.5


def why_stopped(
    admission: Admission, verdicts: Sequence[Verdict], earlier: Callable[[], Sequence[Admission]], mode: Mode, settings: Settings
) -> str:
    """Why the batch is stopped; empty when it is not. `earlier` gives the home's admissions, oldest first."""
    broken = [one.rule for one in verdicts if one.rows is None and not one.success and one.rule.severity == "critical"]
    if broken:
        return "; ".join(rule.en for rule in broken)
    return _too_bad(admission, settings.bad_share_limit) or _too_small(admission, earlier, mode)


def _too_bad(admission: Admission, limit: float) -> str:
    """A mapping or a source that went wrong shows in many rows at once."""
    if admission.quarantined < LEAST_BAD or admission.quarantined <= limit * admission.held:
        return ""
    worst = next(iter(admission.reasons), "")
    share = admission.quarantined / admission.held
    found = f"{admission.quarantined} of {admission.held} records ({share:.0%}) are refused"
    return f"{found}, most often: {worst}; the limit is {limit:.0%}"


def _too_small(admission: Admission, earlier: Callable[[], Sequence[Admission]], mode: Mode) -> str:
    """A snapshot or a closed interval that suddenly holds far less than before does not empty anything.

    Compared is with the last other attempt of the same batch, and for a snapshot without one with the stream's last batch.
    """
    if mode is Mode.CHANGES or (mode is Mode.EVENTS and not _is_closed(admission)):
        return ""
    peers = [one for one in earlier() if (one.source, one.stream) == (admission.source, admission.stream)]
    same = [one for one in peers if one.batch == admission.batch and one.attempt < admission.attempt]
    before = same or (
        [one for one in peers if one.batch != admission.batch and one.landed_at < admission.landed_at]
        if mode is Mode.SNAPSHOT
        else []
    )
    if not before or before[-1].held < LEAST_HELD or admission.held >= SHRINKAGE * before[-1].held:
        return ""
    return f"holds {admission.held} records, the earlier reading held {before[-1].held}: far less than before"


def _is_closed(admission: Admission) -> bool:
    return admission.until is not None and admission.until <= admission.landed_at
