"""What must hold of the policies of response and records: words that the models know, seconds that make sense, a window for everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from expectations.policy_rows import SeedRow, Seeds

METRICS = ("first_reply", "next_reply", "resolve")
CLOCKS = ("wall", "business")
# What a contact can be asked for; the models know no other field.
REQUIRED_FIELDS = ("topic", "disposition")
# Channel groups in which nobody may be without a window, since ever.
WINDOWS: Mapping[str, tuple[str, ...]] = {
    "response_window_policies": ("chat", "written"),
    "fcr_policies": ("voice", "chat", "written"),
}
_SINCE_EVER = "1970-01-01"


def response_faults(seeds: Seeds) -> Iterator[str]:
    """Faults of SLA, record, response-window and FCR policies; seeds that are not there have none."""
    for row in seeds.get("sla_policies", ()):
        yield from _unknown_word(row, "metric", METRICS)
        yield from _unknown_word(row, "clock", CLOCKS)
        yield from _no_seconds(row, "target_seconds")
        if row["metric"] == "resolve" and row["channel_group"] not in ("written", "*"):
            yield row.says(f"only tickets are resolved, and they are written; for {row['channel_group']} it would do nothing")
    for row in seeds.get("record_policies", ()):
        yield from _unknown_word(row, "required_field", REQUIRED_FIELDS)
        if row["required_field"] == "disposition" and row["channel_group"] == "written":
            yield row.says("tickets have no disposition, so no written contact could ever be complete")
    for name, groups in WINDOWS.items():
        if name in seeds:
            for row in seeds[name]:
                yield from _no_seconds(row, "window_seconds")
            yield from _uncovered(name, seeds[name], groups)


def _unknown_word(row: SeedRow, column: str, known: Sequence[str]) -> Iterator[str]:
    if row[column] not in known:
        yield row.says(f"{column} is {row[column]!r}; it may be {', '.join(known)}")


def _no_seconds(row: SeedRow, column: str) -> Iterator[str]:
    amount = row.amount(column)
    if amount is None or amount <= 0:
        yield row.says(f"{column} must be told, in seconds above 0")


def _uncovered(name: str, rows: Sequence[SeedRow], groups: Sequence[str]) -> Iterator[str]:
    for group in groups:
        if not any(
            row["queue_id"] == "*" and row["channel_group"] in (group, "*") and row["effective_from"] <= _SINCE_EVER
            for row in rows
        ):
            yield f"{name}.csv: {group} has no window for queues without one of their own; it needs a row with queue_id * since {_SINCE_EVER}"
