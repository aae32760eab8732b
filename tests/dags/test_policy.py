"""What every DAG has to have, checked on the DAGs as Airflow loads them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from deskmart.airflow_home import ROOT
from ingestion.registry import all_sources

ROOMS = ("deskmart", "ingestion", "expectations", "serving", "sandbox")


def imported_modules(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def ingest_dags(the_dags: dict[str, Any]) -> dict[str, Any]:
    return {name: dag for name, dag in the_dags["dags"].items() if name.startswith("ingest_")}


def test_the_dag_folder_loads_without_errors(the_dags: dict[str, Any]) -> None:
    assert the_dags["errors"] == {}


def test_every_declared_source_has_its_dag_and_nothing_else_is_taken_for_one(the_dags: dict[str, Any]) -> None:
    assert set(ingest_dags(the_dags)) == {f"ingest_{name}" for name in all_sources()}
    assert set(the_dags["dags"]) - set(ingest_dags(the_dags)) == {"build_warehouse", "maintain", "watch"}


def test_every_dag_is_documented_tagged_owned_and_without_catchup(the_dags: dict[str, Any]) -> None:
    for name, dag in the_dags["dags"].items():
        assert dag["doc"] and len(dag["doc"]) > 100, name
        assert dag["tags"], name
        assert dag["catchup"] is False, name
        assert dag["runs"] == 1, name
        assert {task["owner"] for task in dag["tasks"].values()} == {"deskmart"}, name


def test_every_task_is_documented_and_tried_again_with_growing_pauses(the_dags: dict[str, Any]) -> None:
    for dag in the_dags["dags"].values():
        for task in dag["tasks"].values():
            assert task["doc"], task["id"]
            assert task["retries"] >= 2 and task["delay"] >= 10 and task["backoff"], task["id"]
            assert task["limit"], task["id"]


def test_every_task_tells_when_it_has_failed(the_dags: dict[str, Any]) -> None:
    for dag in the_dags["dags"].values():
        for task in dag["tasks"].values():
            assert task["tells"] == ["AlertNotifier"], task["id"]


def test_what_reads_and_builds_has_a_deadline(the_dags: dict[str, Any]) -> None:
    for name, dag in the_dags["dags"].items():
        hours = [] if name in ("maintain", "watch") else [["dags.notifiers.AlertNotifier", 4.0, 4.0]]
        assert dag["deadlines"] == hours, name


def test_ingest_dags_cover_one_local_day_each(the_dags: dict[str, Any]) -> None:
    for name, dag in ingest_dags(the_dags).items():
        assert dag["timetable"] == "CronDataIntervalTimetable", name
        assert dag["cron"] == "0 0 * * *", name
        assert "Asia/Shanghai" in dag["zone"], name
        assert dag["params"] == ["since", "until"], name


def test_only_the_last_task_of_an_ingest_dag_raises_the_asset(the_dags: dict[str, Any]) -> None:
    for name, dag in ingest_dags(the_dags).items():
        raising = {task["id"]: task["outlets"] for task in dag["tasks"].values() if task["outlets"]}
        assert raising == {"announce": [f"accepted_{name.removeprefix('ingest_')}"]}


def test_any_one_source_is_enough_for_a_build(the_dags: dict[str, Any]) -> None:
    build = the_dags["dags"]["build_warehouse"]
    assert build["condition"] == "AssetAny"
    assert build["assets"] == sorted(f"accepted_{name}" for name in all_sources())
    assert list(build["tasks"]) == ["build", "audit", "publish", "publish_postgres"]


def test_dag_files_stay_thin(the_dags: dict[str, Any]) -> None:
    for file in {dag["file"] for dag in the_dags["dags"].values()}:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
        code = [line for line in Path(file).read_text(encoding="utf-8").splitlines() if line.strip()]
        docstring = len((ast.get_docstring(tree) or "").splitlines())
        assert len(code) - docstring <= 50, file
        assert imported_modules(Path(file)) <= {"airflow", "dags", "ingestion"}, file


def test_only_the_dag_folder_imports_airflow() -> None:
    guilty = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if {"airflow", "dags"} & imported_modules(path)]
    assert guilty == []
