"""Publishing: readers see the old version or the new one, whatever happens in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from deskmart.build import Build, discard
from deskmart.errors import DeskmartError, PublishError
from deskmart.lake import Lake, private_folder, sha256_of, write_json
from deskmart.settings import Settings
from expectations.ledger import chain
from expectations.verify import verify
from serving.digest import digests
from serving.publish import candidate_build, publish
from serving.versions import prune, published_anchors, rollback, versions
from tests.made_once import MadeOnce

ROOT = Path(__file__).parents[2]


def a_home(path: Path) -> Settings:
    return Settings(path, token_key=b"a key for tests")


def put_candidate(settings: Settings, number: int) -> Build:
    """A candidate whose mart holds one number, as a build leaves it."""
    lake = Lake(settings.home)
    private_folder(lake.warehouse)
    discard(lake)
    with duckdb.connect(str(lake.candidate)) as connection:
        for schema in ("marts", "core", "intermediate", "staging", "seeds"):
            connection.execute(f"create schema {schema}")
        connection.execute(f"create table marts.mart_kpi_daily as select {number} as value, range as day from range(1000)")
        connection.execute(f"create table core.fct_contact_legs as select {number} as leg, decimal '1.5' as wait_seconds")
        connection.execute("create table intermediate.int_private as select 'not for readers' as x")
        connection.execute("create table seeds.kpi_catalog as select 'aht' as kpi")
        connection.execute("create table seeds.fcr_policies as select 'not for readers' as x")
        connection.execute("comment on table marts.mart_kpi_daily is 'it''s one row per day'")
        connection.execute("comment on column marts.mart_kpi_daily.value is '数值'")
    build = Build(f"build-{number}", f"{number:064d}", True, 5, 7)
    write_json(
        lake.warehouse / "candidate.json",
        {"build_id": build.build_id, "inputs_digest": build.inputs_digest, "models": 5, "tests": 7},
    )
    return build


def published(settings: Settings, number: int) -> str:
    return publish(put_candidate(settings, number), settings).publish_id


def seen(settings: Settings) -> int:
    """The number that a reader sees."""
    with duckdb.connect(str(Lake(settings.home).marts.resolve()), read_only=True) as connection:
        ((value,),) = connection.execute("select distinct value from mart_kpi_daily").fetchall()
        return int(value)


def a_published_home(path: Path, *numbers: int) -> None:
    for number in numbers:
        published(a_home(path), number)


@pytest.fixture
def home(tmp_path: Path, made_once: MadeOnce) -> Settings:
    """A home in which 1 is published."""
    made_once.copy(a_published_home, tmp_path, 1)
    return a_home(tmp_path)


def test_what_is_published_is_the_marts_the_facts_and_the_catalogue_alone(home: Settings) -> None:
    current = Lake(home.home).published_current
    manifest = json.loads((current / "manifest.json").read_bytes())
    assert set(manifest["tables"]) == {"mart_kpi_daily", "fct_contact_legs", "kpi_catalog"}
    assert manifest["tables"]["mart_kpi_daily"] == 1000
    assert sorted(path.stem for path in (current / "marts").iterdir()) == sorted(manifest["tables"])
    assert manifest["digests"] == digests(current / "marts.duckdb")
    assert manifest["files"] == {name: sha256_of(current / name) for name in manifest["files"]}


def test_parquet_and_duckdb_say_the_same_and_name_the_publish(home: Settings) -> None:
    current = Lake(home.home).published_current
    with duckdb.connect(str((current / "marts.duckdb").resolve()), read_only=True) as connection:
        for table in ("mart_kpi_daily", "fct_contact_legs", "kpi_catalog"):
            inside = connection.execute(f"select * from {table} order by all").fetchall()
            assert (
                inside
                == connection.execute(f"select * from read_parquet('{current}/marts/{table}.parquet') order by all").fetchall()
            )
            assert {row[-1] for row in inside} == {current.readlink().name}


def test_comments_of_tables_and_columns_reach_the_readers(home: Settings) -> None:
    with duckdb.connect(str(Lake(home.home).marts.resolve()), read_only=True) as connection:
        assert connection.execute("select comment from duckdb_tables() where table_name = 'mart_kpi_daily'").fetchone() == (
            "it's one row per day",
        )
        found = connection.execute(
            "select comment from duckdb_columns() where table_name = 'mart_kpi_daily' and column_name = 'value'"
        )
        assert found.fetchone() == ("数值",)


def test_the_digest_depends_on_the_numbers_and_on_nothing_else(home: Settings) -> None:
    current = Lake(home.home).published_current
    first = digests((current / "marts.duckdb").resolve())
    published(home, 1)
    assert digests((current / "marts.duckdb").resolve()) == first
    published(home, 2)
    assert digests((current / "marts.duckdb").resolve()) != first


def test_the_candidate_becomes_the_current_warehouse(home: Settings) -> None:
    lake = Lake(home.home)
    assert lake.current.exists()
    assert not lake.candidate.exists()
    with pytest.raises(PublishError, match="deskmart build"):
        candidate_build(home)
    with pytest.raises(PublishError, match="deskmart build"):
        publish(Build("x", "y", True), home)
    assert seen(home) == 1


def test_a_candidate_that_waits_can_be_published_later(home: Settings) -> None:
    build = put_candidate(home, 2)
    assert candidate_build(home) == build


def test_readers_can_go_back_and_forth_between_versions(home: Settings) -> None:
    (one,) = versions(home)
    two = published(home, 2)
    rollback(home, one)
    assert seen(home) == 1
    rollback(home, two)
    assert seen(home) == 2
    with pytest.raises(PublishError, match=one):
        rollback(home, "20200101T000000Z-no")
    with pytest.raises(PublishError):
        rollback(home, "../versions")
    assert seen(home) == 2


def test_the_newest_versions_are_kept_and_what_readers_see_is_never_removed(home: Settings) -> None:
    (one,) = versions(home)
    later = [published(home, number) for number in range(2, 5)]
    rollback(home, one)
    assert prune(home, keep=2) == [later[0]]
    assert versions(home) == [one, *later[1:]]
    assert seen(home) == 1


def test_every_publish_is_anchored_in_the_ledger(home: Settings) -> None:
    published(home, 2)
    anchors = published_anchors(home)
    assert len(anchors) == 2
    assert set(anchors) <= {line["hash"] for line in chain(home)}
    assert verify(home, anchors) == []


def test_only_one_process_publishes(home: Settings) -> None:
    build = put_candidate(home, 2)
    with Lake(home.home).lock("warehouse"), pytest.raises(DeskmartError, match="another process"):
        publish(build, home)
    assert seen(home) == 1


def test_a_reader_sees_the_old_version_or_the_new_one_and_no_other(home: Settings) -> None:
    found: list[int] = []
    errors: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                found.append(seen(home))
            except BaseException as error:  # noqa: BLE001 -- told below
                errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(2, 6):
        published(home, number)
    stop.set()
    reader.join()
    assert errors == []
    assert len(set(found)) > 1
    assert found == sorted(found)


# The child dies by SIGKILL at its nth change of a name on disk: Python tells its audit hooks of each beforehand.
CHILD = """
import os, resource, signal, sys
from pathlib import Path
from tests.unit.test_publish import a_home, put_candidate
from serving.publish import publish
from deskmart.errors import PublishError

settings = a_home(Path(sys.argv[1]))
build = put_candidate(settings, 2)
left = int(sys.argv[2])
seen = 0

def hook(event, given):
    global seen
    if event in ("os.rename", "os.symlink", "os.remove"):
        seen += 1
        if seen == left:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
if len(sys.argv) > 3:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    publish(build, settings)
except PublishError as error:
    print(error)
    sys.exit(1)
print(seen)
"""


def child(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, str(settings.home), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_publish_killed_at_any_step_leaves_a_whole_version_and_the_next_one_heals(tmp_path: Path) -> None:
    step, swapped = 0, []
    while True:
        step += 1
        settings = a_home(tmp_path / str(step))
        published(settings, 1)
        done = child(settings, str(step))
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        swapped.append(seen(settings))
        published(settings, 3)
        assert seen(settings) == 3
        leftovers = [path.name for path in Lake(settings.home).published.rglob(".*")]
        assert [name for name in leftovers if name.endswith(".part")] == []
        assert [f for f in verify(settings, published_anchors(settings)) if f.severity == "broken"] == []
    assert step > 5
    assert swapped == sorted(swapped), "old until the swap, new from then on"
    assert set(swapped) == {1, 2}


@pytest.mark.parametrize("largest_file", [0, 20_000])
def test_a_full_disk_is_one_line_and_leaves_the_old_version(largest_file: int, home: Settings) -> None:
    done = child(home, "0", str(largest_file))
    assert done.returncode == 1, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.endswith(")"), "says what to do"
    assert seen(home) == 1
    published(home, 3)
    assert seen(home) == 3


def test_a_disk_that_refuses_the_swap_leaves_the_old_version(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    build = put_candidate(home, 2)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as broken:
        broken.setattr(os, "symlink", refuse)
        broken.setattr(Path, "symlink_to", refuse)
        with pytest.raises(PublishError, match="No space left"):
            publish(build, home)
    assert seen(home) == 1
    assert publish(candidate_build(home), home).publish_id
    assert seen(home) == 2
