"""Conforming: raw values become typed ones, by the steps a field names. Whatever cannot be conformed is a reason, never a null.

Work is done once per distinct value of a column. Empty and missing values are null. For every type but text a blank string
is no value either.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

import pyarrow as pa

from deskmart.errors import GateError
from expectations.reasons import UNMAPPED, not_a
from ingestion.schema import ARROW_TYPES
from ingestion.source import Field, Mark

Step = Callable[[Any], Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
_INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060"
_WITHHELD = frozenset(("anonymous", "unknown", "private", "restricted", "withheld", "unavailable", "匿名", "未知"))
_TRUTH = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "是"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "否"), False),
}
_MICRO = Decimal("0.000001")
_PHONE = re.compile(r"(?:tel:)?([+\d()\s./-]+)((;ext=|ext\.?|x|#|转|轉)\s*\d{1,8})?", re.IGNORECASE)
_CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_SAMPLE = 2_000
_SECONDS_LIMIT = Decimal(10) ** 12


class UnfitError(ValueError):
    """A value is not what its field needs; the message names what it should have been, never the value."""


@dataclass(frozen=True, slots=True)
class Column:
    """A conformed field: its typed values, the reason per row (by position) that could not be conformed, unknown codes."""

    values: pa.Array
    unfit: dict[int, str]
    unmapped: int


def conform(values: Sequence[Any], field: Field, region: str) -> Column:
    """The column of `field` made of raw values, in their order.

    `region` is the country of phone numbers without a prefix. Raises `GateError` for a step that does not exist.
    """
    convert = _converter(field, region)
    results = _answers(values, convert, is_text=arrow_type(field) == pa.string())
    unfit: dict[int, str] = {}
    for position, result in enumerate(results):
        if type(result) is UnfitError:
            unfit[position] = not_a(field.name, str(result))
            results[position] = None
    unmapped = results.count(UNMAPPED) if field.mark is Mark.CODE else 0
    return Column(pa.array(results, arrow_type(field)), unfit, unmapped)


def arrow_type(field: Field) -> pa.DataType:
    """The type of a field's conformed values: identifiers and texts are strings until they leave the gate."""
    return ARROW_TYPES["text" if field.mark in (Mark.IDENTIFIER, Mark.TEXT, Mark.CODE) else field.type]


def _answers(values: Sequence[Any], convert: Step, *, is_text: bool) -> list[Any]:
    """`convert` of each value, called once for equal ones where that pays; `UnfitError` stands where it refused."""
    kinds = set(map(type, values)) - {type(None)}
    has_no_key = (bool in kinds and len(kinds) > 1) or bool(kinds & {list, dict, bytearray})  # True == 1, and a list is no key
    has_no_key |= is_text and not kinds <= {str, int}  # equal numbers and times may be written in several ways
    if has_no_key or len(set(values[:_SAMPLE])) > _SAMPLE // 2:
        return _converted(values, convert)
    distinct = list(set(values))
    answers = dict(zip(distinct, _converted(distinct, convert), strict=True))
    return [answers[raw] for raw in values]


def _converted(values: Sequence[Any], convert: Step) -> list[Any]:
    results: list[Any] = []
    for raw in values:
        try:
            results.append(None if raw is None else convert(raw))
        except UnfitError as unfit:
            results.append(unfit)
    return results


def _converter(field: Field, region: str) -> Step:
    """All that happens to one value of the field, as one function."""
    is_text = arrow_type(field) == pa.string()
    if unknown := [name for name in field.conform if name not in STEPS and name != "phone"]:
        raise GateError(f"{field.name} names an unknown conforming step {unknown[0]!r}", todo=f"known: {', '.join(STEPS)}, phone")
    steps = [_phone_of(region) if name == "phone" else STEPS[name] for name in field.conform]
    cast = None if is_text else CASTS[field.type]
    codes = frozenset((*field.codes, UNMAPPED)) if field.mark is Mark.CODE and field.codes else None

    def convert(raw: Any) -> Any:
        value = _text(raw) if is_text else raw
        for step in steps:
            if value is None:
                return None
            value = step(value)
        if cast is not None:
            return None if value is None or (isinstance(value, str) and not value.strip()) else cast(value)
        return UNMAPPED if codes is not None and value is not None and value not in codes else value

    return convert


def _text(value: Any) -> str:
    """Any single value as NFC text; lone surrogates and NUL cannot be stored and are refused."""
    if not isinstance(value, str):
        value = _plain(value)
    if value.isascii():
        normal: str = value
    else:
        normal = unicodedata.normalize("NFC", value)
        if any("\ud800" <= sign <= "\udfff" for sign in normal):
            raise UnfitError("a text")
    if "\0" in normal:
        raise UnfitError("a text")
    return normal


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, date | time):
        return value.isoformat()
    raise UnfitError("a text")


def _trim(value: Any) -> Any:
    return value.strip().strip(_INVISIBLE).strip() if isinstance(value, str) else value


def _nfc(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _empty_to_null(value: Any) -> Any:
    return None if value == "" else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _email(value: Any) -> str:
    text = _wide(str(value)).strip().lower()
    if not _EMAIL.fullmatch(text):
        raise UnfitError("an email")
    return text


def _phone_of(region: str) -> Step:
    return lambda value: _phone(str(value), region)


@lru_cache(maxsize=100_000)
def _phone(text: str, region: str) -> str | None:
    """E.164 without an extension; a number that the caller withheld is null."""
    import phonenumbers

    plain = _wide(text).strip()
    if region == "CN" and _CHINESE_MOBILE.fullmatch(plain):
        return f"+86{plain}"  # what the library answers, thirty times faster
    if plain.lower() in _WITHHELD:
        return None
    if not (match := _PHONE.fullmatch(plain)):  # the library would look for a number in any prose
        raise UnfitError("a phone number")
    try:
        number = phonenumbers.parse(match[1], region)
    except phonenumbers.NumberParseException:
        raise UnfitError("a phone number") from None
    if not phonenumbers.is_possible_number(number):
        raise UnfitError("a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _epoch(value: Any, scale: int = 1_000_000) -> Any:
    """Seconds since 1970 (or other parts of it, by `scale` microseconds); text that is no number is left to the cast."""
    if isinstance(value, str) and not _NUMBER.fullmatch(_wide(value).strip()):
        return value
    if isinstance(value, datetime):
        return value
    try:
        if type(value) is int:
            return _EPOCH + timedelta(microseconds=value * scale)
        return _EPOCH + timedelta(microseconds=int((_decimal(value, "a timestamp") * scale).to_integral_value()))
    except OverflowError:
        raise UnfitError("a timestamp") from None


def _epoch_ms(value: Any) -> Any:
    return _epoch(value, scale=1_000)


def _timestamp(value: Any) -> datetime:
    """An instant: naive times are refused, and so are years before 1900 or after 2199."""
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
    except ValueError:
        raise UnfitError("a timestamp") from None
    if not isinstance(moment, datetime):
        raise UnfitError("a timestamp")
    if moment.tzinfo is None:
        raise UnfitError("a timestamp with a time zone")
    if not _FIRST <= moment < _LAST:
        raise UnfitError("a timestamp")
    return moment


def _date(value: Any) -> date:
    try:
        found = date.fromisoformat(value.strip()) if isinstance(value, str) else value
    except ValueError:
        raise UnfitError("a date") from None
    if isinstance(found, datetime):
        if found.time() != time(0) or found.tzinfo is not None:
            raise UnfitError("a date")
        return found.date()
    if not isinstance(found, date):
        raise UnfitError("a date")
    return found


def _decimal(value: Any, what: str) -> Decimal:
    """A finite number, exactly; booleans are none."""
    if isinstance(value, str):
        text = _wide(value).strip()
        if _NUMBER.fullmatch(text):
            return Decimal(text)
    elif isinstance(value, Decimal) and value.is_finite():
        return value
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return Decimal(repr(value))
    raise UnfitError(what)


def _integer(value: Any) -> int:
    if type(value) is not int:
        exact = _decimal(value, "an integer")
        if abs(exact) >= 2**63 or exact != exact.to_integral_value():
            raise UnfitError("an integer")
        value = int(exact)
    if not -(2**63) <= value < 2**63:
        raise UnfitError("an integer")
    return int(value)


def _number(value: Any) -> float:
    number = float(_decimal(value, "a number"))
    if not math.isfinite(number):
        raise UnfitError("a number")
    return number


def _seconds(value: Any) -> Decimal:
    if isinstance(value, timedelta):
        exact = Decimal(value // timedelta(microseconds=1)) * _MICRO
    else:
        exact = _decimal(value, "a number of seconds")
    if abs(exact) >= _SECONDS_LIMIT - 1:
        raise UnfitError("a number of seconds")
    return exact.quantize(_MICRO, ROUND_HALF_UP)


def _boolean(value: Any) -> bool:
    text = str(value).strip().lower() if isinstance(value, str | bool | int) else ""
    if text not in _TRUTH:
        raise UnfitError("a yes or no")
    return _TRUTH[text]


def _wide(text: str) -> str:
    """Full-width digits and signs as plain ones."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


STEPS: dict[str, Step] = {
    "trim": _trim,
    "nfc": _nfc,
    "empty_to_null": _empty_to_null,
    "lower": _lower,
    "email": _email,
    "epoch": _epoch,
    "epoch_ms": _epoch_ms,
    "iso8601": lambda value: value if isinstance(value, datetime) else _timestamp(value),
}
CASTS: dict[str, Step] = {
    "integer": _integer,
    "number": _number,
    "seconds": _seconds,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "date": _date,
}
