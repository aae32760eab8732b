"""Every published column says what it is: the YAML beside a model, the doc blocks and the warehouse itself agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest

from deskmart.dictionary import COLUMN_DOCS, PUBLISHED_SEEDS, Column, Table, doc_blocks, published_tables, tables_of
from deskmart.freeze import PROJECT
from deskmart.kpi_glossary import seed
from serving import copying
from tests.oracle.golden import load_golden
from tests.oracle.worlds import RawWorld
from tests.warehouse.quick import quick_warehouse

TABLES = [pytest.param(table, id=table.name) for table in published_tables()]
Built = Mapping[str, list[tuple[str, str]]]
GOLDEN = "response"
_KPI_ROLE = re.compile(
    r"\b(numerator of|denominator of|dates) ([^.;]*?)(?= where|, variant|, denominator of|, numerator of|[.;]|$)"
)
_NULL_UNLESS = re.compile(r"Null unless (is_\w+)")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A world of calls, chats and tickets."""
    golden = load_golden(GOLDEN)
    (as_of,) = set(golden.as_of.values())
    world = RawWorld(golden.records, golden.first_day, as_of, golden.site_timezone)
    with quick_warehouse(world, seeds=golden.seeds(tmp_path_factory.mktemp("described") / "seeds")) as connection:
        yield connection


@pytest.fixture(scope="module")
def built(warehouse: duckdb.DuckDBPyConnection) -> Built:
    """Name and type of each column in order, by schema.table."""
    columns = (
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() order by table_oid, column_index"
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for name, column, kind in warehouse.execute(columns).fetchall():
        found.setdefault(name, []).append((column, _type(kind)))
    return found


def _type(kind: str) -> str:
    return kind.lower().replace("timestamp with time zone", "timestamptz").replace(" ", "")


def amiss(table: Table, columns: list[tuple[str, str]]) -> list[str]:
    """What a description lacks or has too much, by the columns that are there."""
    told = {name: _type(column.type) for name, column in table.columns.items()}
    wrong = [f"{name} is {kind}, not {told[name]}" for name, kind in columns if name in told and told[name] != kind]
    silent = [f"{name} has no description" for name, _ in columns if name not in told or not table.columns[name].text]
    return [*silent, *wrong, *(f"{name} is no column" for name in told.keys() - dict(columns).keys())]


@pytest.mark.parametrize("table", TABLES)
def test_every_column_of_a_published_table_is_described_with_its_type(table: Table, built: Built) -> None:
    assert amiss(table, built[f"{table.layer}.{table.name}"]) == []
    assert table.text


@pytest.mark.parametrize("table", [pytest.param(table, id=table.name) for table in published_tables() if table.layer == "core"])
def test_a_flag_is_never_null_and_what_is_null_unless_a_flag_is_set_keeps_to_it(
    table: Table, warehouse: duckdb.DuckDBPyConnection
) -> None:
    lies = [(name, f"{name} is null") for name in table.columns if name.startswith(("is_", "has_"))]
    for name, column in table.columns.items():
        flags = [flag for flag in _NULL_UNLESS.findall(column.text) if flag in table.columns]
        lies += [(name, f"{name} is not null and not {flag}") for flag in flags]
    broken = [name for name, lie in lies if warehouse.execute(f"select 1 from core.{table.name} where {lie} limit 1").fetchone()]
    assert broken == []


@pytest.mark.parametrize(
    ("columns", "finding"),
    [
        pytest.param([("a", "bigint"), ("b", "date")], "b has no description", id="a new column"),
        pytest.param([("a", "double")], "a is double, not bigint", id="another type"),
        pytest.param([], "a is no column", id="a column that went"),
    ],
)
def test_a_description_that_is_behind_would_be_found(columns: list[tuple[str, str]], finding: str) -> None:
    assert finding in amiss(Table("t", "core", "One row.", {"a": Column("bigint", "What it is.")}), columns)


def test_the_described_tables_are_the_published_ones(built: Built) -> None:
    published = {name for name in built if name.split(".")[0] in copying._PUBLISHED} | {
        f"seeds.{seed}" for seed in copying._SEEDS
    }
    assert {f"{table.layer}.{table.name}" for table in published_tables()} == published
    assert set(PUBLISHED_SEEDS) == set(copying._SEEDS)


@pytest.mark.parametrize("table", [pytest.param(table, id=table.name) for table in published_tables() if table.layer == "core"])
def test_what_a_fact_says_of_kpis_is_what_the_catalogue_says(table: Table) -> None:
    roles = {"numerator of": "numerator_column", "denominator of": "denominator_column", "dates": "date_column"}
    catalogue = seed("kpi_catalog")
    known = {(row["kpi"], role, row[column]) for row in catalogue if row["fact"] == table.name for role, column in roles.items()}
    codes = {row["kpi"] for row in catalogue}
    told = {
        (kpi, role, name)
        for name, column in table.columns.items()
        for role, kpis in _KPI_ROLE.findall(column.text.lower())
        for kpi in re.findall(r"\w+", kpis)
        if kpi in codes
    }
    assert told - known == set()


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in sorted((PROJECT / "seeds").glob("*.csv"))])
def test_every_column_of_a_seed_is_described(path: Path) -> None:
    columns = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert {name for name, column in tables_of("seeds")[path.stem].columns.items() if column.text} == set(columns)


def test_every_shared_text_is_referred_to() -> None:
    described = "".join(path.read_text(encoding="utf-8") for path in PROJECT.rglob("*.yml"))
    shared = [line.split()[2] for line in COLUMN_DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("{% docs ")]
    assert [name for name in shared if f'doc("{name}")' not in described] == []
    assert set(shared) <= doc_blocks().keys()
