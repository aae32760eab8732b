"""Whatever a source sends, nothing is lost and nothing is silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from deskmart.settings import Settings, SourceSettings
from expectations.gate import Admission
from ingestion.registry import all_sources
from tests.gate import malformed_asterisk, malformed_chatwoot, malformed_files, malformed_zendesk
from tests.gate.malformed import Case, admitted, check
from tests.gate.malformed_drops import write_mappings

CASES: Mapping[str, Sequence[Case]] = {
    "asterisk": malformed_asterisk.CASES,
    "chatwoot": malformed_chatwoot.CASES,
    "file_drop": malformed_files.CASES,
    "zendesk": malformed_zendesk.CASES,
}


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Settings, dict[str, Admission]]]:
    """By source: a home into which all its cases went, and what the gate said of each."""
    found = {}
    for source, cases in CASES.items():
        home = tmp_path_factory.mktemp(source)
        write_mappings(home)
        settings = Settings(home, token_key=b"a key", bad_share_limit=1.0, sources={source: SourceSettings(source)})
        found[source] = settings, admitted(source, cases, settings)
    return found


def test_every_source_has_its_table() -> None:
    assert CASES.keys() == all_sources().keys()


@pytest.mark.parametrize("source", CASES)
def test_there_are_at_least_forty_kinds(source: str) -> None:
    assert len({case.name for case in CASES[source]}) == len(CASES[source]) >= 40


@pytest.mark.parametrize(
    ("source", "case"),
    [pytest.param(source, case, id=f"{source}: {case.name}") for source, cases in CASES.items() for case in cases],
)
def test_a_malformed_payload_is_kept_back_for_the_right_reason(
    source: str, case: Case, homes: Mapping[str, tuple[Settings, Mapping[str, Admission]]]
) -> None:
    settings, admissions = homes[source]
    check(case, admissions[case.name], settings)
