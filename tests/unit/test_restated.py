"""Settled figures that a candidate would change: found, explained, written down, and stopped above the limit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from deskmart.build import Build
from deskmart.errors import RestatementError
from deskmart.frozen_tables import create_tables
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.ledger import records
from expectations.restated import Acceptance, Restatements, compare_with_current, judge
from tests.made_once import MadeOnce

BUILD = Build("b1", "digest", True)
MARTS = (("mart_kpi_daily", "service_date"), ("mart_kpi_weekly", "period_start"), ("mart_kpi_monthly", "period_start"))
# day, kpi, version, numerator, sample_size, pending_size, is_settled
Figure = tuple[str, str, int, int, int, int, bool]
FOUR: tuple[Figure, ...] = (
    ("2026-03-02", "csat", 1, 3, 4, 0, True),
    ("2026-03-02", "aht", 1, 200, 2, 0, True),
    ("2026-03-03", "aht", 1, 300, 3, 0, True),
    ("2026-03-04", "aht", 1, 100, 1, 2, False),
)


def a_warehouse(
    path: Path,
    figures: Sequence[Figure],
    batches: Sequence[tuple[str, str]] = (),
    adjusted: Sequence[tuple[str, str]] = (),
    threshold: int = 20,
    closed: str = "",
) -> None:
    """A warehouse file with these daily figures, batches (name, what they feed), adjusted KPIs and days, and one policy."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for schema in ("inputs", "marts", "seeds"):
            connection.execute(f"create schema {schema}")
        create_tables(connection)
        for mart, start in MARTS:
            connection.execute(
                f"create table marts.{mart} ({start} date, scope varchar, scope_id varchar, channel_group varchar, kpi varchar, "
                "variant varchar, kpi_version integer, numerator decimal(38, 6), denominator decimal(38, 6), value double, "
                "sample_size bigint, pending_size bigint, is_settled boolean)"
            )
        for day, kpi, version, numerator, sample, pending, settled in figures:
            connection.execute(
                "insert into marts.mart_kpi_daily values (?, 'company', 'company', 'voice', ?, 'default', ?, ?, ?, ?, ?, ?, ?)",
                [day, kpi, version, numerator, sample, numerator / sample if sample else None, sample, pending, settled],
            )
        connection.execute(
            "create table marts.mart_adjustments (subject varchar, adjusted_kpi varchar, kpi varchar, service_date date)"
        )
        for kpi, day in adjusted:
            connection.execute("insert into marts.mart_adjustments values ('L1', ?, ?, ?)", [kpi, kpi, day])
        connection.execute(
            "create table seeds.kpi_catalog as select * from (values ('csat', 'surveys'), ('aht', 'contact_legs')) as t(kpi, streams)"
        )
        connection.execute("create table seeds.service_level_policies (threshold_seconds integer)")
        connection.execute("insert into seeds.service_level_policies values (?)", [threshold])
        for name, feeds in batches:
            connection.execute(
                "insert into inputs.build_inputs (source, stream, batch, attempt, feeds) values ('file_drop', ?, ?, '1', ?)",
                [feeds, name, feeds],
            )
        if closed:
            connection.execute("insert into inputs.closed_kpis (month, period_start) values (left(?, 7), ?)", [closed, closed])


def four_figures(folder: Path) -> None:
    a_warehouse(Lake(folder).current, FOUR, [("monday", "contact_legs")])


@pytest.fixture
def home(tmp_path: Path, made_once: MadeOnce) -> Settings:
    made_once.copy(four_figures, tmp_path)
    return Settings(tmp_path, token_key=b"a key for tests", restatement_limit=0.5, restatement_fewest=0)


def candidate(settings: Settings, figures: Sequence[Figure], **more: object) -> Restatements:
    a_warehouse(Lake(settings.home).candidate, figures, **{"batches": [("monday", "contact_legs")]} | more)  # type: ignore[arg-type]
    return compare_with_current(settings)


def rows(settings: Settings, columns: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(Lake(settings.home).candidate), read_only=True) as connection:
        return connection.execute(f"select {columns} from marts.mart_settled_changes order by all").fetchall()


def changed(index: int, figure: Figure) -> list[Figure]:
    return [figure if number == index else known for number, known in enumerate(FOUR)]


def test_equal_figures_are_no_restatement_and_leave_no_line(home: Settings) -> None:
    found = candidate(home, FOUR)
    judge(BUILD, home, found, None)
    assert (found.compared, found.changed) == (3, 0)
    assert rows(home, "*") == []
    assert records(home, "restated") == []


def test_the_first_build_has_nothing_to_compare_with(home: Settings) -> None:
    Lake(home.home).current.unlink()
    found = candidate(home, FOUR)
    assert (found.compared, found.changed) == (0, 0)
    assert rows(home, "*") == []


def test_a_settled_figure_that_changes_stands_there_old_and_new(home: Settings) -> None:
    candidate(home, changed(1, ("2026-03-02", "aht", 1, 260, 3, 0, True)))
    assert rows(
        home, "grain, period_start::varchar, kpi, numerator_old::int, numerator_new::int, sample_size_old, sample_size_new"
    ) == [("day", "2026-03-02", "aht", 200, 260, 2, 3)]


def test_an_unsettled_figure_may_change(home: Settings) -> None:
    assert candidate(home, changed(3, ("2026-03-04", "aht", 1, 150, 3, 0, True))).changed == 0


def test_a_settled_row_that_is_gone_or_pending_again_is_a_restatement(home: Settings) -> None:
    gone = [figure for figure in FOUR if figure[1] != "csat"]
    assert candidate(home, gone).kpis == {"csat": 1}
    assert candidate(home, changed(0, ("2026-03-02", "csat", 1, 3, 4, 1, False))).kpis == {"csat": 1}


def test_a_closed_month_is_no_concern_here(home: Settings) -> None:
    found = candidate(home, changed(0, ("2026-03-02", "csat", 1, 1, 4, 0, True)), closed="2026-03-01")
    assert (found.compared, found.changed) == (0, 0)


@pytest.mark.parametrize(
    ("figure", "more", "cause", "batches"),
    [
        pytest.param(("2026-03-02", "aht", 1, 1, 2, 0, True), {}, "code", None, id="nothing else is new"),
        pytest.param(("2026-03-02", "aht", 2, 1, 2, 0, True), {}, "definition", None, id="another version"),
        pytest.param(("2026-03-02", "aht", 1, 1, 2, 0, True), {"threshold": 30}, "policy", None, id="a seed"),
        pytest.param(
            ("2026-03-02", "aht", 1, 1, 2, 0, True), {"adjusted": [("aht", "2026-03-02")]}, "adjustment", None, id="an adjustment"
        ),
        pytest.param(
            ("2026-03-02", "aht", 1, 1, 2, 0, True),
            {"adjusted": [("aht", "2026-03-03"), ("csat", "2026-03-02")]}, "code", None, id="adjustments of other figures",
        ),
        pytest.param(
            ("2026-03-02", "aht", 1, 1, 2, 0, True),
            {"batches": [("monday", "contact_legs"), ("late", "contact_legs"), ("other", "surveys")]},
            "late data", "file_drop/contact_legs/late", id="a new batch that feeds the KPI",
        ),
        pytest.param(
            ("2026-03-02", "aht", 1, 1, 2, 0, True),
            {"batches": [("monday", "contact_legs"), ("late", "contact_legs")], "threshold": 30},
            "late data, policy", "file_drop/contact_legs/late", id="either",
        ),
    ],
)  # fmt: skip
def test_the_cause_is_what_is_new_since(
    home: Settings, figure: Figure, more: dict[str, object], cause: str, batches: str
) -> None:
    found = candidate(home, changed(1, figure), **more)
    assert rows(home, "cause, batches") == [(cause, batches)]
    assert found.causes == {cause: 1}


def test_within_the_limit_it_passes_with_a_line_and_the_rows_beside_it(home: Settings) -> None:
    judge(BUILD, home, candidate(home, changed(1, ("2026-03-02", "aht", 1, 1, 2, 0, True))), None)
    (line,) = records(home, "restated")
    assert line["counts"] == {"changed": 1, "compared": 3}
    assert [file["path"] for file in line["files_written"]] == ["audit/restatements/b1.parquet"]


def test_above_the_limit_it_stops_and_says_the_way_out(home: Settings) -> None:
    strict = replace(home, restatement_limit=0.3)  # 1 of 3 is more
    found = candidate(strict, changed(1, ("2026-03-02", "aht", 1, 1, 2, 0, True)))
    with pytest.raises(RestatementError, match=r"1 of 3 settled .* --accept-restatements") as stopped:
        judge(BUILD, strict, found, None)
    assert "code: 1" in str(stopped.value)
    assert Lake(strict.home).candidate.exists()
    assert records(strict, "restated") == []


def test_somebody_may_accept_it_with_a_reason_in_the_ledger(home: Settings) -> None:
    strict = replace(home, restatement_limit=0.0)
    found = candidate(strict, changed(1, ("2026-03-02", "aht", 1, 1, 2, 0, True)))
    judge(BUILD, strict, found, Acceptance("Wang Min", "the trunk was down"))
    (line,) = records(strict, "restatements_accepted")
    assert (line["accepted_by"], line["reason"], line["subject"]) == ("Wang Min", "the trunk was down", "b1")
    assert json.loads(json.dumps(line["causes"])) == {"code": 1}


def test_a_few_figures_of_a_young_warehouse_are_told_but_stop_nothing(home: Settings) -> None:
    young = replace(home, restatement_limit=0.0, restatement_fewest=2)
    found = candidate(young, changed(1, ("2026-03-02", "aht", 1, 1, 2, 0, True)))
    judge(BUILD, young, found, None)
    assert len(records(young, "restated")) == 1
    with pytest.raises(RestatementError):
        judge(BUILD, replace(young, restatement_fewest=1), found, None)
