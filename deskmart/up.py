"""Airflow with everything switched on, for one person on one machine: its four processes on this home, on SQLite."""

from __future__ import annotations

import json
import secrets
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from deskmart.airflow_home import PORT, airflow_home, environment, migrate_once, starting_tasks
from deskmart.child import ending_on_sigterm
from deskmart.components import Components
from deskmart.errors import DeskmartError
from deskmart.health import parts_of
from deskmart.lake import Lake
from deskmart.settings import Settings, load_settings
from deskmart.shop import is_configured, living_shop

HEALTHY_SECONDS = 600.0
# The scheduler is the last: the tasks it starts know the sources from its environment.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "api-server": (), "dag-processor": (), "triggerer": ("--skip-serve-logs",), "scheduler": ("--skip-serve-logs",),
}  # fmt: skip


def up(
    home: Path, *, port: int = PORT, shop: bool | None = None,
    variables: Mapping[str, str] | None = None, console: Console | None = None,
) -> int:  # fmt: skip
    """Run until Ctrl-C or SIGTERM; says where the pages are and how to log in as soon as they answer, and what is published.

    Every DAG is on from its first sight. Loopback only. With `shop` (by default where no source is configured) a pretend shop
    is served, in a home of its own below this one. `variables` go on top of the environment. 0 when it was stopped. Raises
    `DeskmartError` when the port is taken, or Airflow does not get or stay healthy.
    """
    out = console or Console()
    settings = load_settings(home)
    _refuse_taken(port)
    has_shop = not is_configured(settings) if shop is None else shop
    if has_shop:
        settings = load_settings(settings.home / "shop")
        out.print(f"no source of yours: a pretend shop is served, which goes on day by day; its home is {settings.home}")
    logs = airflow_home(settings) / "processes"
    out.print(f"starting Airflow (about a minute; logs: {logs})", soft_wrap=True)
    try:
        with ending_on_sigterm(), ExitStack() as stack:
            migrate_once(settings)
            airflow = stack.enter_context(Components(logs))
            secret = {"AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(64)}
            given = {**environment(settings, port), **secret, **(variables or {})}
            for name, words in COMMANDS.items():
                if name == "scheduler":
                    sources = stack.enter_context(living_shop(settings)) if has_shop else {}
                    given = {**starting_tasks(given), **sources}
                airflow.start(name, [sys.executable, "-m", "airflow", name, *words], given)
            _wait_until_healthy(airflow, port)
            out.print(_welcome(settings, port, out), soft_wrap=True)
            for published in _publishes(settings, airflow):
                out.print(f"published {published}: deskmart kpi --home {settings.home}", soft_wrap=True)
    except KeyboardInterrupt:
        pass
    return 0


def passwords(settings: Settings) -> Path:
    """Where Airflow writes the password it draws for `admin`."""
    return airflow_home(settings) / "simple_auth_manager_passwords.json.generated"


def is_healthy(port: int) -> bool:
    """Whether Airflow's pages answer on this machine and all of its parts are well."""
    return set(parts_of(f"http://127.0.0.1:{port}").values()) == {"healthy"}


def _welcome(settings: Settings, port: int, out: Console) -> str:
    """Where, and how to log in; the password itself only to a terminal, not into anybody's log."""
    place = passwords(settings)
    password = json.loads(place.read_text())["admin"] if out.is_terminal else f"in {place}"
    return f"Airflow: http://127.0.0.1:{port}   user admin, password {escape(password)}\nCtrl-C stops it"


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise DeskmartError(f"port {port} is taken", todo="stop what listens there, or choose another with --port")


def _wait_until_healthy(airflow: Components, port: int) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    while not is_healthy(port):
        airflow.refuse_ended()
        if time.monotonic() > deadline:
            raise DeskmartError("Airflow did not get healthy", todo=f"read the logs in {airflow.logs}")
        time.sleep(0.5)


def _publishes(settings: Settings, airflow: Components) -> Iterator[str]:
    """The id of each new publish, for as long as all of Airflow runs."""
    current = Lake(settings.home).published_current
    before = current.readlink() if current.is_symlink() else None
    while True:
        airflow.refuse_ended()
        if current.is_symlink() and (now := current.readlink()) != before:
            before = now
            yield now.name
        time.sleep(1)
