"""What must hold of the seeds of business time and of agents' states."""

from __future__ import annotations

import re
from collections.abc import Iterator

from expectations.policy_rows import SeedRow, Seeds

STATE_CLASSES = ("available", "busy", "acw", "break", "meal", "training", "meeting", "offline")
PLANNED_CLASSES = ("work", "rest", "training", "meeting")
ACTIVITIES = ("work", "meal", "break", "training", "meeting")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_WEEKDAYS = tuple("1234567")


def calendar_faults(seeds: Seeds) -> Iterator[str]:
    """Weekdays and hours that no calendar has, openings that overlap, and calendars that are assigned but not there."""
    hours = seeds.get("calendars", ())
    known = {row["calendar_id"] for row in hours}
    for row in hours:
        yield from _hour_faults(row)
    for row in hours:
        for other in hours:
            if other.line < row.line and _is_same_day(row, other) and _overlaps(row, other):
                yield row.says(
                    f"{row['opens_at']}-{row['closes_at']} overlaps with line {other.line}; these hours would count twice"
                )
    for row in seeds.get("calendar_days", ()):
        if row["works_as_weekday"] not in ("", *_WEEKDAYS):
            yield row.says(f"works_as_weekday is {row['works_as_weekday']}, but 1 is Monday, 7 is Sunday, and empty is closed")
    for name in ("calendar_days", "calendar_assignments"):
        for row in seeds.get(name, ()):
            if row["calendar_id"] not in known:
                yield row.says(f"there is no calendar called {row['calendar_id']!r} in calendars.csv")
    assigned = seeds.get("calendar_assignments", ())
    if assigned and not any((row["queue_id"], row["channel_group"]) == ("*", "*") for row in assigned):
        yield assigned[0].says("no line is for every queue and channel group (*,*), so business time would be missing elsewhere")


def state_class_faults(seeds: Seeds) -> Iterator[str]:
    """Classes that nothing counts, and names in capitals, which no state would ever meet."""
    for row in seeds.get("state_classes", ()):
        if row["kind"] == "state":
            if row["state_class"] not in STATE_CLASSES:
                yield row.says(f"state_class is {row['state_class']!r}, but only these count: {', '.join(STATE_CLASSES)}")
            if row["planned_class"] not in ("", *PLANNED_CLASSES):
                yield row.says(f"planned_class is {row['planned_class']!r}, but only these count: {', '.join(PLANNED_CLASSES)}")
        elif row["kind"] == "activity":
            if row["name"] not in ACTIVITIES:
                yield row.says(f"no plan has an activity called {row['name']!r}, but {', '.join(ACTIVITIES)}")
            if row["planned_class"] not in PLANNED_CLASSES:
                yield row.says(f"planned_class is {row['planned_class']!r}, but only these count: {', '.join(PLANNED_CLASSES)}")
        else:
            yield row.says(f"kind is {row['kind']!r}, but it is state or activity")
        for column in ("name", "reason"):
            if row[column] != row[column].strip().lower():
                yield row.says(f"{column} is {row[column]!r}; write it in lower case")


def _hour_faults(row: SeedRow) -> Iterator[str]:
    if row["weekday"] not in _WEEKDAYS:
        yield row.says(f"weekday is {row['weekday']!r}, but 1 is Monday and 7 is Sunday")
    for column in ("opens_at", "closes_at"):
        if not _CLOCK.fullmatch(row[column]):
            yield row.says(f"{column} is {row[column]!r}, which is no time like 09:30 (24:00 is the end of the day)")
    if not row["opens_at"] < row["closes_at"]:
        yield row.says(f"it closes at {row['closes_at']}, not after it opens at {row['opens_at']}; a night is two rows")


def _is_same_day(row: SeedRow, other: SeedRow) -> bool:
    return all(row[column] == other[column] for column in ("calendar_id", "weekday", "effective_from"))


def _overlaps(row: SeedRow, other: SeedRow) -> bool:
    return row["opens_at"] < other["closes_at"] and other["opens_at"] < row["closes_at"]
