"""Whoever tampers with the ledger or with a file it names is found out; what erasure and retention did, and said, is not tampering."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deskmart.lake import Lake, sha256_of
from deskmart.settings import Settings
from expectations import ledger
from expectations.ledger import Change
from expectations.verify import Finding, verify
from serving.versions import published_anchors, versions
from tests.unit.gate_world import a_call, a_home, admitted
from tests.unit.test_publish import published


@pytest.fixture(scope="module")
def an_untouched_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of two admitted attempts, each published: the chain is record, publish, record, publish."""
    home = a_home(tmp_path_factory.mktemp("untouched") / "home")
    for number in (1, 2):
        admitted(home, [a_call(number), a_call(9, wait_seconds=-number)])
        published(home, number)
    return home.home


@pytest.fixture
def home(an_untouched_home: Path, tmp_path: Path) -> Settings:
    """A copy of it for one test to spoil."""
    return a_home(shutil.copytree(an_untouched_home, tmp_path / "home", symlinks=True))


def found(home: Settings, *anchors: str) -> list[Finding]:
    return verify(home, [*anchors, *published_anchors(home)])


def flip(path: Path) -> None:
    """One bit of the byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def chain_of(home: Settings) -> Path:
    return Lake(home.home).ledger / "chain.jsonl"


def relay(home: Settings, change: Callable[[list[str]], list[str]]) -> None:
    lines = chain_of(home).read_text().splitlines(keepends=True)
    chain_of(home).write_text("".join(change(lines)))


def one(home: Settings, pattern: str) -> Path:
    return min(home.home.glob(pattern))


def flipped(pattern: str) -> Callable[[Settings], str]:
    """Spoil the first file of a pattern; gives its name."""

    def spoil(home: Settings) -> str:
        path = one(home, pattern)
        flip(path)
        return path.relative_to(home.home).as_posix()

    return spoil


def gone(pattern: str) -> Callable[[Settings], str]:
    def spoil(home: Settings) -> str:
        path = one(home, pattern)
        path.unlink()
        return path.relative_to(home.home).as_posix()

    return spoil


def page_flipped(home: Settings) -> str:
    path = one(home, "landing/**/page-*")
    flip(path)
    return path.parent.relative_to(home.home).as_posix()


def page_and_manifest_rewritten(home: Settings) -> str:
    """Another page, with a manifest that fits it."""
    folder = one(home, "landing/**/manifest.json").parent
    other = max(home.home.glob("landing/**/manifest.json")).parent
    shutil.copytree(other, folder, dirs_exist_ok=True)
    return (folder / "manifest.json").relative_to(home.home).as_posix()


def record_flipped(home: Settings) -> str:
    path = one(home, "audit/ledger/records/*.json")
    path.write_text(path.read_text().replace('"landed": 2', '"landed": 3'))
    return path.name


def mart_and_manifest_changed(home: Settings) -> str:
    """A published mart is changed, and the manifest beside it is made to fit."""
    version = Lake(home.home).published / "versions" / versions(home)[0]
    flip(version / "marts.duckdb")
    manifest = json.loads((version / "manifest.json").read_text())
    manifest["files"]["marts.duckdb"] = sha256_of(version / "marts.duckdb")
    (version / "manifest.json").write_text(json.dumps(manifest))
    return (version / "marts.duckdb").relative_to(home.home).as_posix()


def table_added(home: Settings) -> str:
    version = Lake(home.home).published / "versions" / versions(home)[0]
    shutil.copy(one(home, "published/versions/*/marts/*.parquet"), version / "marts" / "mart_of_mine.parquet")
    return (version / "marts" / "mart_of_mine.parquet").relative_to(home.home).as_posix()


def deleted(number: int) -> Callable[[Settings], str]:
    def spoil(home: Settings) -> str:
        relay(home, lambda lines: lines[: number - 1] + lines[number:])
        return f"chain line {number}"

    return spoil


def swapped(number: int) -> Callable[[Settings], str]:
    def spoil(home: Settings) -> str:
        relay(home, lambda lines: [*lines[: number - 1], lines[number], lines[number - 1], *lines[number + 1 :]])
        return f"chain line {number}"

    return spoil


def cut(kept: int) -> Callable[[Settings], str]:
    def spoil(home: Settings) -> str:
        head = ledger.head(home)
        relay(home, lambda lines: lines[:kept])
        return f"anchor {head[:12]}"

    return spoil


def byte_of_line(number: int) -> Callable[[Settings], str]:
    def spoil(home: Settings) -> str:
        relay(home, lambda lines: [text.replace("20", "21", 1) if n == number else text for n, text in enumerate(lines, 1)])
        return f"chain line {number}"

    return spoil


TAMPERINGS = [
    *(pytest.param(byte_of_line(n), "edited", id=f"one byte changed, line {n}") for n in (1, 2, 4)),
    pytest.param(record_flipped, "edited after it was sealed", id="one byte changed, a record"),
    *(pytest.param(deleted(n), "does not follow", id=f"a line deleted, {n}") for n in (1, 2, 3)),
    pytest.param(gone("audit/ledger/records/*.json"), "", id="a record deleted"),
    *(pytest.param(swapped(n), "does not follow", id=f"two lines swapped, {n}") for n in (1, 2, 3)),
    *(pytest.param(cut(n), "tail was cut", id=f"the tail cut, {n} lines left") for n in (0, 1, 3)),
    pytest.param(page_flipped, "not what was landed", id="a landing file changed: page"),
    pytest.param(gone("landing/**/page-*"), "", id="a landing file gone"),
    pytest.param(flipped("landing/**/manifest.json"), "not what was recorded", id="a landing file changed: manifest"),
    pytest.param(page_and_manifest_rewritten, "not what was recorded", id="landing changed: page and manifest"),
    pytest.param(flipped("accepted/**/*.parquet"), "not what was recorded", id="an accepted file changed"),
    pytest.param(gone("accepted/**/*.parquet"), "but gone", id="an accepted file gone"),
    pytest.param(flipped("quarantine/**/*.parquet"), "not what was recorded", id="a quarantine file changed"),
    pytest.param(flipped("audit/validation/**/*.json"), "not what was recorded", id="a validation result changed"),
    pytest.param(flipped("published/versions/*/marts.duckdb"), "not what was recorded", id="a published file changed: DuckDB"),
    pytest.param(
        flipped("published/versions/*/marts/*.parquet"), "not what was recorded", id="a published file changed: Parquet"
    ),
    pytest.param(gone("published/versions/*/marts/*.parquet"), "but gone", id="a published file gone"),
    pytest.param(mart_and_manifest_changed, "not what was recorded", id="a published file and its manifest changed"),
    pytest.param(table_added, "somebody added it", id="a published file added"),
]


@pytest.mark.parametrize(("spoil", "message"), TAMPERINGS)
def test_every_tampering_is_found_and_named(spoil: Callable[[Settings], str], message: str, home: Settings) -> None:
    anchors = published_anchors(home)
    assert found(home, *anchors) == [], "before"
    subject = spoil(home)
    broken = [finding for finding in found(home, *anchors) if finding.severity == "broken"]
    named = [finding.message for finding in broken if subject.endswith(finding.subject) or finding.subject in subject]
    assert named, broken
    assert any(message in text for text in named), named


@pytest.mark.parametrize("is_json", [True, False], ids=["another head", "no json"])
def test_a_published_manifest_that_does_not_fit_its_line_is_found(is_json: bool, home: Settings) -> None:
    path = one(home, "published/versions/*/manifest.json")
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "ledger_head": "0" * 64}) if is_json else "{")
    assert (path.relative_to(home.home).as_posix()) in [subject for subject, _ in broken_in(home)]


def rewritten(home: Settings, pattern: str, *, step: str = "erased", is_removed: bool = False) -> Path:
    """A file is rewritten (or removed) with a record that says so."""
    path = one(home, pattern)
    was = sha256_of(path)
    if is_removed:
        path.unlink()
    else:
        flip(path)
    change = Change(path, was, None if is_removed else sha256_of(path))
    ledger.record(home, step, "request-1", {"files": 1}, [], [], changes=[change])
    return path


ERASED = ["accepted/**/*.parquet", "quarantine/**/*.parquet", "published/versions/*/marts/*.parquet"]


def broken_in(home: Settings) -> list[tuple[str, str]]:
    return [(finding.subject, finding.message) for finding in found(home) if finding.severity == "broken"]


@pytest.mark.parametrize("pattern", ERASED[:2])
def test_exactly_what_an_erasure_names_may_be_other_than_it_was(pattern: str, home: Settings) -> None:
    path = rewritten(home, pattern)
    name = path.relative_to(home.home).as_posix()
    (note,) = found(home)
    assert (note.severity, note.message) == ("note", "is not sealed yet, and explains 1 changed or removed files")
    ledger.seal(home, "build", {})
    assert found(home) == []
    flip(path)
    assert broken_in(home) == [(name, "is still there as it was before its erasure or retention: run that again")]
    path.write_bytes(b"something else")
    assert broken_in(home) == [(name, "is not what was recorded")]


def test_an_erasure_in_a_published_version_renews_its_manifest(home: Settings) -> None:
    path = one(home, ERASED[2])
    version = path.parent.parent
    was = {each: sha256_of(each) for each in (path, version / "manifest.json")}
    flip(path)
    manifest = json.loads((version / "manifest.json").read_text())
    manifest["files"][f"marts/{path.name}"] = sha256_of(path)
    (version / "manifest.json").write_text(json.dumps(manifest))
    assert broken_in(home), "not without a line"
    changes = [Change(each, old, sha256_of(each)) for each, old in was.items()]
    ledger.record(home, "erased", "request-1", {"files": 2}, [], [], changes=changes)
    assert broken_in(home) == []


def test_pages_that_retention_removed_are_not_missed_and_others_are(home: Settings) -> None:
    rewritten(home, "landing/**/page-*", step="retention", is_removed=True)
    assert broken_in(home) == []
    max(home.home.glob("landing/**/page-*")).unlink()
    ((_, message),) = broken_in(home)
    assert "not what was landed" in message


def test_a_file_that_retention_removed_must_stay_away(home: Settings) -> None:
    path = rewritten(home, "quarantine/**/*.parquet", step="retention", is_removed=True)
    assert broken_in(home) == []
    path.write_bytes(b"back again")
    ((_, message),) = broken_in(home)
    assert message == "was removed by retention or erasure, but something is there"


@pytest.mark.parametrize("pattern", ["accepted/**/*.parquet", "published/versions/*/marts/*.parquet", "landing/**/page-*"])
def test_retention_rewrites_nothing_but_landing_manifests_and_quarantine(pattern: str, home: Settings) -> None:
    rewritten(home, pattern, step="retention")
    assert any("which a record of its kind may not" in message for _, message in broken_in(home))


@pytest.mark.parametrize("step", ["admit", "waived", "close", "restatements_accepted"])
def test_no_other_step_explains_a_change(step: str, home: Settings) -> None:
    with pytest.raises(ValueError, match="changes no files"):
        rewritten(home, "accepted/**/*.parquet", step=step)
    path = rewritten(replace(home), "quarantine/**/*.parquet")
    record = max((Lake(home.home).ledger / "records").glob("erased-*.json"))
    record.write_text(record.read_text().replace('"step": "erased"', f'"step": "{step}"'))
    assert (path.relative_to(home.home).as_posix(), "is not what was recorded") in broken_in(home)


def test_an_erasure_that_found_something_else_than_the_ledger_knew_is_found(home: Settings) -> None:
    path = one(home, "accepted/**/*.parquet")
    flip(path)  # by somebody, before
    rewritten(home, "accepted/**/*.parquet")
    ((name, message),) = broken_in(home)
    assert name == path.relative_to(home.home).as_posix() and message.startswith("had changed when erased-")


def test_a_landing_that_changed_between_two_validations_is_found(home: Settings) -> None:
    from expectations.gate import admit
    from ingestion.landing import stream_attempts
    from tests.unit.gate_world import a_book

    page_and_manifest_rewritten(home)
    attempt = stream_attempts("shop", "calls", Lake(home.home))[0]
    admit(attempt, home, a_book(version="v2"))
    assert any("had changed when the step of admit-" in message for _, message in broken_in(home))


def test_the_unsealed_tail_is_shown_by_the_command(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    from typer.testing import CliRunner

    from deskmart.cli import app
    from deskmart.cli_look import audit

    admitted(home, [a_call(77)])
    app.add_typer(audit, name="audit-of-the-test")
    done = CliRunner().invoke(app, ["audit-of-the-test", "verify", "--home", str(home.home)])
    assert done.exit_code == 0, done.output
    assert ledger.unsealed(home)[0] in done.output.replace("\n", "") and "0 broken; 1 records not sealed yet" in done.output


def lines_of(home: Settings) -> Iterator[str]:
    yield from (line["kind"] for line in ledger.chain(home))


def test_the_world_of_these_tests_is_as_told(home: Settings) -> None:
    assert list(lines_of(home)) == ["record", "publish", "record", "publish"]
