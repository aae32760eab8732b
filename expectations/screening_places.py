"""Where somebody lives, and what they drive: postal addresses and licence plates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from expectations.screening_text import Text
from expectations.screening_words import Hit

_HAN = r"[\u4e00-\u9fa5]"
_ROAD = r"(?:路|街|大道|道|巷|弄|胡同|村|小区|花园|苑|公寓|大厦|新村|家园|里)"
_STREET = re.compile(
    rf"({_HAN}{{1,18}}?{_ROAD})(?:(?:[东西南北中一二三四五六七八九十]|\d{{1,2}})段)?[\s,，]?(?:{_HAN}{{0,6}}?)(\d{{1,5}})\s?(?:号(?!店|线|仓|门|机|链)|弄|栋|幢|座|单元|室|楼|#|-\d)"
    rf"(?:[\s,，-]?(?:{_HAN}{{0,8}}?\d{{1,5}}\s?(?:号楼|号|栋|幢|座|单元|室|楼|层|房)?)){{0,4}}"
)
# An address that a shop gives of itself: where to send things back, where to fetch them.
_SHOP = re.compile(
    r"(?:退货|退换|退回|寄回|售后|仓库|仓储|门店|公司|我司|本店|我们店|网点|自提|总部|维修点|服务中心|工厂)[^。！？!?\n]{0,16}$"
)
_SHOP_AFTER = re.compile(r"[^。！？!?\n]{0,10}?(?:仓|售后|客服部|退货|门店|服务中心|维修|自提|公司)")
_ENGLISH = re.compile(
    r"(?<![\w.#-])(\d{1,5}[A-Za-z]?),?\s+((?:[A-Z][A-Za-z'’.]+\s+){1,3})(Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Terrace)\b"
)
_NO_NAME = "the|an?|this|my|your|our|of|on|in|to|by|away|km|min|minutes?|days?|hours?|items?|per|and|at|for|miles?|blocks?|met(?:re|er)s?|other|more"
_LOWER = re.compile(
    rf"(?<![\w.#-])(\d{{1,5}}[a-z]?),?\s+((?:(?!(?:{_NO_NAME})\s)[a-z'.]+\s+){{1,2}})(street|avenue|boulevard|lane)\b"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"([{_PROVINCES}][a-hj-np-z])[\s·•.\-]{{0,2}}((?=[a-z]{{0,5}}\d)[a-hj-np-z0-9]{{4,5}}[a-hj-np-z0-9挂学警港澳])(?![0-9a-z])"
)

ADDRESS_TEST = (
    r"(?:路|街|道|巷|弄|胡同|村|小区|小區|花园|花園|苑|公寓|大厦|大廈|家园|家園|里|裡|裏)[\p{Han}]{0,12}\pN|"
    r"\pN[a-z]{0,45}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|square|terrace)"
)
PLATE_TEST = r"[京津沪滬渝冀豫云雲辽遼黑湘皖鲁魯新苏蘇浙赣贛鄂桂甘晋晉蒙陕陝吉闽閩贵貴粤粵青藏川宁寧琼瓊][a-z][a-z0-9]{4}"


def addresses(text: Text) -> Iterator[Hit]:
    """A road or estate with a number, or a street with a house number; not where the shop itself is.

    The value is the road's name and its first number, so that a longer and a shorter way of writing it are the same.
    """
    for match in _STREET.finditer(text.plain):
        before, after = text.plain[max(0, match.start() - 24) : match.end()], text.plain[match.end() : match.end() + 24]
        if (
            not _SHOP.search(before[: match.start() - max(0, match.start() - 24)])
            and not _SHOP.search(match[1])
            and not _SHOP_AFTER.match(after)
        ):
            yield Hit(*match.span(), value=f"{_core(match[1])}{match[2]}")
    for pattern, written in ((_ENGLISH, text.raw), (_LOWER, text.raw)):
        for match in pattern.finditer(written):
            before = written[max(0, match.start() - 40) : match.start()].lower()
            if not re.search(r"(?:return|warehouse|our (?:office|store|shop)|store is|head office|showroom|depot)", before):
                yield Hit(*match.span(), value=" ".join(f"{match[1]} {match[2]}{match[3][:2]}".lower().split()))


def _core(road: str) -> str:
    """The road's own name: its ending, and the two characters before."""
    ending = re.search(f"{_ROAD}$", road)
    return road[max(0, (ending.start() if ending else len(road)) - 2) :]


def plates(text: Text) -> Iterator[Hit]:
    """Licence plates of the mainland: province, letter, five or (new energy) six characters with a digit among them."""
    for match in _PLATE.finditer(text.plain):
        yield Hit(*match.span(), value=(match[1] + match[2]).upper())
