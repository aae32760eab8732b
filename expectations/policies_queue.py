"""What must hold of the service-level policies: an agreed variant that exists, sensible thresholds, one for whoever has none of his own."""

from __future__ import annotations

from collections.abc import Iterator

from expectations.policy_rows import SeedRow, Seeds

VARIANTS = ("offered", "all", "abandoned_ignored", "abandoned_positive", "answered", "removed")
# Groups whose legs wait in queues: each needs a policy for queues without their own, since ever.
_QUEUED_GROUPS = ("voice", "chat")
_SINCE_EVER = "1970-01-01"


def service_level_faults(seeds: Seeds) -> Iterator[str]:
    """Faults of single rows, then groups in which a queue without a row of its own would have no policy."""
    if "service_level_policies" not in seeds:
        return
    rows = seeds["service_level_policies"]
    for row in rows:
        yield from _row_faults(row)
    for group in _QUEUED_GROUPS:
        if not any(
            row["queue_id"] == "*" and row["channel_group"] in (group, "*") and row["effective_from"] <= _SINCE_EVER
            for row in rows
        ):
            yield (
                f"service_level_policies.csv: {group} has no policy for queues without one of their own; "
                f"it needs a row with queue_id * since {_SINCE_EVER}"
            )


def _row_faults(row: SeedRow) -> Iterator[str]:
    if row["variant"] not in VARIANTS:
        yield row.says(f"variant is {row['variant']!r}; it may be {', '.join(VARIANTS)}")
    threshold, short = row.amount("threshold_seconds"), row.amount("short_abandon_seconds")
    if threshold is None or short is None:
        yield row.says("threshold_seconds and short_abandon_seconds must both be told")
    elif not 0 <= short < threshold:
        yield row.says(f"short_abandon_seconds ({short}) must lie from 0 to below threshold_seconds ({threshold})")
