"""The KPI page over marts of a few rows: which figures it takes, how it writes them, and that text stays text."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from serving.page.figures import Figure, Kpi, band_of
from serving.page.page import build_page
from serving.page.words import change, duration, percent, target, value
from tests.gate.hostile_home import SCRIPT, TEXTS
from tests.gate.test_report import BROWSER, a_trap, opened
from tests.serving.page_marts import LAST, Shown, empty_marts, put, put_days

ZONE = ZoneInfo("Asia/Shanghai")
MOST_BYTES = 3_000_000
# Every tag and attribute that the page may have.
MARKUP = """html head meta title style body i input nav h1 span div label small a main p b section article h2 h3 data sup svg path rect
    text title figure figcaption table thead tbody tr th td ul li br code footer bdi lang charset name content http-equiv id class href
    viewbox role x x1 y width height text-anchor d for type checked value data-k data-n preserveaspectratio scope"""


@pytest.fixture(scope="module")
def no_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Marts without a row, made once."""
    path = tmp_path_factory.mktemp("empty") / "marts.duckdb"
    empty_marts(path).close()
    return path


@pytest.fixture
def marts(no_days: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Marts for one test to fill."""
    shutil.copy(no_days, tmp_path / "marts.duckdb")
    with duckdb.connect(str(tmp_path / "marts.duckdb")) as connection:
        yield connection


def page_of(marts: duckdb.DuckDBPyConnection, folder: Path) -> str:
    marts.close()
    out = folder / "report" / "index.html"
    assert build_page(folder / "marts.duckdb", out, ZONE)
    return out.read_text(encoding="utf-8")


def test_a_publish_without_a_day_has_a_page_that_says_so(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert "Nothing is published yet" in Shown(page_of(marts, tmp_path)).words


def test_marts_of_somebodys_own_making_have_no_page(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "own.duckdb")).execute("create table mart_kpi_daily (service_date date)").close()
    assert not build_page(tmp_path / "own.duckdb", tmp_path / "index.html", ZONE)
    assert not (tmp_path / "index.html").exists()


def test_seven_days_end_with_the_last_settled_one_for_everybody(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Company 8 days back to today, of which today is not settled; the agent worked on two of them, one too early to count."""
    put_days(marts, "csat", {0: (9, 10)}, is_settled=False, pending_size=4)
    put_days(marts, "csat", dict.fromkeys(range(1, 8), (6, 10)))
    put_days(marts, "csat", {8: (0, 10)})
    put_days(marts, "csat", {0: (9, 10), 3: (1, 3), 8: (0, 10)}, scope="agent", scope_id="A1")
    figures = Shown(page_of(marts, tmp_path)).figures
    # 42 of 70 over 23 to 29 September, and 1 of 3.
    assert set(figures["p0 csat default all company company"]) == {("0.600000", 70, "60.0 %")}
    assert set(figures["p0 csat default all agent A1"]) == {("0.333333", 3, "33.3 %")}


def test_a_stock_is_that_of_its_last_day_and_a_count_is_summed(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put_days(marts, "backlog", {before: (50 + before, None) for before in range(9)})
    put_days(marts, "offered", dict.fromkeys(range(9), (100, None)), channel_group="voice")
    figures = Shown(page_of(marts, tmp_path)).figures
    assert set(figures["p0 backlog default all company company"]) == {("50.000000", 50, "50")}
    assert set(figures["p0 offered default voice company company"]) == {("700.000000", 700, "700")}


def test_weeks_are_complete_ones_and_months_may_be_under_way(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put_days(marts, "csat", dict.fromkeys(range(12), (1, 2)))  # from Saturday the 19th
    row = {
        "scope": "company",
        "scope_id": "company",
        "channel_group": "all",
        "kpi": "csat",
        "variant": "default",
        "is_settled": True,
    }
    row |= {"value": 0.75, "sample_size": 8, "pending_size": 0}
    for start, week in ((14, "2026-W38"), (21, "2026-W39"), (28, "2026-W40")):
        monday = LAST.replace(day=start)
        put(marts, "mart_kpi_weekly", {**row, "period_start": monday, "period_end": monday + timedelta(days=6), "iso_week": week})
    put(marts, "mart_kpi_monthly", {**row, "period_start": LAST.replace(day=1), "period_end": LAST, "month": "2026-09"})
    shown = Shown(page_of(marts, tmp_path))
    assert shown.periods == {"p0": "days 7", "p1": "week 2026-W39", "p2": "month 2026-09"}
    assert set(shown.figures["p1 csat default all company company"]) == {("0.750000", 8, "75.0 %")}


def test_of_a_person_a_small_sample_is_not_judged(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Ann's 20 answers are enough to miss the target of 85 %, Ben's 19 are not."""
    put_days(marts, "csat", {0: (20, 39)}, target_low=0.85)
    put_days(marts, "csat", {0: (10, 20)}, scope="agent", scope_id="Ann", target_low=0.85)
    put_days(marts, "csat", {0: (10, 19)}, scope="agent", scope_id="Ben", target_low=0.85)
    text = page_of(marts, tmp_path)
    assert re.search(r'<td class="n b-below"><data value="0.500000" data-n="20" data-k="p0 csat default all agent Ann">', text)
    assert re.search(r'<td class="n thin"><data value="0.526316" data-n="19" data-k="p0 csat default all agent Ben">', text)


def test_a_late_source_and_what_is_kept_out_are_told(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put_days(marts, "csat", {0: (1, 2)})
    at = datetime(2026, 9, 30, 16, tzinfo=UTC)
    fresh = {"has_cadence": True, "as_of": at, "last_landed_at": at}
    put(marts, "mart_data_freshness", {**fresh, "source": "calls", "accepted_rows": 97, "behind_seconds": 0})
    put(
        marts,
        "mart_data_freshness",
        {**fresh, "source": "chats", "accepted_rows": 0, "behind_seconds": 93_600, "as_of": at - timedelta(hours=26)},
    )
    kept = {"source": "calls", "stream": "s", "is_current": True, "accepted": 97, "quarantined": 2, "held_back": 1}
    put(marts, "mart_audit_reconciliation", kept)
    words = "".join(Shown(page_of(marts, tmp_path)).words)
    assert "1 late" in words and "26h\u200900m" in words and "Data up to 2026-09-29 22:00" in words
    assert "kept out by the gate 3%" in words


@pytest.fixture(scope="module")
def a_trapped_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, list[str]]]:
    """A page of agents, teams, queues and sources with hostile names, the address they try to reach, and what was asked of it."""
    folder = tmp_path_factory.mktemp("hostile")
    with a_trap() as (address, asked):
        with empty_marts(folder / "marts.duckdb") as marts:
            put_days(marts, "csat", {0: (1, 2)})
            put_days(marts, "offered", {0: (1, None)}, channel_group="voice")
            for number, text in enumerate(text.replace("TRAP", address) for text in TEXTS):
                put_days(marts, "csat", {0: (20, 20)}, scope="agent", scope_id=f"{number}{text}")
                put_days(marts, "csat", {0: (20, 20)}, scope="team", scope_id=text)
                put_days(marts, "offered", {0: (20, None)}, scope="queue", scope_id=f"{number}{text}", channel_group="voice")
                put_days(marts, "compliance_findings", {0: (1, None)}, variant=text)
                put(marts, "dim_agents", {"agent_id": f"{number}{text}", "name": text, "team_id": text})
                put(marts, "dim_queues", {"queue_id": f"{number}{text}", "name": text})
                put(marts, "mart_data_freshness", {"source": text})
        page_of(marts, folder)
        yield folder / "report" / "index.html", address, asked


def test_hostile_names_are_only_text(a_trapped_page: tuple[Path, str, list[str]]) -> None:
    path, address, _ = a_trapped_page
    page = Shown(path.read_text(encoding="utf-8"))
    assert page.tags <= {*MARKUP.split()}
    assert {name for name, _ in page.attributes} <= {*MARKUP.split()}
    assert {value for name, value in page.attributes if name == "href"} == {"#zh", "#en"}
    assert not any(value for name, value in page.attributes if name == "http-equiv" and value != "Content-Security-Policy")
    shown = "".join(page.words)
    for hostile in TEXTS[:11]:
        assert shown.count(hostile.replace("TRAP", address)) >= 4, "as agent, team, queue and source"
    assert "\u202e" not in shown
    assert path.stat().st_size < MOST_BYTES


@pytest.mark.slow
def test_a_browser_runs_and_fetches_nothing(a_trapped_page: tuple[Path, str, list[str]], tmp_path: Path) -> None:
    """The page before shows that the trap would have caught it."""
    if not BROWSER.exists():
        pytest.skip("no Chromium at /usr/bin/chromium: what a browser does of a hostile page was not tried")
    path, address, asked = a_trapped_page
    unsafe = tmp_path / "unsafe.html"
    unsafe.write_text(f"<title>-</title><img src={address}><script>{SCRIPT}</script>")
    assert "<title>run</title>" in opened(unsafe.as_uri(), tmp_path) and asked, "the trap catches a page that is not safe"
    asked.clear()
    assert "<title>Deskmart · 客服指标 · Service KPIs</title>" in opened(f"{path.as_uri()}#en", tmp_path)
    assert asked == []


def test_many_agents_do_not_make_the_page_too_large(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put_days(marts, "csat", {0: (1, 2)})
    marts.execute(
        "insert into mart_kpi_daily by name select * exclude (number) replace ('agent' as scope, 'a' || number as scope_id, number as sample_size) "
        "from mart_kpi_daily, range(1, 2001) as numbers (number) where scope = 'company'"
    )
    text = page_of(marts, tmp_path)
    assert "The 60 with the most work, of 2,000" in "".join(Shown(text).words)
    assert len(text.encode()) < MOST_BYTES / 10


RATE = Kpi("kpi", "率", "rate", "ratio", "rate", 100, "up", "", "")
SECONDS = Kpi("kpi", "时", "time", "ratio", "seconds", 1, "down", "", "")
COUNT = Kpi("kpi", "数", "count", "count", "contacts", 1, "none", "", "")


def english(text: str) -> str:
    return "".join(Shown(text).words)


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        ("0", "0.0 秒", "0.0 s"),
        ("9.25", "9.3 秒", "9.3 s"),
        ("99.94", "99.9 秒", "99.9 s"),
        ("99.95", "1 分 40 秒", "1m\u200940s"),
        ("247.684144", "4 分 08 秒", "4m\u200908s"),
        ("3599.5", "1 小时 00 分", "1h\u200900m"),
        ("14284.47", "3 小时 58 分", "3h\u200958m"),
        ("172800", "2 天 00 小时", "2d\u200900h"),
        ("-5", "−5.0 秒", "−5.0 s"),
    ],
)
def test_a_duration_has_two_parts_and_carries(seconds: str, zh: str, en: str) -> None:
    text = duration(Decimal(seconds))
    assert ("".join(Shown(text, "zh").words), english(text)) == (zh, en)


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        ("0.7465", "74.7"),
        ("0.0005", "0.1"),
        ("0.0004", "0.04"),
        ("0.999601", "99.96"),
        ("1", "100.0"),
        ("0", "0.0"),
        ("0.000001", "0.0001"),
    ],
)
def test_a_rate_never_reads_as_all_or_nothing_when_it_is_not(rate: str, text: str) -> None:
    assert percent(Decimal(rate)) == text


def a_figure(number: str | None, low: float | None = None, high: float | None = None, **more: float | str | None) -> Figure:
    given = {"change_abs": None, "change_rel": None, "verdict": None, **more}
    figure = Figure(
        None if number is None else Decimal(number),
        30,
        0,
        target_low=low,
        target_high=high,
        is_settled=True,
        since=LAST,
        until=LAST,
        **given,
    )  # type: ignore[arg-type]
    return figure


@pytest.mark.parametrize(
    ("figure", "kpi", "text"),
    [
        pytest.param(a_figure("1", change_abs=-0.0007, change_rel=-0.1), RATE, "−0.1 pt", id="a rate in points"),
        pytest.param(
            a_figure("1", change_abs=0.0003, change_rel=0.1), RATE, "+0.03 pt", id="a small change of a rate is not nought"
        ),
        pytest.param(a_figure("1", change_abs=0.0, change_rel=0.0), RATE, "±0.0 pt", id="no change"),
        pytest.param(a_figure("1", change_abs=-1.03, change_rel=-0.100213), SECONDS, "−10.0 %", id="a duration relatively"),
        pytest.param(a_figure("1", change_abs=7.0), COUNT, "+7", id="nothing before"),
        pytest.param(a_figure("1"), RATE, "", id="nothing to compare with"),
    ],
)
def test_a_change_is_told_in_the_unit_people_use(figure: Figure, kpi: Kpi, text: str) -> None:
    assert english(change(figure, kpi)) == text


@pytest.mark.parametrize(
    ("number", "low", "high", "direction", "band"),
    [
        ("0.9", 0.85, 0.9, "up", "excellent"),
        ("0.85", 0.85, 0.9, "up", "pass"),
        ("0.849999", 0.85, 0.9, "up", "below"),
        ("30", 10, 30, "down", "pass"),
        ("10", 10, 30, "down", "excellent"),
        ("30.000001", 10, 30, "down", "below"),
        ("0", None, 0, "down", "pass"),
        ("0.75", 0.75, 0.85, "range", "pass"),
        ("0.86", 0.75, 0.85, "range", "below"),
        ("0.9", None, None, "up", "none"),
        (None, 0.85, None, "up", "none"),
        ("5", 1, 2, "none", "none"),
    ],
)
def test_the_band_is_that_of_the_marts(
    number: str | None, low: float | None, high: float | None, direction: str, band: str
) -> None:
    assert band_of(a_figure(number, low, high), direction) == band


def test_values_and_targets_have_their_units() -> None:
    assert value(Decimal("0.746369"), RATE) == "74.6 %" and value(Decimal("3104"), COUNT) == "3,104" and value(None, RATE) == "–"
    assert (
        target(a_figure("1", 0.85, 0.9), RATE) == "≥ 85 %" and english(target(a_figure("1", None, 1800.0), SECONDS)) == "≤ 30 min"
    )
    assert target(a_figure("1", 0.75, 0.85), replace(RATE, direction="range")) == "75–85 %"
    assert english(target(a_figure("1", None, 20.0), SECONDS)) == "≤ 20 s" and target(a_figure("1"), RATE) == ""


def test_the_page_is_a_function_of_the_marts(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put_days(marts, "csat", {before: (before, 10) for before in range(9)})
    first = page_of(marts, tmp_path)
    assert build_page(tmp_path / "marts.duckdb", tmp_path / "again.html", ZONE)
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == first
    assert str(tmp_path) not in first
