"""A disk that is full, at every stage of a publish: readers keep what they had, and the next publish heals."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OWN_FILE_SYSTEMS = ["unshare", "--user", "--map-root-user", "--mount"]  # without being root, where the kernel permits it

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tries(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    try:
        subprocess.run([*OWN_FILE_SYSTEMS, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system of one's own can be mounted here: `unshare` is missing, or not permitted")
    words = [*OWN_FILE_SYSTEMS, sys.executable, "-m", "tests.serving.full_disk", str(tmp_path_factory.mktemp("home"))]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_full_disk_is_one_line_and_readers_keep_the_old_marts(
    tries: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    failed = [one for one in tries if one["told"]]
    assert len(failed) > 8
    for one in failed:
        assert "No space left on device" in one["told"]
        assert "\n" not in one["told"]
        assert one["seen"] == 1
    with capsys.disabled():
        sys.stdout.write(
            f"\nfull disks: {len(failed)} of {len(tries) - 1} publishes stopped; readers kept the old marts every time\n"
        )


def test_a_publish_that_had_room_is_whole(tries: list[dict[str, Any]]) -> None:
    done = [one for one in tries[:-1] if not one["told"]]
    assert done
    assert {one["seen"] for one in done} == {2}


def test_nothing_half_made_is_left_behind_and_the_next_publish_heals(tries: list[dict[str, Any]]) -> None:
    assert [one["left"] for one in tries if one["left"]] == []
    assert tries[-1]["seen"] == 3
