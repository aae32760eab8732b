"""Whatever is dropped into the inbox, nothing is lost and nothing is silent."""

from __future__ import annotations

import pytest

from deskmart.settings import Settings
from expectations.gate import Admission
from tests.gate.malformed import Case, admitted, check
from tests.gate.malformed_drops import write_mappings
from tests.gate.malformed_files import CASES


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("file_drop")
    write_mappings(home)
    return Settings(home, token_key=b"a key", bad_share_limit=1.0)


@pytest.fixture(scope="module")
def admissions(settings: Settings) -> dict[str, Admission]:
    return admitted("file_drop", CASES, settings)


def test_there_are_at_least_forty_kinds() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_malformed_payload_is_kept_back_for_the_right_reason(
    case: Case, admissions: dict[str, Admission], settings: Settings
) -> None:
    check(case, admissions[case.name], settings)
