"""Examples of rules: rows that pass and rows that fail, as a test judges them and the rule book shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from deskmart.errors import GateError
from expectations.conform import conform
from expectations.rule import Rule
from ingestion.source import Field, FieldType, Mark, Stream

EXAMPLES = Path(__file__).parent / "suites" / "examples.yml"
Row = dict[str, Any]
# Of each type two values, the first before the second.
_SAMPLES: Mapping[FieldType, tuple[Any, Any]] = {
    "text": ("a1", "a2"),
    "integer": (1, 2),
    "number": (1.5, 2.5),
    "seconds": (1.5, 2.5),
    "boolean": (False, True),
    "timestamp": ("2024-03-01T12:00:00+00:00", "2024-03-01T12:00:01+00:00"),
    "date": ("2024-03-01", "2024-03-02"),
}
_IDENTIFIERS = {"phone": "13812345678", "email": "li@shop.cn"}


@dataclass(frozen=True, slots=True)
class Example:
    """Raw rows of an attempt in which a rule finds nothing, and of one in which it finds something."""

    passes: Sequence[Row]
    fails: Sequence[Row]


def example_of(rule: Rule, stream: Stream) -> Example:
    """The example of a rule of a stream; `GateError` when it is of no usual kind and none is written."""
    if (written := _written().get(rule.code)) is not None:
        return Example(_rows(written["passes"]), _rows(written["fails"]))
    expectation, kind = rule.expectation, type(rule.expectation).__name__
    match kind:
        case "ExpectTableRowCountToBeBetween":
            return Example([{}], [])
        case "ExpectColumnPairValuesAToBeGreaterThanB":
            types = {stream.field(name).type for name in rule.fields}
            low, high = _SAMPLES["integer" if "integer" in types else types.pop()]
            return Example(
                [{expectation.column_B: low, expectation.column_A: high}, {expectation.column_B: low, expectation.column_A: low}],
                [{expectation.column_B: high, expectation.column_A: low}],
            )
        case "ExpectColumnValuesToNotBeNull":
            return Example([{expectation.column: _sample(stream.field(expectation.column))}], [{}])
        case "ExpectColumnValuesToBeInSet" if rule.test is None:
            return Example([{expectation.column: value} for value in expectation.value_set], [{expectation.column: "martian"}])
        case "ExpectColumnValuesToNotBeInSet":
            codes = stream.field(expectation.column).codes
            return Example([{expectation.column: code} for code in codes], [{expectation.column: "martian"}])
        case "ExpectColumnValuesToBeBetween":
            bounds = [bound for bound in (expectation.min_value, expectation.max_value) if bound is not None]
            beyond = [bound + (-1 if bound == expectation.min_value else 1) for bound in bounds]
            return Example([{expectation.column: bound} for bound in bounds], [{expectation.column: value} for value in beyond])
    raise GateError(f"rule {rule.code} has no example", todo=f"write one into {EXAMPLES.name}")


def table_of(rows: Sequence[Row], stream: Stream) -> pa.Table:
    """Raw rows as the gate conforms them; `GateError` when a value does not conform."""
    columns = {}
    for field in stream.fields:
        column = conform([row.get(field.name) for row in rows], field, "CN")
        if column.unfit:
            raise GateError(f"an example does not conform: {next(iter(column.unfit.values()))}", todo="mend the example")
        columns[field.name] = column.values
    return pa.table(columns)


def written_codes() -> frozenset[str]:
    """The rules that have a written example."""
    return frozenset(_written())


def _sample(field: Field) -> Any:
    if field.mark is Mark.CODE and field.codes:
        return field.codes[0]
    return _IDENTIFIERS.get(field.kind) or _SAMPLES[field.type][0]


def _rows(written: Row | list[Row]) -> list[Row]:
    return [written] if isinstance(written, dict) else written


@cache
def _written() -> Mapping[str, Any]:
    import yaml

    found: Mapping[str, Any] = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    return found
