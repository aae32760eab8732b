"""The auditor's walk of docs/audit.md: every step is run as it is written there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from deskmart.settings import process_environment
from tests.e2e.conftest import ROOT, Place

pytestmark = pytest.mark.slow

_WALK = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8").split("## An auditor's walk")[1].split("\n### ")[0]
STEPS: list[tuple[str, str]] = [(kind, text.strip()) for kind, text in re.findall(r"```(\w*)\n(.*?)```", _WALK, re.DOTALL)]
# What a step must show, by the words it begins with.
SHOWS = {
    "deskmart audit trace mart_kpi_weekly answer_rate": ["181 / 191 = 0.947644", "says the same"],
    "deskmart kpi answer_rate": ["answer_rate", "92.3", "26"],
    "deskmart audit trace mart_kpi_daily answer_rate 2026-03-03 channel_group=voice --page": [
        "24 / 26 = 0.923077",
        "says the same",
    ],
    "deskmart audit trace mart_kpi_daily answer_rate 2026-03-03 channel_group=voice --rows": ["+8613000000002"],
    "deskmart audit trace mart_kpi_daily answer_rate 2026-03-03 channel_group=voice --rules": ["critical", "occurred_at_missing"],
    "gzip -dc": ["30d787fe7957"],
    "deskmart quarantine list": [""],
    "deskmart audit trace mart_audit_reconciliation": ["admit", "264"],
    "deskmart audit verify": ["0 broken"],
    "deskmart audit sample": ["5 of 5 rows agree"],
}


@pytest.fixture
def walked(all_at_once: Place, tmp_path: Path) -> dict[str, str]:
    """The variables of somebody who walks, with `deskmart` on the path."""
    program = tmp_path / "bin" / "deskmart"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m deskmart.cli "$@"\n')
    program.chmod(0o755)
    home = {"DESKMART_HOME": str(all_at_once.home), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    found = process_environment({**all_at_once.variables, **home})
    return {**found, "PATH": f"{program.parent}:{found['PATH']}"}


def test_the_walk_has_all_its_steps() -> None:
    commands = [text for kind, text in STEPS if kind == ""]
    assert all(any(command.startswith(words) for command in commands) for words in SHOWS)
    assert len([text for kind, text in STEPS if kind == "sql"]) == 2


@pytest.mark.parametrize("command", [pytest.param(text, id=text[:70]) for kind, text in STEPS if kind == ""])
def test_a_step_runs_as_written_and_shows_what_is_said(command: str, walked: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=walked, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (shows,) = [found for words, found in SHOWS.items() if command.startswith(words)]
    assert all(close(text) in close(done.stdout) for text in shows), done.stdout
    if "--page" in command:
        page = (tmp_path / "trace.html").read_text(encoding="utf-8")
        assert "24 / 26 = 0.923077" in page
        assert "13000000002" not in page, "contents are masked"


def close(text: str) -> str:
    """Without spaces: cells of a table are folded."""
    return "".join(text.split())


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        pytest.param("from fct_contact_legs", (24, 26), id="the figure"),
        pytest.param("mart_kpi_coverage", None, id="what is refused"),
    ],
)
def test_by_hand_the_figure_is_the_same(words: str, figures: tuple[int, ...] | None, all_at_once: Place) -> None:
    (query,) = [text for kind, text in STEPS if kind == "sql" and words in text]
    with duckdb.connect(str(all_at_once.lake.marts.resolve()), read_only=True) as connection:
        (row,) = connection.execute(query).fetchall()
    assert row == figures if figures else row[0] > 0
