"""What `deskmart status` says: how far a stream has told everything, where the gaps are, and what to do next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskmart.lake import Lake, private_folder
from deskmart.settings import Settings
from deskmart.status import StreamStatus, age, covered, next_steps, seen
from serving.publish import publish
from tests.serving.small_home import put_candidate

Text = tuple[str | None, str | None]


def day(number: int) -> str:
    return f"2026-10-{number:02d}T16:00:00+00:00"


@pytest.mark.parametrize(
    ("spans", "until", "gaps"),
    [
        pytest.param([], None, [], id="nothing"),
        pytest.param([(None, None)], None, [], id="what names no interval"),
        pytest.param([(day(1), day(2))], 2, [], id="one day"),
        pytest.param([(day(2), day(3)), (day(1), day(2))], 3, [], id="in any order"),
        pytest.param([(day(1), day(5)), (day(2), day(3))], 5, [], id="one within another"),
        pytest.param([(day(1), day(2)), (day(4), day(5))], 2, [(2, 4)], id="a gap"),
        pytest.param([(day(1), day(2)), (day(4), day(5)), (day(7), day(8))], 2, [(2, 4), (5, 7)], id="two gaps"),
    ],
)
def test_covered_ends_where_the_first_gap_begins(spans: list[Text], until: int | None, gaps: list[tuple[int, int]]) -> None:
    end, found = covered(spans)
    assert end == (datetime.fromisoformat(day(until)) if until else None)
    assert [(since.day, till.day) for since, till in found] == gaps


def a_stream(**more: object) -> StreamStatus:
    moment = datetime(2026, 10, 2, 16, tzinfo=UTC)
    return replace(StreamStatus("zendesk", "tickets", moment, (), "b", 9, 1, 0, 0, moment, False), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        pytest.param({}, "nothing is published", id="landed and not published"),
        pytest.param(
            {"gaps": ((datetime(2026, 10, 2, 16, tzinfo=UTC), datetime(2026, 10, 4, 16, tzinfo=UTC)),)},
            "deskmart run --since 2026-10-03 --until 2026-10-05 --source zendesk", id="a gap in the site's days",
        ),
        pytest.param({"stopped": 1}, "deskmart quarantine list", id="a stopped batch"),
        pytest.param({"waiting": 1}, "deskmart validate", id="landed and not validated"),
        pytest.param({"is_behind": True}, "behind: zendesk", id="behind"),
    ],
)  # fmt: skip
def test_each_trouble_has_its_next_step(stream: dict[str, object], said: str, tmp_path: Path) -> None:
    assert any(said in step for step in next_steps(Settings(tmp_path), [a_stream(**stream)], None))


def test_an_empty_home_says_how_to_begin(tmp_path: Path) -> None:
    assert next_steps(Settings(tmp_path), [], None) == ["deskmart doctor, then deskmart run --since D --until D"]


def test_when_all_is_well_there_is_nothing_to_do_and_a_waiting_candidate_is_something(tmp_path: Path) -> None:
    settings = Settings(tmp_path, token_key=b"a key for tests!")
    publish_id = publish(put_candidate(settings, 1), settings).publish_id
    published = seen(settings)
    assert published is not None and published.publish_id == publish_id
    assert next_steps(settings, [a_stream()], published) == []

    put_candidate(settings, 2)
    assert next_steps(settings, [a_stream()], published) == [
        "a candidate waits: deskmart publish (it says why it was not published)"
    ]


@pytest.mark.parametrize(
    ("until", "words"),
    [
        pytest.param("2026-10-02T16:12:00+00:00", "12 min", id="minutes"),
        pytest.param("2026-10-02T21:00:00+00:00", "5.0 h", id="hours"),
        pytest.param("2026-10-06T04:00:00+00:00", "3.5 days", id="days"),
    ],
)
def test_ages_in_words(until: str, words: str) -> None:
    assert age(datetime(2026, 10, 2, 16, tzinfo=UTC), datetime.fromisoformat(until)) == words


def test_nothing_published_is_none(tmp_path: Path) -> None:
    private_folder(Lake(tmp_path).published)
    assert seen(Settings(tmp_path)) is None
