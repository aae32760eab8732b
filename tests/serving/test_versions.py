"""Versions of a publish: which there are, going back, and what is removed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deskmart.cli import app
from deskmart.errors import DeskmartError, PublishError, SettingsError
from deskmart.lake import Lake
from deskmart.settings import Settings, load_settings
from expectations.ledger import records
from expectations.verify import verify
from serving.versions import listed, prune, published_anchors, rollback, versions
from tests.made_once import MadeOnce
from tests.unit.test_publish import a_home, a_published_home, published, seen


@pytest.fixture
def home(tmp_path: Path, made_once: MadeOnce) -> Settings:
    """A home in which 1, then 2 was published."""
    made_once.copy(a_published_home, tmp_path, 1, 2)
    return a_home(tmp_path)


def deskmart(settings: Settings, *words: str) -> str:
    told = CliRunner().invoke(app, [*words, "--home", str(settings.home)], env={"COLUMNS": "200"}, catch_exceptions=False)
    assert told.exit_code == 0
    return told.output


def test_the_versions_are_listed_newest_first_with_what_readers_see(home: Settings) -> None:
    two, one = listed(home)
    assert [two.publish_id, one.publish_id] == versions(home)[::-1]
    assert (two.is_current, one.is_current) == (True, False)
    assert (two.build_id, one.build_id) == ("build-2", "build-1")
    assert two.rows == 1_000 + 1 + 1  # a mart, a fact, the catalogue
    assert two.bytes > 0 and two.published_at > one.published_at


def test_the_command_lists_goes_back_and_lists_what_is_seen_now(home: Settings) -> None:
    assert versions(home)[1] in deskmart(home, "publish", "--list")
    one = versions(home)[0]
    assert one in deskmart(home, "publish", "--rollback", one, "--by", "wei", "--reason", "wrong shifts")
    assert seen(home) == 1
    (line,) = [
        line for line in deskmart(home, "publish", "--list").splitlines() if "→ " in line and "version" not in line.lower()
    ]
    assert one in line


def test_a_home_without_a_publish_says_what_to_do(tmp_path: Path) -> None:
    assert "deskmart run" in deskmart(a_home(tmp_path), "publish", "--list")


def test_going_back_is_told_to_the_ledger(home: Settings) -> None:
    one, two = versions(home)
    rollback(home, one, by="wei", reason="wrong shifts")
    (told,) = records(home, "rolled_back")
    assert (told["subject"], told["from"], told["by"], told["reason"]) == (one, two, "wei", "wrong shifts")
    assert [found for found in verify(home, published_anchors(home)) if found.severity == "broken"] == []


def changed(version: Path) -> None:
    path = version / "marts.duckdb"
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def lost(version: Path) -> None:
    (version / "marts" / "kpi_catalog.parquet").unlink()


def added(version: Path) -> None:
    shutil.copy(version / "marts" / "kpi_catalog.parquet", version / "marts" / "mart_of_mine.parquet")


def without_manifest(version: Path) -> None:
    (version / "manifest.json").unlink()


@pytest.mark.parametrize("spoil", [changed, lost, added, without_manifest])
def test_nobody_is_led_back_to_a_version_that_is_not_what_was_published(spoil: Callable[[Path], None], home: Settings) -> None:
    one = versions(home)[0]
    spoil(Lake(home.home).published / "versions" / one)
    with pytest.raises(PublishError, match=one):
        rollback(home, one)
    assert seen(home) == 2
    assert records(home, "rolled_back") == []


def test_nothing_is_removed_under_a_publish_at_work(home: Settings) -> None:
    working = Lake(home.home).published / "versions" / ".20990101T000000Z-x.part"
    working.mkdir()
    with Lake(home.home).lock("warehouse"), pytest.raises(DeskmartError, match="another process"):
        prune(home)
    assert working.is_dir()
    assert prune(home) == []
    assert not working.exists()


def test_a_removal_that_a_crash_cut_leaves_no_half_version(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    one = versions(home)[0]
    with monkeypatch.context() as crash:
        crash.setattr(shutil, "rmtree", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            prune(home, keep=1)
    assert one not in versions(home)
    assert prune(home) == []
    assert [path.name for path in (Lake(home.home).published / "versions").iterdir()] == versions(home)


def test_as_many_versions_are_kept_as_the_settings_say(tmp_path: Path) -> None:
    (tmp_path / "deskmart.toml").write_text("[serving]\nkeep_versions = 2\n")
    settings = load_settings(tmp_path, {"DESKMART_TOKEN_KEY": "a key for the tests"})
    for number in range(1, 5):
        last = published(settings, number)
    assert len(versions(settings)) == settings.keep_versions == 2
    assert versions(settings)[-1] == last
    assert load_settings(tmp_path, {"DESKMART_KEEP_VERSIONS": "30"}).keep_versions == 30


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[serving]\nkeep_versions = 1\n", id="too few to go back"),
        pytest.param("[serving]\nkeep_versions = 'all'\n", id="no number"),
        pytest.param("serving = 3\n", id="no table"),
    ],
)
def test_a_setting_that_cannot_be_is_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "deskmart.toml").write_text(text)
    with pytest.raises(SettingsError):
        load_settings(tmp_path, {})
