"""Anchors: the words of which each match of a pattern must hold one. They make the cheap test that most texts end at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from expectations.screening_text import traditional_of

_MOST = 24  # a part with more choices than that is no good anchor
_SIGNS = re.compile(r"[\W_]+")


def anchors_of(pattern: str) -> frozenset[str] | None:
    """Texts without signs of which one is in each match, as long as they can be had; None when a match needs nothing."""
    found = _of_sequence(parser.parse(pattern))
    return None if found is None or "" in found else found


def prefilter(anchors: frozenset[str]) -> str:
    """A regular expression (RE2) that finds any of the anchors, in traditional writing as well."""
    shortest = {one for one in anchors if not any(other in one for other in anchors if other != one)}
    return "|".join("".join(map(_variants, one)) for one in sorted(shortest))


def _variants(letter: str) -> str:
    others = traditional_of(letter)
    return f"[{letter}{others}]" if others else re.escape(letter)


def _of_sequence(items: Any) -> frozenset[str] | None:
    """The best of a sequence's parts: runs of letters and the anchors of its groups; longer ones are rarer."""
    candidates: list[frozenset[str]] = []
    run: frozenset[str] = frozenset({""})
    for code, given in items:
        choices = _choices(code, given)
        if choices is not None and len(run) * len(choices) <= _MOST:
            run = frozenset("".join(pair) for pair in product(run, choices))
            continue
        candidates.append(run)
        run = choices if choices is not None and len(choices) <= _MOST else frozenset({""})
        candidates += _of_part(code, given)
    candidates.append(run)
    return max((one for one in candidates if "" not in one), key=_worth, default=None)


def _worth(anchors: frozenset[str]) -> tuple[int, int]:
    return min(map(len, anchors)), -len(anchors)


def _choices(code: Any, given: Any) -> frozenset[str] | None:
    """What a part can be when it is a few plain texts; what is no letter or digit leaves no trace. None when it is open."""
    if code is codes.LITERAL:
        return frozenset({_SIGNS.sub("", chr(given))})
    if code is codes.IN and all(one is codes.LITERAL for one, _ in given):
        return frozenset(_SIGNS.sub("", chr(letter)) for _, letter in given)
    if code is codes.ASSERT_NOT or code is codes.ASSERT or code is codes.AT:
        return frozenset({""})
    if code is codes.MAX_REPEAT and _is_space(given):
        return frozenset({""})
    if code is codes.MAX_REPEAT and given[:2] == (0, 1):
        inner = _texts(given[2])
        return None if inner is None else inner | {""}
    if code is codes.BRANCH:
        return _union(map(_texts, given[1]))
    if code is codes.SUBPATTERN:
        return _texts(given[3])
    return None


def _is_space(given: Any) -> bool:
    """`[\\s,]+`: nothing but signs, which are not there when anchors are looked for."""
    (code, inner), *more = given[2]
    signs = [(codes.CATEGORY, codes.CATEGORY_SPACE), (codes.LITERAL, ord(","))]
    return not more and code is codes.IN and list(inner) == signs


def _texts(items: Any) -> frozenset[str] | None:
    """All texts that a sequence can be, when they are few and known."""
    found = frozenset({""})
    for code, given in items:
        choices = _choices(code, given)
        if choices is None or len(found) * len(choices) > _MOST:
            return None
        found = frozenset("".join(pair) for pair in product(found, choices))
    return found


def _union(parts: Iterator[frozenset[str] | None]) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for part in parts:
        if part is None:
            return None
        found |= part
    return found if len(found) <= _MOST else None


def _of_part(code: Any, given: Any) -> Iterator[frozenset[str]]:
    """The anchors that a part too open for `_choices` still has."""
    if code is codes.SUBPATTERN:
        if (inner := _of_sequence(given[3])) is not None:
            yield inner
    elif code is codes.BRANCH:
        branches = [_of_sequence(branch) for branch in given[1]]
        if all(branch is not None for branch in branches):
            yield frozenset().union(*(branch for branch in branches if branch is not None))
    elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT) and given[0] > 0 and (inner := _of_sequence(given[2])) is not None:
        yield inner
