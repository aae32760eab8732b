"""Every figure of a published page is that of the marts beside it, and none that belongs there is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from html import unescape

import duckdb
import pytest

from deskmart.lake import sha256_of
from tests.e2e.conftest import Place
from tests.serving.page_marts import Shown

pytestmark = pytest.mark.slow
MICRO = Decimal("0.000001")


@pytest.fixture(scope="module")
def a_page(all_at_once: Place) -> str:
    return (all_at_once.lake.published_current / "report" / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shown(a_page: str) -> Shown:
    return Shown(a_page)


@pytest.fixture(scope="module")
def marts(all_at_once: Place) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(all_at_once.lake.marts), read_only=True) as connection:
        yield connection


def test_the_page_is_part_of_the_version(all_at_once: Place) -> None:
    current = all_at_once.lake.published_current
    manifest = json.loads((current / "manifest.json").read_bytes())
    assert manifest["files"]["report/index.html"] == sha256_of(current / "report" / "index.html")


def test_every_figure_of_the_last_days_is_its_rows_of_the_daily_mart_added_up(
    shown: Shown, marts: duckdb.DuckDBPyConnection
) -> None:
    """Over the seven days that end with the company's last settled one; and the mart's own figure of those days where it has one."""
    kinds = dict(marts.execute("select kpi || ' ' || variant, kind from kpi_catalog").fetchall())
    rows: dict[str, list[tuple[date, Decimal, Decimal | None, float | None, float | None, int, bool]]] = {}
    for key, *row in marts.execute(
        "select concat_ws(' ', kpi, variant, channel_group, scope, scope_id), service_date, numerator, denominator, value, value_7d, "
        "sample_size, is_settled from mart_kpi_daily order by service_date"
    ).fetchall():
        rows.setdefault(key, []).append(tuple(row))
    compared = 0
    for key, places in shown.figures.items():
        period, _, name = key.partition(" ")
        if period != "p0":
            continue
        kpi, variant, group, *_ = name.split(" ")
        company = rows.get(f"{kpi} {variant} {group} company company", [])
        until = max((row[0] for row in company if row[6]), default=company[-1][0] if company else date.max)
        week = [row for row in rows.get(name, []) if until - timedelta(days=7) < row[0] <= until]
        last = next((row for row in week if row[0] == until), None)
        kind = kinds.get(f"{kpi} {variant}") or next(kinds[one] for one in kinds if one.startswith(f"{kpi} {{"))
        if kind in ("stock", "distribution"):
            expected = as_text(last and (last[3] if kind == "stock" else last[4]))
            sample = (last[5] if last else 0) if kind == "stock" else sum(row[5] for row in week)
        else:
            above, below = sum(row[1] for row in week), sum(row[2] or 0 for row in week)
            expected = as_text(above if kind == "count" and week else above / below if below else None)
            sample = sum(row[5] for row in week)
            assert last is None or last[4] is None or as_text(last[4]) == expected, key
        assert {(value, count) for value, count, _ in places} == {(expected, sample)}, key
        compared += len(places)
    assert compared > 400


def test_every_figure_of_a_week_or_month_is_that_of_its_mart(shown: Shown, marts: duckdb.DuckDBPyConnection) -> None:
    for number, named in shown.periods.items():
        grain, name = named.split(" ")
        if grain == "days":
            continue
        table, column = ("weekly", "iso_week") if grain == "week" else ("monthly", "month")
        rows = marts.execute(
            "select concat_ws(' ', kpi, variant, channel_group, scope, scope_id), value, sample_size "
            f"from mart_kpi_{table} where {column} = ?",
            [name],
        ).fetchall()
        expected = {f"{number} {key}": (as_text(value), sample) for key, value, sample in rows}
        figures = {key: {place[:2] for place in places} for key, places in shown.figures.items() if key.startswith(f"{number} ")}
        assert len(figures) > 200
        assert {key: found for key, found in figures.items() if found != {expected.get(key, ("", 0))}} == {}
    assert [named.split(" ")[0] for named in shown.periods.values()] == ["days", "week", "month"]


def as_text(value: object) -> str:
    """A number of a mart with its 6 decimals."""
    return "" if value is None else str(Decimal(str(value)).quantize(MICRO, ROUND_HALF_UP))


def test_everybody_who_handled_anything_is_on_it(shown: Shown, marts: duckdb.DuckDBPyConnection) -> None:
    last = shown.periods["p2"].split(" ")[1]
    for scope, kpis in (
        ("agent", "'handled_volume', 'tickets_worked'"),
        ("team", "'handled_volume', 'tickets_worked'"),
        ("queue", "'offered'"),
    ):
        worked = marts.execute(
            f"select distinct scope_id from mart_kpi_monthly where month = ? and scope = ? and kpi in ({kpis}) and value > 0",
            [last, scope],
        ).fetchall()
        there = {key.split(" ", 5)[5] for key in shown.figures if re.match(rf"p2 \S+ \S+ \S+ {scope} ", key)}
        assert worked and {member for (member,) in worked} <= there


def test_changes_and_targets_are_those_of_the_mart(a_page: str, marts: duckdb.DuckDBPyConnection) -> None:
    """Of each tile of the last month's week: the arrow's direction and colour, and the band."""
    tiles = re.findall(
        r'<div class="per p1 b-(\w+)" title="[^"]*"><p class="v"><data value="[^"]*" data-n="\d+" data-k="p1 ([^"]+)">.*?<p class="change">(.*?)</p>',
        a_page,
    )
    assert len(tiles) >= 10
    for band, key, change in tiles:
        kpi, variant, group, scope, member = unescape(key).split(" ")
        row = marts.execute(
            "select band, change_abs, verdict from mart_kpi_weekly where kpi = ? and variant = ? and channel_group = ? and scope = ? and "
            "scope_id = ? and iso_week = (select max(iso_week) from mart_kpi_weekly where period_end <= (select max(service_date) from mart_kpi_daily))",
            [kpi, variant, group, scope, member],
        ).fetchone()
        assert row is not None and band == row[0]
        arrow = re.search(r'<i class="(\w+)">(.)</i>', change)
        expected = None if row[1] is None else (row[2] or "plain", "▲" if row[1] > 0 else "▼" if row[1] < 0 else "■")
        assert (arrow and arrow.groups()) == expected or (expected and expected[1] == "■" and arrow and arrow[2] == "■"), key


def test_a_tile_names_the_command_that_traces_it(a_page: str) -> None:
    """The audit walk of the documents runs one of them."""
    named = re.findall(r'title="deskmart (audit trace [^"]*)"', a_page)
    of_answers = [command for command in named if " answer_rate " in command]
    assert of_answers == [
        "audit trace mart_kpi_daily answer_rate 2026-03-09 channel_group=voice",
        "audit trace mart_kpi_weekly answer_rate 2026-W10 channel_group=voice",
        "audit trace mart_kpi_monthly answer_rate 2026-03 channel_group=voice",
    ]
    (value, sample, text) = Shown(a_page).figures["p1 answer_rate default voice company company"][0]
    assert (value, sample, text) == ("0.947644", 191, "94.8 %")


def test_the_hours_of_the_week_are_the_half_hours_added_up(a_page: str, marts: duckdb.DuckDBPyConnection) -> None:
    """Nine days: two of one weekday or two, one of the others."""
    offered, service = (
        [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)[1:]]
        for table in re.findall(r'<table class="heat .*?</table>', a_page)
    )
    assert len(offered) == len(service) == 7 and all(len(row) == 24 for row in [*offered, *service])
    for weekday in range(7):
        for hour in range(24):
            legs, met, judged, days = marts.execute(
                "select sum(offered), sum(service_level_met_legs), sum(service_level_legs), (select count(distinct service_date) "
                "from mart_kpi_daily where isodow(service_date) = $weekday) from mart_interval_queue_service "
                "where isodow(service_date) = $weekday and interval_starts[:2]::int = $hour",
                {"weekday": weekday + 1, "hour": hour},
            ).fetchall()[0]  # fmt: skip
            a_day = Decimal(legs or 0) / days
            expected = str(a_day.quantize(Decimal(1) if a_day >= 10 else Decimal("0.1"), ROUND_HALF_UP)) if legs else ""
            assert offered[weekday][hour] == expected, (weekday, hour)
            share = str((Decimal(100 * met) / judged).quantize(Decimal(1), ROUND_HALF_UP)) if judged else ""
            assert service[weekday][hour] == share, (weekday, hour)


def test_what_is_kept_out_is_that_of_the_reconciliation(shown: Shown, marts: duckdb.DuckDBPyConnection) -> None:
    accepted, kept = marts.execute(
        "select sum(accepted), sum(quarantined + held_back) from mart_audit_reconciliation where is_current"
    ).fetchall()[0]
    assert f"All {accepted:,} {kept:,} " in " ".join(shown.words)
