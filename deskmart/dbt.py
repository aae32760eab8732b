"""Running dbt: always in a child process, so that its global state and DuckDB's lock stay away from ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from deskmart.errors import BuildError
from deskmart.freeze import PROJECT
from deskmart.lake import Lake
from deskmart.settings import Settings, process_environment


def dbt_build(settings: Settings) -> dict[str, int]:
    """`dbt build` of everything but unit tests into the candidate; how many models and tests ran.

    Raises `BuildError` with the first model or test that failed.
    """
    done = run_dbt(settings, "build", "--exclude-resource-type", "unit_test")
    results = _results(_target(settings) / "run_results.json") if done.returncode in (0, 1) else []
    failed = [item for item in results if item["status"] in ("error", "fail", "warn", "runtime error")]
    if done.returncode != 0 or failed:
        log = _target(settings) / "logs" / "dbt.log"
        raise BuildError(_first_failure(failed, done.stdout + done.stderr), todo=f"see {log}")
    kinds = [item["unique_id"].split(".")[0] for item in results]
    return {"models": kinds.count("model"), "tests": kinds.count("test")}


def dbt_parse(settings: Settings) -> None:
    """Read the project once, so that the next build of this home starts from dbt's cache. Nothing is built."""
    run_dbt(settings, "parse")


def run_dbt(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a dbt command on this home's candidate. dbt works on one model at a time and DuckDB uses the threads: two models at
    once wait for each other in Python (measured on two cores: 42 s instead of 26)."""
    lake, target = Lake(settings.home), _target(settings)
    command = [
        sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--warn-error", "--quiet",
        "--log-level-file", "info", "--log-path", str(target / "logs"), words[0],
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(target),
        "--vars", json.dumps({"site_timezone": settings.site_timezone}), *words[1:],
    ]  # fmt: skip
    environment = process_environment(
        {
            "DESKMART_CANDIDATE": str(lake.candidate),
            "DESKMART_THREADS": str(settings.threads),
            "DO_NOT_TRACK": "1",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "PYTHONWARNINGS": "ignore",
        }
    )
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _target(settings: Settings) -> Path:
    return Lake(settings.home).warehouse / "dbt"


def _results(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_bytes())["results"] if path.exists() else []


def _first_failure(failed: list[dict[str, Any]], output: str) -> str:
    if not failed:
        return "dbt stopped: " + (output.strip().splitlines() or ["without a word"])[-1][:500]
    first = failed[0]
    return f"dbt: {first['unique_id']} {first['status']}: {str(first.get('message') or '')[:500]} ({len(failed)} failed in all)"
