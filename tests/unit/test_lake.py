"""The home: files whole or not at all, locks that one process has, folders for the owner alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deskmart.errors import DeskmartError
from deskmart.lake import Lake, private_folder, sha256_of, write_bytes, write_json

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from deskmart.lake import Lake
with Lake(Path(sys.argv[1])).lock("warehouse"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    write_bytes(path, b"old")
    write_bytes(path, b"new and longer")
    assert path.read_bytes() == b"new and longer"
    assert [item.name for item in path.parent.iterdir()] == ["b.json"]


def test_json_is_sorted_readable_and_ends_its_line(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"b": "键", "a": 1})
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == '{\n "a": 1,\n "b": "键"\n}\n'


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert sha256_of(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_new_folders_are_their_owners_alone(tmp_path: Path) -> None:
    made = private_folder(tmp_path / "a" / "b")
    assert [path.stat().st_mode & 0o777 for path in (made, made.parent)] == [0o700, 0o700]


def test_a_lock_is_one_processs_until_it_ends_even_by_a_kill(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DeskmartError, match="another process is at work on warehouse"), lake.lock("warehouse"):
            pass
        with lake.lock("ingest-shop-calls"):
            pass
        holder.kill()
        holder.wait()
    with lake.lock("warehouse"):
        pass
