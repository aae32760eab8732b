"""The user field of a call detail record: free for the dial plan, so that only what the option `userfield` names is kept of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from deskmart.errors import SettingsError

GROUPS = ("topic", "disposition")
TODO = 'write a regular expression with named groups, such as "(?P<topic>[a-z]+)(/(?P<disposition>.+))?"'


@dataclass(frozen=True, slots=True)
class UserField:
    """What to find in a user field; called with its text, gives the columns."""

    pattern: re.Pattern[str] | None

    def __call__(self, text: str) -> dict[str, str | None]:
        """`call_topic` and `call_disposition`, both None unless the expression matches the whole text.

        They are no part of a record's digest, so that the option may be set later without making a record another one.
        """
        found = self.pattern.fullmatch(text.strip()) if self.pattern is not None else None
        said = found.groupdict() if found is not None else {}
        return {f"call_{name}": said.get(name) for name in GROUPS}


def user_field(expression: str) -> UserField:
    """The option's expression, read; empty: nothing is kept. SettingsError for one that is none, or names no or other groups."""
    if not expression:
        return UserField(None)
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise SettingsError(f"userfield is no regular expression: {error}", source="asterisk", todo=TODO) from error
    if not pattern.groupindex or not pattern.groupindex.keys() <= set(GROUPS):
        raise SettingsError(f"userfield names other groups than {' and '.join(GROUPS)}", source="asterisk", todo=TODO)
    return UserField(pattern)
