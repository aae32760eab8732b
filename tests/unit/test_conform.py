"""Conforming: raw values become typed ones, or a reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.conform import conform
from expectations.reasons import sentences
from ingestion.source import Field, FieldType, Mark

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def one(raw: Any, field: Field) -> Any:
    """The conformed value of one raw value, or its reason."""
    column = conform([raw], field, "CN")
    return column.unfit.get(0, column.values[0].as_py())


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        ("text", "  kept as it is ", "  kept as it is "),
        ("text", "e\u0301", "é"),
        ("text", 17, "17"),
        ("text", 17.0, "17"),
        ("text", 17.5, "17.5"),
        ("text", True, "true"),
        ("integer", "1.0", 1),
        ("integer", 2.0, 2),
        ("integer", " 12 ", 12),
        ("integer", "１２", 12),
        ("integer", "", None),
        ("integer", 2**63 - 1, 2**63 - 1),
        ("number", "-1.5e3", -1500.0),
        ("number", ".5", 0.5),
        ("number", Decimal("0.1"), 0.1),
        ("seconds", "12.3456789", Decimal("12.345679")),
        ("seconds", 0.1, Decimal("0.1")),
        ("seconds", -3, Decimal(-3)),
        ("seconds", timedelta(milliseconds=1500), Decimal("1.5")),
        ("boolean", "Yes", True),
        ("boolean", 0, False),
        ("boolean", "否", False),
        ("boolean", " ", None),
        ("timestamp", "2024-03-01T20:00:00+08:00", NOON),
        ("timestamp", NOON, NOON),
        ("date", "2024-03-01", date(2024, 3, 1)),
        ("date", datetime(2024, 3, 1), date(2024, 3, 1)),
    ],
)
def test_a_value_becomes_its_type(type_: FieldType, raw: Any, value: Any) -> None:
    assert one(raw, Field("x", type_)) == value


@pytest.mark.parametrize(
    ("type_", "raws", "reason"),
    [
        ("text", ([], {}, float("nan"), b"bytes", "nul\0", "\udcff"), "x is not a text"),
        ("integer", ("1.5", 1.5, True, "1,000", "one", 2**63, "1e99", float("inf"), [1], "0x10", "1_000"), "x is not an integer"),
        ("number", ("nan", "inf", float("nan"), float("-inf"), "1e999", False, "1,5", {}), "x is not a number"),
        ("seconds", (10**12, "-1e12", "00:10:00", True, float("nan"), "∞"), "x is not a number of seconds"),
        ("boolean", (2, "maybe", 1.0, []), "x is not a yes or no"),
        ("timestamp", (1709294400, "2024-02-30T00:00:00Z"), "x is not a timestamp"),
        ("timestamp", ("0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "now", []), "x is not a timestamp"),
        ("timestamp", ("2024-03-01T12:00:00", "2024-03-01", datetime(2024, 3, 1)), "x is not a timestamp with a time zone"),
        ("date", ("01/03/2024", "2024-02-30", 20240301, datetime(2024, 3, 1, 1), NOON), "x is not a date"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_a_reason(type_: FieldType, raws: tuple[Any, ...], reason: str) -> None:
    assert [one(raw, Field("x", type_)) for raw in raws] == [reason] * len(raws)
    zh, en = sentences(reason)
    assert en == reason != zh


@pytest.mark.parametrize(
    ("steps", "raw", "value"),
    [
        (("trim", "empty_to_null"), "\ufeff　a b　\u200b", "a b"),
        (("trim", "empty_to_null"), " \u3000", None),
        (("lower",), "ÄB", "äb"),
        (("trim", "email"), " Li.Na@Shop.CN ", "li.na@shop.cn"),
        (("email",), "li＠shop.cn", "li@shop.cn"),
        (("phone",), "138 1234 5678", "+8613812345678"),
        (("phone",), "１３８１２３４５６７８", "+8613812345678"),
        (("phone",), "+44 20 7946 0958", "+442079460958"),
        (("phone",), "010-12345678", "+861012345678"),
        (("phone",), "tel:+86-138-1234-5678 ext. 5", "+8613812345678"),
        (("phone",), "021-6123 4567转801", "+862161234567"),
        (("phone",), "anonymous", None),
        (("phone",), "call 13812345678", "x is not a phone number"),
        (("phone",), "1", "x is not a phone number"),
        (("phone",), 13812345678, "+8613812345678"),
    ],
)
def test_steps_conform_identifiers_and_texts(steps: tuple[str, ...], raw: Any, value: Any) -> None:
    assert one(raw, Field("x", mark=Mark.IDENTIFIER, conform=steps)) == value


@pytest.mark.parametrize(
    ("step", "raw", "value"),
    [
        ("epoch", 1709294400, NOON),
        ("epoch", "1709294400.000001", NOON + timedelta(microseconds=1)),
        ("epoch", 1709294400.25, NOON + timedelta(milliseconds=250)),
        ("epoch_ms", 1709294400001, NOON + timedelta(milliseconds=1)),
        ("epoch", "2024-03-01T12:00:00Z", NOON),
        ("iso8601", "2024-03-01T12:00:00Z", NOON),
        ("epoch", True, "x is not a timestamp"),
        ("epoch", 1709294400001, "x is not a timestamp"),
        ("epoch", 10**30, "x is not a timestamp"),
        ("epoch", "", None),
    ],
)
def test_epochs_are_instants(step: str, raw: Any, value: Any) -> None:
    assert one(raw, Field("x", "timestamp", conform=(step,))) == value


def test_an_unknown_code_is_unmapped_and_counted() -> None:
    field = Field("x", mark=Mark.CODE, conform=("trim", "lower", "empty_to_null"), codes=("open", "closed"))
    column = conform(["Open ", "ajar", "", None, "AJAR", "unmapped"], field, "CN")
    assert column.values.to_pylist() == ["open", "unmapped", None, None, "unmapped", "unmapped"]
    assert (column.unmapped, column.unfit) == (3, {})


def test_one_and_true_do_not_share_an_answer() -> None:
    column = conform([1, True, 1.0, "1"], Field("x", "integer"), "CN")
    assert (column.values.to_pylist(), column.unfit) == ([1, None, 1, 1], {1: "x is not an integer"})


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_the_short_cut_for_chinese_mobiles_says_what_the_library_says(text: str) -> None:
    number = phonenumbers.parse(text, "CN")
    assert phonenumbers.is_possible_number(number)
    assert one(text, Field("x", mark=Mark.IDENTIFIER, conform=("phone",))) == phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.E164
    )


@given(st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5), st.booleans()), max_size=30))
def test_a_column_says_of_each_value_what_it_says_of_it_alone(raws: list[Any]) -> None:
    for type_ in ("text", "integer", "boolean", "seconds"):
        field = Field("x", type_)  # type: ignore[arg-type]
        column = conform(raws, field, "CN")
        together = [column.unfit.get(row, value) for row, value in enumerate(column.values.to_pylist())]
        assert together == [one(raw, field) for raw in raws]
