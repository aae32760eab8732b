"""Checksums: resident identity numbers (GB 11643), unified social credit codes (GB 32100), bank cards (ISO/IEC 7812)."""

from __future__ import annotations

from datetime import date

_PROVINCES = frozenset(
    map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83))
)
_ID_WEIGHTS = tuple(2**place % 11 for place in range(17, 0, -1))
_ID_CHECKS = "10X98765432"
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))
_CREDIT_KINDS = frozenset("123456789AEFGNY")
_LENGTHS = {"62": range(16, 20), "4": (13, 16), "5": (16,), "2": (16,), "34": (15,), "37": (15,), "35": (16,), "60": (16, 19)}


def is_id_card(number: str) -> bool:
    """Whether 18 characters are a resident identity number: a province, a day of birth that was, and the check character."""
    if len(number) != 18 or number[:2] not in _PROVINCES or not number[:17].isdigit():
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    return 1900 <= born.year < 2100 and number[17].upper() == _ID_CHECKS[total % 11]


def is_credit_code(code: str) -> bool:
    """Whether 18 characters are a unified social credit code: a registering authority, a province, and the check character."""
    if (
        len(code) != 18
        or code[0] not in _CREDIT_KINDS
        or code[1] not in "1239"
        or code[2:4] not in _PROVINCES | {"10"}
        or not code[2:8].isdigit()
    ):
        return False
    if any(letter not in _CREDIT_LETTERS for letter in code):
        return False
    total = sum(_CREDIT_LETTERS.index(letter) * weight for letter, weight in zip(code, _CREDIT_WEIGHTS, strict=False))
    return code[17] == _CREDIT_LETTERS[-total % 31]


def is_card_number(number: str) -> bool:
    """Whether digits are a bank card's: a known issuer's range, the length that goes with it, and Luhn's check digit."""
    lengths = next((_LENGTHS[start] for start in (number[:2], number[:1]) if start in _LENGTHS), ())
    if len(number) not in lengths or not number.isdigit() or len(set(number)) < 2:
        return False
    if number[0] == "5" and not "51" <= number[:2] <= "55":
        return False
    if number[0] == "2" and not "2221" <= number[:4] <= "2720":
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0
