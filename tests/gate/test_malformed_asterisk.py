"""Whatever a PBX writes, nothing is lost and nothing is silent."""

from __future__ import annotations

import pytest

from deskmart.settings import Settings, SourceSettings
from expectations.gate import Admission
from tests.gate.malformed import Case, admitted, check
from tests.gate.malformed_asterisk import CASES


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        tmp_path_factory.mktemp("asterisk"),
        token_key=b"a key",
        bad_share_limit=1.0,
        sources={"asterisk": SourceSettings("asterisk")},
    )


@pytest.fixture(scope="module")
def admissions(settings: Settings) -> dict[str, Admission]:
    return admitted("asterisk", CASES, settings)


def test_there_are_at_least_forty_kinds() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_malformed_payload_is_kept_back_for_the_right_reason(
    case: Case, admissions: dict[str, Admission], settings: Settings
) -> None:
    check(case, admissions[case.name], settings)
