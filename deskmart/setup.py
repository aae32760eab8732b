"""Setting up a home: the commented configuration, and the checks of `doctor`."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deskmart.errors import DeskmartError
from deskmart.lake import Lake, write_bytes
from deskmart.settings import CONFIG_NAME, Settings
from deskmart.settings_docs import commented_config
from ingestion.registry import sources_in_use

FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a run needs: how it stands, and what to do when it is not well."""

    name: str
    is_well: bool
    found: str
    todo: str = ""


def write_config(home: Path) -> tuple[Path, bool]:
    """Write the commented configuration and the folders people put things into; an existing file is left as it is."""
    path = home / CONFIG_NAME
    is_new = not path.exists()
    if is_new:
        write_bytes(path, commented_config().encode())
    Lake(home).inbox.mkdir(parents=True, exist_ok=True)
    (home / "mappings").mkdir(exist_ok=True)
    return path, is_new


def checks(settings: Settings) -> Iterator[Check]:
    """Everything a run needs, one check at a time."""
    yield _home(settings)
    yield _disk(settings)
    for name in ("airflow", "dbt", "duckdb", "great_expectations", "pyarrow", "dlt"):
        is_there = importlib.util.find_spec(name) is not None
        yield Check(f"package {name}", is_there, "installed" if is_there else "absent", "make demo installs everything")
    yield Check(
        "token key",
        len(settings.token_key) >= 16,
        f"{len(settings.token_key)} bytes",
        "set DESKMART_TOKEN_KEY to 16 characters or more",
    )
    for source in sources_in_use(settings):
        yield _tried(f"source {source.name}", lambda name=source.name: _source(name, settings))  # type: ignore[misc]


def _home(settings: Settings) -> Check:
    home = settings.home
    writable = os.access(home if home.exists() else home.parent, os.W_OK)
    return Check("home", writable, str(home), "make the folder writable, or set DESKMART_HOME")


def free_bytes(settings: Settings) -> int:
    """What is free on the disk of the home."""
    place = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    return shutil.disk_usage(place).free


def _disk(settings: Settings) -> Check:
    free = free_bytes(settings)
    return Check("free disk", free >= FREE_BYTES, f"{free / 1024**3:.1f} GiB", "free at least 2 GiB")


def _tried(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, True, check())
    except DeskmartError as error:
        return Check(name, False, error.message, error.todo)


def _source(name: str, settings: Settings) -> str:
    options = settings.source(name)
    if name in ("zendesk", "chatwoot"):
        from deskmart.reach import reach

        return reach(options.need("url"), name)
    if name == "asterisk" and not options.secrets.get("dsn"):
        path = Path(options.need("path"))
        if not path.exists():
            raise DeskmartError(f"{path} is not there", todo="mend `path` of [sources.asterisk]")
        return str(path)
    return "configured"
