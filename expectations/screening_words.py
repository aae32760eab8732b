"""Words: where the patterns of a rule stand in a text, whether they are denied there, and whether they are somebody else's words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from expectations.screening_rules import ScreeningRule
from expectations.screening_text import BREAKERS, Text

# 不 in 要不 (how about), 不过, 不如, 不妨, 能不能 and 再不 … 就 denies nothing of what follows; nor does 别 in 特别.
_NOT_ZH = re.compile(
    rf"(?:(?<![能可要会好行是对再信])不(?![过如妨])|(?<![特区分级])别|(?<!还)没有|没(?![事关问])|[勿未无]|禁止|严禁|杜绝|避免|拒绝|谨防|防止|警惕|从来?不)[^{BREAKERS}就]{{0,6}}$"
)
_NOT_EN = re.compile(
    r"(?<!why )\b(?:not(?! only)|never|don't(?! worry| hesitate)|dont(?! worry)|do not(?! hesitate)|doesn't|didn't|won't|wont|cannot|can't|cant|"
    r"without|isn't|wasn't|aren't|shouldn't|hardly|nobody|none of|avoid|refuse to)(?:[ ,]+[\w']+){0,4}[\s]*$"
)
# Where another clause begins that the words before do not deny: "do not ignore me, or I will sue you", "if you don't pay I will ...";
# but "I don't think I will ..." and "never ask for a code, or for a password" go on denying.
_CLAUSE_EN = re.compile(
    r",\s*or\s+(?=(?:i|we|my|our|you|he|she|they)\b)|,\s*but\b|,?\s\b(?:or else|otherwise)\b"
    r"|(?<!think)(?<!believe)(?<!say)(?<!saying)(?<!said)(?<!mean)(?<!know)(?<!sure)(?<!suppose)(?<!that)(?<!what),?\s"
    r"(?=(?:i|we)(?:'ll| will| shall|'m going to| am going to|'re going to| are going to| would|'d| have to| must)\b)"
)
_PAIRS = re.compile(r"“([^”\n]*)”|「([^」\n]*)」|『([^』\n]*)』|\"([^\"\n]*)\"|《([^》\n]*)》|^[>＞|][^\n]*$", re.MULTILINE)
_SAID = re.compile(
    r"(?:说|說|称|稱|提到|写|寫|问|問|反馈|反饋|表示|回复|回覆|所谓|所謂|看到|收到|发来|關於|关于|said|wrote|says|say|mentioned|asked|asks|told (?:me|us|you)"
    r"|quote|quoted|word|words|phrase|read|reads|sent|message)(?:的|了|过|過)?\s*[:：,，]?\s*(?:的是)?[:：,，]?\s*$",
    re.IGNORECASE,
)
_SAID_AFTER = re.compile(
    r"\s*[,，]?\s*(?:是指|这句|這句|这样的|這樣的|这种|這種|的说法|的話|的话|等(?:词|字|用语)|is (?:what|how) (?:you|the customer|he|she|they))"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A match: where it begins and ends in the text as it was written, and which characters in it are the rule's own."""

    start: int
    end: int
    own: frozenset[int] = frozenset()
    is_negated: bool = False
    is_quoted: bool = False
    value: str | None = None


def words_in(text: Text, rule: ScreeningRule) -> Iterator[Hit]:
    """Every match of a rule's patterns, in order within each language."""
    if rule.zh is not None:
        for match in rule.zh.finditer(text.squeezed):
            before = text.squeezed[max(0, match.start() - 12) : match.start()]
            yield _hit(text, match, text.places, _NOT_ZH.search(before) is not None)
    if rule.en is not None:
        for match in rule.en.finditer(text.plain):
            yield _hit(text, match, None, _NOT_EN.search(_clause_before(text.plain, match)) is not None)


def _clause_before(plain: str, match: re.Match[str]) -> str:
    """What stands before a match in its own clause."""
    begin = max(0, match.start() - 60)
    before = re.split(r"[.!?;\n]", plain[begin : match.start()])[-1]
    begin = match.start() - len(before)
    ends = [found.end() for found in _CLAUSE_EN.finditer(plain, begin, match.end()) if found.end() <= match.start()]
    return plain[max(ends, default=begin) : match.start()]


def _hit(text: Text, match: re.Match[str], places: list[int] | None, is_negated: bool) -> Hit:
    opened = {
        place
        for group in range(1, (match.re.groups or 0) + 1)
        for place in range(*match.span(group))
        if match.span(group)[0] >= 0
    }
    own = [place for place in range(*match.span()) if place not in opened]
    if places is not None:
        own = [places[place] for place in own]
    start, end = (match.start(), match.end()) if places is None else (places[match.start()], places[match.end() - 1] + 1)
    return Hit(start, end, frozenset(own), is_negated, is_quoted(text, start, end))


def is_quoted(text: Text, start: int, end: int) -> bool:
    """Whether the match lies in a quotation that is said to be one, or in a line that a mail program marked as quoted.

    Marks of quotation alone do not make one: 加我“微信” is written to get by.
    """
    quotations = quotations_of(text)
    place = bisect_right(quotations, start, key=lambda one: one[0]) - 1
    return place >= 0 and end <= quotations[place][1]


def quotations_of(text: Text) -> list[tuple[int, int]]:
    """Where quotations of somebody else's words begin and end, in order; worked out once per text."""
    if text.quotations is None:
        text.quotations = [found.span() for found in _PAIRS.finditer(text.raw) if _is_attributed(text.raw, found)]
    return text.quotations


def _is_attributed(raw: str, quotation: re.Match[str]) -> bool:
    if quotation.group()[0] in ">＞|":
        return True
    before, after = raw[max(0, quotation.start() - 24) : quotation.start()], raw[quotation.end() : quotation.end() + 30]
    return _SAID.search(before) is not None or _SAID_AFTER.match(after) is not None
