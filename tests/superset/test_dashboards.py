"""The dashboards in a browser: every chart shows something, and the numbers are those of `deskmart kpi`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from deskmart.kpi import HEADLINES, Line, cells, connect, kpi_lines
from serving.bi.dashboards import dashboards
from tests.superset.browser import Page
from tests.superset.conftest import Superset
from tests.superset.dashboards import Shown, read

pytestmark = pytest.mark.superset

ROOT = Path(__file__).parents[2]
MARKS = ("[green]", "[/green]", "[red]", "[/red]")
Opened = Callable[[str], Mapping[str, Shown]]


@pytest.fixture(scope="session")
def opened(superset: Superset, page: Page) -> Opened:
    """A dashboard's charts by its slug, each dashboard opened once; its picture goes to build/superset/."""
    seen: dict[str, Mapping[str, Shown]] = {}
    pictures = ROOT / "build" / "superset"
    pictures.mkdir(parents=True, exist_ok=True)

    def open_it(slug: str) -> Mapping[str, Shown]:
        if slug not in seen:
            address = f"{superset.address}/superset/dashboard/{slug}/"
            seen[slug] = read(page, address, charts_of(slug), pictures / f"{slug}.png")
        return seen[slug]

    return open_it


def charts_of(slug: str) -> int:
    return next(sum(1 for _ in dashboard.charts) for dashboard in dashboards() if dashboard.slug == slug)


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda dashboard: dashboard.slug)
def test_every_chart_shows_something(dashboard: object, opened: Opened, page: Page) -> None:
    shown = opened(dashboard.slug)  # type: ignore[attr-defined]
    expected = {chart.title: chart.kind for chart in dashboard.charts}  # type: ignore[attr-defined]
    may_be_empty = {"Closed figures that would differ today", "Approved exclusions and corrections"}
    assert set(shown) == set(expected)
    for title, chart in shown.items():
        assert "error" not in chart.text.lower(), chart.text
        if title in may_be_empty and "No results" in chart.text:
            continue
        if expected[title] in ("number", "trend"):
            assert chart.number not in ("", "N/A"), title
        elif expected[title] in ("table", "rows"):
            assert chart.rows, title
        else:
            assert chart.pictures, title
    assert not page.troubles


def test_the_pages_ask_no_other_server_for_anything(opened: Opened, superset: Superset, page: Page) -> None:
    for dashboard in dashboards():
        opened(dashboard.slug)
    servers = {urlsplit(address).netloc for address in page.answered if urlsplit(address).scheme in ("http", "https")}
    assert servers == {urlsplit(superset.address).netloc}


def test_the_headline_table_says_what_deskmart_kpi_says(opened: Opened, superset: Superset) -> None:
    shown = opened("deskmart-overview")["Headline KPIs"].rows
    assert shown and sorted(shown) == sorted(headline_rows(superset))


def test_over_chosen_days_it_says_what_deskmart_kpi_says_of_them(superset: Superset, page: Page, opened: Opened) -> None:
    whole = opened("deskmart-overview")["Headline KPIs"].rows
    since = last_day(superset) - timedelta(days=6)
    until = since + timedelta(days=7)
    name, days = "NATIVE_FILTER-deskmart-overview-days", f"'{since} : {until}'"
    chosen = f"({name}:(extraFormData:(time_range:{days}),filterState:(value:{days}),id:{name},ownState:()))"
    address = f"{superset.address}/superset/dashboard/deskmart-overview/?native_filters={quote(chosen)}"
    shown = read(page, address, charts_of("deskmart-overview"))["Headline KPIs"].rows
    assert sorted(shown) == sorted(headline_rows(superset, since, until))
    assert shown != whole


def test_the_tiles_show_the_newest_seven_days_that_the_mart_knows(opened: Opened, superset: Superset) -> None:
    shown = opened("deskmart-overview")
    with connect(superset.settings) as marts:
        known = {
            row[:3]: row[3]
            for row in marts.execute(
                "select kpi, variant, channel_group, max_by(value_7d, service_date) filter (where value_7d is not null) "
                "from mart_kpi_daily where scope = 'company' group by all"
            ).fetchall()
        }
    for title, key, is_share in (
        ("Answered, voice", ("answer_rate", "default", "voice"), True),
        ("In target, voice", ("service_level", "offered", "voice"), True),
        ("First reply, chat (s)", ("frt", "default", "chat"), False),
        ("First-contact", ("fcr", "default", "all"), True),
        ("CSAT", ("csat", "default", "all"), True),
        ("Backlog", ("backlog", "default", "all"), False),
    ):
        assert known[key] is not None and is_rounded(shown[title].number, known[key], is_share), (title, shown[title].number)


def test_the_queues_and_teams_show_their_own_figures(opened: Opened, superset: Superset) -> None:
    shares = {"answer_rate", "service_level", "abandon_rate", "resolution_rate", "csat"}
    queue_columns = (
        *("offered", "handled_volume", "answer_rate", "service_level", "abandon_rate", "asa", "aht", "frt", "resolution_rate"),
        *("issues", "csat"),
    )
    team_columns = ("handled_volume", "aht", "frt", "resolution_rate", "issues", "csat")
    names = member_names(superset)
    for scope, title, columns in (("queue", "Queues", queue_columns), ("team", "Teams", team_columns)):
        lines = kpi_lines(superset.settings, [code for code in columns if code != "issues"], scope)
        figures = {
            (line.scope_id, line.channel_group, line.kpi): line
            for line in lines
            if line.variant == ("offered" if line.kpi == "service_level" else "default")
        }
        rows = opened("deskmart-overview")[title].rows
        assert len(rows) == len({key[:2] for key in figures if key[1] != "all"})
        for row in rows:
            named, group, texts = row[: -len(columns) - 2], row[-len(columns) - 2], row[-len(columns) - 1 :]
            member = named[0]
            assert named[1:] in ([], [names.get(member, member)])
            for code, text in zip((*columns, "surveys"), texts, strict=True):
                sampled = {"issues": "resolution_rate", "surveys": "csat"}.get(code)
                line = figures.get((member, group, sampled or code))
                wanted = None if line is None else line.sample_size if sampled else line.value
                assert is_rounded(text, wanted, code in shares), (member, group, code, text, wanted)


def test_the_agents_table_shows_the_agents_own_figures(opened: Opened, superset: Superset) -> None:
    """An agent who changed the team has a row for each; the others' figures are those of `deskmart kpi`."""
    rows = opened("deskmart-scorecard")["What agents did in the chosen days, with the samples behind it"].rows
    with connect(superset.settings) as marts:
        handled = marts.execute(
            "select coalesce(team_id, 'N/A'), agent_id, sum(handled_legs)::bigint from mart_daily_agent_performance group by all"
        ).fetchall()
    assert sorted((row[0], row[1], number(row[3])) for row in rows) == sorted(handled)
    lines = kpi_lines(superset.settings, scope="agent")
    figures = {(line.scope_id, line.kpi, line.channel_group): line.value for line in lines if line.variant == "default"}
    places = (
        (5, "aht", "voice", False), (6, "aht", "chat", False), (7, "frt", "chat", False), (9, "resolution_rate", "all", True),
        (11, "fcr", "all", True), (12, "csat", "all", True), (14, "occupancy", "all", True), (15, "adherence", "all", True),
    )  # fmt: skip
    rows_of_agent = Counter(row[1] for row in rows)
    stayed = [row for row in rows if rows_of_agent[row[1]] == 1]
    assert len(stayed) > 20
    for row in stayed:
        for place, kpi, group, is_share in places:
            wanted = figures.get((row[1], kpi, group))
            assert is_rounded(row[place], wanted, is_share), (row, kpi, wanted)


def test_scores_and_their_items_are_those_of_the_marts(opened: Opened, superset: Superset) -> None:
    shown = opened("deskmart-scorecard")
    with connect(superset.settings) as marts:
        scores = marts.execute("select month, agent_id, score from mart_monthly_agent_scorecard").fetchall()
        ((items,),) = marts.execute("select count(*) from mart_monthly_scorecard_items").fetchall()
    rows = shown["Agents' scores"].rows
    assert [(row[0], row[2]) for row in sorted(rows, key=lambda row: (row[0], row[2]))] == sorted(
        (month, agent) for month, agent, _ in scores
    )
    told = {(row[0], row[2]): row[4] for row in rows}
    for month, agent, score in scores:
        text = told[month, agent]
        assert text == "N/A" if score is None else float(text) == float(score)
    assert len(shown["What each score is made of"].rows) == items


def test_the_auditors_sums_are_those_of_the_reconciliation(opened: Opened, superset: Superset) -> None:
    shown = opened("deskmart-audit")
    with connect(superset.settings) as marts:
        ((*sums,),) = marts.execute(
            "select sum(landed), sum(accepted), sum(quarantined), sum(unexplained), count(*) filter (where not is_balanced) "
            "from mart_audit_reconciliation"
        ).fetchall()
        streams = marts.execute(
            "select source, stream, count(*), sum(landed), sum(accepted), sum(quarantined), sum(duplicates), sum(outside), sum(held_back), "
            "sum(waived), sum(erased), sum(unexplained) from mart_audit_reconciliation group by all"
        ).fetchall()
        findings = marts.execute("select rule_id, rule_version, count(*) from fct_compliance_findings group by all").fetchall()
    titles = ("Records landed", "Accepted", "Quarantined", "Unexplained", "Not balanced")
    assert [number(shown[title].number) for title in titles] == sums
    told = sorted((row[0], row[1], *(number(text) for text in row[2:])) for row in shown["What became of every record"].rows)
    assert told == sorted(streams)
    rules = sorted((row[0], int(row[1]), number(row[3])) for row in shown["Findings by rule"].rows)
    assert rules == sorted(findings)


def test_the_compliance_table_says_what_deskmart_kpi_says(opened: Opened, superset: Superset) -> None:
    codes = ["compliance_pass_rate", "pii_leak_rate", "risk_flag_rate", "compliance_coverage", "record_completeness"]
    wanted = [row[:8] + row[10:] for row in rows_of(superset, codes)]
    assert sorted(opened("deskmart-audit")["Compliance KPIs"].rows) == sorted(wanted)


def headline_rows(superset: Superset, since: date | None = None, until: date | None = None) -> list[list[str]]:
    lines = rows_of(superset, HEADLINES, since, until, only=("default", "offered", "talk_hold"))
    assert len(lines) > 40
    return lines


def rows_of(
    superset: Superset,
    codes: Sequence[str],
    since: date | None = None,
    until: date | None = None,
    only: Sequence[str] = ("default",),
) -> list[list[str]]:
    """Both names, the channel group, value, target, band, sample, pending, 7 days, before and change as `deskmart kpi` prints them."""
    found = []
    for english, chinese in zip(
        *(kpi_lines(superset.settings, codes, "company", since, until, lang) for lang in ("en", "zh")), strict=True
    ):
        if english.variant in only or english.kpi == "aov":
            found.append(
                [
                    english.name.removesuffix(f" {english.variant}"),
                    chinese.name.removesuffix(f" {chinese.variant}"),
                    *told(english),
                ]
            )
    return found


def told(line: Line) -> list[str]:
    row = cells(line, "en")
    for mark in MARKS:
        row = [text.replace(mark, "") for text in row]
    pending = row[7] or "0"
    return [*row[2:7], pending, *row[9:12]]


def last_day(superset: Superset) -> date:
    with connect(superset.settings) as marts:
        found: date = marts.execute("select max(service_date) from mart_kpi_daily").fetchall()[0][0]
    return found


def member_names(superset: Superset) -> dict[str, str]:
    with connect(superset.settings) as marts:
        return dict(marts.execute("select queue_id, name from dim_queues where is_current and name is not null").fetchall())


def number(text: str) -> int:
    return int(text.replace(",", ""))


def is_rounded(text: str, wanted: float | None, is_share: bool) -> bool:
    """Whether the text is that number, rounded to the digits it has."""
    if wanted is None or text in ("N/A", "", "-"):
        return wanted is None and text in ("N/A", "", "-")
    figure = text.replace(",", "").removesuffix("%")
    digits = len(figure.partition(".")[2])
    return text.endswith("%") == is_share and abs(float(figure) - wanted * (100 if is_share else 1)) <= 0.5 * 10**-digits + 1e-9
