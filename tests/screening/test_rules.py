"""The rules of screening: each finds its own examples, in every spelling, and the labelled messages as well as promised."""

from __future__ import annotations

import random
import re
from datetime import date
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pyarrow as pa
import pytest
import yaml

from deskmart.errors import GateError
from expectations.screening_checksums import is_card_number, is_credit_code, is_id_card
from expectations.screening_quality import LABELLED, measured
from expectations.screening_rules import ScreeningRule, read_rules
from expectations.screening_scan import Found, checked_rules, scan, snippet

RULES = [pytest.param(rule, id=f"{rule.id}-{rule.version}") for rule in checked_rules()]
GROUPS = yaml.safe_load(LABELLED.read_text(encoding="utf-8"))
TEXTS = [text for group in GROUPS for text in group["texts"]]
# The worst that any rule may do on the labelled set.
LEAST_PRECISION, LEAST_RECALL = 0.9, 0.9


def standing(text: str) -> set[str]:
    """The rules that find something in a text, neither denied nor quoted."""
    return {one.rule.id for one in found(text) if not one.hit.is_negated and not one.hit.is_quoted}


def found(text: str) -> list[Found]:
    return scan(pa.array([text], pa.string()))


def values(text: str, rule_id: str) -> list[str | None]:
    return [one.hit.value for one in found(text) if one.rule.id == rule_id]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_its_examples_and_passes_over_its_counter_examples(rule: ScreeningRule) -> None:
    assert rule.finds and rule.passes
    assert all(rule.id in standing(text) for text in rule.finds)
    assert not any(rule.id in standing(text) for text in rule.passes)


@pytest.mark.parametrize("rule", RULES)
def test_what_a_pattern_leaves_open_stands_in_a_group_that_snippets_mask(rule: ScreeningRule) -> None:
    for pattern in (rule.zh, rule.en):
        if pattern is not None:
            assert not list(open_parts(parser.parse(pattern.pattern)))


def open_parts(items: Any) -> Any:
    """Parts outside of every group that match what the rule does not name: any character, not this one, a class of letters."""
    for code, given in items:
        if code in (codes.ANY, codes.NOT_LITERAL):
            yield code
        elif code is codes.IN:
            signs = (codes.CATEGORY_SPACE,)
            yield from (
                one
                for one, what in given
                if one not in (codes.LITERAL, codes.CATEGORY) or (one is codes.CATEGORY and what not in signs)
            )
        elif code is codes.BRANCH:
            for branch in given[1]:
                yield from open_parts(branch)
        elif code is codes.SUBPATTERN and given[0] is None:
            yield from open_parts(given[3])
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            yield from open_parts(given[2])


def test_an_open_part_would_be_found() -> None:
    assert (
        list(open_parts(parser.parse("a.b")))
        and list(open_parts(parser.parse(r"a\w+")))
        and list(open_parts(parser.parse("[^a]")))
    )
    assert not list(open_parts(parser.parse(r"a(.*)b")))


def test_the_cheap_test_lets_everything_through_that_a_rule_finds() -> None:
    texts = pa.array([*TEXTS, *(text for rule in checked_rules() for text in rule.finds)], pa.string())
    assert scan(texts, is_prefiltered=True) == scan(texts, is_prefiltered=False)


def test_the_cheap_test_spares_most_texts_the_exact_rules() -> None:
    ordinary = pa.array([f"请问第{number}件什么时候发货？ Where is parcel {number}?" for number in range(400)], pa.string())
    assert scan(ordinary) == []


def test_the_labelled_set_is_large_hard_and_of_both_languages() -> None:
    quality = measured(LABELLED)
    by_language = dict(reversed(part.split(" ")) for part in quality.languages.split(", "))
    negatives = sum(len(group["texts"]) for group in GROUPS if not group["rules"])
    assert quality.messages == len(set(TEXTS)) >= 400
    assert int(by_language["zh"]) >= 150 and int(by_language["en"]) >= 150 and negatives >= 150


def test_every_rule_is_as_precise_and_complete_as_promised_on_the_labelled_set() -> None:
    scores = measured(LABELLED).scores
    assert {score.rule for score in scores} == {rule.id for rule in checked_rules()}
    bad = [
        (score.rule, score.precision, score.recall)
        for score in scores
        if (score.precision or 0) < LEAST_PRECISION or (score.recall or 0) < LEAST_RECALL
    ]
    assert bad == []


def test_a_wrong_and_a_missed_message_lower_the_scores(tmp_path: Path) -> None:
    path = tmp_path / "set.yml"
    path.write_text(
        yaml.safe_dump([{"rules": ["phone"], "texts": ["没有号码", "13812345678"]}, {"rules": [], "texts": ["13912345678"]}])
    )
    (score,) = [score for score in measured(path).scores if score.rule == "phone"]
    assert (score.precision, score.recall) == (0.5, 0.5) and len(measured(path).misses) == 2


@pytest.mark.parametrize(
    "text",
    [
        "13812345678", "138 1234 5678", "1 3 8 1 2 3 4 5 6 7 8", "138-1234-5678", "１３８１２３４５６７８", "一三八一二三四五六七八", "幺三八一二三四五六七八",
        "①③⑧①②③④⑤⑥⑦⑧", "+86 138 1234 5678", "壹叁捌壹贰叁肆伍陆柒捌", "138❤️1234❤️5678", "1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "138\u200b1234\u200b5678", "𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖",
    ],
)  # fmt: skip
def test_a_number_has_one_value_however_it_is_written(text: str) -> None:
    assert values(f"打我电话{text}吧", "phone") == ["+8613812345678"]


@pytest.mark.parametrize("text", ["加V❤️信", "加 微 信", "加微-信", "加Ｖ信", "加v♥信聊", "請加微信", "加\u200b微\u200b信"])
def test_a_word_is_found_however_it_is_split(text: str) -> None:
    assert "off_platform" in standing(text)


@pytest.mark.parametrize(
    ("text", "rule", "is_found"),
    [
        ("请不要加微信", "off_platform", False),
        ("要不加个微信吧", "off_platform", True),
        ("能不能加微信", "off_platform", True),
        ("不过可以加微信", "off_platform", True),
        ("没关系，加微信吧", "off_platform", True),
        ("请勿把验证码告诉我们以外的人", "secret_request", False),
        ("再不处理我就起诉你们", "risk_legal", True),
        ("特别满意", "positive_words", True),
        ("不太满意", "positive_words", False),
        ("never tell me your password", "secret_request", False),
        ("Don't worry, tell me your password", "secret_request", True),
        ("why don't you add me on whatsapp", "off_platform", True),
        ("not only fast but great service", "positive_words", True),
        ("You cannot keep my money or else I will go to the press", "risk_media", True),
        ("Do not ignore me, or I will sue you", "risk_legal", True),
        ("If you do not answer, I'll call the police", "risk_legal", True),
        ("not cheap, but fast and kind", "positive_words", True),
        ("I won't call the police, or sue you", "risk_legal", False),
        ("I don't think I will sue you", "risk_legal", False),
        ("please never tell anybody your password, or your pin", "secret_request", False),
        ("您提到“加我微信”，请说明", "off_platform", False),
        ("> 加我微信\n好的", "off_platform", False),
        ("加我“微信”", "off_platform", True),
        ("“加我微信”", "off_platform", True),
        ('The customer said "add me on whatsapp"', "off_platform", False),
    ],
)
def test_denied_and_quoted_words_do_not_stand(text: str, rule: str, is_found: bool) -> None:
    assert (rule in standing(text)) is is_found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=text)
        for group in GROUPS
        if set(group["rules"]) & {"phone", "id_card", "bank_card", "email"}
        for text in group["texts"]
    ],
)
def test_no_letter_and_no_digit_of_a_value_stands_in_its_snippet(text: str) -> None:
    for one in found(text):
        if one.hit.value is not None:
            assert not re.search(r"[^\W_]", snippet(text, one.hit))


def test_a_snippet_shows_the_rules_own_words_only() -> None:
    text = "王芳13812345678加一下小李微信\u202e\n吧"
    (one,) = [one for one in found(text) if one.rule.id == "off_platform"]
    assert snippet(text, one.hit) == "…••••••••加••••微信  •…"


def test_a_check_character_finds_nearly_every_slip() -> None:
    for number, is_sound, letters in (
        ("11010519491231002X", is_id_card, "0123456789"),
        ("91350100M000100Y43", is_credit_code, "0123456789"),
        ("4111111111111111", is_card_number, "0123456789"),
    ):
        assert is_sound(number)
        for place in range(len(number)):
            for letter in letters:
                if letter != number[place]:
                    assert not is_sound(number[:place] + letter + number[place + 1 :])


@pytest.mark.parametrize(
    "number", ["11010519491331002", "11010518991231002", "99010519491231002", "11010519490230002", "1101051949123100"]
)
def test_what_has_no_province_or_no_birthday_is_no_identity_number_whatever_its_check_character(number: str) -> None:
    assert not any(is_id_card(number + letter) for letter in "0123456789X")


def test_random_digits_are_seldom_taken_for_somebodys_data() -> None:
    numbers = random.Random(4)
    orders = [f"单子 {numbers.randrange(10**18, 3 * 10**18)} 和 {numbers.randrange(10**9, 10**10)}" for _ in range(2_000)]
    wrong = scan(pa.array(orders, pa.string()), is_prefiltered=True)
    assert len({one.place for one in wrong}) <= 20


def test_a_version_judges_from_its_day_on_until_the_next(tmp_path: Path) -> None:
    entry = {
        "id": "words", "kind": "compliance", "speaker": "agent", "severity": "minor",
        "name": {"zh": "词", "en": "words"}, "sentence": {"zh": "句", "en": "a sentence"}, "passes": ["别的"],
    }  # fmt: skip
    old = {**entry, "version": 1, "effective_from": date(2026, 1, 1), "zh": ["旧词"], "finds": ["旧词"]}
    new = {**entry, "version": 2, "effective_from": date(2026, 6, 1), "zh": ["新词"], "finds": ["新词"]}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump([new, old], allow_unicode=True), encoding="utf-8")
    first, second = read_rules(tmp_path)
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 5, 31), date(2026, 6, 1), None]
    assert [first.is_in_force(day) for day in days] == [False, True, True, False, False]
    assert [second.is_in_force(day) for day in days] == [False, False, False, True, True]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="an empty file"),
        pytest.param("[]", id="no rules"),
        pytest.param("- {id: a", id="no YAML"),
        pytest.param("a: 1", id="no list"),
        pytest.param("- {id: a, version: 1}", id="a rule that lacks what it needs"),
        pytest.param(
            "- {id: a, version: 1, kind: compliance, speaker: agent, severity: minor, effective_from: 2020-01-01, "
            "name: {zh: a, en: a}, sentence: {zh: a, en: a}, zh: ['(']}",
            id="a pattern that is none",
        ),
    ],
)
def test_rules_that_cannot_be_read_are_an_error_and_not_an_absence_of_findings(tmp_path: Path, text: str) -> None:
    (tmp_path / "rules.yml").write_text(text)
    with pytest.raises(GateError, match="no text was screened"):
        read_rules(tmp_path)


def test_a_folder_without_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="there are no screening rules"):
        read_rules(tmp_path / "nothing")
