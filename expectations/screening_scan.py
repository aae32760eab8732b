"""Scanning: all rules over a column of texts. One cheap test per text comes first, compiled from the rules; few texts go further."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deskmart.errors import GateError
from expectations.screening_anchors import anchors_of, prefilter
from expectations.screening_rules import ScreeningRule, read_rules
from expectations.screening_text import Text
from expectations.screening_values import DETECTORS
from expectations.screening_words import Hit, words_in

Rows = np.ndarray[Any, np.dtype[np.int64]]

_CONTEXT = 8
_WORD = re.compile(r"\w")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Found:
    """A hit of a rule in the text at a place of the column."""

    place: int
    rule: ScreeningRule
    hit: Hit


@dataclass(frozen=True, slots=True)
class Scanner:
    """The rules that look at texts, each with the cheap test a text must pass first, and the test that unites them."""

    rules: tuple[tuple[ScreeningRule, str], ...]
    united: str


def scan(texts: pa.Array, scanner: Scanner | None = None, *, is_prefiltered: bool = True) -> list[Found]:
    """Every hit of every rule, by place; null texts have none. `is_prefiltered=False` asks the rules about every text.

    Raises `GateError` when a rule cannot be applied: a scanner that fails has found nothing out.
    """
    scanner = scanner or checked_scanner()
    rows = np.flatnonzero(texts.is_valid().to_numpy(zero_copy_only=False))
    if is_prefiltered:
        plain = _without_signs(texts)
        rows = _passing(plain, rows, scanner.united)
    found: list[Found] = []
    forms: dict[int, Text] = {}
    for rule, test in scanner.rules:
        for row in (_passing(plain, rows, test) if is_prefiltered else rows).tolist():
            if row not in forms:
                forms[row] = Text(texts[row].as_py())
            found += [Found(row, rule, hit) for hit in _hits(forms[row], rule)]
    return sorted(found, key=lambda one: (one.place, one.rule.id, one.rule.version, one.hit.start))


def _without_signs(texts: pa.Array) -> pa.Array:
    """Texts as the cheap test reads them: compatible characters made one, lower case, letters and digits and @ only."""
    return pc.replace_substring_regex(pc.utf8_lower(pc.utf8_normalize(texts, "NFKC")), r"[^\pL\pN@]+", "")


def _passing(plain: pa.Array, rows: Rows, test: str) -> Rows:
    mask = pc.match_substring_regex(plain.take(pa.array(rows)), test)
    found: Rows = rows[mask.to_numpy(zero_copy_only=False)]
    return found


def _hits(text: Text, rule: ScreeningRule) -> Iterator[Hit]:
    try:
        yield from DETECTORS[rule.detector].find(text) if rule.detector else words_in(text, rule)
    except Exception as error:
        raise GateError(
            f"screening rule {rule.id} failed: {type(error).__name__}", todo="mend the rule; no text was screened"
        ) from error


@cache
def checked_scanner() -> Scanner:
    """The scanner of the rules in force, after each rule has found its own examples and passed over its counter-examples."""
    scanner = scanner_of(read_rules())
    for rule, _ in scanner.rules:
        examples = pa.array([*rule.finds, *rule.passes], pa.string())
        own = Scanner(tuple(one for one in scanner.rules if one[0] is rule), scanner.united)
        hit = {one.place for one in scan(examples, own) if not one.hit.is_negated and not one.hit.is_quoted}
        if not rule.finds or hit != set(range(len(rule.finds))):
            raise GateError(
                f"screening rule {rule.id} does not find exactly its own examples", todo="mend the rule; no text was screened"
            )
    return scanner


def scanner_of(rules: Sequence[ScreeningRule]) -> Scanner:
    """The scanner of these rules; `GateError` for a pattern that has nothing a cheap test could look for."""
    tests = tuple((rule, _test_of(rule)) for rule in rules if rule.zh or rule.en or rule.detector)
    return Scanner(tests, "|".join(f"(?:{test})" for test in dict.fromkeys(test for _, test in tests)))


def _test_of(rule: ScreeningRule) -> str:
    if rule.detector:
        if rule.detector not in DETECTORS:
            raise GateError(f"screening rule {rule.id}: no detector is called {rule.detector}", todo="mend the rule")
        return DETECTORS[rule.detector].test
    anchors: frozenset[str] = frozenset()
    for pattern in (rule.zh, rule.en):
        if pattern is not None:
            if (own := anchors_of(pattern.pattern)) is None:
                raise GateError(f"screening rule {rule.id}: a pattern needs no word at all", todo="mend the rule")
            anchors |= own
    return prefilter(anchors)


def snippet(raw: str, hit: Hit) -> str:
    """The match between its neighbours; every letter and digit that is not the rule's own is •, and so is any value."""
    start, end = max(0, hit.start - _CONTEXT), min(len(raw), hit.end + _CONTEXT)
    shown = [letter if place in hit.own else _WORD.sub("•", letter) for place, letter in enumerate(raw[start:end], start)]
    return "…" + _CONTROL.sub(" ", "".join(shown)) + "…"
