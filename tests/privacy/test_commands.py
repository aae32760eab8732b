"""`deskmart erase` and `deskmart retire` as people call them."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from deskmart import cli
from deskmart.settings import process_environment
from tests.contract.file_drop_home import Home
from tests.made_once import MadeOnce
from tests.privacy.drop import CLEAR, EMAIL, PHONE, a_shop, broken
from tests.privacy.test_erasing import files_with, the_tokens


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_once: MadeOnce) -> Home:
    for name in process_environment({}):
        if name.startswith("DESKMART_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DESKMART_HOME", str(tmp_path))
    monkeypatch.setenv("DESKMART_TOKEN_KEY", "k")
    monkeypatch.setenv("COLUMNS", "200")
    made_once.copy(a_shop, tmp_path)
    return Home(tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, *words: str, typed: str = "") -> int:
    monkeypatch.setattr(sys, "argv", ["deskmart", *words])
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_an_identifier_is_read_from_standard_input_and_told_to_nobody(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for identifier in (PHONE, EMAIL):
        assert run(monkeypatch, "erase", "-", "--by", "Ann", "--yes", typed=f"{identifier}\n") == 0
    told = "".join(capfd.readouterr())
    assert "tombstones" in told and "calls.csv" in told and "no build has linked" in told
    assert not any(mark in told for mark in (*CLEAR, *the_tokens(home)))
    assert files_with(home, *CLEAR, *the_tokens(home)) == set()
    assert broken(home) == []


def test_it_asks_first(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "erase", PHONE, "--by", "Ann", typed="n\n") == 1
    assert files_with(home, PHONE)
    assert not (home.path / "audit" / "erasures").exists()


def test_a_stranger_is_bad_usage_and_not_repeated(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "erase", "13700000000", "--by", "Ann", "--yes") == 2
    assert "13700000000" not in "".join(capfd.readouterr())


def test_a_token_that_stands_in_somebody_elses_file_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    note = home.path / "audit" / "note.html"
    note.write_text(f"see {next(iter(the_tokens(home)))} and {sorted(the_tokens(home))[0]}")
    assert run(monkeypatch, "erase", "-", "--by", "Ann", "--yes", typed=f"{EMAIL}\n") in (0, 1)
    assert run(monkeypatch, "erase", "-", "--by", "Ann", "--yes", typed=f"{PHONE}\n") in (0, 1)
    assert "a token still stands in: audit/note.html" in capfd.readouterr().out


def test_retiring_says_what_goes_and_how_far_raw_bytes_reach(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "retire", "--dry-run") == 0
    told = capfd.readouterr().out
    assert "landing older than 400 days: 0 attempts would go" in told and "reach back to" in told
    assert run(monkeypatch, "retire") == 0
    assert "0 records came again" in capfd.readouterr().out
