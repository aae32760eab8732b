"""The rules of contact legs as plain SQL, written a second time: what the suite is measured against, and must agree with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expectations.rule import Rule

# A row breaks the rule when this is true. Seconds between two times: epoch(b) - epoch(a).
_WRITTEN: Mapping[str, str] = {
    "answered_by_nobody": "outcome = 'answered' and agent_id is null and answered_at is null",
    "abandoned_yet_answered": "outcome = 'abandoned' and answered_at is not null",
    "over_without_end": "outcome <> 'open' and ended_at is null",
    "open_yet_ended": "outcome = 'open' and ended_at is not null",
    "talk_longer_than_the_leg": "talk_seconds + coalesce(hold_seconds, 0) > epoch(ended_at) - epoch(answered_at) + 2",
    "wait_longer_than_the_leg": "wait_seconds > epoch(coalesce(answered_at, ended_at)) - epoch(offered_at) + 2",
    "transfer_to_nowhere": "transfer_kind is not null and transferred_to_queue is null and transferred_to_agent is null",
    "transfer_of_nothing": "leg_kind in ('transfer', 'consult') and legs_of_contact = 1",
}


def broken_rows_sql(rules: Sequence[Rule], table: str) -> str:
    """A query of one row: of each rule, in order, how many rows of `table` break it."""
    counts = ", ".join(f"count(*) filter (where {_broken(rule)})" for rule in rules)
    return f"select {counts} from (select *, count(*) over (partition by contact_id) as legs_of_contact from {table})"


def _broken(rule: Rule) -> str:
    if rule.code in _WRITTEN:
        return _WRITTEN[rule.code]
    asked = rule.expectation
    match type(asked).__name__:
        case "ExpectColumnValuesToNotBeNull":
            return f"{asked.column} is null"
        case "ExpectColumnValuesToNotBeInSet":
            return f"{asked.column} = 'unmapped'"
        case "ExpectColumnPairValuesAToBeGreaterThanB":
            return f"{asked.column_A} < {asked.column_B}"
        case "ExpectColumnValuesToBeBetween":
            return f"{asked.column} < {asked.min_value} or {asked.column} > {asked.max_value}"
    raise NotImplementedError(f"rule {rule.code} is not written in SQL")
