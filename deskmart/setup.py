"""Setting up a home: the commented configuration, and the checks of `doctor`."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from deskmart.errors import DeskmartError, UsageError
from deskmart.lake import Lake, write_bytes
from deskmart.settings import ALWAYS_ON, CONFIG_NAME, Settings, token_key_place
from deskmart.settings_docs import commented_config
from deskmart.setup_sources import has_mappings, source_found
from ingestion.registry import source_named, sources_in_use

FREE_BYTES = 2 * 1024**3
PACKAGES = ("airflow", "dbt", "duckdb", "great_expectations", "pyarrow", "dlt")
Level = Literal["ok", "note", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a run needs: how it stands, what it is for, and what to do when it is not well. A note stops nothing."""

    name: str
    level: Level
    found: str
    why: str = ""
    todo: str = ""


def write_config(home: Path, sources: Sequence[str] = (), timezone: str = "") -> tuple[Path, bool]:
    """Write the commented configuration and the folders people put things into; an existing file is left as it is.

    The sections of `sources` are switched on. `UsageError` for an unknown source.
    """
    for name in sources:
        source_named(name)
    path = home / CONFIG_NAME
    if is_new := not path.exists():
        write_bytes(path, commented_config(sources, timezone).encode())
    Lake(home).inbox.mkdir(parents=True, exist_ok=True)
    (home / "mappings").mkdir(exist_ok=True)
    return path, is_new


def first_steps(settings: Settings) -> list[str]:
    """What to do after `init`, in order."""
    where = f" --home {settings.home}"
    return [
        f"say where the data is: switch a source on in {settings.home / CONFIG_NAME}, or put files into {Lake(settings.home).inbox}"
        " and a mapping into mappings/ (docs/file-drop.md)",
        "set the secrets it names: in the environment, or as Airflow connections",
        f"deskmart doctor{where}",
        f"deskmart run --since D --until D{where}   the first days; then deskmart kpi, deskmart status",
        f"deskmart up{where}   Airflow, which runs it every day from then on",
    ]


def checks(settings: Settings) -> Iterator[Check]:
    """Everything a run needs, one check at a time."""
    yield _home(settings)
    yield _config(settings)
    yield _disk(settings)
    yield _locks(settings)
    yield from _packages()
    yield _tried("token key", "the same customer must get the same token for ever", lambda: _token_key(settings))
    for source in sources_in_use(settings):
        yield _tried(f"source {source.name}", "a run reads it", lambda name=source.name: source_found(name, settings))  # type: ignore[misc]
    if not set(settings.sources) - {ALWAYS_ON} and not has_mappings(settings):
        todo = "switch a source on in deskmart.toml, or add a mapping (docs/file-drop.md)"
        yield Check("sources", "note", "none is configured and there is no mapping", "without one a run finds nothing", todo)
    yield _alerts(settings)
    yield _tried("PostgreSQL", "BI tools read it", lambda: _postgres(settings))
    yield _published(settings)


def free_bytes(settings: Settings) -> int:
    """What is free on the disk of the home."""
    place = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    return shutil.disk_usage(place).free


def _home(settings: Settings) -> Check:
    place = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    level: Level = "ok" if os.access(place, os.W_OK | os.X_OK) else "fail"
    return Check("home", level, str(settings.home), "all state lives there", "make the folder writable, or set DESKMART_HOME")


def _config(settings: Settings) -> Check:
    path = settings.home / CONFIG_NAME
    found = (
        f"{path}; site {settings.site_timezone}"
        if path.exists()
        else f"no {CONFIG_NAME}: defaults, site {settings.site_timezone}"
    )
    why = "the site's time zone decides which day a contact belongs to"
    return Check("configuration", "ok" if path.exists() else "note", found, why, "deskmart init writes a commented one")


def _disk(settings: Settings) -> Check:
    free = free_bytes(settings)
    why = "a full disk stops landing and publishing; readers keep what they have"
    return Check("free disk", "ok" if free >= FREE_BYTES else "fail", f"{free / 1024**3:.1f} GiB", why, "free at least 2 GiB")


def _locks(settings: Settings) -> Check:
    why = "two pipelines on one home must not write at once"
    try:
        with Lake(settings.home).lock("doctor"):
            return Check("locks", "ok", "work")
    except (OSError, DeskmartError) as error:
        said = getattr(error, "strerror", None) or str(error)
        return Check(
            "locks", "fail", f"cannot be taken: {said}", why, "put the home on a disk with file locks (not every network drive)"
        )


def _packages() -> Iterator[Check]:
    names = {"airflow": "apache-airflow", "dbt": "dbt-core", "great_expectations": "great-expectations"}
    if absent := [name for name in PACKAGES if importlib.util.find_spec(name) is None]:
        todo = "make demo installs everything; or pip install --require-hashes -r requirements.txt"
        yield Check("packages", "fail", f"absent: {', '.join(absent)}", "each stage needs its own", todo)
    else:
        found = ", ".join(f"{name} {version(names.get(name, name))}" for name in PACKAGES)
        yield Check("packages", "ok", f"Python {sys.version_info.major}.{sys.version_info.minor}, {found}")


def _token_key(settings: Settings) -> str:
    from expectations.tokens import check_token_key

    if len(settings.token_key) < 16:
        raise UsageError(f"{len(settings.token_key)} bytes are too few", todo="set DESKMART_TOKEN_KEY to 16 characters or more")
    check_token_key(settings)
    path = settings.home / "token.key"
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UsageError(f"{path} can be read by others", todo=f"chmod 600 {path}")
    return f"{settings.token_key_id}, in {token_key_place(settings)}; back it up apart from the home"


def _alerts(settings: Settings) -> Check:
    from deskmart.alerting.reach import unreachable
    from deskmart.alerting.telling import waiting

    why, left = "what goes wrong at night is else seen in the morning", len(waiting(settings))
    if not settings.alerts.channels:
        return Check("alerts", "note", "nobody is told", why, "set email_to or a webhook: docs/operate.md#alerts")
    if away := unreachable(settings.alerts):
        return Check("alerts", "fail", "; ".join(away), why, "mend [alerts], then deskmart alerts test")
    said = f"go by {' and '.join(settings.alerts.channels)}"
    todo = "deskmart alerts test says what is wrong"
    return Check("alerts", "note" if left else "ok", f"{said}; {left} not sent yet" if left else said, why, todo)


def _postgres(settings: Settings) -> str:
    from serving.postgres.serve import reachable

    return reachable(settings)


def _published(settings: Settings) -> Check:
    from deskmart.status import age, seen

    found = seen(settings)
    if found is None:
        return Check("published", "note", "nothing yet", "readers see what is published", "deskmart run --since D --until D")
    return Check("published", "ok", f"{found.publish_id}, {age(found.published_at)} ago")


def _tried(name: str, why: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", check())
    except DeskmartError as error:
        return Check(name, "fail", error.message, why, error.todo)
