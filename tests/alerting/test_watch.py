"""What is looked for every hour, on small marts made for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pytest_httpserver import HTTPServer

from deskmart.alerting import watch as watching
from deskmart.alerting.telling import open_alerts
from deskmart.alerting.watch import find, watch
from deskmart.errors import SettingsError
from deskmart.lake import Lake
from deskmart.settings import Settings, SourceSettings
from tests.alerting.conftest import hook_words, posted

NOON = datetime(2026, 10, 5, 4, 0, tzinfo=UTC)  # 12:00 at the site
MINIMAL = {"kpi": "abandon_rate", "scope": "queue", "fewest": 20}

# queue, day, rate, rows, settled: sales misses its target of 0.05, the last day of all is not settled, the night has few rows
FIGURES = [
    ("sales", "2026-10-02", 0.04, 100, True), ("sales", "2026-10-03", 0.08, 100, True), ("sales", "2026-10-04", 0.5, 100, False),
    ("night", "2026-10-03", 0.9, 19, True), ("care", "2026-10-03", 0.05, 100, True), ("empty", "2026-10-03", None, 0, True),
]  # fmt: skip


def publish(settings: Settings, figures: list[tuple[Any, ...]], as_of: dict[str, str]) -> None:
    """Marts with one rate by queue (`value_7d` is half of the day's), as readers would see them."""
    path = Lake(settings.home).marts
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            "create table kpi_catalog as select 'abandon_rate' as kpi, 'default' as variant, 1 as version, 'Abandonment rate' as name_en,"
            " '放弃率' as name_zh, 'ratio' as kind, 'rate' as unit, 100 as display_factor, 'down' as direction"
        )
        connection.execute(
            "create table mart_kpi_daily (service_date date, scope varchar, scope_id varchar, channel_group varchar, kpi varchar, variant"
            " varchar, denominator double, value double, value_7d double, sample_size bigint, target_low double, target_high double,"
            " is_settled boolean)"
        )
        for queue, day, rate, rows, settled in figures:
            connection.execute(
                "insert into mart_kpi_daily values (?, 'queue', ?, 'voice', 'abandon_rate', 'default', ?, ?, ?, ?, null, 0.05, ?)",
                [day, queue, rows, rate, None if rate is None else rate / 2, rows, settled],
            )
        connection.execute("create table mart_data_freshness (source varchar, as_of timestamptz, has_cadence boolean)")
        for source, moment in as_of.items():
            connection.execute("insert into mart_data_freshness values (?, ?, true)", [source, moment])


@pytest.fixture
def a_shop(a_home: Callable[..., Settings], tmp_path: Path) -> Callable[..., Settings]:
    def make(*limits: dict[str, Any], **alerts: Any) -> Settings:
        settings = a_home(kpis=list(limits), **alerts).with_source(SourceSettings("zendesk"))
        publish(settings, FIGURES, {"zendesk": "2026-10-04 16:00:00+00"})
        return settings

    return make


def lines(settings: Settings, now: datetime = NOON) -> list[str]:
    return [alert.text for alert in find(settings, now)[0].alerts]


def test_a_member_that_misses_its_target_on_the_newest_settled_day_is_told(a_shop: Callable[..., Settings]) -> None:
    assert lines(a_shop(MINIMAL)) == ["Abandonment rate (sales, voice), 2026-10-03: 8.0 %, above 5.0 % (100 rows)"]


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        pytest.param({"above": 0.08}, [], id="just at the limit"),
        pytest.param({"above": 0.0799}, ["sales"], id="just above it"),
        pytest.param({"below": 0.06}, ["care"], id="below a limit"),
        pytest.param({"above": 0.07, "fewest": 19}, ["night", "sales"], id="fewer rows are enough"),
        pytest.param({"days": 7, "above": 0.039}, ["sales"], id="seven days"),
        pytest.param({"days": 7, "above": 0.04}, [], id="seven days are fine"),
        pytest.param({"channel_group": "chat", "above": 0.0}, [], id="another channel"),
        pytest.param({"scope": "team", "above": 0.0}, [], id="another scope"),
    ],
)
def test_limits_of_ones_own(limit: dict[str, Any], told: list[str], a_shop: Callable[..., Settings]) -> None:
    assert [line.partition("(")[2].partition(",")[0] for line in lines(a_shop({**MINIMAL, **limit}))] == told


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        pytest.param({"kpi": "abandon_rat"}, "did you mean abandon_rate", id="a slip"),
        pytest.param({"kpi": "abandon_rate", "variant": "offered"}, "no variant 'offered'", id="a variant"),
    ],
)
def test_a_limit_of_nothing_is_an_error_after_all_else_was_told(
    limit: dict[str, Any], said: str, a_shop: Callable[..., Settings], webhook: HTTPServer
) -> None:
    settings = a_shop(limit, MINIMAL, **hook_words(webhook))
    with pytest.raises(SettingsError, match=said):
        watch(settings, NOON)
    assert [one["kind"] for one in posted(webhook)] == ["kpi"]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        pytest.param("2026-10-05T21:59:00+00:00", [], id="within the limit"),
        pytest.param(
            "2026-10-05T22:01:00+00:00", ["zendesk has told nothing since 2026-10-05 00:00 (30 h; limit 30 h)"], id="past it"
        ),
    ],
)
def test_a_source_is_behind_when_readers_have_heard_nothing_for_longer(
    now: str, told: list[str], a_shop: Callable[..., Settings]
) -> None:
    assert lines(a_shop(), datetime.fromisoformat(now)) == told


def test_a_single_source_may_have_its_own_limit(a_shop: Callable[..., Settings]) -> None:
    assert len(lines(a_shop(stale_hours_of={"zendesk": 11}))) == 1


def test_a_configured_source_that_was_never_read_is_told_but_not_before_anything_is_published(
    a_shop: Callable[..., Settings],
) -> None:
    settings = a_shop().with_source(SourceSettings("chatwoot"))
    assert lines(settings) == ["chatwoot is configured, and no reading of it is published"]
    Lake(settings.home).marts.unlink()
    assert lines(settings) == []


def test_files_without_a_cadence_are_never_behind(a_shop: Callable[..., Settings]) -> None:
    assert lines(a_shop().with_source(SourceSettings("file_drop"))) == []


def test_a_full_disk_is_told(a_shop: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "FREE_BYTES", 2**62)
    (line,) = lines(a_shop())
    assert "GiB are free" in line


def test_what_is_over_is_told_and_what_cannot_be_judged_stays_open(a_shop: Callable[..., Settings], webhook: HTTPServer) -> None:
    settings = a_shop(MINIMAL, **hook_words(webhook))
    watch(settings, NOON)

    fresh = {"zendesk": "2026-10-04 16:00:00+00"}
    publish(settings, [("sales", "2026-10-04", 0.2, 3, True)], fresh)  # too few rows to say anything
    watch(settings, NOON)
    assert [one.kind for one in open_alerts(settings)] == ["kpi"]

    publish(settings, [("sales", "2026-10-05", 0.05, 100, True)], fresh)
    watch(settings, NOON)
    assert [(one["kind"], one["state"]) for one in posted(webhook)] == [("kpi", "raised"), ("kpi", "over")]
    assert open_alerts(settings) == []


def test_a_limit_that_was_taken_back_is_over(a_shop: Callable[..., Settings]) -> None:
    watch(a_shop(MINIMAL), NOON)
    settings = a_shop()
    watch(settings, NOON)
    assert open_alerts(settings) == []
