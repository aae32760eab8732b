"""Values: personal data that can be told by its form, with checksums where the form has one.

A detector gives each value in one spelling, however it was written (full width, 一三八, 1 3 8 …), so that one value has one hash.
Digits that a text calls an order, tracking or invoice number are not taken for a phone or card.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from expectations.screening_checksums import is_card_number, is_credit_code, is_id_card
from expectations.screening_places import ADDRESS_TEST, PLATE_TEST, addresses, plates
from expectations.screening_text import BREAKERS, Text
from expectations.screening_words import Hit

_ANY = r"[\pN零〇一二三四五六七八九幺壹贰貳叁肆伍陆陸柒捌玖]"
_SEP = rf"[^\w{BREAKERS}]{{0,3}}"
_DIGIT = rf"(?:{_SEP}\d)"
_ALONE = r"(?<![0-9a-z])"
_NUMBERED = re.compile(
    r"(?:订单|单号|运单|快递单?|物流|发票|流水|交易|编号|工单|票号|批号|货号|条码|型号|序列|退款单|#|"
    r"(?<![a-z])(?:order|tracking|invoice|ticket|waybill|parcel|shipment|reference|ref|transaction|case|serial|sku|model|batch|no|number|id)"
    r"(?![a-z]))[^0-9\n。！？!?]{0,8}$"
)
_CALLED = re.compile(
    r"(?:电话|手机|手机号码|电话号码|联系方式|致电|拨打|微信|tel|phone|mobile|call|cell|whatsapp|sms|vx|wx|v|(?<![a-z])my(?: cell| mobile| phone)? number)"
    r"\W{0,4}(?:号|是|号码|is|me|at|on|number)*\W{0,4}$"
)
_CARDED = re.compile(
    r"(?:银行卡|卡号|储蓄卡|信用卡|账号|帐号|账户|尾号|card|account|visa|mastercard|unionpay|iban)[^0-9\n]{0,20}$"
)

_MOBILE = re.compile(
    rf"(?:(?<![0-9a-z])|(?<=tel)|(?<=phone)|(?<=vx)|(?<=wx)|(?<=v))(?:(?:\+|00)?86{_SEP})?(1{_SEP}[3-9]{_DIGIT}{{9}})(?!\d|[a-z]|{_SEP}\d(?!\d))"
)
_LANDLINE = re.compile(rf"{_ALONE}(?:\(|（)?(0\d{{2,3}})[)）]?[-\s—–]{{1,2}}([2-9]\d{{2,3}}[-\s]?\d{{4}})(?![0-9a-z])")
_TAIWAN = re.compile(rf"{_ALONE}(09\d{{2}})[-\s]?(\d{{3}})[-\s]?(\d{{3}})(?![0-9a-z])")
_ABROAD = re.compile(r"(?<![0-9a-z+])\+(?!86)([1-9]\d{0,2})[-\s.()]{0,2}((?:\d[-\s.()]{0,2}){6,12}\d)(?![0-9a-z])")
_AMERICAN = re.compile(
    rf"{_ALONE}(?:1[-. ])?\(?(?!400|800|833|844|855|866|877|888)([2-9]\d{{2}})\)?[-. ]{{1,2}}(\d{{3}})[-. ](\d{{4}})(?![0-9a-z])"
)
_LONG = re.compile(rf"{_ALONE}(\d(?:[-\s.·]{{0,2}}\d){{12,18}})(?![0-9a-z])")
_ID_CARD = re.compile(rf"{_ALONE}([1-8]{_DIGIT}{{16}}{_SEP}[0-9x])(?![0-9a-z])")
_CREDIT_CODE = re.compile(r"(?<![0-9a-z])([1-9a-hj-np-rtuwxy][0-9a-hj-np-rtuwxy]\d{6}[0-9a-hj-np-rtuwxy]{10})(?![0-9a-z])")
_PASSPORT = re.compile(r"(?:护照|passport)[^0-9。！？!?\n]{0,16}?([a-z]{0,2}\d{7,9})(?![0-9a-z])")
_PROVIDERS = "gmail|qq|163|126|outlook|hotmail|yahoo|icloud|foxmail|sina|sohu|139|189"
_EMAIL = re.compile(
    rf"(?<![a-z0-9._%+-])([a-z0-9][a-z0-9._%+-]{{0,63}})\s?(?:@|艾特|(?:\(at\)|\[at\]|\sat)(?=\s?(?:{_PROVIDERS})))\s?((?:[a-z0-9-]{{1,63}}\s?(?:\.|点|\(dot\)|\[dot\])\s?){{1,4}}[a-z]{{2,12}})(?![a-z0-9])"
)
_ROLE = re.compile(
    r"(?:service|support|help|info|contact|noreply|no-reply|kefu|cs|sales|feedback|hello|privacy|care|hr|invoice|fapiao|postmaster)\d{0,2}"
)


@dataclass(frozen=True, slots=True)
class Detector:
    """`test` is the cheap test (RE2, over text without signs) that each text with a value passes; `find` gives the values."""

    test: str
    find: Callable[[Text], Iterator[Hit]]


def phones(text: Text) -> Iterator[Hit]:
    """Mobile and fixed numbers of persons as E.164. Hotlines (400, 800, 95…) are nobody's own and are not looked for."""
    taken: list[tuple[int, int]] = []
    for match in _MOBILE.finditer(text.digits):
        if not _is_number_of_a_thing(text, match.start()):
            taken.append(match.span())
            yield Hit(*match.span(), value="+86" + _digits(match[1]))
    for pattern, prefix in ((_LANDLINE, "+86"), (_TAIWAN, "+886"), (_ABROAD, "+"), (_AMERICAN, "+1")):
        for match in pattern.finditer(text.digits):
            free = all(match.end() <= start or end <= match.start() for start, end in taken)
            if free and (pattern is _ABROAD or not _is_number_of_a_thing(text, match.start())):
                taken.append(match.span())
                national = "".join(match.groups())
                yield Hit(*match.span(), value=prefix + (_digits(national) if prefix == "+" else _digits(national).lstrip("0")))


def id_cards(text: Text) -> Iterator[Hit]:
    """Resident identity numbers (GB 11643): 18 characters with a province, a date of birth and a check character."""
    for match in _ID_CARD.finditer(text.digits):
        value = _plain(match[1])
        if is_id_card(value):
            yield Hit(*match.span(1), value=value)


def bank_cards(text: Text) -> Iterator[Hit]:
    """Card numbers: the issuer's range and length, and Luhn; one that is called something else is none."""
    for match in _LONG.finditer(text.digits):
        value = _digits(match[1])
        is_called = _CARDED.search(text.plain[max(0, match.start() - 24) : match.start()]) is not None
        if is_card_number(value) and not is_id_card(value) and (is_called or not _is_number_of_a_thing(text, match.start())):
            yield Hit(*match.span(1), value=value)


def credit_codes(text: Text) -> Iterator[Hit]:
    """Unified social credit codes (GB 32100): 18 characters with a check character."""
    for match in _CREDIT_CODE.finditer(text.plain):
        value = match[1].upper()
        if is_credit_code(value) and not is_id_card(value):
            yield Hit(*match.span(1), value=value)


def passports(text: Text) -> Iterator[Hit]:
    """Passport numbers, which have no checksum: only where the text calls them so."""
    for match in _PASSPORT.finditer(text.plain):
        yield Hit(*match.span(1), value=match[1].upper())


def emails(text: Text) -> Iterator[Hit]:
    """Mail addresses of persons, in lower case. A shop's role mailbox (service@…) is nobody's own."""
    for match in _EMAIL.finditer(text.plain):
        if not _ROLE.fullmatch(match[1]):
            domain = re.sub(r"\s|点|\(dot\)|\[dot\]", lambda one: "" if one[0].isspace() else ".", match[2])
            yield Hit(*match.span(), value=f"{match[1]}@{domain}")


def _is_number_of_a_thing(text: Text, start: int) -> bool:
    """Whether the words before the digits say that they number an order, a parcel, an invoice."""
    before = text.plain[max(0, start - 24) : start]
    return _NUMBERED.search(before) is not None and _CALLED.search(before) is None


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum()).upper()


DETECTORS = {
    "phone": Detector(_ANY + "{8}", phones),
    "id_card": Detector(_ANY + r"{17}[\pNx]", id_cards),
    "bank_card": Detector(_ANY + "{13}", bank_cards),
    "credit_code": Detector(r"[\pN\pL]{2}\pN{6}[\pN\pL]{10}", credit_codes),
    "passport": Detector("护照|護照|passport", passports),
    "email": Detector(rf"@|艾特|at(?:{_PROVIDERS})", emails),
    "address": Detector(ADDRESS_TEST, addresses),
    "licence_plate": Detector(PLATE_TEST, plates),
}
