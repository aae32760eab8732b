"""Running dbt: always in a child process, so that its global state and DuckDB's lock stay away from ours."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deskmart.errors import BuildError
from deskmart.freeze import PROJECT
from deskmart.lake import Lake
from deskmart.settings import Settings, process_environment

FAILED = ("error", "fail", "warn", "runtime error")
_PREPARED = PROJECT / "target" / "partial_parse.msgpack"


def dbt_build(settings: Settings) -> dict[str, int]:
    """`dbt build` of everything but unit tests into the candidate; how many models and tests ran.

    Raises `BuildError` with the first model or test that failed.
    """
    error, results = run_dbt(settings, "build", "--exclude-resource-type", "unit_test")
    failed = [item for item in results if item["status"] in FAILED]
    if error or failed:
        raise BuildError(_first_failure(failed, error), todo=f"see {_log(settings)}")
    kinds = [item["id"].split(".")[0] for item in results]
    return {"models": kinds.count("model"), "tests": kinds.count("test")}


def dbt_models(settings: Settings, models: Sequence[str], warehouse: Path) -> None:
    """Seeds, and these models with what they read, in another folder's candidate; no tests. `BuildError` as for `dbt_build`."""
    chosen = " ".join(f"+{name}" for name in models)
    kinds = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    error, results = run_dbt(settings, "build", "--select", *chosen.split(), *kinds, warehouse=warehouse)
    failed = [item for item in results if item["status"] in FAILED]
    if error or failed:
        raise BuildError(_first_failure(failed, error), todo=f"see {_log(settings)}")


def prepare() -> None:
    """Read the project once, as part of installing: every home's first build then starts from what dbt made of it."""
    error, _ = run_dbt(Settings(_PREPARED.parent), "parse", warehouse=_PREPARED.parent, target=_PREPARED.parent)
    if error:
        raise BuildError(f"dbt cannot read the project: {error}")


def run_dbt(
    settings: Settings, *words: str, warehouse: Path | None = None, target: Path | None = None
) -> tuple[str | None, list[dict[str, str]]]:
    """Run a dbt command on the candidate in the home's warehouse folder (or another folder): its error, if any, and the `id`,
    `status` and `message` of each result.

    That folder is dbt's home, `~` in its profile: so what dbt makes of the project names no home, and one home can take it from
    another. dbt works on one model at a time and DuckDB uses the threads: two models at once wait for each other in Python.
    """
    target = target or _target(settings)
    _take_prepared(target)
    command = [
        sys.executable, "-m", "deskmart.dbt_child", str(target / "logs" / "dbt.log"),
        "--warn-error", "--log-level", "none", "--log-level-file", "none", "--no-use-colors", "--no-write-json", words[0],
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(target),
        "--vars", json.dumps({"site_timezone": settings.site_timezone}), *words[1:],
    ]  # fmt: skip
    environment = process_environment(
        {
            "HOME": str(warehouse or Lake(settings.home).warehouse),
            "DESKMART_THREADS": str(settings.threads),
            "DO_NOT_TRACK": "1",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "PYTHONWARNINGS": "ignore",
        }
    )
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=PROJECT.parent)
    if done.returncode != 0 or not done.stdout.strip():
        return (done.stderr.strip().splitlines() or [f"dbt ended with {done.returncode}"])[-1][:500], []
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["error"], answer["results"]


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


def _first_failure(failed: list[dict[str, str]], error: str | None) -> str:
    if not failed:
        return "dbt stopped: " + (error or "without a word")[:500]
    first = failed[0]
    return f"dbt: {first['id']} {first['status']}: {first['message'][:500]} ({len(failed)} failed in all)"


if __name__ == "__main__":
    prepare()
