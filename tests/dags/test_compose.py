"""The production compose file, as far as it can be judged without a container engine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deskmart.airflow_home import ROOT
from deskmart.errors import UsageError
from deskmart.secrets_file import NAMES, write_secrets

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
RUNS_ONCE = {"airflow-init"}
SECRET_WORDS = re.compile(r"PASSWORD|SECRET|FERNET|TOKEN|ENCRYPTION|SQL_ALCHEMY|BROKER|RESULT_BACKEND|POSTGRES_URL|_PASS$|AUTH$")

each_service = pytest.mark.parametrize("name", SERVICES)


def environment(name: str) -> dict[str, str]:
    found: dict[str, str] = SERVICES[name].get("environment", {})
    return found


def test_the_services_of_the_design_are_there() -> None:
    always = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert always >= {"api-server", "scheduler", "dag-processor", "triggerer", "airflow-db", "serving-db", "metabase"}
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert profiles == {"redis": ["scale"], "worker": ["scale"], "sandbox": ["sandbox"]}


@each_service
def test_a_service_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check == {"disable": True} if name in RUNS_ONCE else (check["test"] and check["interval"])


@each_service
def test_a_service_has_limits_and_runs_without_rights_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["user"].split(":")[0] not in ("", "0", "root")
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@each_service
def test_an_image_is_pinned_to_a_version(name: str) -> None:
    assert re.search(r":v?\d+\.\d+[\w.-]*$", SERVICES[name]["image"])


@each_service
def test_ports_are_on_loopback(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@each_service
def test_a_secret_comes_from_the_environment_and_has_no_default(name: str) -> None:
    for variable, value in environment(name).items():
        references = re.findall(r"\$\{(\w+)(:[?-])?([^}]*)\}", str(value))
        if SECRET_WORDS.search(variable):
            assert references, variable
            assert all(operator == ":?" and variable_name in NAMES for variable_name, operator, _ in references), variable


@each_service
def test_named_volumes_and_dependencies_exist(name: str) -> None:
    service = SERVICES[name]
    assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
    for dependency, how in service.get("depends_on", {}).items():
        assert dependency in SERVICES
        assert how["condition"] == ("service_completed_successfully" if dependency in RUNS_ONCE else "service_healthy")


def test_the_secrets_file_has_every_secret_the_compose_file_asks_for(tmp_path: Path) -> None:
    write_secrets(tmp_path / ".env")
    written = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    asked = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert asked == set(written)
    assert len(set(written.values())) == len(written)
    assert all(len(value) >= 44 for value in written.values())
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def test_with_the_sandbox_the_file_leads_the_dags_to_it(tmp_path: Path) -> None:
    write_secrets(tmp_path / ".env", is_sandbox=True)
    written = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    assert written["COMPOSE_PROFILES"] == "'sandbox'"
    for source in ("ZENDESK", "CHATWOOT", "ASTERISK"):
        assert json.loads(written[f"AIRFLOW_CONN_DESKMART_{source}"].strip("'"))["conn_type"] == "generic"
        assert f"AIRFLOW_CONN_DESKMART_{source}" in environment("scheduler")


def test_no_password_stands_on_a_command_line() -> None:
    """Of the shells that get one by environment, only built-in commands (printf, here-documents) hand it on."""
    for name, service in SERVICES.items():
        words = [
            line for word in service.get("command", []) for line in str(word).splitlines() if "PASSWORD" in line or "AUTH" in line
        ]
        assert all(line.startswith(("printf ", "requirepass ")) for line in words), name


def test_the_image_holds_a_lock_that_agrees_with_the_tested_one() -> None:
    """requirements-deploy.txt is requirements.txt and, on top, what only the containers need."""
    pins = {name: pinned(ROOT / name) for name in ("requirements.txt", "requirements-deploy.txt")}
    assert pins["requirements.txt"] <= pins["requirements-deploy.txt"]
    extra = {pin.partition("==")[0] for pin in pins["requirements-deploy.txt"] - pins["requirements.txt"]}
    assert extra >= {
        "apache-airflow-providers-fab", "apache-airflow-providers-celery", "apache-airflow-providers-redis", "asyncpg",
        "psycopg2-binary",
    }  # fmt: skip


def pinned(path: Path) -> set[str]:
    found = set(re.findall(r"^([A-Za-z0-9._-]+==[^\s\\;]+(?: ; [^\\]+)?)", path.read_text(encoding="utf-8"), re.MULTILINE))
    return {" ".join(pin.split()) for pin in found}


def test_secrets_are_never_drawn_anew_over_old_ones(tmp_path: Path) -> None:
    write_secrets(tmp_path / ".env")
    before = (tmp_path / ".env").read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        write_secrets(tmp_path / ".env")
    assert (tmp_path / ".env").read_bytes() == before
