"""The dbt models as SQL, for DuckDB or for Spark, without dbt's start-up time and without a warehouse.

Macros are dispatched as dbt would with that adapter; what a model reads is written down while it is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType
from typing import Any, cast

import duckdb
import jinja2
import yaml

from deskmart.freeze import PROJECT

SEEDS = PROJECT / "seeds"
_MACRO = re.compile(r"\{%-?\s*macro\s+(\w+).*?endmacro\s*-?%\}", re.DOTALL)


class _Return(BaseException):
    """What a macro returns; no error, but it ends the macro, as in dbt."""

    def __init__(self, value: Any) -> None:
        self.value = value


@dataclass(frozen=True, slots=True)
class Rendered:
    """A model: its layer, its SQL, the models and seeds (`name`) and sources (`source.table`) it reads, its own materialization."""

    name: str
    layer: str
    sql: str
    reads: frozenset[str]
    materialized: str


@dataclass(slots=True)
class _Project:
    adapter: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    seeds: Path = SEEDS
    reads: set[str] = field(default_factory=set)
    materialized: str = ""
    environment: jinja2.Environment = field(init=False)

    def __post_init__(self) -> None:
        variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"] | dict(self.overrides)
        self.environment = _environment()
        self.environment.globals.update(
            {
                "return": _returned,
                "config": self._config,
                "ref": self._ref,
                "source": self._source,
                "var": variables.__getitem__,
                "adapter": self,
                "execute": True,
                "run_query": self._asked,
            }
        )
        for path in sorted((PROJECT / "macros").rglob("*.sql")):
            for found in _MACRO.finditer(path.read_text()):
                self.environment.globals[found.group(1)] = self._macro(found.group(1), found.group(0))

    def _macro(self, name: str, text: str) -> Callable[..., Any]:
        template = self.template(text)

        def call(*given: Any, **named: Any) -> Any:
            try:
                return getattr(template.module, name)(*given, **named)
            except _Return as found:
                return found.value

        return call

    def template(self, text: str) -> jinja2.Template:
        """As `Environment.from_string`, but a text is compiled once in a process, whatever the variables and seeds."""
        return jinja2.Template.from_code(self.environment, _compiled(text), self.environment.make_globals(None))

    def dispatch(self, name: str, package: str = "") -> Callable[..., Any]:
        own, default = f"{self.adapter}__{name}", f"default__{name}"
        return cast("Callable[..., Any]", self.environment.globals[own if own in self.environment.globals else default])

    def _config(self, materialized: str = "", **_: Any) -> str:
        self.materialized = materialized
        return ""

    def _ref(self, name: str) -> str:
        self.reads.add(name)
        return name

    def _asked(self, query: str) -> _Answer:
        return _asked_of_seeds(self.seeds, query)

    def _source(self, source: str, table: str) -> str:
        self.reads.add(f"{source}.{table}")
        return f"inputs.{table}" if source == "inputs" else f"inputs.{source}__{table}"


@dataclass(frozen=True, slots=True)
class _Row:
    values: dict[str, Any]

    def dict(self) -> dict[str, Any]:
        return self.values


@dataclass(frozen=True, slots=True)
class _Answer:
    rows: list[_Row]


def _environment() -> jinja2.Environment:
    return jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)


@cache
def _compiled(text: str) -> CodeType:
    return _environment().compile(text)


def _asked_of_seeds(seeds: Path, query: str) -> _Answer:
    """The answer of the seeds, as dbt loads them: an empty cell is null."""
    found = _seed_tables(tuple((path, path.stat().st_mtime_ns) for path in sorted(seeds.rglob("*.csv")))).execute(query)
    names = [column[0] for column in found.description or []]
    return _Answer([_Row(dict(zip(names, row, strict=True))) for row in found.fetchall()])


@lru_cache(maxsize=4)
def _seed_tables(files: tuple[tuple[Path, int], ...]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for path, _ in files:
        connection.execute(f"create table {path.stem} as select * from read_csv('{path}', header = true, nullstr = '')")
    return connection


def _returned(value: Any) -> None:
    raise _Return(value)


def rendered(adapter: str, variables: Mapping[str, Any] | None = None, seeds: Path = SEEDS) -> list[Rendered]:
    """Every model as `adapter` ("duckdb" or "spark") gets it, by name; `variables` go before those of the project."""
    project = _Project(adapter, variables or {}, seeds)
    found = []
    for path in sorted((PROJECT / "models").rglob("*.sql")):
        project.reads.clear()
        project.materialized = ""
        sql = project.template(path.read_text()).render()
        layer = path.relative_to(PROJECT / "models").parts[0]
        found.append(Rendered(path.stem, layer, sql, frozenset(project.reads), project.materialized))
    return found


def rendered_text(text: str, adapter: str = "duckdb", variables: Mapping[str, Any] | None = None) -> str:
    """SQL that calls the project's macros, as `adapter` gets it."""
    return _project(adapter, tuple((variables or {}).items())).template(text).render()


@cache
def _project(adapter: str, variables: tuple[tuple[str, Any], ...]) -> _Project:
    return _Project(adapter, dict(variables), seeds=PROJECT / "seeds")


def seeds() -> set[str]:
    """Names of the project's seeds."""
    return {path.stem for path in (PROJECT / "seeds").rglob("*.csv")}
