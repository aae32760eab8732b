"""The models themselves: SQL that two engines read, that gives the same tomorrow, and layers that keep to their walls."""

from __future__ import annotations

import re
from functools import cache

import pytest
import sqlglot
import yaml
from sqlglot import exp

from deskmart.freeze import PROJECT
from ingestion.canonical import CANONICAL
from ingestion.registry import all_sources
from tests.warehouse.rendering import Rendered, rendered, seeds

LAYERS = ("staging", "intermediate", "core", "marts")
# What a layer may read besides the frozen facts of the build (source inputs.*), which every layer may.
MAY_READ = {
    "staging": {"staging", "source"},
    "intermediate": {"staging", "intermediate", "core", "seed"},
    "core": {"intermediate", "core", "seed"},
    "marts": {"core", "intermediate", "seed"},
}
# Functions whose answer depends on when or how often they are asked.
FICKLE = {
    *("current_date", "current_time", "current_timestamp", "current_localtimestamp", "get_current_timestamp", "localtime"),
    *("localtimestamp", "now", "today", "transaction_timestamp", "unix_timestamp"),
    *("rand", "random", "randn", "uuid", "gen_random_uuid", "setseed"),
}
NAMES = sorted(path.stem for path in (PROJECT / "models").rglob("*.sql"))


@cache
def models(adapter: str) -> dict[str, Rendered]:
    """By name; rendered when the first test asks, for collecting happens in every process."""
    return {model.name: model for model in rendered(adapter)}


@cache
def statements(sql: str, adapter: str) -> list[exp.Expr | None]:
    return list(sqlglot.parse(sql, dialect=adapter))


@pytest.mark.parametrize("name", NAMES)
def test_each_model_is_one_statement_of_duckdb(name: str) -> None:
    (statement,) = statements(models("duckdb")[name].sql, "duckdb")
    assert isinstance(statement, exp.Query)


@pytest.mark.parametrize("name", NAMES)
def test_each_model_is_one_statement_of_spark(name: str) -> None:
    (statement,) = statements(models("spark")[name].sql, "spark")
    assert isinstance(statement, exp.Query)


@pytest.mark.parametrize("adapter", ["duckdb", "spark"])
def test_no_model_asks_for_the_time_or_for_chance(adapter: str) -> None:
    assert models(adapter).keys() == set(NAMES)
    assert {model.name: found for model in models(adapter).values() if (found := fickle(model.sql, adapter))} == {}


@pytest.mark.parametrize("call", ["now()", "current_date", "current_timestamp", "random()", "uuid()", "today()"])
def test_a_model_that_did_would_be_found(call: str) -> None:
    assert fickle(f"select {call} as x", "duckdb")


def fickle(sql: str, adapter: str) -> set[str]:
    found = set()
    (statement,) = statements(sql, adapter)
    assert statement is not None
    for function in statement.find_all(exp.Func):
        name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
        found.add(name.lower())
    return found & FICKLE


@pytest.mark.parametrize("name", NAMES)
def test_each_model_reads_only_what_its_layer_may(name: str) -> None:
    model = models("duckdb")[name]
    assert {read for read in model.reads if layer_of(read) not in {*MAY_READ[model.layer], "the build"}} == set()


def layer_of(read: str) -> str:
    if read.startswith("inputs."):
        return "the build"
    if "." in read:
        return "source"
    return models("duckdb")[read].layer if read in models("duckdb") else dict.fromkeys(seeds(), "seed")[read]


def test_every_layer_has_models() -> None:
    assert {model.layer for model in models("duckdb").values()} == set(LAYERS)


def test_staging_reads_only_its_own_source() -> None:
    foreign = {
        (model.name, read)
        for model in models("duckdb").values()
        for read in model.reads
        if model.layer == "staging"
        and "." in read
        and read.split(".")[0] not in (model.name.split("_", 1)[1], "inputs")
        and not model.name.split("_", 1)[1].startswith(f"{read.split('.')[0]}_")
    }
    assert foreign == set()


def test_the_canonical_sources_of_the_project_are_those_of_the_registry() -> None:
    declared = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]["canonical_sources"]
    fed = {
        name: [source.name for source in all_sources().values() if any(name in stream.feeds for stream in source.streams)]
        for name in CANONICAL
    }
    assert declared == fed


def test_each_canonical_stream_has_a_staging_model_of_each_source_that_feeds_it() -> None:
    needed = {
        f"stg_{source.name}__{canonical}"
        for source in all_sources().values()
        for stream in source.streams
        for canonical in stream.feeds
    }
    assert needed - models("duckdb").keys() == set()


def test_every_step_that_the_code_reads_stays_in_the_candidate() -> None:
    macro = (PROJECT / "macros" / "schema_names.sql").read_text(encoding="utf-8")
    rooms = ("deskmart", "expectations", "serving", "ingestion", "dags")
    read = {
        (path.name, name)
        for room in rooms
        for path in (PROJECT.parent / room).rglob("*.py")
        for name in re.findall(r"intermediate\.(int_\w+)", path.read_text(encoding="utf-8"))
    }
    assert {name for _, name in read} >= {"int_persons_resolved", "int_kpi_parts_summed"}
    assert {place for place in read if not place[1].endswith("_unioned") and f"'{place[1]}'" not in macro} == set()
