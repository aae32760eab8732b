"""Airflow's home inside DESKMART_HOME: which settings its processes get, and making its database."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from deskmart.errors import DeskmartError
from deskmart.lake import private_folder
from deskmart.settings import Settings, process_environment

ROOT = Path(__file__).resolve().parent.parent
PRELOAD = ROOT / "dags" / "preload"
PORT = 8080


def airflow_home(settings: Settings) -> Path:
    return settings.home / "airflow"


def environment(settings: Settings, port: int = PORT) -> dict[str, str]:
    """The environment of a process that runs Airflow on this home: one machine, SQLite, loopback, little at once.

    Contains what this process' environment contains; put connections (`AIRFLOW_CONN_...`) on top.
    """
    home = airflow_home(settings)
    own = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": "2",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",  # 5 s are not enough where many processes start on few cores
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "false",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "DESKMART_HOME": str(settings.home),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    merged = process_environment(own)
    merged["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), merged.get("PATH", "")])
    merged["PYTHONPATH"] = os.pathsep.join(part for part in (str(ROOT), merged.get("PYTHONPATH", "")) if part)
    return merged


def starting_tasks(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for the process that starts the tasks: it imports what they need before it forks them."""
    return {**environment, "PYTHONPATH": os.pathsep.join([str(PRELOAD), environment["PYTHONPATH"]])}


def migrate(settings: Settings) -> None:
    """Make Airflow's database, or bring it up to date; `DeskmartError` with the log's place when Airflow refuses.

    A home without one gets a copy of the empty database made while installing, where there is one of this Airflow.
    """
    home = private_folder(airflow_home(settings))
    if _prepared().exists() and not (home / "airflow.db").exists():
        shutil.copyfile(_prepared(), home / "airflow.db.part")
        (home / "airflow.db.part").replace(home / "airflow.db")
        return
    log = home / "migrate.log"
    with log.open("wb") as stream:
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        done = subprocess.run(command, env=environment(settings), stdout=stream, stderr=stream, check=False)
    if done.returncode:
        raise DeskmartError("Airflow's database could not be made", todo=f"read {log}")


def migrate_once(settings: Settings) -> bool:
    """Have a database of the installed Airflow; whether anything had to be done."""
    stamp = airflow_home(settings) / f"migrated-{version('apache-airflow')}"
    if stamp.exists():
        return False
    migrate(settings)
    stamp.touch()
    return True


def prepare() -> None:
    """Make an empty database once, as part of installing: to migrate one takes seconds."""
    path = _prepared()
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        settings = Settings(Path(folder))
        migrate(settings)
        with closing(sqlite3.connect(airflow_home(settings) / "airflow.db")) as database:
            database.execute("vacuum into ?", [str(path)])


def _prepared() -> Path:
    """Where installing leaves the empty database: in the environment, one per version of Airflow."""
    return Path(sys.prefix) / "share" / "deskmart" / f"airflow-{version('apache-airflow')}.db"


if __name__ == "__main__":
    prepare()
