"""A month that was closed keeps its figures; what came later stands beside them with its cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from deskmart.batch import Interval
from deskmart.build import build
from deskmart.closing import Closing, close_month, closes_at, closings
from deskmart.errors import UsageError
from deskmart.lake import Lake
from deskmart.settings import Settings, load_settings
from expectations.gate import admit
from expectations.ledger import records
from ingestion.ingest import batches_of, ingest
from ingestion.registry import source_named
from tests.oracle.drop import drop
from tests.oracle.worlds import RawWorld
from tests.warehouse.without_dbt import without_dbt

pytestmark = pytest.mark.slow
ZONE = "Asia/Shanghai"
SINCE, AS_OF = datetime(2026, 2, 27, 16, tzinfo=UTC), datetime(2026, 4, 12, 16, tzinfo=UTC)


def call(number: int, day: int, outcome: str) -> dict[str, Any]:
    """A call at 10:00 local on a day of March that waited 10 s."""
    offered = datetime(2026, 3, day, 2, tzinfo=UTC)
    answered = offered + timedelta(seconds=10) if outcome == "answered" else None
    ended = offered + timedelta(seconds=130 if answered else 10)
    return {
        "contact_leg_id": f"L{number}", "contact_id": f"C{number}", "channel": "phone", "channel_group": "voice",
        "leg_kind": "queue", "direction": "inbound", "queue_id": "Q1", "outcome": outcome, "offered_at": offered,
        "answered_at": answered, "ended_at": ended, "wait_seconds": 10, "talk_seconds": 120 if answered else None,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Closed:
    """A home whose March was closed before a file about March came late."""

    settings: Settings
    closing: Closing
    warehouse: Path

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()


APPROVED = {"reason": "the trunk was down", "approved_by": "Li Na", "approved_at": datetime(2026, 4, 11, 2, tzinfo=UTC)}


def receive(settings: Settings, home: Path, calls: Sequence[dict[str, Any]], *adjusted: tuple[str, str]) -> None:
    rows = {
        "contact_legs": list(calls),
        "adjustments": [{"subject": subject, "kpi": kpi} | APPROVED for subject, kpi in adjusted],
    }
    drop(
        RawWorld({stream: found for stream, found in rows.items() if found}, SINCE, AS_OF, ZONE),
        home / "inbox",
        home / "mappings",
    )
    for batch in batches_of(source_named("file_drop"), settings, Interval(SINCE, AS_OF)):
        admit(ingest(source_named("file_drop"), batch, settings), settings)


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    home = tmp_path_factory.mktemp("closing") / "home"
    settings = load_settings(home, {"DESKMART_SITE_TIMEZONE": ZONE, "DESKMART_TOKEN_KEY": "a key for tests"})
    first = [call(1, 2, "answered"), call(2, 2, "answered"), call(3, 3, "abandoned")]
    receive(settings, home, first)
    closing = close_month(settings, "2026-03", "Wang Min")
    receive(settings, home, [*first, call(4, 4, "abandoned")], ("L2", "asa"))
    with without_dbt():
        build(settings)
    return Closed(settings, closing, Lake(home).candidate)


FIGURE = "scope = 'company' and channel_group = 'voice' and kpi = 'answer_rate'"


def test_the_closed_figures_are_those_of_the_moment(march: Closed) -> None:
    # 2 answered of 3 offered calls
    query = f"select numerator, denominator, value, closed_by from marts.mart_monthly_closed_kpis where {FIGURE}"
    assert march.ask(query) == [(2, 3, 0.666667, "Wang Min")]
    assert march.closing.figures == march.ask("select count(*) from marts.mart_monthly_closed_kpis")[0][0]


def test_what_came_later_stands_beside_them_with_its_cause(march: Closed) -> None:
    # the late file brought a fourth call, abandoned: 2 of 4
    columns = "numerator_closed, numerator_now, denominator_closed, denominator_now, value_closed, value_now, cause"
    assert march.ask(f"select {columns} from marts.mart_restatements where {FIGURE}") == [
        (2, 2, 3, 4, 0.666667, 0.5, "late data")
    ]
    ((batches,),) = march.ask(f"select batches from marts.mart_restatements where {FIGURE}")
    assert batches.startswith("file_drop/contact_legs/")
    assert march.ask(f"select value from marts.mart_kpi_monthly where {FIGURE} and month = '2026-03'") == [(0.5,)]


def test_an_adjustment_after_the_closing_is_a_restatement_and_changes_no_closed_figure(march: Closed) -> None:
    # L1 and L2 waited 10 s each; L2 is out of asa now
    which = "scope = 'company' and channel_group = 'voice' and kpi = 'asa'"
    columns = "numerator_closed, numerator_now, denominator_closed, denominator_now, cause, adjusted_subjects"
    assert march.ask(f"select {columns} from marts.mart_restatements where {which}") == [(20, 10, 2, 1, "adjustment", "L2")]
    assert march.ask(f"select numerator, denominator from marts.mart_monthly_closed_kpis where {which}") == [(20, 2)]
    assert march.ask("select outcome, kpi, service_date::varchar, fact_rows from marts.mart_adjustments") == [
        ("applied", "asa", "2026-03-02", 1)
    ]


def test_a_figure_that_stayed_the_same_is_no_restatement(march: Closed) -> None:
    restated = march.ask("select distinct kpi from marts.mart_restatements")
    assert ("answered",) not in restated
    assert ("offered",) in restated


def test_the_ledger_names_the_closing_and_its_files(march: Closed) -> None:
    (told,) = records(march.settings, "close")
    assert (told["subject"], told["closed_by"]) == ("2026-03", "Wang Min")
    assert len(told["files_written"]) == 3


def test_a_month_is_closed_once(march: Closed) -> None:
    with pytest.raises(UsageError, match="was closed by Wang Min"):
        close_month(march.settings, "2026-03", "Li Na")
    assert [item.month for item in closings(march.settings)] == ["2026-03"]


@pytest.mark.parametrize(
    ("month", "at", "said"),
    [
        pytest.param("2026-02", datetime(2026, 3, 10, 15, 59, tzinfo=UTC), "from 2026-03-11 on", id="a minute too early"),
        pytest.param("2026-13", None, "is no month", id="no month"),
        pytest.param("2025-01", None, "nothing is known of 2025-01", id="before the data"),
        pytest.param("2026-05", None, "nothing is known of 2026-05", id="after the data"),
    ],
)
def test_a_month_that_cannot_be_closed_says_why(march: Closed, month: str, at: datetime | None, said: str) -> None:
    with pytest.raises(UsageError) as stopped:
        close_month(march.settings, month, "Li Na", at)
    assert said in str(stopped.value)
    assert not (Lake(march.settings.home).closings / month).exists()


def test_a_month_closes_ten_days_after_its_end(march: Closed) -> None:
    assert closes_at(march.settings, "2026-02") == datetime(2026, 3, 10, 16, tzinfo=UTC)
