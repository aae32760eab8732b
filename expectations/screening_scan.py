"""Scanning: all rules over a column of texts. One cheap test per text comes first, compiled from the rules; few texts go further."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
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

_FEW = 300  # texts; compiling the cheap tests takes as long as showing so many to every rule
_MOST_HITS = 100  # of one rule in one text: a flood tells no more than that
_CONTEXT = 8
_WORD = re.compile(r"\w")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Found:
    """A hit of a rule in the text at a place of the column."""

    place: int
    rule: ScreeningRule
    hit: Hit


def scan(texts: pa.Array, rules: Sequence[ScreeningRule] | None = None, *, is_prefiltered: bool | None = None) -> list[Found]:
    """Every hit of every rule (default: those of today, checked), by place; null texts have none.

    Many texts pass the cheap tests first, few are shown to every rule at once; `is_prefiltered` decides otherwise. The result
    is the same. Raises `GateError` when a rule cannot be applied: a scanner that fails has found nothing out.
    """
    rules = checked_rules() if rules is None else rules
    rows = np.flatnonzero(texts.is_valid().to_numpy(zero_copy_only=False))
    if is_prefiltered if is_prefiltered is not None else len(rows) > _FEW:
        suspects = _suspects(texts, rows, rules)
    else:
        suspects = ((rule, rows) for rule in rules)
    forms: dict[int, Text] = {}
    found: list[Found] = []
    for rule, asked in suspects:
        for row, text in zip(asked.tolist(), texts.take(pa.array(asked)).to_pylist(), strict=True):
            form = forms.get(row) or forms.setdefault(row, Text(text))
            found += [Found(row, rule, hit) for hit in _hits(form, rule)]
    return sorted(found, key=lambda one: (one.place, one.rule.id, one.rule.version, one.hit.start))


def _suspects(texts: pa.Array, rows: Rows, rules: Sequence[ScreeningRule]) -> Iterator[tuple[ScreeningRule, Rows]]:
    """Each rule with the texts that pass its cheap test.

    One test unites all rules of words; with the counted repetitions of values in it, it would be a hundred times as slow.
    """
    plain = without_signs(texts)
    words = [cheap_test(rule) for rule in rules if not rule.detector]
    wordy = _passing(plain, rows, "|".join(words)) if words else rows
    for rule in rules:
        yield rule, _passing(plain, rows if rule.detector else wordy, cheap_test(rule))


def without_signs(texts: pa.Array) -> pa.Array:
    """Texts as the cheap test reads them: compatible characters made one, lower case, letters and digits and @ only."""
    return pc.replace_substring_regex(pc.utf8_lower(pc.utf8_normalize(texts, "NFKC")), r"[^\pL\pN@]+", "")


def _passing(plain: pa.Array, rows: Rows, test: str) -> Rows:
    mask = pc.match_substring_regex(plain.take(pa.array(rows)), test)
    found: Rows = rows[mask.to_numpy(zero_copy_only=False)]
    return found


def _hits(text: Text, rule: ScreeningRule) -> Iterator[Hit]:
    try:
        yield from islice(DETECTORS[rule.detector].find(text) if rule.detector else words_in(text, rule), _MOST_HITS)
    except Exception as error:
        raise GateError(
            f"screening rule {rule.id} failed: {type(error).__name__}", todo="mend the rule; no text was screened"
        ) from error


@cache
def checked_rules() -> tuple[ScreeningRule, ...]:
    """The rules that look at texts, after each has found its own examples and nothing in its counter-examples."""
    rules = tuple(rule for rule in read_rules() if rule.kind != "sequence")
    examples = [(rule, text) for rule in rules for text in (*rule.finds, *rule.passes)]
    hits = scan(pa.array([text for _, text in examples], pa.string()), rules, is_prefiltered=False)
    found = {(one.place, one.rule) for one in hits if not one.hit.is_negated and not one.hit.is_quoted}
    for rule in rules:
        if not rule.finds:
            raise _not_as_told(rule)
    for place, (rule, text) in enumerate(examples):
        if ((place, rule) in found) != (text in rule.finds):
            raise _not_as_told(rule)
    return rules


def _not_as_told(rule: ScreeningRule) -> GateError:
    return GateError(
        f"screening rule {rule.id} does not find exactly its own examples", todo="mend the rule; no text was screened"
    )


@cache
def cheap_test(rule: ScreeningRule) -> str:
    """A regular expression (RE2, over `without_signs`) that each text passes in which the rule finds something.

    Raises `GateError` when there is none, or an example of the rule does not pass it.
    """
    if rule.detector:
        if rule.detector not in DETECTORS:
            raise GateError(f"screening rule {rule.id}: no detector is called {rule.detector}", todo="mend the rule")
        test = DETECTORS[rule.detector].test
    else:
        anchors = [anchors_of(pattern.pattern) for pattern in (rule.zh, rule.en) if pattern is not None]
        if any(each is None for each in anchors):
            raise GateError(f"screening rule {rule.id}: a pattern needs no word at all", todo="mend the rule")
        test = prefilter(frozenset().union(*(each for each in anchors if each is not None)))
    finds = without_signs(pa.array(rule.finds, pa.string()))
    if len(_passing(finds, np.arange(len(finds)), test)) < len(finds):
        raise _not_as_told(rule)
    return test


def snippet(raw: str, hit: Hit) -> str:
    """The match between its neighbours; every letter and digit that is not the rule's own is •, and so is any value."""
    start, end = max(0, hit.start - _CONTEXT), min(len(raw), hit.end + _CONTEXT)
    shown = [letter if place in hit.own else _WORD.sub("•", letter) for place, letter in enumerate(raw[start:end], start)]
    return "…" + _CONTROL.sub(" ", "".join(shown)) + "…"
