"""The marts under the names people read, in Chinese and in English."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from deskmart.dictionary import published_tables
from deskmart.freeze import PROJECT
from deskmart.settings import Settings
from serving.postgres.labels import column_labels, label_of
from tests.made_once import MadeOnce
from tests.serving.small_home import a_home, a_published_home, asked, published, served

LABELLED = [table for table in published_tables() if table.layer == "marts" or table.name == "kpi_targets"]


@pytest.fixture
def home(tmp_path: Path, a_database: str, made_once: MadeOnce) -> Settings:
    made_once.copy(a_published_home, tmp_path, 1)
    settings = a_home(tmp_path, a_database)
    served(settings)
    return settings


def kpi_names(language: str) -> dict[str, str]:
    import csv

    with (PROJECT / "seeds" / "kpi_catalog.csv").open(encoding="utf-8", newline="") as lines:
        return {row["kpi"]: row[f"name_{language}"] for row in reversed(list(csv.DictReader(lines)))}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("table", [pytest.param(table, id=table.name) for table in LABELLED])
def test_every_column_of_a_mart_has_a_name_of_its_own(table: object, language: str) -> None:
    columns = table.columns  # type: ignore[attr-defined]
    labels = {column: label_of(column, language, kpi_names(language)) for column in columns}
    assert [column for column, label in labels.items() if label == column] == []
    assert [label for label, times in Counter(labels.values()).items() if times > 1] == []
    assert [label for label in labels.values() if len(label.encode()) > 63] == []


def test_no_name_is_left_of_a_column_that_is_gone() -> None:
    stamped = {"publish_id", "published_at", "age_seconds"}  # added to every table, or to those of freshness, by publishing
    changes = {f"{part}_{which}" for part in ("numerator", "denominator", "value", "kpi_version") for which in ("old", "new")}
    of_audit = changes | {
        "sample_size_old",
        "sample_size_new",
        "pending_size_old",
        "pending_size_new",
        "batches",
        "policies",
        "cause",
        "grain",
    }
    known = {column for table in LABELLED for column in table.columns} | stamped | of_audit
    assert sorted(set(column_labels()["zh"]) - known) == []


def test_views_say_the_names_of_columns_and_kpis(home: Settings, a_database: str) -> None:
    (row,) = asked(
        a_database,
        'select "指标", "指标代码", "日期", "指标值", "成员编号" from labels_zh.mart_kpi_daily where "日期" = \'2026-03-01\'',
    )
    assert (row[0], row[1], row[3]) == ("平均处理时长", "aht", 1.0)
    (row,) = asked(a_database, 'select "KPI", "Value", "Date" from labels_en.mart_kpi_daily where "Date" = \'2026-03-01\'')
    assert row[:2] == ("Average handle time", 1.0)
    assert asked(a_database, "select count(*) from labels_zh.mart_kpi_daily") == [(3,)]


def test_views_on_label_views_show_the_next_publish_too(home: Settings, a_database: str) -> None:
    asked(
        a_database,
        'create schema analysts; create view analysts.mine as select distinct "指标值" as v from labels_zh.mart_kpi_daily',
    )
    published(home, 2)
    assert served(home).kept == []
    assert asked(a_database, "select v from analysts.mine") == [(2.0,)]


def test_label_views_follow_when_columns_change_and_what_hangs_on_the_old_ones_is_told(home: Settings, a_database: str) -> None:
    asked(
        a_database,
        'create schema analysts; create view analysts.mine as select distinct "指标值" as v from labels_zh.mart_kpi_daily',
    )
    published(home, 2, more=", 'x' as band")
    (told,) = served(home).kept
    assert told.startswith("view analysts.mine still hangs on")
    assert told.endswith("create it again over labels_zh.mart_kpi_daily")
    assert asked(a_database, 'select distinct "指标值", "达标档" from labels_zh.mart_kpi_daily') == [(2.0, "x")]
    assert asked(a_database, "select v from analysts.mine") == [(1.0,)]

    published(home, 3)
    assert served(home).kept == []
    assert asked(a_database, "select v from analysts.mine") == [(3.0,)]
    asked(a_database, "drop view analysts.mine")
    published(home, 4)
    assert served(home).kept == []
    assert asked(a_database, "select nspname from pg_namespace where nspname like 'marts_kept%'") == []
