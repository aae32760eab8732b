"""Running dbt: always in a child process, so that its global state and DuckDB's lock stay away from ours."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deskmart.child import stop
from deskmart.errors import BuildError
from deskmart.freeze import PROJECT
from deskmart.lake import Lake
from deskmart.settings import Settings, process_environment

Descriptions = dict[str, dict[str, str]]
_FINE = ("success", "pass", "no-op")
_PREPARED = PROJECT / "target" / "partial_parse.msgpack"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether dbt calls it a success; its own error, if any; `id`, `status` and `message` of each result; descriptions by schema.table,
    then column ("": itself)."""

    success: bool
    error: str | None
    results: list[dict[str, str]]
    descriptions: Descriptions


def dbt_build(settings: Settings) -> dict[str, int]:
    """`dbt build` of everything but unit tests into the candidate; how many models and tests ran.

    Raises `BuildError` with the first model or test that failed.
    """
    answer = held(run_dbt(settings, "build", "--exclude-resource-type", "unit_test"), settings)
    _comment(Lake(settings.home).candidate, answer.descriptions)
    kinds = [item["id"].split(".")[0] for item in answer.results]
    return {"models": kinds.count("model"), "tests": kinds.count("test")}


def dbt_models(settings: Settings, models: Sequence[str], warehouse: Path) -> None:
    """Seeds, and these models with what they read, in another folder's candidate; no tests. `BuildError` as for `dbt_build`."""
    chosen = " ".join(f"+{name}" for name in models)
    kinds = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    held(run_dbt(settings, "build", "--select", *chosen.split(), *kinds, warehouse=warehouse), settings)


def prepare() -> None:
    """Read the project once, as part of installing: every home's first build then starts from what dbt made of it."""
    answer = run_dbt(Settings(_PREPARED.parent), "parse", warehouse=_PREPARED.parent, target=_PREPARED.parent)
    if answer.error or not answer.success:
        raise BuildError(f"dbt cannot read the project: {answer.error or 'it does not say why'}")


def start_dbt(settings: Settings) -> None:
    """Let dbt start and read the project beside other work; the next `dbt_build` of this process and home finds it ready.

    Costs nothing when no build follows: the child ends with this process at the latest.
    """
    _ready[str(Lake(settings.home).warehouse)] = _Child.start(settings, Lake(settings.home).warehouse, _target(settings))


def run_dbt(settings: Settings, *words: str, warehouse: Path | None = None, target: Path | None = None) -> Answer:
    """Run a dbt command on the candidate in the home's warehouse folder (or another folder); what came of it.

    That folder is dbt's home, `~` in its profile: so what dbt makes of the project names no home, and one home can take it from
    another. dbt works on as many models at a time as `settings.threads`: while one is in DuckDB, another is in Python.
    """
    folder = warehouse or Lake(settings.home).warehouse
    ready = _ready.pop(str(folder), None)
    if ready is None or not ready.is_current():
        if ready is not None:
            stop(ready.process)
        ready = _Child.start(settings, folder, target or _target(settings))
    return ready.ask(words)


@dataclass(frozen=True, slots=True)
class _Child:
    """A `deskmart.dbt_child` that was started, the file of what it says on its standard error, and the project's files then."""

    process: subprocess.Popen[str]
    errors: Path
    project: frozenset[tuple[str, int]]

    @classmethod
    def start(cls, settings: Settings, folder: Path, target: Path) -> _Child:
        _take_prepared(target)
        flags = [
            "--warn-error", "--no-fail-fast", "--log-level", "none", "--log-level-file", "none", "--no-use-colors", "--no-write-json",
            "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(target),
            "--vars", json.dumps({"site_timezone": settings.site_timezone}),
        ]  # fmt: skip
        environment = process_environment(
            {
                "HOME": str(folder),
                "DESKMART_THREADS": str(settings.threads),
                "DO_NOT_TRACK": "1",
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
                "PYTHONWARNINGS": "ignore",
            }
        )
        logs = target / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        project = _project_files()
        with (logs / "dbt_child.log").open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "deskmart.dbt_child", str(logs / "dbt.log"), *flags],
                env=environment, cwd=PROJECT.parent, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        return cls(process, logs / "dbt_child.log", project)

    def is_current(self) -> bool:
        """Whether it still runs and the project is what it read."""
        return self.process.poll() is None and self.project == _project_files()

    def ask(self, words: Sequence[str]) -> Answer:
        try:
            told, _ = self.process.communicate(json.dumps(words) + "\n")
        except BaseException:
            stop(self.process)
            raise
        if self.process.returncode != 0 or not told.strip():
            said = self.errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            return Answer(False, (said or [f"dbt ended with {self.process.returncode}"])[-1][:500], [], {})
        return Answer(**json.loads(told.splitlines()[-1]))


_ready: dict[str, _Child] = {}
"""Children that were started ahead, by the folder they are to work in."""


def _project_files() -> frozenset[tuple[str, int]]:
    """Every file dbt reads of the project, and when it was last changed."""
    folders = (PROJECT / name for name in ("models", "macros", "seeds", "tests"))
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return frozenset((str(path), path.stat().st_mtime_ns) for path in (*files, *PROJECT.glob("*.yml")))


def _take_prepared(target: Path) -> None:
    """dbt's cache of the parsed project, where this home has none of its own yet; dbt reads anew what has changed since."""
    mine = target / _PREPARED.name
    if _PREPARED.exists() and not mine.exists():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_PREPARED, mine)


def _target(settings: Settings) -> Path:
    return Lake(settings.home).warehouse / "dbt"


def _log(settings: Settings) -> Path:
    return _target(settings) / "logs" / "dbt.log"


def held(answer: Answer, settings: Settings) -> Answer:
    """The answer, when all that was asked for was made; `BuildError` with what failed first, or was left out, when not."""
    failed = [item for item in answer.results if item["status"] not in _FINE]
    failed = [item for item in failed if item["status"] != "skipped"] or failed
    if failed or answer.error or not answer.success:
        raise BuildError(_first_failure(failed, answer.error), todo=f"see {_log(settings)}")
    return answer


def _comment(warehouse: Path, descriptions: Descriptions) -> None:
    """The descriptions as comments of the tables and their columns; dbt itself would take a statement's round for each."""
    import duckdb

    with duckdb.connect(str(warehouse)) as connection:
        found = connection.execute("select schema_name || '.' || table_name, column_name from duckdb_columns()").fetchall()
        there = {*found, *((name, "") for name, _ in found)}
        connection.begin()
        for name, texts in descriptions.items():
            schema, table = name.split(".")
            for column, text in texts.items():
                if (name, column) in there:
                    thing = f'column "{schema}"."{table}"."{column}"' if column else f'table "{schema}"."{table}"'
                    connection.execute(f"comment on {thing} is '{' '.join(text.split()).replace(chr(39), chr(39) * 2)}'")
        connection.commit()


def _first_failure(failed: list[dict[str, str]], error: str | None) -> str:
    if not failed:
        return "dbt stopped: " + (error or "without a word")[:500]
    first = failed[0]
    return f"dbt: {first['id']} {first['status']}: {first['message'][:500]} ({len(failed)} failed in all)"


if __name__ == "__main__":
    prepare()
