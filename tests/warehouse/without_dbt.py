"""A home's models without dbt's start-up and its work around each: for tests of what comes before or after a build.

`without_dbt()` stands in for `deskmart.dbt.run_dbt`: the candidate gets the same seeds and models, rendered by `tests.warehouse.rendering`,
but neither dbt's tests nor its contracts. That a build by dbt gives the same marts is tested in tests/e2e/test_runs.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from deskmart import dbt
from deskmart.dbt import Answer
from deskmart.lake import Lake
from deskmart.settings import Settings
from tests.warehouse.quick import SCHEMAS, load_seeds, make, needed, ordered
from tests.warehouse.rendering import SEEDS, Rendered

_KEPT = ("int_kpi_parts_summed", "int_persons_resolved")  # steps that others read (macros/schema_names.sql), beside the unions


@contextmanager
def without_dbt() -> Iterator[None]:
    """Builds in this process, inside the block, run no dbt."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt, "run_dbt", _run)
        yield


def _run(settings: Settings, *words: str, warehouse: Path | None = None, target: Path | None = None) -> Answer:
    """`build`, with or without `--select +MODEL ...`; raises ValueError for another command and DuckDB's error where a model fails."""
    if words[0] != "build":
        raise ValueError(f"without dbt there is no {words[0]}")
    models = ordered(settings.site_timezone, SEEDS)
    chosen = [word.removeprefix("+") for word in words if word.startswith("+")]
    wanted = needed(models, chosen or [model.name for model in models if model.layer in ("core", "marts")])
    made = [model for model in models if model.name in wanted]
    with duckdb.connect(str((warehouse or Lake(settings.home).warehouse) / "candidate.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'; attach ':memory:' as steps")
        schemas = [f"{place}.{schema}" for place in ("candidate", "steps") for schema in SCHEMAS]
        for schema in schemas:
            connection.execute(f"create schema {schema}")
        connection.execute(f"set search_path = 'candidate.main,{','.join(schemas)}'")
        load_seeds(connection)
        for model in made:
            make(connection, model, f"{_place(model)}.{model.layer}.{model.name}")
        connection.execute("drop schema candidate.staging cascade")
    return Answer(True, None, [{"id": f"model.deskmart.{model.name}", "status": "success", "message": ""} for model in made], {})


def _place(model: Rendered) -> str:
    is_kept = model.name.endswith("_unioned") or model.name in _KEPT
    return "steps" if model.layer == "intermediate" and not is_kept else "candidate"
