"""The compose file's services as commands of this machine: same words, same variables, addresses that are loopback's."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shlex
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deskmart.airflow_home import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def is_installed(package: str) -> bool:
    """Without importing Airflow, which every process that collects tests would pay for."""
    return any(importlib.metadata.distributions(name=package))


HAS_FAB = is_installed("apache-airflow-providers-fab")
HAS_CELERY = is_installed("apache-airflow-providers-celery") and shutil.which("redis-server") is not None
SIMPLE = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"


@dataclass(frozen=True, slots=True)
class Here:
    """Where this machine has what the compose file has in containers."""

    home: Path
    airflow_home: Path
    port: int
    redis_port: int
    database: str
    serving: str
    secrets: Mapping[str, str]

    def command(self, service: str) -> list[str]:
        """What the service runs; without the login pages' package, without making a login in it."""
        first, *words = SERVICES[service]["command"]
        if first == "airflow":
            return [sys.executable, "-m", "airflow", *words]
        script = "\n".join(words[1:]).replace("$$", "$")
        if service == "redis":
            return [first, words[0], script.replace("END\n", f"END\nbind 127.0.0.1\nport {self.redis_port}\n", 1)]
        if not HAS_FAB:
            script = script.partition("printf")[0]
        return [first, words[0], script]

    def health(self, service: str) -> list[str]:
        """The service's own health check."""
        kind, first, *words = SERVICES[service]["healthcheck"]["test"]
        if kind == "CMD-SHELL":
            return ["sh", "-c", first.replace("$$", "$")]
        own = ["-p", str(self.redis_port)] if first == "redis-cli" else []
        return [sys.executable if first == "python" else first, *own, *(self._moved(word) for word in words)]

    def environment(self, service: str) -> dict[str, str]:
        """The service's variables, and what a container has of its own: its port, its place for files, its programs."""
        given = {name: self._moved(self._filled(str(value))) for name, value in SERVICES[service]["environment"].items()}
        given |= {
            "AIRFLOW_HOME": str(self.airflow_home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__WORKERS": "1",
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}"
            + (f":{Path(redis).parent}" if (redis := shutil.which("redis-server")) else ""),
            "PYTHONPATH": given.get("PYTHONPATH", str(ROOT)),
            "HOME": str(self.airflow_home),
            "HOSTNAME": socket.gethostname(),
        }
        if not HAS_FAB:
            given["AIRFLOW__CORE__AUTH_MANAGER"] = SIMPLE
        return given

    def _filled(self, value: str) -> str:
        """`${NAME:?message}`, `${NAME:-default}`, as docker compose fills them in from .env."""

        def fill(match: re.Match[str]) -> str:
            name, operator, rest = match.groups()
            if operator == ":?":
                return self.secrets[name]
            return self.secrets.get(name) or rest

        return re.sub(r"\$\{(\w+)(:[?-])([^}]*)\}", fill, value)

    def _moved(self, value: str) -> str:
        value = re.sub(r"[^/]*:[^@/]*@airflow-db/airflow", self.database, value)
        value = re.sub(r"postgresql://[^@]*@serving-db:5432/deskmart", self.serving, value)
        value = value.replace("@redis:6379/", f"@127.0.0.1:{self.redis_port}/")
        value = re.sub(r"http://(api-server|127\.0\.0\.1):8080", f"http://127.0.0.1:{self.port}", value)
        places = {"/opt/deskmart": str(ROOT), "/deskmart": str(self.home)}
        return re.sub(r"^/opt/deskmart|^/deskmart|(?<=:)/opt/deskmart", lambda match: places[match.group()], value)


def dotenv(path: Path) -> dict[str, str]:
    """A .env file as docker compose reads it."""
    lines = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines() if line)
    return {name: "".join(shlex.split(value)) for name, _, value in lines}
