"""`when:` of a mapping: which records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingestion.cells import number_of, text_of
from ingestion.mapping_yaml import Place

Get = Callable[[Any, str], Any]  # (record, column) -> cell
MAX_REMEMBERED = 50_000
_TESTS = ("not", "empty", "matches", "gt", "ge", "lt", "le")
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "gt": lambda cell, bound: cell > bound,
    "ge": lambda cell, bound: cell >= bound,
    "lt": lambda cell, bound: cell < bound,
    "le": lambda cell, bound: cell <= bound,
}


@dataclass(frozen=True, slots=True)
class Test:
    """One thing asked of one column; all that is set must hold."""

    __test__ = False
    column: str
    among: frozenset[str] | None = None
    not_among: frozenset[str] | None = None
    empty: bool | None = None
    matches: re.Pattern[str] | None = None
    bounds: tuple[tuple[str, float], ...] = ()

    def holds(self, cell: Any) -> bool:
        text = text_of(cell)
        if self.among is not None and text not in self.among:
            return False
        if self.not_among is not None and text in self.not_among:
            return False
        if self.empty is not None and (text is None) != self.empty:
            return False
        if self.matches is not None and (text is None or not self.matches.search(text)):
            return False
        if self.bounds:
            number = number_of(cell)
            return number is not None and all(_ORDER[name](number, bound) for name, bound in self.bounds)
        return True


@dataclass(frozen=True, slots=True)
class Condition:
    """Any of several lists of tests of which all hold."""

    any_of: tuple[tuple[Test, ...], ...]

    def columns(self) -> Iterator[str]:
        return (test.column for tests in self.any_of for test in tests)

    def compiled(self, get: Get) -> Callable[[Any], bool]:
        """A function of a record."""
        alternatives = [_all_of([_remembered(test, get) for test in tests]) for tests in self.any_of]
        return alternatives[0] if len(alternatives) == 1 else lambda record: any(holds(record) for holds in alternatives)


def _all_of(tests: list[Callable[[Any], bool]]) -> Callable[[Any], bool]:
    if len(tests) == 1:
        return tests[0]

    def hold(record: Any) -> bool:
        for test in tests:  # a generator would cost twice the time
            if not test(record):
                return False
        return True

    return hold


def _remembered(test: Test, get: Get) -> Callable[[Any], bool]:
    """A test of a record that asks the same text only once."""
    answers: dict[str, bool] = {}
    column = test.column

    def holds(record: Any) -> bool:
        cell = get(record, column)
        if type(cell) is not str:
            return test.holds(cell)
        answer = answers.get(cell)
        if answer is None:
            answer = test.holds(cell)
            if len(answers) < MAX_REMEMBERED:
                answers[cell] = answer
        return answer

    return holds


def parse_condition(value: Any, place: Place) -> Condition:
    """`{column: value | [values] | {not, empty, matches, gt, ge, lt, le}}`, keys ANDed; a list of such is OR."""
    alternatives = value if isinstance(value, list) else [value]
    if not alternatives or not all(isinstance(item, dict) and item for item in alternatives):
        raise place.error("is no condition", "write {column: value}, or a list of such")
    return Condition(
        tuple(tuple(_test(str(column), asked, place.under(column)) for column, asked in item.items()) for item in alternatives)
    )


def _test(column: str, asked: Any, place: Place) -> Test:
    if not isinstance(asked, dict):
        return Test(column, among=_values(asked, place))
    place.section(asked, _TESTS)
    if not asked:
        raise place.error("asks nothing", f"write one of {', '.join(_TESTS)}")
    return Test(
        column,
        not_among=_values(asked["not"], place.under("not")) if "not" in asked else None,
        empty=place.under("empty").flag(asked["empty"]) if "empty" in asked else None,
        matches=parse_regex(asked["matches"], place.under("matches")) if "matches" in asked else None,
        bounds=tuple((name, _number(asked[name], place.under(name))) for name in _ORDER if name in asked),
    )


def parse_regex(value: Any, place: Place) -> re.Pattern[str]:
    """A compiled regular expression."""
    try:
        return re.compile(place.text(value))
    except (re.error, RecursionError, OverflowError) as error:
        raise place.error(f"{value!r} is no regular expression: {error}", "mend it, in single quotes") from error


def _values(value: Any, place: Place) -> frozenset[str]:
    texts = [text_of(place.scalar(item)) for item in (value if isinstance(value, list) else [value])]
    if not texts or None in texts:
        raise place.error("compares with nothing", "for empty cells write {empty: true}")
    return frozenset(text for text in texts if text is not None)


def _number(value: Any, place: Place) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise place.error(f"{value!r} is not a number", "write a number without quotes")
    return float(value)
