"""Settings for a task: what the environment and the configuration file say, overlaid by Airflow's connections.

`deskmart.settings_list.CONNECTIONS` says what each of their fields holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSecretsBackendAccessDenied

from deskmart.alerting.settings import alerts_from
from deskmart.settings import Settings, SourceSettings, load_settings

Parts = tuple[dict[str, Any], dict[str, str | None]]


def settings_from_connections() -> Settings:
    """The settings a task runs with; a connection that does not exist changes nothing. Call it inside a task."""
    settings = _with_serving(load_settings())
    for name, parts_of in PARTS.items():
        if (connection := _connection(f"deskmart_{name}")) is None:
            continue
        before = settings.sources.get(name, SourceSettings(name))
        options, secrets = parts_of(connection)
        settings = settings.with_source(
            SourceSettings(name, {**before.options, **_given(options)}, {**before.secrets, **_given(secrets)})
        )
    told = {
        name: value
        for id, fields in ALERTS.items()
        if (found := _connection(id))
        for name, value in _given(fields(found)).items()
    }
    return replace(settings, alerts=alerts_from(told, settings.alerts)) if told else settings


def _connection(id: str) -> Connection | None:
    """A connection; None when there is none, or when Airflow keeps it from us, as it does from the callbacks of deadlines."""
    try:
        return Connection.get(id)
    except (AirflowNotFoundException, AirflowSecretsBackendAccessDenied):
        return None


def _with_serving(settings: Settings) -> Settings:
    if (found := _connection("deskmart_serving")) is None:
        return settings
    login = ":".join(quote(part, safe="") for part in (found.login, found.password) if part)
    place = f"{found.host or '127.0.0.1'}:{found.port or 5432}/{quote(found.schema or found.login or '', safe='')}"
    return replace(settings, serving=replace(settings.serving, postgres_url=f"postgresql://{login}{'@' if login else ''}{place}"))


def _zendesk(connection: Connection) -> Parts:
    fields = {name: connection.extra_dejson.get(name) for name in ("topic_field", "order_field")}
    return {"url": _address(connection), "email": connection.login, **fields}, {"token": connection.password}


def _chatwoot(connection: Connection) -> Parts:
    account = connection.extra_dejson.get("account_id")
    return {"url": _address(connection), "account_id": account}, {"token": connection.password}


def _asterisk(connection: Connection) -> Parts:
    extra = connection.extra_dejson
    dsn = extra.get("dsn") or (connection.get_uri() if connection.host else None)
    return {name: extra.get(name) for name in ("path", "timezone", "exit_keys", "extensions", "userfield")}, {"dsn": dsn}


PARTS: dict[str, Callable[[Connection], Parts]] = {"zendesk": _zendesk, "chatwoot": _chatwoot, "asterisk": _asterisk}


def _smtp(connection: Connection) -> dict[str, Any]:
    named = {name: connection.extra_dejson.get(name) for name in ("email_from", "email_to", "smtp_security")}
    login = {"smtp_user": connection.login, "smtp_password": connection.password}
    return {"smtp_host": connection.host, "smtp_port": connection.port, **login, **named}


def _webhook(connection: Connection) -> dict[str, Any]:
    named = {name: connection.extra_dejson.get(name) for name in ("webhook_style", "webhook_secret")}
    return {"webhook_url": connection.password or _address(connection), **named}


ALERTS: dict[str, Callable[[Connection], dict[str, Any]]] = {"deskmart_smtp": _smtp, "deskmart_webhook": _webhook}


def _address(connection: Connection) -> str | None:
    """`host` may be a whole address; with a bare name, type, host and port make one."""
    host: str | None = connection.host
    if not host or "://" in host:
        return host
    scheme = connection.schema or ("http" if connection.conn_type == "http" else "https")
    return f"{scheme}://{host}" + (f":{connection.port}" if connection.port else "")


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """What is given, scalars as text as the environment would have them; a table (exit_keys) stays one."""
    return {
        name: value if isinstance(value, (dict, list)) else str(value)
        for name, value in values.items()
        if value not in (None, "")
    }
