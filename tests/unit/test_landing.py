"""Landing: all of a batch or nothing of it, exactly as it was sent, and found when it was changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskmart.batch import Batch
from deskmart.errors import LandingError, SourceError
from deskmart.lake import Lake
from ingestion.landing import Attempt, land, last_cursor, pages_of, read_attempt, stream_attempts
from ingestion.source import Page
from tests.unit.gate_world import SINCE, UNTIL, a_stream

ROOT = Path(__file__).parents[2]
MONDAY = Batch("shop", "calls", SINCE, UNTIL)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def put(lake: Lake, *bodies: bytes, batch: Batch = MONDAY) -> Attempt:
    return land(batch, a_stream(), [Page(body, "json", {"n": number}) for number, body in enumerate(bodies)], lake)


def folder(lake: Lake, batch: Batch = MONDAY) -> Path:
    return lake.stream_landing(batch.source, batch.stream) / batch.id


def names(path: Path) -> list[str]:
    return sorted(item.name for item in path.iterdir()) if path.exists() else []


@pytest.mark.parametrize(
    "bodies",
    [
        pytest.param([], id="no page at all"),
        pytest.param([b""], id="an empty page"),
        pytest.param([b'{"a": 1}', b"\x00\xff\xfe", "键".encode()], id="bytes of any kind"),
        pytest.param([bytes(range(256)) * 10_000], id="a large page"),
    ],
)
def test_pages_come_back_byte_by_byte(bodies: list[bytes], lake: Lake) -> None:
    attempt = put(lake, *bodies)
    again = read_attempt(MONDAY, attempt.name, lake)
    assert again == attempt
    assert [body for _, body, _ in pages_of(again, lake)] == bodies
    assert [number for number, _, _ in pages_of(again, lake)] == list(range(1, len(bodies) + 1))


def test_small_responses_share_a_file(lake: Lake) -> None:
    import dataclasses

    stream = dataclasses.replace(a_stream(), responses_per_file=3)
    attempt = land(MONDAY, stream, [Page(f"{number}".encode(), "json") for number in range(7)], lake)
    assert [body for _, body, _ in pages_of(attempt, lake)] == [f"{number}".encode() for number in range(7)]
    assert len(list(lake.landing(MONDAY, attempt.name).glob("page-*"))) == 3


def test_the_same_bytes_again_are_the_earlier_attempt(lake: Lake) -> None:
    first = put(lake, b"one", b"two")
    assert put(lake, b"one", b"two") == first
    assert names(folder(lake)) == ["00001"]


@pytest.mark.parametrize("changed", [(b"one", b"TWO"), (b"one",), (b"one", b"two", b"three"), (b"two", b"one")])
def test_other_bytes_are_a_further_attempt_and_the_earlier_one_stays(changed: tuple[bytes, ...], lake: Lake) -> None:
    first = put(lake, b"one", b"two")
    second = put(lake, *changed)
    assert (first.name, second.name) == ("00001", "00002")
    assert [body for _, body, _ in pages_of(first, lake)] == [b"one", b"two"]
    assert lake.attempts(MONDAY) == ["00001", "00002"]


def test_a_source_that_breaks_off_leaves_nothing(lake: Lake) -> None:
    def pages() -> Iterator[Page]:
        yield Page(b"one", "json")
        raise SourceError("gone in the middle", source="shop")

    with pytest.raises(SourceError, match="gone in the middle"):
        land(MONDAY, a_stream(), pages(), lake)
    assert names(folder(lake)) == []
    assert stream_attempts("shop", "calls", lake) == []


# Imports only what landing needs: what the tests' own stream would bring along takes a second.
CHILD = """
import os, resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from deskmart.errors import LandingError
from deskmart.lake import Lake
from ingestion.landing import land
from ingestion.source import Mode, Page, Stream
from deskmart.batch import Batch

MONDAY = Batch("shop", "calls", datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC))
CALLS = Stream("calls", (), ("call_id",), Mode.EVENTS, lambda settings, manifest: None)

def pages():
    for number in range(4):
        if sys.argv[2] == str(number):
            os.kill(os.getpid(), signal.SIGKILL)
        yield Page(os.urandom(50_000), "json")

if sys.argv[2] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    land(MONDAY, CALLS, pages(), Lake(Path(sys.argv[1])))
except LandingError as error:
    print(error)
"""


def child(lake: Lake, when: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(lake.home), when], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("page", [0, 1, 3])
def test_a_killed_landing_is_not_there_and_the_next_one_lands(page: int, lake: Lake) -> None:
    assert child(lake, str(page)).returncode == -9
    assert stream_attempts("shop", "calls", lake) == []
    assert lake.attempts(MONDAY) == []

    attempt = put(lake, b"one")

    assert attempt.name == "00001"
    assert names(folder(lake)) == ["00001"], "what was left is swept away"


def test_a_disk_that_refuses_is_a_landing_error_and_leaves_nothing(lake: Lake) -> None:
    done = child(lake, "full")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"{MONDAY}: the disk refused")
    assert "run again" in line
    assert names(folder(lake)) == []


def test_a_file_in_the_way_is_a_landing_error(lake: Lake) -> None:
    folder(lake).parent.mkdir(parents=True)
    folder(lake).write_text("not a folder")
    with pytest.raises(LandingError, match="the disk refused"):
        put(lake, b"one")


@pytest.mark.parametrize("place", [0, 10, -5, -1], ids=["first byte", "in the middle", "checksum", "last byte"])
@pytest.mark.parametrize("page", [0, 1])
def test_a_changed_byte_of_a_page_is_found(place: int, page: int, lake: Lake) -> None:
    attempt = put(lake, b"one " * 50, b"two " * 50)
    entry = attempt.manifest["pages"][page]
    path = lake.landing(MONDAY, attempt.name) / entry["file"]
    content = bytearray(path.read_bytes())
    content[entry["offset"] + (place if place >= 0 else entry["length"] + place)] ^= 0x40
    path.write_bytes(content)
    with pytest.raises(LandingError, match=f"page {page + 1} .* is not what was landed"):
        list(pages_of(attempt, lake))


def test_a_cut_or_lost_page_is_found(lake: Lake) -> None:
    attempt = put(lake, b"one " * 50)
    path = lake.landing(MONDAY, attempt.name) / attempt.manifest["pages"][0]["file"]
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(LandingError, match="is not what was landed"):
        list(pages_of(attempt, lake))
    path.unlink()
    with pytest.raises(LandingError, match="is not what was landed"):
        list(pages_of(attempt, lake))


@pytest.mark.parametrize("content", ["", "{", None], ids=["empty", "half", "gone"])
def test_an_attempt_without_a_readable_manifest_is_a_landing_error(content: str | None, lake: Lake) -> None:
    attempt = put(lake, b"one")
    path = lake.landing(MONDAY, attempt.name) / "manifest.json"
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(LandingError, match="no readable manifest"):
        read_attempt(MONDAY, attempt.name, lake)


def test_the_cursor_to_go_on_from_is_that_of_the_latest_landing(lake: Lake) -> None:
    assert last_cursor("shop", "calls", lake) is None
    tuesday = Batch("shop", "calls", UNTIL, UNTIL + timedelta(days=1))
    for batch, cursor in ((tuesday, "t"), (MONDAY, "m")):
        land(batch, a_stream(), [Page(b"x", "json", cursor={"at": cursor}), Page(b"y", "json")], lake)
    assert last_cursor("shop", "calls", lake) == {"at": "m"}


def test_only_the_owner_can_enter_what_was_landed(lake: Lake) -> None:
    attempt = put(lake, b"one")
    for path in (lake.landing(MONDAY, attempt.name), folder(lake), lake.home / "landing"):
        assert path.stat().st_mode & 0o077 == 0


def test_the_manifest_says_when_what_and_from_where(lake: Lake) -> None:
    before = datetime.now(UTC)
    manifest = put(lake, b"one").manifest
    assert (manifest["source"], manifest["stream"], manifest["batch"], manifest["attempt"]) == (
        "shop",
        "calls",
        MONDAY.id,
        "00001",
    )
    assert (manifest["since"], manifest["until"]) == (SINCE.isoformat(), UNTIL.isoformat())
    assert before <= datetime.fromisoformat(manifest["landed_at"]) <= datetime.now(UTC)
    assert manifest["pages"][0]["bytes"] == 3
