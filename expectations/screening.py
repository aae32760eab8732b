"""Screening: what may be known of a text behind the gate. Features for now; the text itself stops here."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Language = Literal["zh", "en", "other", "none"]

# What people write to end a conversation, simplified and traditional, and in English; compared without signs and spaces.
_CLOSINGS = (
    "谢谢|多谢|感谢|谢了|谢|谢谢你|谢谢您|谢谢啦|非常感谢|十分感谢|辛苦了|辛苦|麻烦了|麻烦您了|好的|好|好吧|好呀|好哒|好滴|嗯|嗯嗯|哦|哦哦|"
    "知道了|我知道了|明白|明白了|了解|了解了|收到|可以|可以了|行|行了|没事了|没有了|没了|不用了|不用|没问题|再见|拜拜|晚安|祝您生活愉快|"
    "謝謝|多謝|感謝|謝了|謝|謝謝你|謝謝您|謝謝啦|非常感謝|麻煩了|麻煩您了|知道了|瞭解|瞭解了|沒事了|沒有了|沒了|沒問題|再見|掰掰|"
    "ok|okay|okey|k|kk|thanks|thank you|thank u|thx|"
    "ty|tks|many thanks|thanks a lot|thank you so much|thank you very much|thanks so much|"
    "great|perfect|got it|alright|all right|fine|sure|yes|yep|cool|nice|awesome|no problem|np|bye|bye bye|goodbye|cheers|noted|"
    "that is all|thats all|will do|much appreciated|appreciated|have a nice day|have a good day"
)
_WORDS = sorted({re.sub(r"[\W_]+", "", word) for word in _CLOSINGS.split("|")}, key=len, reverse=True)
_CLOSING_ONLY = re.compile(f"(?:{'|'.join(map(re.escape, _WORDS))})+[了啦哈呀啊哦喔呢嘛吧的]*")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_KANA_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_LATIN = re.compile(r"[A-Za-z]")
_SIGNS = re.compile(r"[\W_]+")
_LONGEST_CLOSING = 60


@dataclass(frozen=True, slots=True)
class Features:
    """What is kept of a text: its length in characters, its language, whether it only ends a conversation."""

    length: int
    language: Language
    is_closing_only: bool


def features_of(text: str) -> Features:
    """The features of one text."""
    return Features(len(text), language_of(text), is_closing_only(text))


def language_of(text: str) -> Language:
    """zh, en, other, or none when there is no letter.

    A Chinese text may hold many Latin letters (product names, links): a Han character counts as much as four of them.
    Kana or hangul make it other, and so do letters of which most are neither Han nor unaccented Latin.
    """
    letters = sum(map(str.isalpha, text))
    if not letters:
        return "none"
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if _KANA_HANGUL.search(text) or (han + latin) * 2 < letters:
        return "other"
    return "zh" if han * 4 >= latin else "en"


def is_closing_only(text: str) -> bool:
    """Whether a text is nothing but thanks, assent or farewell, or holds no letter or digit at all (emoji, 。, 👍)."""
    if len(text) > _LONGEST_CLOSING:
        return False
    words = _SIGNS.sub("", unicodedata.normalize("NFKC", text)).lower()
    return words == "" or _CLOSING_ONLY.fullmatch(words) is not None


def feature_columns(values: pa.Array) -> list[pa.Array]:
    """Length, language and closing-only of a column of texts; null stays null."""
    features = {text: features_of(text) for text in set(values.to_pylist()) if text is not None}
    found = [features.get(text) for text in values.to_pylist()]
    return [
        pa.array([one and one.length for one in found], pa.int32()),
        pa.array([one and one.language for one in found], pa.string()),
        pa.array([one and one.is_closing_only for one in found], pa.bool_()),
    ]
