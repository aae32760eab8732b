"""What is kept of the user field of a call record: what the option names, and never anything else."""

from __future__ import annotations

import pytest

from deskmart.errors import SettingsError
from ingestion.sources.asterisk_userfield import user_field

BOTH = r"(?P<topic>[a-z]+)(/(?P<disposition>.+))?"


@pytest.mark.parametrize(
    ("expression", "text", "topic", "disposition"),
    [
        pytest.param(BOTH, "refund/已登记", "refund", "已登记", id="both"),
        pytest.param(BOTH, " refund ", "refund", None, id="one of them"),
        pytest.param(BOTH, "138 0000 0001", None, None, id="something else stays behind"),
        pytest.param(BOTH, "", None, None, id="empty"),
        pytest.param("(?P<disposition>[0-9]{2})", "07", None, "07", id="a code alone"),
        pytest.param("", "refund", None, None, id="no option, nothing kept"),
    ],
)
def test_only_what_the_option_names_is_kept(expression: str, text: str, topic: str | None, disposition: str | None) -> None:
    assert user_field(expression)(text) == {"call_topic": topic, "call_disposition": disposition}


@pytest.mark.parametrize("expression", ["(?P<topic>[a-z]+", "[a-z]+", "(?P<caller>.*)", "(?P<topic>.)(?P<name>.)"])
def test_an_option_that_keeps_nothing_or_something_else_is_refused(expression: str) -> None:
    with pytest.raises(SettingsError, match="userfield"):
        user_field(expression)
