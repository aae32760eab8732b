"""What is generated is current, and the walls between the packages stand."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from deskmart.generate import generated_files
from serving.superset.assets import ASSETS

ROOT = Path(__file__).parents[2]
PACKAGES = ("dags", "deskmart", "expectations", "ingestion", "sandbox", "serving")
GENERATED = generated_files()
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
# Who may import whom, besides oneself and deskmart's base (errors, settings, batch, lake). Only the step functions know all.
NEVER = {
    "ingestion": {"dags", "expectations", "serving", "sandbox"},
    "expectations": {"dags", "serving", "sandbox"},
    "serving": {"dags", "sandbox", "ingestion"},
    "sandbox": {"dags", "ingestion", "expectations", "serving"},
    "deskmart": {"dags"},
}


@pytest.mark.parametrize("path", [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in GENERATED])
def test_a_generated_file_is_what_the_generator_writes(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path], "run python -m deskmart.generate"


def test_no_file_for_superset_is_left_over() -> None:
    assert {path for path in ASSETS.rglob("*") if path.is_file()} <= set(GENERATED)


def test_only_the_dags_import_airflow() -> None:
    assert {package_of(path) for path in MODULES if "airflow" in imported(path)} == {"dags"}


def test_only_the_settings_read_the_environment() -> None:
    readers = {path.relative_to(ROOT).as_posix() for path in MODULES if reads_environment(path.read_text(encoding="utf-8"))}
    assert readers <= {"deskmart/settings.py", *(name for name in readers if name.startswith("dags/"))}
    assert "deskmart/settings.py" in readers


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.environ['A']",
        "import os\nos.getenv('A')",
        "from os import environ",
        "from os import getenv as g",
        "import os as o\no.environ.get('A')",
    ],
)
def test_each_way_to_read_the_environment_would_be_found(text: str) -> None:
    assert reads_environment(text)


@pytest.mark.parametrize("package", NEVER)
def test_a_package_does_not_reach_over_its_wall(package: str) -> None:
    reached = {(path.name, name) for path in MODULES if package_of(path) == package for name in imported(path) & NEVER[package]}
    allowed = {("cli_look.py", "sandbox")}
    assert reached - allowed == set()


def package_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


@cache
def nodes(text: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(text)))


@cache
def imported(path: Path) -> set[str]:
    """Top-level names of everything a module imports, wherever in it."""
    return set(_imported(nodes(path.read_text(encoding="utf-8"))))


def _imported(found: Iterable[ast.AST]) -> Iterator[str]:
    for node in found:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def reads_environment(text: str) -> bool:
    for node in nodes(text):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "os" and {a.name for a in node.names} & {"environ", "getenv"}:
            return True
    return False
