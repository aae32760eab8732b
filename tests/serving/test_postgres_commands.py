"""What people type: publishing, rolling back and looking with a PostgreSQL that is there, that is down, or that nobody configured."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from deskmart import cli
from deskmart.lake import Lake, sha256_of, write_json
from deskmart.pipeline import Outcome, serve
from deskmart.settings import Settings, process_environment
from expectations.ledger import chain
from expectations.verify import verify
from serving.postgres.serve import postgres_anchors
from tests.made_once import MadeOnce
from tests.serving.small_home import a_home, a_published_home, asked, published, served

NOWHERE = "postgresql://deskmart:a-secret@127.0.0.1:9/nowhere"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path, a_database: str, made_once: MadeOnce) -> Settings:
    """A home in which 1 and 2 are published as files, 2 in PostgreSQL, too."""
    made_once.copy(a_published_home, tmp_path / "home", 1, 2)
    settings = a_home(tmp_path / "home", a_database)
    served(settings)
    return settings


@pytest.fixture
def deskmart(home: Settings, a_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in this process: its exit code, and what it printed on both streams."""
    for name in process_environment({}):
        if name.startswith("DESKMART_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str, address: str = a_database) -> tuple[int, str, str]:
        monkeypatch.setenv("DESKMART_POSTGRES_URL", address)
        monkeypatch.setattr(sys, "argv", ["deskmart", *words] + ([] if "--home" in words else ["--home", str(home.home)]))
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return run


def versions(settings: Settings) -> list[str]:
    return sorted(path.name for path in (Lake(settings.home).published / "versions").iterdir())


def shown(address: str) -> list[tuple[object, ...]]:
    return asked(address, "select distinct value from marts.mart_kpi_daily")


def test_a_rollback_takes_the_database_along(home: Settings, deskmart: Command, a_database: str) -> None:
    code, out, _ = deskmart("publish", "--rollback", versions(home)[0])
    assert (code, shown(a_database)) == (0, [(1.0,)])
    assert out.startswith("readers now see")


def test_a_rollback_with_the_database_down_is_done_in_part(home: Settings, deskmart: Command, a_database: str) -> None:
    code, out, err = deskmart("publish", "--rollback", versions(home)[0], address=NOWHERE)
    assert code == 3
    assert out.startswith("readers of the files now see")
    assert err.startswith("deskmart: postgres: 127.0.0.1:9/nowhere:")
    assert "a-secret" not in out + err
    assert shown(a_database) == [(2.0,)]
    assert deskmart("postgres", "publish")[0] == 0
    assert shown(a_database) == [(1.0,)]


def test_a_run_whose_database_is_down_notes_it_and_goes_on(home: Settings) -> None:
    outcome = Outcome()
    serve(a_home(home.home, NOWHERE), outcome)
    assert list(outcome.errors) == ["postgres"]
    outcome = Outcome()
    serve(a_home(home.home, ""), outcome)
    assert (outcome.errors, outcome.served, outcome.seconds) == ({}, None, {})


def test_without_an_address_the_command_says_what_to_do(deskmart: Command) -> None:
    code, _, err = deskmart("postgres", "publish", address="")
    assert code == 1
    assert (
        err == "deskmart: postgres: no PostgreSQL is configured (set DESKMART_POSTGRES_URL, or run `deskmart postgres start`)\n"
    )
    assert deskmart("postgres", "status", address="") == (0, "not configured\n", "")


def test_status_says_what_is_shown(home: Settings, deskmart: Command) -> None:
    code, out, _ = deskmart("postgres", "status")
    assert code == 0
    assert versions(home)[-1] in out
    assert "PostgreSQL 18" in out


def test_a_login_works_with_the_password_it_was_told(deskmart: Command, a_database: str) -> None:
    code, out, _ = deskmart("postgres", "login", "a_command_made_me")
    password = next(line.split()[1] for line in out.splitlines() if line.startswith("password"))
    try:
        assert code == 0
        assert asked(
            f"postgresql://a_command_made_me:{password}@{a_database.split('@')[1]}", "select count(*) from mart_kpi_daily"
        ) == [(3,)]
    finally:
        asked(a_database, "drop owned by a_command_made_me; drop role a_command_made_me")
    code, _, err = deskmart("postgres", "login", "somebody", "--team", "t1")
    assert code == 2
    assert "row security by team is off" in err


def test_what_hangs_on_replaced_tables_is_said_and_no_failure(deskmart: Command, a_database: str, home: Settings) -> None:
    asked(a_database, "create materialized view public.mine as select * from marts.mart_kpi_daily")
    code, _, err = deskmart("publish", "--rollback", versions(home)[0])
    assert code == 0
    assert err.startswith("note: materialized view public.mine still hangs on the replaced marts_kept_")


def test_a_version_that_an_erasure_rewrote_is_brought_in_again(home: Settings, a_database: str) -> None:
    folder = Lake(home.home).published_current.resolve()
    manifest = json.loads((folder / "manifest.json").read_bytes())
    shutil.copy(folder.with_name(versions(home)[0]) / "marts.duckdb", folder / "marts.duckdb")
    manifest["files"]["marts.duckdb"] = sha256_of(folder / "marts.duckdb")
    write_json(folder / "manifest.json", manifest)
    assert served(home).is_new
    assert shown(a_database) == [(1.0,)]


def test_a_ledger_cut_off_along_with_its_publishes_is_found_by_the_heads_in_postgresql(home: Settings) -> None:
    anchors = postgres_anchors(home)
    assert [finding for finding in verify(home, anchors) if finding.severity == "broken"] == []
    path = max(Lake(home.home).ledger.rglob("*"), key=lambda one: (one.is_file(), "chain" in one.name, one.name))
    assert len(chain(home)) > 1
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert [finding for finding in verify(home, anchors) if finding.severity == "broken"]


@pytest.mark.slow
def test_a_homes_own_server_is_started_filled_kept_up_and_stopped(home: Settings, deskmart: Command) -> None:
    from serving.postgres import local

    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    shutil.copytree(home.home, place / "home", symlinks=True)
    (place / "home").chmod(0o755)  # else root, whose server runs under another account, keeps it elsewhere
    try:
        assert deskmart("postgres", "start", "--home", str(place / "home"), address="")[0] == 0
        address = local.running(local.folder_of(place / "home"))
        assert address
        assert "@127.0.0.1:" in address
        assert shown(address) == [(2.0,)]
        own = a_home(place / "home", "")
        published(own, 3)
        served(own)
        assert shown(address) == [(3.0,)]
    finally:
        stopped = local.stop(local.folder_of(place / "home"))
        shutil.rmtree(place)
    assert stopped
