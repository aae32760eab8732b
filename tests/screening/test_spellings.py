"""However a text is written: the cheap test spares no finding, a flood of hits stays bounded, neighbours do not hide each other."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskmart.bench_screening import bench_screening
from expectations.screening_scan import checked_rules, scan
from expectations.screening_text import TABLE, traditional_of

EXAMPLES = sorted({text for rule in checked_rules() for text in (*rule.finds, *rule.passes)})
SIGNS = ("", "", "", " ", "-", "❤️", "\u200b", ".", "·", "，", "。", "_")


def wide(letter: str) -> str:
    return chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter


def traditional(letter: str) -> str:
    return traditional_of(letter)[:1] or letter


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """Pieces of examples side by side, letters in other writing, signs between them."""
    pieces = draw(st.lists(st.sampled_from(EXAMPLES), min_size=1, max_size=3))
    writing = draw(st.sampled_from([str, wide, traditional, str.upper]))
    sign = draw(st.sampled_from(SIGNS))
    start = draw(st.integers(0, 3))
    return sign.join(writing(letter) for letter in draw(st.sampled_from(["", "，", " "])).join(pieces)[start:])


@given(st.lists(spellings(), min_size=1, max_size=8))
@settings(deadline=None)
def test_the_cheap_test_spares_no_finding_in_any_spelling(texts: list[str]) -> None:
    column = pa.array(texts, pa.string())
    assert scan(column, is_prefiltered=True) == scan(column, is_prefiltered=False)


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text_at_all_can_be_screened(text: str) -> None:
    for one in scan(pa.array([text], pa.string())):
        assert 0 <= one.hit.start < one.hit.end <= len(text)


def test_one_writing_keeps_each_characters_place() -> None:
    assert all(len(one) == 1 for one in TABLE.values())


@pytest.mark.parametrize(
    "text", ["13812345678 13912345679", "13812345678,13912345679", "13812345678/13912345679", "13812345678\n13912345679"]
)
def test_two_numbers_side_by_side_are_two(text: str) -> None:
    assert [one.hit.value for one in scan(pa.array([text])) if one.rule.id == "phone"] == ["+8613812345678", "+8613912345679"]


def test_a_flood_of_hits_is_counted_up_to_a_hundred_for_each_rule() -> None:
    flood = "加我微信13812345678。" * 5_000
    found = scan(pa.array([flood]))
    assert {rule: sum(one.rule.id == rule for one in found) for rule in ("off_platform", "phone")} == {
        "off_platform": 100,
        "phone": 100,
    }


def test_a_long_text_of_quotations_is_judged_quotation_by_quotation() -> None:
    text = "他说“加我微信”。" * 50 + "加我微信吧"
    found = [one for one in scan(pa.array([text])) if one.rule.id == "off_platform"]
    assert [one.hit.is_quoted for one in found] == [True] * 50 + [False]


def test_the_benchmark_screens_as_many_messages_as_it_is_told() -> None:
    (line,) = bench_screening(500)
    assert "screening, 500 messages" in line and "rows/s" in line and "MB" in line and "x its processor" in line
