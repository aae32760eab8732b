"""`make superset`: a Superset of one's own on loopback, with our dashboards over the published marts."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from deskmart.child import child, ending_on_sigterm
from deskmart.errors import DeskmartError, UsageError
from deskmart.lake import Lake, private_folder, sha256_of
from deskmart.settings import Settings, process_environment
from serving.postgres import local as own_postgres
from serving.postgres.roles import make_login
from serving.postgres.serve import address_of, serve_postgres
from serving.postgres.server import publisher
from serving.superset.assets import ASSETS

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-superset" / "bin" / "python"
PORT = 8088
USER, READER = "admin", "superset"
HEALTHY_SECONDS = 180.0
_CONFIG = """\
# Written by `make superset`, anew each time.
SECRET_KEY = {secret!r}
SQLALCHEMY_DATABASE_URI = {database!r}
SESSION_COOKIE_NAME = "superset_session"  # Airflow on another port of this machine has one called session
RATELIMIT_STORAGE_URI = "memory://"
LANGUAGES = {{"en": {{"flag": "us", "name": "English"}}, "zh": {{"flag": "cn", "name": "中文"}}}}
# Pages may fetch from this server alone: no telemetry, no map tiles.
TALISMAN_CONFIG = {{
    "content_security_policy": {{
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
    }},
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}}
"""


def start(settings: Settings, *, port: int = PORT, console: Console | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; says where it is and how to log in as soon as it answers.

    The marts are those of the configured PostgreSQL, else of the home's own, started for as long as this runs. Our dashboards
    are put back as they are in the repository each time. `DeskmartError` when Superset is not installed or does not start.
    """
    out = console or Console()
    if not PYTHON.exists():
        raise UsageError("Superset is not installed", todo="run `make superset`, which installs it into .venv-superset")
    if not Lake(settings.home).marts.exists():
        raise UsageError("nothing is published in this home yet", todo="run `deskmart run` or `make demo` first")
    _refuse_taken(port)
    state = private_folder(settings.home / "superset")
    out.print(f"starting Superset (a minute; two the first time; log: {state / 'superset.log'})", soft_wrap=True)
    with ending_on_sigterm(), suppress(KeyboardInterrupt), _marts(settings) as address:
        environment = _environment(state)
        _prepare(state, environment, _reader(address))
        words = [
            "--workers",
            "1",
            "--threads",
            "8",
            "--worker-class",
            "gthread",
            "--timeout",
            "120",
            "--bind",
            f"127.0.0.1:{port}",
        ]
        command = [str(PYTHON), "-P", "-m", "gunicorn", *words, "superset.app:create_app()"]
        with child(command, environment, state / "superset.log") as server:
            _wait_until_healthy(server, port, state / "superset.log")
            out.print(_welcome(state, port, out), soft_wrap=True)
            if server.wait():
                raise DeskmartError(f"Superset ended (exit code {server.returncode})", todo=f"read {state / 'superset.log'}")
    return 0


@contextmanager
def _marts(settings: Settings) -> Iterator[str]:
    """The address of a PostgreSQL that has the published version; while it runs, each publish goes into the home's own one, too."""
    local = replace(settings, serving=replace(settings.serving, postgres=None))
    folder = own_postgres.folder_of(settings.home)
    is_ours = not address_of(local)
    if is_ours:
        own_postgres.start(folder)
    try:
        serve_postgres(local)
        yield address_of(local)
    finally:
        if is_ours:
            own_postgres.stop(folder)


def _reader(address: str) -> str:
    """The same address as SQLAlchemy's, for a login that may only read."""
    with publisher(address) as connection:
        password = make_login(connection, READER)
        info = connection.info
        return f"postgresql+psycopg2://{READER}:{password}@{info.host}:{info.port}/{info.dbname}"


def _environment(state: Path) -> dict[str, str]:
    """Superset's settings file, written, and the variables that lead Superset to it."""
    config = _CONFIG.format(secret=_kept(state / "secret_key", 42), database=f"sqlite:///{state / 'superset.db'}")
    path = state / "superset_config.py"
    path.touch(mode=0o600)
    path.write_text(config, encoding="utf-8")
    return process_environment({"SUPERSET_CONFIG_PATH": str(path), "SCARF_ANALYTICS": "false", "PYTHONWARNINGS": "ignore"})


def _prepare(state: Path, environment: dict[str, str], uri: str) -> None:
    """Its own database as this release wants it, the login, and our assets."""
    release, note = sha256_of(ROOT / "requirements-superset.txt"), state / "prepared"
    is_new = not note.exists() or note.read_text() != release
    asked = {
        "assets": str(ASSETS),
        "uri": uri,
        "user": USER,
        "password": _kept(state / "admin_password", 18),
        "is_new": is_new,
    }
    log = state / "prepare.log"
    with log.open("wb") as stream:
        command = [str(PYTHON), "-P", str(Path(__file__).with_name("prepare.py"))]
        done = subprocess.run(
            command, input=json.dumps(asked).encode(), env=environment, stdout=stream, stderr=stream, check=False
        )
    if done.returncode:
        raise DeskmartError("Superset could not be prepared", todo=f"read {log}")
    note.write_text(release)


def _kept(path: Path, size: int) -> str:
    """A secret that is drawn once and stays, readable by its owner only."""
    with suppress(FileExistsError), os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(secrets.token_urlsafe(size))
    return path.read_text()


def _welcome(state: Path, port: int, out: Console) -> str:
    """Where, and how to log in; the password itself only to a terminal, not into anybody's log."""
    place = state / "admin_password"
    password = place.read_text() if out.is_terminal else f"in {place}"
    return f"Superset: http://127.0.0.1:{port}   user {USER}, password {escape(password)}\nCtrl-C stops it"


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise DeskmartError(f"port {port} is taken", todo="stop what listens there, or choose another with --port")


def _wait_until_healthy(server: subprocess.Popen[str], port: int, log: Path) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    while True:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            if answer.status == 200:
                return
        if server.poll() is not None or time.monotonic() > deadline:
            raise DeskmartError("Superset did not start", todo=f"read {log}")
        time.sleep(0.5)
