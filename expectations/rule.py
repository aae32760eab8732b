"""A rule: one typed expectation with a name, a severity and a sentence that people can read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.expectations.expectation import Expectation

Severity = Literal["critical", "warning"]
Test = Callable[["pd.DataFrame"], "pd.Series[bool]"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold of a stream's conformed rows, before tokens replace identifiers.

    `expectation` is a typed Great Expectations expectation. One over columns judges rows: a critical one sends them to
    quarantine, a warning is counted. One over the table, or an aggregate of a column, judges the batch: a critical one
    stops it. `code` names the rule in results and quarantine; it never changes its meaning. `zh` and `en` are one sentence
    each and say what is wrong with a row that breaks the rule.

    The frame has one column per field: text as str, integer as nullable number, seconds and number as float, timestamp as
    datetime64[us, UTC], date as datetime.date, boolean as True / False / None. Null passes every expectation but not-null.
    `test` (see `holds`) computes the column that the expectation looks at; `fields` names the fields the rule reads.
    `compares_rows`: the test looks at other rows of the attempt too. `owner` is who mends what breaks the rule (see `owners`).
    """

    code: str
    expectation: Expectation
    severity: Severity
    zh: str
    en: str
    fields: tuple[str, ...] = ()
    test: Test | None = None
    compares_rows: bool = False
    owner: str = ""

    def __post_init__(self) -> None:
        if not self.fields:
            object.__setattr__(self, "fields", _fields_of(self.expectation))


def holds(code: str, fields: tuple[str, ...], test: Test, severity: Severity, zh: str, en: str) -> Rule:
    """A rule over several fields of a row: `test` gives True for each row that is fine (never null).

    `fields` are those that `test` reads; a row in which one of them could not be conformed is not judged by this rule.
    """
    import great_expectations.expectations as gxe

    expectation = gxe.ExpectColumnValuesToBeInSet(column=f"rule:{code}", value_set=[True])
    return Rule(code, expectation, severity, zh, en, fields, test)


def among(code: str, fields: tuple[str, ...], test: Test, severity: Severity, zh: str, en: str) -> Rule:
    """A rule over a row among the others of its attempt: `test` is as of `holds`, over all rows of one attempt."""
    return replace(holds(code, fields, test, severity, zh, en), compares_rows=True)


def required(field: str, zh: str, severity: Severity = "critical") -> Rule:
    """The field must have a value; `zh` is the field's Chinese name."""
    import great_expectations.expectations as gxe

    expectation = gxe.ExpectColumnValuesToNotBeNull(column=field)
    return Rule(f"{field}_missing", expectation, severity, f"缺少{zh}", f"{field} is missing")


def known(field: str, zh: str, severity: Severity = "critical") -> Rule:
    """The code must be one the field declares; `zh` is the field's Chinese name."""
    import great_expectations.expectations as gxe

    expectation = gxe.ExpectColumnValuesToNotBeInSet(column=field, value_set=["unmapped"])
    return Rule(f"{field}_unmapped", expectation, severity, f"{zh}的取值未知", f"{field} has a value that is not known")


def between(field: str, low: float | None, high: float | None, zh: str, severity: Severity = "critical") -> Rule:
    """The number must lie in `[low, high]`; `zh` is the field's Chinese name."""
    import great_expectations.expectations as gxe

    expectation = gxe.ExpectColumnValuesToBeBetween(column=field, min_value=low, max_value=high)
    span = f"{'…' if low is None else f'{low:g}'} – {'…' if high is None else f'{high:g}'}"
    return Rule(f"{field}_out_of_range", expectation, severity, f"{zh}超出范围（{span}）", f"{field} is not within {span}")


def in_order(earlier: str, later: str, zh: str, severity: Severity = "critical") -> Rule:
    """`earlier <= later` where both have a value; `zh` says what is wrong."""
    import great_expectations.expectations as gxe

    expectation = gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=later, column_B=earlier, or_equal=True, ignore_row_if="either_value_is_missing"
    )
    return Rule(f"{later}_before_{earlier}", expectation, severity, zh, f"{later} lies before {earlier}")


def _fields_of(expectation: Expectation) -> tuple[str, ...]:
    """The columns that an expectation names."""
    names = [getattr(expectation, name, None) for name in ("column", "column_A", "column_B")]
    return tuple(name for name in (*names, *getattr(expectation, "column_list", ())) if isinstance(name, str))
