"""Features of a text: language, closing-only."""

from __future__ import annotations

import pytest

from expectations.screening import Features, features_of, is_closing_only, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的快递还没到", "zh"),
        ("我的 iPhone 15 Pro 还没到", "zh"),
        ("請問退貨流程", "zh"),
        ("Where is my parcel?", "en"),
        ("Is 李娜 there? I would like to talk to her", "en"),
        ("荷物はどこですか", "other"),
        ("Где моя посылка?", "other"),
        ("배송은 언제", "other"),
        ("12345 !!", "none"),
        ("👍", "none"),
        ("", "none"),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "谢谢", "谢谢！", "好的，谢谢您~", "好的好的", "嗯嗯 谢谢啦", "收到，辛苦了🌹", "謝謝", "好的，謝謝您",
        "ok", "OK!!", "Ok thanks",
        "Thank you so much!", "thx :)", "bye bye", "👍", "。", "...", "🙏🙏🙏", "ＯＫ", "好呀", "没事了谢谢",
        "That's all, thanks",
    ],
)  # fmt: skip
def test_thanks_assent_farewell_and_signs_only_end_a_conversation(text: str) -> None:
    assert is_closing_only(text)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢，但是还没收到货",
        "好的，什么时候发货？",
        "不好",
        "ok but where is it",
        "thanks for nothing, call me",
        "退款",
        "1",
        "谢谢" * 60,
        "什么?",
        "no",
    ],
)
def test_anything_else_does_not(text: str) -> None:
    assert not is_closing_only(text)


def test_features_hold_nothing_of_the_text() -> None:
    assert features_of("好的，谢谢您") == Features(6, "zh", True)
