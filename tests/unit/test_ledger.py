"""The ledger: whatever is edited, deleted, moved or cut is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deskmart.errors import DeskmartError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations import ledger
from expectations.gate import admit
from expectations.verify import verify
from tests.unit.gate_world import a_book, a_call, a_home, admitted, landed


@pytest.fixture(scope="module")
def a_sealed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three admitted attempts, sealed by two builds."""
    home = a_home(tmp_path_factory.mktemp("sealed") / "home")
    admitted(home, [a_call(1), a_call(2, wait_seconds=-1)])
    admitted(home, [a_call(1)])
    ledger.seal(home, "build", {"build_id": "b1"})
    admitted(home, [a_call(3)])
    ledger.seal(home, "build", {"build_id": "b2"})
    return home.home


@pytest.fixture
def sealed(a_sealed_home: Path, tmp_path: Path) -> Settings:
    """A copy of it for one test to spoil."""
    return a_home(shutil.copytree(a_sealed_home, tmp_path / "home"))


def broken(home: Settings, *anchors: str) -> list[str]:
    return [finding.subject for finding in verify(home, anchors) if finding.severity == "broken"]


def chain_of(home: Settings) -> Path:
    return Lake(home.home).ledger / "chain.jsonl"


def rewrite(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))


def test_an_untouched_ledger_has_nothing_to_find(sealed: Settings) -> None:
    assert verify(sealed, [ledger.head(sealed)]) == []
    assert [line["kind"] for line in ledger.chain(sealed)] == ["record", "record", "build", "record", "build"]


def test_a_record_says_what_was_read_and_written_and_why_they_differ(sealed: Settings) -> None:
    one = ledger.records(sealed, "admit")[0]
    assert one["counts"] == {"landed": 2, "accepted": 1, "quarantined": 1, "duplicates": 0, "outside": 0, "rows": 1}
    assert one["admission"]["reasons"] == {"wait_seconds_out_of_range": 1}
    assert [entry["path"].split("/")[0] for entry in one["files_read"] + one["files_written"]] == [
        "landing",
        "accepted",
        "quarantine",
        "audit",
    ]


@pytest.mark.parametrize("number", range(5))
def test_an_edited_line_is_found(number: int, sealed: Settings) -> None:
    head = ledger.head(sealed)
    rewrite(
        chain_of(sealed),
        lambda lines: [line.replace('"at": "2', '"at": "3') if n == number else line for n, line in enumerate(lines)],
    )
    assert f"chain line {number + 1}" in broken(sealed, head)


@pytest.mark.parametrize("number", range(5))
def test_an_edited_line_with_a_new_hash_is_found(number: int, sealed: Settings) -> None:
    head = ledger.head(sealed)

    def forged(text: str) -> str:
        line = {**json.loads(text), "at": "3000-01-01T00:00:00+00:00"}
        return json.dumps({**line, "hash": ledger.line_hash(line)}) + "\n"

    rewrite(chain_of(sealed), lambda lines: [forged(line) if n == number else line for n, line in enumerate(lines)])
    assert broken(sealed, head)


@pytest.mark.parametrize("number", range(5))
def test_a_deleted_line_is_found(number: int, sealed: Settings) -> None:
    head = ledger.head(sealed)
    rewrite(chain_of(sealed), lambda lines: lines[:number] + lines[number + 1 :])
    assert broken(sealed, head)


@pytest.mark.parametrize("number", range(4))
def test_two_swapped_lines_are_found(number: int, sealed: Settings) -> None:
    rewrite(chain_of(sealed), lambda lines: [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]])
    assert broken(sealed)


@pytest.mark.parametrize("kept", range(5))
def test_a_cut_tail_is_found_against_an_anchored_head(kept: int, sealed: Settings) -> None:
    head = ledger.head(sealed)
    rewrite(chain_of(sealed), lambda lines: lines[:kept])
    assert f"anchor {head[:12]}" in broken(sealed, head)


def test_a_line_that_is_no_json_is_found(sealed: Settings) -> None:
    rewrite(chain_of(sealed), lambda lines: [lines[0], "}{\n", *lines[2:]])
    assert "chain line 2" in broken(sealed)


@pytest.mark.parametrize(
    "change", [lambda text: text.replace('"landed": 2', '"landed": 3'), lambda text: "no json"], ids=["a count", "no json"]
)
def test_an_edited_record_is_found(change: Callable[[str], str], sealed: Settings) -> None:
    path = Lake(sealed.home).ledger / "records" / ledger.records(sealed)[0]["record"]
    path.write_text(change(path.read_text()))
    assert path.name in broken(sealed)


def test_a_deleted_record_is_found(sealed: Settings) -> None:
    path = Lake(sealed.home).ledger / "records" / ledger.records(sealed)[0]["record"]
    path.unlink()
    assert path.name in broken(sealed)


@pytest.mark.parametrize(
    "pattern",
    [
        "accepted/**/*.parquet",
        "quarantine/**/*.parquet",
        "audit/validation/**/*.json",
        "landing/**/manifest.json",
        "landing/**/page-*",
    ],
)
@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_file_that_is_not_what_was_recorded_is_found(pattern: str, harm: str, sealed: Settings) -> None:
    path = min(sealed.home.glob(pattern))
    if harm == "gone":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
    (subject,) = broken(sealed)
    assert subject in (path.relative_to(sealed.home).as_posix(), path.parent.relative_to(sealed.home).as_posix())


def test_what_is_not_sealed_yet_is_shown_but_not_broken(sealed: Settings) -> None:
    admitted(sealed, [a_call(4)])
    (finding,) = verify(sealed, [ledger.head(sealed)])
    assert (finding.severity, finding.subject) == ("note", ledger.records(sealed)[-1]["record"])


def test_an_accepted_file_that_no_record_knows_is_shown(sealed: Settings) -> None:
    stray = sealed.home / "accepted/shop/calls/stray/00001.parquet"
    stray.parent.mkdir()
    stray.write_bytes(b"")
    (finding,) = verify(sealed)
    assert (finding.severity, finding.subject) == ("note", "accepted/shop/calls/stray/00001.parquet")


def test_judging_an_attempt_again_under_new_rules_breaks_nothing(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    attempt = landed(home, [a_call(1)])
    for version in ("v1", "v2", "v1"):
        admit(attempt, home, a_book(version=version))
        head = ledger.seal(home, "build", {})
    assert broken(home, head) == []


def test_a_seal_that_a_crash_cut_is_mended_by_the_next(sealed: Settings) -> None:
    head = ledger.head(sealed)
    with chain_of(sealed).open("a") as stream:
        stream.write('{"n": 6, "previous": "half of a li')
    admitted(sealed, [a_call(9)])
    new = ledger.seal(sealed, "publish", {"publish_id": "p1"})
    assert verify(sealed, [head, new]) == []


def test_only_one_process_seals(sealed: Settings) -> None:
    with Lake(sealed.home).lock("ledger"), pytest.raises(DeskmartError, match="another process"):
        ledger.seal(sealed, "build", {})
