"""The pretend shop as a process beside Airflow: where it listens, how the DAGs find it, and the one that goes on day by day."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from deskmart.airflow_home import airflow_home, environment
from deskmart.child import child, first_json_line
from deskmart.errors import DeskmartError
from deskmart.lake import private_folder, write_bytes
from deskmart.settings import ALWAYS_ON, CONFIG_NAME, SOURCE_VARIABLES, Settings, process_environment

USERFIELD = "(?P<topic>[a-z]+)(/(?P<disposition>.+))?"
ZENDESK_FIELDS = {"topic_field": "360000000101", "order_field": "360000000102"}
DIRT = ("missing_fields", "wrong_types", "duplicate_lines", "negative_times")
PAST_DAYS, DAYS, CONTACTS_A_DAY = 7, 120, 120


def is_configured(settings: Settings) -> bool:
    """Whether somebody has said of this home where data comes from: a source, a configuration, a mapping, or Airflow's pages.

    A home that holds the demo's month counts as not configured until it has a configuration of its own.
    """
    home = settings.home
    variables = process_environment({})
    named = any(variables.get(f"AIRFLOW_CONN_DESKMART_{source.upper()}") for source in SOURCE_VARIABLES)
    if named or set(settings.sources) - {ALWAYS_ON} or (home / CONFIG_NAME).exists():
        return True
    if (home / "sandbox.port").exists():
        return False
    return airflow_home(settings).exists() or any((home / "mappings").glob("*.y*ml"))


@contextmanager
def living_shop(settings: Settings) -> Iterator[Mapping[str, str]]:
    """Serve a shop of this home while the block lasts, which goes on as the clock does; gives the variables that lead to it.

    The first call opens it, a week ago; later ones serve the same shop. Raises `DeskmartError` when it has closed, after four
    months, or cannot start.
    """
    opened = _opened(settings)
    private_folder(settings.home)
    log = settings.home / "sandbox.log"
    command = [sys.executable, "-m", "sandbox", "serve", "--live", "--home", str(settings.home), "--dirt", ",".join(DIRT)]
    command += ["--first-day", opened.isoformat(), "--days", str(DAYS), "--contacts-per-day", str(CONTACTS_A_DAY)]
    command += ["--timezone", settings.site_timezone, "--port", str(own_port(settings.home))]
    with child(command, environment(settings), log) as process:
        yield connections(first_json_line(process, "the pretend shop", log))


def connections(ready: Mapping[str, Any]) -> dict[str, str]:
    """The variables that lead the DAGs to the systems a sandbox says it serves, in Airflow's form for connections."""
    zendesk, chatwoot = ready["zendesk"], ready["chatwoot"]
    given: dict[str, dict[str, Any]] = {
        "zendesk": {"host": zendesk["url"], "login": zendesk["email"], "password": zendesk["token"], "extra": ZENDESK_FIELDS},
        "chatwoot": {"host": chatwoot["url"], "password": chatwoot["token"], "extra": {"account_id": chatwoot["account_id"]}},
        "asterisk": {"extra": {"path": ready["asterisk"]["path"], "exit_keys": {"9": "callback"}, "userfield": USERFIELD}},
    }
    return {
        f"AIRFLOW_CONN_DESKMART_{name.upper()}": json.dumps({"conn_type": "generic", **parts}) for name, parts in given.items()
    }


def own_port(home: Path) -> int:
    """The same port each time where that is possible, for the shop's answers contain its address."""
    path = home / "sandbox.port"
    port = int(path.read_text()) if path.exists() else 0
    if not port or not all(_is_free(number) for number in (port, port + 1)):
        port = next(number for number in range(8901, 9901, 2) if _is_free(number) and _is_free(number + 1))
        write_bytes(path, str(port).encode())
    return port


def _opened(settings: Settings) -> date:
    """The shop's first day, kept in its home: the same days again make the same shop."""
    path, today = settings.home / "shop.json", datetime.now(settings.zone).date()
    if not path.exists():
        write_bytes(path, json.dumps({"opened": (today - timedelta(days=PAST_DAYS)).isoformat()}).encode())
    opened = date.fromisoformat(json.loads(path.read_text())["opened"])
    if today >= opened + timedelta(days=DAYS):
        raise DeskmartError(f"the pretend shop closed after {DAYS} days", todo=f"remove {settings.home} to open a new one")
    return opened


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
