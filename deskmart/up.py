"""Airflow with everything switched on, for one person on one machine: `airflow standalone` on this home."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from deskmart.airflow_home import PORT, airflow_home, environment
from deskmart.child import ending_on_sigterm
from deskmart.errors import DeskmartError
from deskmart.lake import private_folder
from deskmart.settings import load_settings

HEALTHY_SECONDS = 180.0
STOPPING_SECONDS = 60.0


def up(home: Path, *, port: int = PORT, variables: Mapping[str, str] | None = None, console: Console | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; says where the pages are and how to log in as soon as they answer.

    Every DAG is on from its first sight. Loopback only. `variables` go on top of the environment. 0 when it was stopped, else
    1. Raises `DeskmartError` when the port is taken or Airflow does not get healthy.
    """
    out = console or Console()
    settings = load_settings(home)
    _refuse_taken(port)
    log = private_folder(airflow_home(settings)) / "standalone.log"
    out.print(f"starting Airflow on {settings.home} (about a minute; log: {log})", soft_wrap=True)
    with ending_on_sigterm(), log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", "standalone"],
            env={**environment(settings, port), **(variables or {})},
            stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True,
        )  # fmt: skip
        try:
            _wait_until_healthy(process, port, log)
            out.print(f"Airflow: http://127.0.0.1:{port}  user admin, password in {passwords(home)}", soft_wrap=True)
            out.print("Ctrl-C stops it")
            return 1 if process.wait() else 0
        except KeyboardInterrupt:
            return 0
        finally:
            _stop(process)


def passwords(home: Path) -> Path:
    """Where Airflow writes the password it draws for `admin`."""
    return airflow_home(load_settings(home)) / "simple_auth_manager_passwords.json.generated"


def is_healthy(port: int) -> bool:
    """Whether Airflow's pages answer on this machine and all of its parts are well."""
    address = f"http://127.0.0.1:{port}/api/v2/monitor/health"
    with suppress(OSError, ValueError), urllib.request.urlopen(address, timeout=2) as answer:
        return {part["status"] for part in json.load(answer).values()} == {"healthy"}
    return False


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise DeskmartError(f"port {port} is taken", todo="stop what listens there, or choose another with --port")


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    while not is_healthy(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise DeskmartError("Airflow did not get healthy", todo=f"read {log}")
        time.sleep(0.5)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Airflow ends its own four processes when it is interrupted; whoever is left in its session is ended with it."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOPPING_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
