"""Backup and restore: the whole home or nothing, with the rights it had, and never over another."""

from __future__ import annotations

import io
import shutil
import stat
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from deskmart.backup import MANIFEST, BackupError, back_up, restore
from deskmart.errors import DeskmartError, GateError
from deskmart.kpi import connect
from deskmart.lake import Lake, private_folder, write_bytes
from deskmart.settings import Settings, load_settings
from expectations.tokens import check_token_key, tokens_of
from expectations.verify import verify
from serving.publish import publish
from serving.versions import published_anchors
from tests.serving.small_home import put_candidate


@pytest.fixture(scope="module")
def a_filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two publishes, a token made, and what else lies about in a home."""
    import pyarrow as pa

    settings = load_settings(tmp_path_factory.mktemp("filled") / "home", {})
    home = settings.home
    for number in (1, 2):
        publish(put_candidate(settings, number), settings)
    tokens_of("phone", pa.array(["+8613800138000"]), settings)
    write_bytes(home / "landing" / "zendesk" / "tickets" / "b" / "00001" / "page-00001.json.gz", b"raw")
    write_bytes(home / "accepted" / "zendesk" / "tickets" / "b" / "00001.parquet", b"rows")
    write_bytes(home / "inbox" / "客户.csv", "姓名\n".encode())
    for name in ("airflow/airflow.db", "warehouse/candidate.duckdb", "landing/zendesk/tickets/b/.00002.part/page", ".x.1.tmp"):
        write_bytes(home / name, b"not wanted")
    return home


@pytest.fixture
def a_home(a_filled_home: Path, tmp_path: Path) -> Settings:
    shutil.copytree(a_filled_home, tmp_path / "home", symlinks=True)
    return load_settings(tmp_path / "home", {})


def tree(home: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(home).as_posix(): (stat.S_IMODE(path.stat().st_mode), path.read_bytes() if path.is_file() else b"")
        for path in home.rglob("*")
        if not {".part", ".tmp"} & {Path(part).suffix for part in path.relative_to(home).parts}
        and path.relative_to(home).parts[0] not in ("airflow", "locks")
        and "candidate" not in path.name
    }


def test_a_restored_home_is_what_it_was(a_home: Settings, tmp_path: Path) -> None:
    done = back_up(a_home, tmp_path / "backup.tar", with_key=True)

    told = restore(tmp_path / "backup.tar", tmp_path / "new" / "home")

    assert (told, told.has_key) == (done, True)
    assert tree(tmp_path / "new" / "home") == tree(a_home.home)
    new = load_settings(tmp_path / "new" / "home", {})
    assert [one for one in verify(new, published_anchors(new)) if one.severity == "broken"] == []
    with connect(new) as connection:
        assert connection.execute("select max(value) from mart_kpi_daily").fetchone() == (2.0,)
    assert Lake(new.home).published_current.readlink() == Lake(a_home.home).published_current.readlink()
    publish(put_candidate(new, 3), new)  # and it goes on


def test_the_key_stays_apart_and_its_absence_is_found(a_home: Settings, tmp_path: Path) -> None:
    done = back_up(a_home, tmp_path / "backup.tar")
    assert not done.has_key
    assert a_home.token_key not in (tmp_path / "backup.tar").read_bytes()
    assert stat.S_IMODE((tmp_path / "backup.tar").stat().st_mode) == 0o600

    restore(tmp_path / "backup.tar", tmp_path / "new")
    with pytest.raises(GateError, match="not the token key k1"):
        check_token_key(load_settings(tmp_path / "new", {}))  # which drew itself another
    check_token_key(replace(load_settings(tmp_path / "new", {}), token_key=a_home.token_key))


@pytest.mark.parametrize("name", ["warehouse", "ledger", "ingest-zendesk-tickets", "admit-file_drop-orders", "alerts"])
def test_nothing_is_backed_up_while_a_step_is_at_work(name: str, a_home: Settings, tmp_path: Path) -> None:
    with Lake(a_home.home).lock(name), pytest.raises(DeskmartError, match=f"at work on {name}"):
        back_up(a_home, tmp_path / "backup.tar")
    assert not (tmp_path / "backup.tar").exists()


def test_a_backup_is_never_written_over_another(a_home: Settings, tmp_path: Path) -> None:
    (tmp_path / "backup.tar").write_text("precious")
    with pytest.raises(BackupError, match="exists already"):
        back_up(a_home, tmp_path / "backup.tar")
    assert (tmp_path / "backup.tar").read_text() == "precious"


def test_a_backup_inside_the_home_does_not_hold_itself(a_home: Settings) -> None:
    target = a_home.home / "backup.tar"
    assert "backup.tar" not in back_up(a_home, target).files


def test_a_home_is_never_restored_over_another(a_home: Settings, tmp_path: Path) -> None:
    back_up(a_home, tmp_path / "backup.tar")
    before = tree(a_home.home)
    with pytest.raises(BackupError, match="is not empty"):
        restore(tmp_path / "backup.tar", a_home.home)
    assert tree(a_home.home) == before


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_backup_restores_nothing(share: float, a_home: Settings, tmp_path: Path) -> None:
    back_up(a_home, tmp_path / "backup.tar")
    data = (tmp_path / "backup.tar").read_bytes().rstrip(b"\0")
    (tmp_path / "backup.tar").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BackupError):
        restore(tmp_path / "backup.tar", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_changed_byte_restores_nothing(a_home: Settings, tmp_path: Path) -> None:
    back_up(a_home, tmp_path / "backup.tar")
    data = (tmp_path / "backup.tar").read_bytes()
    (tmp_path / "backup.tar").write_bytes(data.replace(b"rows", b"Rows", 1))
    with pytest.raises(BackupError, match=r"accepted/zendesk/tickets/b/00001\.parquet"):
        restore(tmp_path / "backup.tar", tmp_path / "new")
    assert list(tmp_path.glob("*new*")) == [] and list(tmp_path.glob(".new*")) == []


@pytest.mark.parametrize(
    "member",
    [
        pytest.param(tarfile.TarInfo("../outside"), id="a path that leads out"),
        pytest.param(tarfile.TarInfo("/tmp/outside"), id="a path of the machine"),
        pytest.param(tarfile.TarInfo("inbox/more.csv"), id="a file that is not listed"),
    ],
)
def test_what_somebody_put_into_a_backup_is_refused(member: tarfile.TarInfo, a_home: Settings, tmp_path: Path) -> None:
    back_up(a_home, tmp_path / "backup.tar")
    member.size = 1
    with tarfile.open(tmp_path / "backup.tar", "a") as tar:
        tar.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(BackupError):
        restore(tmp_path / "backup.tar", tmp_path / "new")
    assert not (tmp_path / "outside").exists() and not (tmp_path / "new").exists()


def test_a_link_in_a_backup_is_refused(a_home: Settings, tmp_path: Path) -> None:
    back_up(a_home, tmp_path / "backup.tar")
    with tarfile.open(tmp_path / "backup.tar", "a") as tar:
        link = tarfile.TarInfo("inbox/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(BackupError, match="neither a file nor a folder"):
        restore(tmp_path / "backup.tar", tmp_path / "new")


def test_any_other_file_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(BackupError):
        restore(tmp_path / "notes.txt", tmp_path / "new")
    assert MANIFEST == "backup.json"


def test_an_empty_home_is_not_backed_up(tmp_path: Path) -> None:
    private_folder(tmp_path / "home")
    with pytest.raises(BackupError, match="holds nothing yet"):
        back_up(Settings(tmp_path / "home"), tmp_path / "backup.tar")
