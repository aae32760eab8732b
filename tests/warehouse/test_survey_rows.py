"""Several rows of one survey, as files bring them: what counts as its last answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.oracle.worlds import RawWorld
from tests.warehouse.quick import quick_warehouse

ASKED = datetime(2026, 3, 3, 2, tzinfo=UTC)
A_RATING = {"kind": "csat", "scale_min": 1, "scale_max": 5, "contact_id": "C1", "invited_at": ASKED}


def the_survey(*rows: dict[str, Any]) -> tuple[Any, ...]:
    """Score, invitation and contact of the one survey that these rows are about."""
    world = RawWorld({"surveys": [{"survey_id": "S", **row} for row in rows]}, ASKED, ASKED + timedelta(days=10), "Asia/Shanghai")
    with quick_warehouse(world, "stg_file_drop__surveys") as connection:
        [row] = connection.sql("select score, invited_at, contact_id, is_automatic from stg_file_drop__surveys").fetchall()
    return tuple(row)


def test_what_only_the_invitation_tells_stays_when_the_answer_comes_as_a_row_of_its_own() -> None:
    answer = {**A_RATING, "contact_id": None, "invited_at": None, "score": 5.0, "responded_at": ASKED + timedelta(hours=2)}
    assert the_survey(A_RATING, answer) == (5.0, ASKED, "C1", None)
    assert the_survey(answer, A_RATING) == (5.0, ASKED, "C1", None)


def test_the_last_answer_counts() -> None:
    first = {**A_RATING, "score": 5.0, "responded_at": ASKED + timedelta(hours=1)}
    second = {**A_RATING, "score": 2.0, "responded_at": ASKED + timedelta(hours=2)}
    assert the_survey(second, first)[0] == 2.0


def test_a_rating_that_the_shop_gives_by_itself_takes_no_answers_place() -> None:
    answer = {**A_RATING, "score": 1.0, "is_automatic": False, "responded_at": ASKED + timedelta(hours=1)}
    automatic = {**A_RATING, "score": 5.0, "is_automatic": True, "responded_at": ASKED + timedelta(hours=3)}
    assert the_survey(automatic, answer)[0] == 1.0
    assert the_survey(A_RATING, automatic) == (5.0, ASKED, "C1", True)
