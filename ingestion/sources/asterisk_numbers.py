"""Numbers at the edge of a PBX: which are a customer's telephone, which an extension, which are withheld."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_DIGITS = re.compile(r"^\+?\d+$")
_PUNCTUATION = re.compile(r"[\s().\-/]")
_SHORT = 6  # up to this many digits it is no telephone number of a person
_LONG_RUN = re.compile(r"\+?\d{7,}")


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """`extensions` is a regular expression that internal numbers match in full; empty: none is known."""

    region: str
    extensions: str = ""

    def classify(self, number: str) -> tuple[str | None, str]:
        """(the telephone number or None, its type).

        Types: `extension` by the plan, `phone` (a possible number), `short` (up to 6 digits), `withheld` (anonymous and
        the like: no digits), `unknown` (digits that are no possible number). Only a `phone` may become a token: any
        other would make one person of all who share it.
        """
        digits = _PUNCTUATION.sub("", number.strip())
        if not _DIGITS.match(digits):
            return None, "withheld"
        if self.extensions and re.fullmatch(self.extensions, digits):
            return None, "extension"
        if len(digits.lstrip("+")) <= _SHORT:
            return None, "short"
        return (digits, "phone") if _is_possible(digits, self.region) else (None, "unknown")

    def inside(self, number: str) -> str | None:
        """The number where it is one of the PBX (an extension, a queue, a service), None where it may be a person's."""
        return None if _LONG_RUN.search(number) and not (self.extensions and re.fullmatch(self.extensions, number)) else number


def mask_channel(channel: str) -> str:
    """A channel's name with telephone numbers in its peer's name masked; the instance after the last hyphen stays."""
    peer, hyphen, instance = channel.rpartition("-")
    return f"{_LONG_RUN.sub('*', peer)}{hyphen}{instance}" if hyphen else _LONG_RUN.sub("*", channel)


@lru_cache(maxsize=65_536)
def _is_possible(digits: str, region: str) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False
