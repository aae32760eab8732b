"""Verdicts: a suite is run over conformed rows by Great Expectations, and what it says is taken apart.

An expectation that raises, one that was dropped, and an empty suite are failed runs, never failed rows.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from deskmart.errors import GateError
from expectations.engine import quiet_context
from expectations.gx_speed import configurations_made_once
from expectations.held import Rows
from expectations.rule import Rule

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult

_CODE = "deskmart_code"
_ONE_AT_A_TIME = threading.Lock()  # Great Expectations keeps its project in a global


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule found: the rows (by position) that break it; None for a rule over the batch."""

    rule: Rule
    success: bool
    rows: tuple[int, ...] | None
    was_judged: bool = True


def judge(table: pa.Table, rules: Sequence[Rule], parts: Sequence[int] = ()) -> list[Verdict]:
    """The verdict of every rule over the rows, in the rules' order.

    `parts` are the numbers of rows of the attempts in the table, when there are several: a rule that compares rows sees one.
    A table without rows is judged by the rules over the batch alone; the others are given as not judged. Raises `GateError`
    when the suite is empty or has two rules of one code, a rule raises, or not every rule was evaluated.
    """
    _check(rules)
    asked = [rule for rule in rules if table.num_rows or not judges_rows(rule)]
    with _ONE_AT_A_TIME, configurations_made_once():
        results = _validate(_frame(table, asked, parts), asked) if asked else {}
    if missing := [rule.code for rule in asked if rule.code not in results]:
        raise GateError(f"{len(missing)} of {len(asked)} rules were not evaluated: {', '.join(missing)}", todo="mend the suite")
    return [
        _verdict(rule, results[rule.code], table.num_rows) if rule.code in results else Verdict(rule, True, (), was_judged=False)
        for rule in rules
    ]


def judge_pieces(rows: Rows, rules: Sequence[Rule]) -> list[Verdict]:
    """What `judge` says of all rows of an attempt, a piece at a time.

    A rule that looks beyond a row is asked once, of the columns it reads of the whole attempt.
    """
    if len(rows) == 1:
        return judge(rows[0], rules)
    _check(rules)
    is_alone = {rule.code: judges_rows_alone(rule) and not rule.compares_rows for rule in rules}
    alone, beyond = ([rule for rule in rules if is_alone[rule.code] is wanted] for wanted in (True, False))
    found: dict[str, Verdict] = {}
    if beyond:
        found |= {verdict.rule.code: verdict for verdict in judge(rows.select(_columns_of(beyond)), beyond)}
    if alone:
        parts = [(where.start, judge(piece, alone)) for where, piece in rows.pieces()]
        for place, rule in enumerate(alone):
            broken = tuple(begin + row for begin, verdicts in parts for row in verdicts[place].rows or ())
            found[rule.code] = Verdict(rule, not broken, broken, any(verdicts[place].was_judged for _, verdicts in parts))
    return [found[rule.code] for rule in rules]


def _columns_of(rules: Sequence[Rule]) -> list[str] | None:
    """The columns that rules read; None when one may read any."""
    if not all(rule.fields and getattr(rule.expectation, "row_condition", None) is None for rule in rules):
        return None
    return sorted({name for rule in rules for name in rule.fields})


def _check(rules: Sequence[Rule]) -> None:
    """Raise `GateError` for a suite that says nothing, or of which one could not tell what it said."""
    if not rules:
        raise GateError("the suite is empty", todo="write its rules")
    codes = [rule.code for rule in rules]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise GateError(f"two rules of one suite are called {', '.join(twice)}", todo="rename one")
    if lax := [rule.code for rule in rules if getattr(rule.expectation, "mostly", 1) != 1]:
        raise GateError(f"rule {lax[0]} contradicts itself", todo="row rules take no `mostly`; mend the rule")


def judges_rows(rule: Rule) -> bool:
    """Whether the rule's expectation says of each row if it is fine."""
    from great_expectations.expectations.expectation import (
        ColumnMapExpectation,
        ColumnPairMapExpectation,
        MulticolumnMapExpectation,
    )

    return isinstance(rule.expectation, ColumnMapExpectation | ColumnPairMapExpectation | MulticolumnMapExpectation)


def judges_rows_alone(rule: Rule) -> bool:
    """Whether the rule says of each row by that row only, so that it finds the same whatever other rows are there."""
    import great_expectations.expectations as gxe

    known = (
        gxe.ExpectColumnValuesToNotBeNull,
        gxe.ExpectColumnValuesToBeInSet,
        gxe.ExpectColumnValuesToNotBeInSet,
        gxe.ExpectColumnValuesToBeBetween,
        gxe.ExpectColumnPairValuesAToBeGreaterThanB,
    )
    return type(rule.expectation) in known and rule.expectation.mostly == 1


def _frame(table: pa.Table, rules: Sequence[Rule], parts: Sequence[int]) -> pd.DataFrame:
    """The rows as pandas, with the columns that the rules' tests compute. Exact decimals are floats here: only for judging."""
    for place, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):
            table = table.set_column(place, column.name, table[column.name].cast(pa.float64()))
    frame: pd.DataFrame = table.to_pandas()
    computed = {f"rule:{rule.code}": _tested(rule, frame, parts) for rule in rules if rule.test is not None}
    return frame.assign(**computed)


def _tested(rule: Rule, frame: pd.DataFrame, parts: Sequence[int]) -> Any:
    assert rule.test is not None
    try:
        if rule.compares_rows and len(parts) > 1:
            ends = list(accumulate(parts))
            pieces = [frame.iloc[end - rows : end] for rows, end in zip(parts, ends, strict=True) if rows]
            answers = pd.concat([rule.test(piece) for piece in pieces])
        else:
            answers = rule.test(frame)
    except Exception as error:
        raise GateError(f"rule {rule.code} failed: {type(error).__name__}", todo="mend the rule; no row was judged") from error
    if answers.dtype != bool or not answers.index.equals(frame.index):
        raise GateError(f"rule {rule.code} does not say yes or no of each row", todo="mend the rule; no row was judged")
    return answers


def _validate(frame: pd.DataFrame, rules: Sequence[Rule]) -> dict[str, ExpectationValidationResult]:
    """The result of each rule by its code: of one that holds, that it does; of one that is broken, the rows too.

    Finding rows costs Great Expectations twice as much per rule as finding whether there are any, and most rules hold.
    """
    from great_expectations import ExpectationSuite

    context = quiet_context()
    asset = context.data_sources.add_pandas("gate").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})

    def run(asked: Sequence[Rule], result_format: Mapping[str, Any]) -> dict[str, ExpectationValidationResult]:
        expectations = [rule.expectation.copy(update={"meta": {_CODE: rule.code}}) for rule in asked]
        report = batch.validate(ExpectationSuite(name="gate", expectations=expectations), result_format=dict(result_format))
        return {result.expectation_config.meta[_CODE]: result for result in report.results if result.expectation_config}

    found = run(rules, {"result_format": "BOOLEAN_ONLY"})
    broken = [rule for rule in rules if rule.code in found and not found[rule.code].success and judges_rows(rule)]
    if broken:
        found |= run(broken, {"result_format": "COMPLETE", "return_unexpected_index_query": False})
    return found


def _verdict(rule: Rule, result: ExpectationValidationResult, rows: int) -> Verdict:
    if _raised(result.exception_info):
        raise GateError(f"rule {rule.code} could not be evaluated", todo="mend the rule; no row was judged")
    if not judges_rows(rule):
        return Verdict(rule, bool(result.success), None)
    found = result.result.get("unexpected_index_list") or []
    broken = tuple(sorted(int(row) for row in found))
    if bool(result.success) != (not broken) or (broken and not 0 <= broken[0] <= broken[-1] < rows):
        raise GateError(f"rule {rule.code} contradicts itself", todo="mend the rule; no row was judged")
    return Verdict(rule, bool(result.success), broken)


def _raised(info: Any) -> bool:
    """Whether Great Expectations met an exception: it tells so of the rule as a whole or of each metric."""
    if not info:
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(_raised(one) for one in info.values())
