"""The command line without a warehouse: usage, setting up, looking at an empty home."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from deskmart import cli
from deskmart.settings import load_settings, process_environment
from ingestion.registry import all_sources


@dataclass(frozen=True, slots=True)
class Told:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Terminal:
    """Runs `deskmart` in this process, in a home of its own."""

    home: Path
    patch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Told:
        self.patch.setattr(sys, "argv", ["deskmart", *words])
        self.captured.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = self.captured.readouterr()
        return Told(code, out, err)


@pytest.fixture
def deskmart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    for name in process_environment({}):
        if name.startswith("DESKMART_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DESKMART_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    return Terminal(tmp_path / "home", monkeypatch, capsys)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["run", "--since", "yesterday", "--until", "2026-01-02"], id="no date"),
        pytest.param(["run", "--since", "2026-01-02", "--until", "2026-01-02"], id="an empty interval"),
        pytest.param(["run", "--since", "2026-01-03", "--until", "2026-01-02"], id="an interval turned round"),
        pytest.param(["run", "--since", "2999-01-01", "--until", "2999-01-02"], id="the future"),
        pytest.param(["run", "--since", "2026-01-01", "--until", "2026-01-02", "--source", "zendesc"], id="an unknown source"),
        pytest.param(
            ["run", "--since", "2026-01-01", "--until", "2026-01-02", "--source", "zendesk"], id="a source that is not configured"
        ),
        pytest.param(["ingest", "--since", "x", "--until", "y"], id="ingest without dates"),
        pytest.param(["validate", "--source", "nobody"], id="validate an unknown source"),
        pytest.param(["kpi"], id="nothing is published"),
        pytest.param(["kpi", "--lang", "fr"], id="an unknown language"),
        pytest.param(["kpi", "--scope", "planet"], id="an unknown scope"),
        pytest.param(["kpi", "--since", "soon"], id="kpi with no date"),
        pytest.param(["quarantine", "show", "zendesk/tickets/b/00001/1/0"], id="a record that is not there"),
        pytest.param(["quarantine", "show", "zendesk/tickets"], id="a stream of which nothing was refused"),
    ],
)
def test_bad_usage_is_one_line_that_says_what_to_do_and_exit_code_2(words: list[str], deskmart: Terminal) -> None:
    told = deskmart(*words)
    assert told.code == 2, told
    (line,) = told.err.splitlines()
    assert line.startswith("deskmart: ")
    assert line.endswith(")")


@pytest.mark.parametrize("words", [["no-such-command"], ["run"], ["kpi", "--no-such-option"], ["publish", "--rollback"]])
def test_unknown_words_are_exit_code_2_and_never_a_traceback(words: list[str], deskmart: Terminal) -> None:
    told = deskmart(*words)
    assert told.code == 2
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["build"], "nothing was accepted yet", id="build without input"),
        pytest.param(["publish"], "no candidate", id="publish without a candidate"),
        pytest.param(["publish", "--rollback", "x"], "no version 'x'", id="back to a version that is not there"),
    ],
)
def test_what_cannot_be_done_yet_is_one_line_and_exit_code_1(words: list[str], said: str, deskmart: Terminal) -> None:
    told = deskmart(*words)
    assert told.code == 1
    (line,) = told.err.splitlines()
    assert said in line
    assert line.endswith(")")


def test_a_secret_in_the_file_stops_every_command_without_being_shown(deskmart: Terminal) -> None:
    deskmart("init")
    with (deskmart.home / "deskmart.toml").open("a") as config:
        config.write('\n[sources.zendesk]\ntoken = "canary-hush"\n')
    told = deskmart("status")
    assert told.code == 2
    assert "DESKMART_ZENDESK_TOKEN" in told.err
    assert "canary" not in told.err + told.out


def test_help_lists_every_command(deskmart: Terminal) -> None:
    told = deskmart("--help")
    assert told.code == 0
    for command in (
        "init",
        "doctor",
        "run",
        "ingest",
        "validate",
        "build",
        "publish",
        "kpi",
        "status",
        "quarantine",
        "audit",
        "sandbox",
        "demo",
        "up",
        "backup",
        "restore",
        "alerts",
    ):
        assert command in told.out


def test_init_writes_a_configuration_that_can_be_read_and_leaves_an_existing_one_alone(deskmart: Terminal) -> None:
    told = deskmart("init")
    path = deskmart.home / "deskmart.toml"
    assert told.code == 0
    assert str(path) in told.out
    assert list(load_settings(deskmart.home, {}).sources) == ["file_drop"]
    assert (deskmart.home / "inbox").is_dir()
    assert (deskmart.home / "mappings").is_dir()

    path.write_text("threads = 1\n")
    assert "left as it is" in deskmart("init").out
    assert path.read_text() == "threads = 1\n"


def test_every_commented_example_of_the_configuration_can_be_switched_on(deskmart: Terminal) -> None:
    deskmart("init")
    path = deskmart.home / "deskmart.toml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line.removeprefix("# ") if line.startswith("# [") or " = " in line else line for line in lines))
    assert set(load_settings(deskmart.home, {}).sources) == set(all_sources())


def test_doctor_says_how_each_thing_stands_and_what_to_do(deskmart: Terminal) -> None:
    deskmart("init")
    told = deskmart("doctor")
    assert "packages: Python" in told.out
    assert "token key: k1" in told.out
    assert "note alerts: nobody is told" in told.out
    assert "FAIL" not in told.out.replace("FAIL free disk", "")

    deskmart.patch.setenv("DESKMART_ZENDESK_URL", "http://127.0.0.1:9")
    deskmart.patch.setenv("DESKMART_ASTERISK_PATH", str(deskmart.home / "nowhere"))
    ill = deskmart("doctor")
    assert "FAIL source zendesk: email is not set" in ill.out

    deskmart.patch.setenv("DESKMART_ZENDESK_EMAIL", "a@b.example")
    deskmart.patch.setenv("DESKMART_ZENDESK_TOKEN", "canary-hush")
    ill = deskmart("doctor")
    assert ill.code == 1
    assert "canary" not in ill.out
    assert "FAIL source zendesk: 127.0.0.1:9 does not answer" in ill.out
    assert "FAIL source asterisk" in ill.out
    assert ill.out.count("→") >= 2


def test_init_switches_a_source_on_and_takes_the_sites_zone(deskmart: Terminal) -> None:
    told = deskmart("init", "--source", "zendesk", "--timezone", "Asia/Taipei")
    settings = load_settings(deskmart.home, {})
    assert set(settings.sources) == {"zendesk", "file_drop"}
    assert settings.site_timezone == "Asia/Taipei"
    assert "1. say where the data is" in told.out
    assert deskmart("init", "--source", "zendesc").code == 2


def test_alerts_without_anybody_to_tell(deskmart: Terminal) -> None:
    assert "nothing is wrong" in deskmart("alerts", "check").out
    assert "nothing is wrong" in deskmart("alerts", "list").out
    told = deskmart("alerts", "test")
    assert (told.code, "DESKMART_ALERTS_WEBHOOK_URL" in told.err) == (2, True)


def test_an_empty_home_is_told_of_and_not_an_error(deskmart: Terminal) -> None:
    assert "deskmart run" in deskmart("status").out
    assert "nothing is open in quarantine" in deskmart("quarantine", "list").out
    verified = deskmart("audit", "verify")
    assert verified.code == 0
    assert verified.out.startswith("0 broken")


def test_the_pretend_shops_files_are_written(deskmart: Terminal, tmp_path: Path) -> None:
    words = ["--days", "2", "--contacts-per-day", "20", "--seed", "5"]
    assert deskmart("sandbox", "generate", "--home", str(tmp_path / "shop"), *words).code == 0
    written = {path.relative_to(tmp_path / "shop").as_posix() for path in (tmp_path / "shop").rglob("*") if path.is_file()}
    assert {"asterisk/queue_log", "asterisk/Master.csv", "inbox/shifts_20260901.csv", "mappings/hotline.yml"} <= written


def test_the_pretend_shop_names_the_dirt_it_knows(deskmart: Terminal, tmp_path: Path) -> None:
    told = deskmart("sandbox", "generate", "--home", str(tmp_path), "--dirt", "mud")
    assert told.code == 2
    assert "bad_json" in told.err
