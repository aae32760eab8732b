"""What counts as a build by dbt that held."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskmart.dbt import Answer, held
from deskmart.errors import BuildError
from deskmart.settings import load_settings

MADE = {"id": "model.deskmart.one", "status": "success", "message": "OK"}
SKIPPED = {"id": "model.deskmart.two", "status": "skipped", "message": "Skipping due to fail_fast"}
BROKEN = {"id": "test.deskmart.three", "status": "fail", "message": "Got 1 result"}


def test_an_answer_without_a_flaw_holds(tmp_path: Path) -> None:
    answer = Answer(True, None, [MADE], {})
    assert held(answer, load_settings(tmp_path, environ={})) is answer


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(
            Answer(False, None, [MADE, SKIPPED, BROKEN], {}), r"three fail: Got 1 result \(1 failed in all\)", id="failed"
        ),
        pytest.param(
            Answer(False, None, [MADE, SKIPPED], {}), "two skipped: Skipping due to fail_fast", id="left out, nobody says why"
        ),
        pytest.param(Answer(True, None, [MADE, SKIPPED], {}), "two skipped", id="left out, and called a success"),
        pytest.param(Answer(False, None, [MADE], {}), "dbt stopped: without a word", id="no success, without a word"),
        pytest.param(Answer(False, "no such file", [], {}), "dbt stopped: no such file", id="dbt's own error"),
    ],
)
def test_whatever_is_not_made_fails_the_build(tmp_path: Path, answer: Answer, said: str) -> None:
    with pytest.raises(BuildError, match=said):
        held(answer, load_settings(tmp_path, environ={}))
