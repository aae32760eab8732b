"""Approval: a decision that overrules the gate has a reason and two names, and no customer's data in them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass

from deskmart.errors import UsageError

LEAST_REASON = 10
_PERSONAL = re.compile(r"@|\d{7}")


@dataclass(frozen=True, slots=True)
class Approval:
    """Why something was decided, by whom, and who agreed. Raises `UsageError` when that is not two people with a reason.

    The words go into the ledger for good, so they must not hold an address or a long number, such as a customer's phone.
    """

    reason: str
    by: str
    second: str

    def __post_init__(self) -> None:
        for name, text in (("--reason", self.reason), ("--by", self.by), ("--second", self.second)):
            if not text.strip():
                raise UsageError(f"{name} is empty", todo="this needs a reason and two names")
            if _PERSONAL.search(unicodedata.normalize("NFKC", text)):
                raise UsageError(f"{name} holds an e-mail address or a long number", todo="the ledger keeps no personal data")
        if len(self.reason.strip()) < LEAST_REASON:
            raise UsageError("--reason says too little", todo=f"write at least {LEAST_REASON} characters; auditors read it")
        if _person(self.by) == _person(self.second):
            raise UsageError("--by and --second are the same person", todo="ask somebody else to look at it")

    def as_json(self) -> dict[str, str]:
        """Plain values for a ledger record."""
        return asdict(self)


def _person(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
