"""The ways out of quarantine by command: a mended mapping, a preview, a release, a waiver, a stopped file."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deskmart.cli import whole_app
from expectations import ledger
from expectations.admission import admissions, stopped_admissions
from expectations.gate import admit_all
from expectations.quarantine import list_refusals
from expectations.reconciliation import reconcile
from expectations.verify import verify
from tests.contract.file_drop_home import Home
from tests.contract.test_file_drop_gate import MAPPING

pytestmark = pytest.mark.slow

FILE = """编号,电话,进线,结束,结果
1,,2024-01-05 09:00:00,2024-01-05 09:00:30,放弃
2,,2024-01-05 09:10:00,2024-01-05 09:11:00,挂断
3,,soon,2024-01-05 09:11:00,放弃
"""
WHO = ["--reason", "the new system writes 挂断", "--by", "Li Wei", "--second", "Chen Yu"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A file of three calls: one is fine, one has an outcome that the mapping does not know, one a time nobody can read."""
    monkeypatch.setenv("DESKMART_TOKEN_KEY", "k")
    (tmp_path / "deskmart.toml").write_text("bad_share_limit = 0.9\n")
    found = Home(tmp_path)
    found.map(MAPPING)
    found.drop("calls.csv", FILE)
    admit_all(found.land(), found.settings)
    return found


def deskmart(home: Home, *words: str) -> Result:
    return CliRunner().invoke(whole_app(), [*words, "--home", str(home.path)], env={"COLUMNS": "200"})


def mend(home: Home) -> None:
    home.map(MAPPING.replace("放弃: abandoned,", "放弃: abandoned, 挂断: abandoned,"))


def places(home: Home) -> tuple[int | None, ...]:
    (one,) = reconcile(home.settings, sorted((home.path / "accepted").rglob("*.parquet")))
    assert one.unexplained == 0
    return one.accepted, one.quarantined, one.waived, one.released


def test_a_mended_mapping_is_previewed_then_the_record_released_and_the_other_waived(home: Home) -> None:
    assert places(home) == (1, 2, 0, 0)
    assert deskmart(home, "quarantine", "release", "file_drop/contact_legs", *WHO).exit_code == 3, "the mapping is as it was"
    assert places(home) == (1, 2, 0, 0) and [one["step"] for one in ledger.records(home.settings)] == ["admit"]

    mend(home)
    shown = deskmart(home, "validate", "--preview")
    assert shown.exit_code == 0 and "quarantined → accepted" in shown.output and "outcome_unmapped" in shown.output
    assert places(home) == (1, 2, 0, 0)

    released = deskmart(home, "quarantine", "release", "file_drop/contact_legs", *WHO)
    assert released.exit_code == 3 and "1 accepted, 1 still refused" in released.output
    assert places(home) == (2, 1, 0, 1)

    (left,) = list_refusals(home.settings, only_open=True)
    assert deskmart(home, "quarantine", "waive", left.id, *WHO).exit_code == 0
    assert places(home) == (2, 0, 1, 1)
    assert "nothing is open" in deskmart(home, "quarantine", "list").output
    assert "waived" in deskmart(home, "quarantine", "list", "--all").output
    assert [one["step"] for one in ledger.records(home.settings)] == ["admit", "released", "waived"]
    ledger.seal(home.settings, "build", {})
    assert verify(home.settings) == []


def test_the_open_records_and_their_age_are_listed(home: Home) -> None:
    listed = deskmart(home, "quarantine", "list", "--records").output.splitlines()
    assert len(listed) == 2 and all(line.startswith("file_drop/contact_legs/partner-") for line in listed)
    ageing = deskmart(home, "quarantine", "ageing").output
    assert "under 1 day" in ageing and "0 d" in ageing


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["release", "file_drop/contact_legs", *WHO[:4]], "Missing option '--second'"),
        (["waive", "file_drop/surveys", *WHO], "nothing of"),
        (["waive", "../../etc", *WHO], "names nothing"),
        (["release", "file_drop/contact_legs", *WHO[:4], "--second", "LI WEI"], "the same person"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_moves(words: list[str], said: str, home: Home) -> None:
    done = deskmart(home, "quarantine", *words)
    assert done.exit_code != 0 and said in f"{done.output} {done.exception}"
    assert places(home) == (1, 2, 0, 0)


def stopped(home: Home) -> str:
    rows = "".join(f"{number},,2024-01-06 09:00:00,2024-01-06 09:01:00,挂断\n" for number in range(100, 130))
    home.drop("bad.csv", FILE.splitlines()[0] + "\n" + rows + "131,,2024-01-06 09:00:00,2024-01-06 09:01:00,放弃\n")
    home.land()
    assert deskmart(home, "validate").exit_code == 3
    (one,) = stopped_admissions(home.settings)
    return one.attempt_name


@pytest.mark.parametrize(("command", "accepted", "step"), [("release", 1, "unstopped"), ("waive", None, "waived")])
def test_a_stopped_file_passes_or_is_given_up_whole_and_is_not_tried_again(
    command: str, accepted: int | None, step: str, home: Home
) -> None:
    name = stopped(home)
    broad = deskmart(home, "quarantine", "waive", "file_drop/contact_legs", "--only", "outcome_unmapped", *WHO)
    assert "left as it is" in broad.output and stopped_admissions(home.settings)

    assert deskmart(home, "quarantine", command, name, *WHO).exit_code == 0
    assert ledger.records(home.settings)[-1]["step"] == step
    found = {one.attempt_name: one.accepted for one in admissions(home.settings)}
    assert found.get(name) == accepted
    assert deskmart(home, "validate").exit_code == 0, "nothing waits any more"


def test_judging_again_brings_a_mended_mapping_to_all_that_is_in_use(home: Home) -> None:
    mend(home)
    assert deskmart(home, "validate", "--again").exit_code == 0
    assert places(home) == (2, 1, 0, 0)
    assert "judged by the rules of today" in deskmart(home, "validate", "--preview").output
