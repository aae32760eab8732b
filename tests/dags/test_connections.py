"""Airflow's connections over the settings of environment and file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from deskmart.airflow_home import ROOT, environment
from deskmart.settings import load_settings
from deskmart.settings_list import CONNECTIONS

PROGRAM = """
import json, os, sys
from dags.connections import ALERTS, PARTS, settings_from_connections
print("KNOWN" + json.dumps([*(f"deskmart_{name}" for name in PARTS), *ALERTS, "deskmart_serving"]))
before = dict(os.environ)
for case in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(before | case)
    settings = settings_from_connections()
    sources = {name: [dict(source.options), dict(source.secrets)] for name, source in settings.sources.items()}
    alerts = settings.alerts
    told = [alerts.email_to, alerts.email_from, alerts.smtp_host, alerts.port, alerts.smtp_security, alerts.smtp_user, alerts.smtp_password]
    told += [alerts.webhook_url, alerts.webhook_style, alerts.webhook_secret, alerts.channels]
    print("FOUND" + json.dumps([sources, repr(settings), told]))
"""

NEEDED = {"AIRFLOW_HOME", "DESKMART_HOME", "PYTHONPATH"}
CASES: dict[str, dict[str, str]] = {
    "none": {},
    "empty": {"AIRFLOW_CONN_DESKMART_ZENDESK": ""},
    "json": {
        "AIRFLOW_CONN_DESKMART_ZENDESK": (
            '{"conn_type": "http", "host": "https://shop.zendesk.example", "login": "a@b.example", "password": "hush"}'
        ),
        "AIRFLOW_CONN_DESKMART_CHATWOOT": (
            '{"conn_type": "http", "host": "https://chat.example", "password": "hush", "extra": {"account_id": 3}}'
        ),
        "AIRFLOW_CONN_DESKMART_ASTERISK": '{"conn_type": "generic", "extra": {"path": "/var/log/asterisk"}}',
    },
    "uri": {
        "AIRFLOW_CONN_DESKMART_ZENDESK": "http://a%40b.example:hush@shop.zendesk.example:8443/https",
        "AIRFLOW_CONN_DESKMART_ASTERISK": "mysql://reader:hush@pbx.example:3306/asteriskcdrdb",
    },
    "alerts": {
        "DESKMART_ALERTS_EMAIL_FROM": "kept@b.example",
        "AIRFLOW_CONN_DESKMART_SMTP": (
            '{"conn_type": "smtp", "host": "mail.example", "port": 465, "login": "me", "password": "hush",'
            ' "extra": {"email_to": ["a@b.example"], "smtp_security": "tls"}}'
        ),
        "AIRFLOW_CONN_DESKMART_WEBHOOK": (
            '{"conn_type": "http", "password": "https://hook.example/send?key=hush", "extra": {"webhook_style": "wecom"}}'
        ),
    },
    "both": {
        "DESKMART_ZENDESK_URL": "https://old.example",
        "DESKMART_ZENDESK_EMAIL": "kept@b.example",
        "AIRFLOW_CONN_DESKMART_ZENDESK": '{"conn_type": "http", "host": "https://new.example", "password": "hush"}',
    },
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DESKMART_", "AIRFLOW_"))}
    own = environment(load_settings(tmp_path_factory.mktemp("home"), environ={}))
    own = {name: value for name, value in own.items() if name in clean or name.startswith("AIRFLOW__") or name in NEEDED}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=json.dumps(list(CASES.values())), text=True, capture_output=True, check=False,
        env={**clean, **own},
        cwd=ROOT, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    known = next(line.removeprefix("KNOWN") for line in done.stdout.splitlines() if line.startswith("KNOWN"))
    assert set(json.loads(known)) == {one.id for one in CONNECTIONS}, (
        "deskmart.settings_list.CONNECTIONS is not what the DAGs know"
    )
    lines = [line.removeprefix("FOUND") for line in done.stdout.splitlines() if line.startswith("FOUND")]
    return dict(zip(CASES, map(json.loads, lines), strict=True))


def test_without_connections_the_settings_are_those_of_environment_and_file(found: dict[str, Any]) -> None:
    assert set(found["none"][0]) == {"file_drop"}
    assert found["empty"] == found["none"]


def test_a_connection_configures_its_source(found: dict[str, Any]) -> None:
    sources = found["json"][0]
    assert sources["zendesk"] == [{"url": "https://shop.zendesk.example", "email": "a@b.example"}, {"token": "hush"}]
    assert sources["chatwoot"] == [{"url": "https://chat.example", "account_id": "3"}, {"token": "hush"}]
    assert sources["asterisk"] == [{"path": "/var/log/asterisk"}, {}]


def test_a_connection_may_be_a_uri(found: dict[str, Any]) -> None:
    sources = found["uri"][0]
    assert sources["zendesk"] == [{"url": "https://shop.zendesk.example:8443", "email": "a@b.example"}, {"token": "hush"}]
    assert sources["asterisk"] == [{}, {"dsn": "mysql://reader:hush@pbx.example:3306/asteriskcdrdb"}]


def test_a_connection_wins_over_the_environment_and_leaves_what_it_does_not_say(found: dict[str, Any]) -> None:
    assert found["both"][0]["zendesk"] == [{"url": "https://new.example", "email": "kept@b.example"}, {"token": "hush"}]


def test_connections_say_to_whom_alerts_go(found: dict[str, Any]) -> None:
    assert found["alerts"][2] == [
        *(["a@b.example"], "kept@b.example", "mail.example", 465, "tls", "me", "hush"),
        *("https://hook.example/send?key=hush", "wecom", "", ["email", "webhook"]),
    ]
    assert found["none"][2][-1] == []


def test_secrets_are_never_shown(found: dict[str, Any]) -> None:
    for case in CASES:
        assert "hush" not in found[case][1]
