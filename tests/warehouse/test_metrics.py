"""dbt's metrics are the marts' KPIs: each measure, summed over its fact, is the part that the engine sums from the catalogue."""

from __future__ import annotations

import duckdb
import pytest
import yaml

from deskmart.kpi_glossary import seed
from deskmart.semantic import METRICS, PLACES, metric_name, summed
from tests.oracle.golden import load_golden
from tests.oracle.worlds import RawWorld
from tests.warehouse.quick import quick_warehouse

DOCUMENT = yaml.safe_load(METRICS.read_text(encoding="utf-8"))
COMBINED = summed([row for row in seed("kpi_catalog") if row["kind"] != "distribution"])


@pytest.fixture(scope="module", params=["queue_outcomes", "tickets", "workforce"])
def warehouse(request: pytest.FixtureRequest) -> duckdb.DuckDBPyConnection:
    golden = load_golden(request.param)
    (as_of,) = set(golden.as_of.values())
    world = RawWorld(golden.records, golden.first_day, as_of, golden.site_timezone)
    return quick_warehouse(world, stop_at="int_kpi_parts_summed")


def test_every_kpi_that_can_be_summed_is_a_metric() -> None:
    assert [metric["name"] for metric in DOCUMENT["metrics"]] == [metric_name(row) for row in COMBINED]
    assert [metric["type"] == "ratio" for metric in DOCUMENT["metrics"]] == [bool(row["denominator_column"]) for row in COMBINED]


def test_each_measure_is_the_part_of_the_catalogue(warehouse: duckdb.DuckDBPyConnection) -> None:
    info = "(select first_day from inputs.build_info) and (select last_day from inputs.build_info)"
    wrong = []
    for model in DOCUMENT["semantic_models"]:
        fact = model["model"].split("'")[1]
        for measure in model["measures"]:
            name, part = measure["name"].rsplit("_", 1)
            (row,) = [row for row in COMBINED if metric_name(row) == name]
            ours = warehouse.execute(
                f"select coalesce(sum({measure['expr']}), 0) from core.{fact} where {measure['agg_time_dimension']} between {info}"
            ).fetchone()
            column = "denominator" if part == "denominator" else "numerator"
            variant = "true" if row["variant"].startswith("{") else f"variant = '{row['variant']}'"
            variant += f" and coalesce(counted_scopes, '{PLACES}') = '{PLACES}'"
            theirs = warehouse.execute(
                f"select coalesce(sum({column}), 0) from intermediate.int_kpi_parts_summed where kpi = '{row['kpi']}' and {variant}"
            ).fetchone()
            if ours != theirs:
                wrong.append((measure["name"], ours, theirs))
    assert wrong == []
