"""`[alerts]`: to whom and how alerts are told, and when something is one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from deskmart.errors import SettingsError
from deskmart.settings_list import SOURCES, names_of, refuse_unknown, variables_of

STYLES = ("json", "slack", "teams", "wecom", "dingtalk", "feishu")
SECURITIES: Mapping[str, int] = {"starttls": 587, "tls": 465, "none": 25}
SCOPES = ("company", "channel", "queue", "team", "agent")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SECTION = "[alerts]"


@dataclass(frozen=True, slots=True)
class KpiLimit:
    """A KPI that is watched: told when the newest settled figure is `above` or `below` a limit, in the KPI's own unit (a rate in
    0 to 1, seconds, ...); without either, when it misses its target of `kpi_targets`.

    `days` 1 looks at a day's figure, 7 at that of the seven days up to it. Figures of fewer than `fewest` rows are passed over.
    """

    kpi: str
    scope: str = "company"
    variant: str = "default"
    channel_group: str = ""
    days: int = 1
    above: float | None = None
    below: float | None = None
    fewest: int = 20


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Everything alerts need to know. Secrets are never shown."""

    language: Literal["en", "zh"] = "en"
    email_to: tuple[str, ...] = ()
    email_from: str = ""
    smtp_host: str = ""
    smtp_port: int = 0
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    webhook_url: str = field(default="", repr=False)
    webhook_style: str = "json"
    webhook_secret: str = field(default="", repr=False)
    stale_hours: float = 30
    stale_hours_of: Mapping[str, float] = field(default_factory=dict)
    repeat_hours: float = 20
    deadline_hours: float = 4
    kpis: tuple[KpiLimit, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """The ways alerts go: email, webhook, both or none."""
        return tuple(
            name for name, is_set in (("email", self.smtp_host and self.email_to), ("webhook", self.webhook_url)) if is_set
        )

    @property
    def port(self) -> int:
        return self.smtp_port or SECURITIES[self.smtp_security]


def alert_settings(section: Mapping[str, Any], env: Mapping[str, str]) -> AlertSettings:
    """What the file's section and the DESKMART_ALERTS_* variables say; `SettingsError` for what cannot be."""
    variables = variables_of("alerts")
    for name, is_secret in variables.items():
        if is_secret and name in section:
            todo = f"secrets belong into DESKMART_ALERTS_{name.upper()}"
            raise SettingsError(f"{name} stands in {_SECTION}", todo=todo)
    refuse_unknown(section, names_of("alerts"), _SECTION)
    given = {name: value for name in variables if (value := env.get(f"DESKMART_ALERTS_{name.upper()}"))}
    return alerts_from({**section, **given})


def alerts_from(values: Mapping[str, Any], before: AlertSettings | None = None) -> AlertSettings:
    """Settings of plain values, those of `before` where they say nothing; `SettingsError` for what cannot be."""
    old = before or AlertSettings()

    def text(name: str) -> str:
        return str(values.get(name) or getattr(old, name))

    made = AlertSettings(
        language="zh" if _one_of("language", text("language"), ("en", "zh")) == "zh" else "en",
        email_to=_addresses(values["email_to"]) if values.get("email_to") else old.email_to,
        email_from=text("email_from"),
        smtp_host=text("smtp_host"),
        smtp_port=int(_number("smtp_port", values.get("smtp_port") or old.smtp_port)),
        smtp_security=_one_of("smtp_security", text("smtp_security"), tuple(SECURITIES)),
        smtp_user=text("smtp_user"),
        smtp_password=text("smtp_password"),
        webhook_url=text("webhook_url"),
        webhook_style=_one_of("webhook_style", text("webhook_style"), STYLES),
        webhook_secret=text("webhook_secret"),
        stale_hours=_number("stale_hours", values.get("stale_hours", old.stale_hours)),
        stale_hours_of=_hours_of(values.get("stale_hours_of", old.stale_hours_of)),
        repeat_hours=_number("repeat_hours", values.get("repeat_hours", old.repeat_hours)),
        deadline_hours=_number("deadline_hours", values.get("deadline_hours", old.deadline_hours)),
        kpis=_limits(values["kpis"]) if "kpis" in values else old.kpis,
    )
    _check_mail(made)
    return made


def _check_mail(made: AlertSettings) -> None:
    if made.smtp_host and made.email_to and not made.email_from:
        raise SettingsError("email_from of [alerts] is not set", todo="e-mails need a sender's address")
    if made.smtp_security == "none" and made.smtp_user and made.smtp_host not in LOOPBACK:
        raise SettingsError("a mail password would be sent in clear", todo="set smtp_security of [alerts] to starttls or tls")


def _limits(entries: Any) -> tuple[KpiLimit, ...]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SettingsError("kpis of [alerts] is no list of tables", todo='write kpis = [{ kpi = "service_level" }]')
    return tuple(map(_limit, entries))


def _limit(entry: Mapping[str, Any]) -> KpiLimit:
    place = "a limit of [alerts] kpis"
    refuse_unknown(entry, tuple(KpiLimit.__slots__), place)
    if not entry.get("kpi"):
        raise SettingsError(f"{place} names no KPI", todo='write such as { kpi = "service_level" }')
    days = int(_number("days", entry.get("days", 1)))
    if days not in (1, 7):
        raise SettingsError(f"days = {days} of {place}", todo="1 or 7")
    return KpiLimit(
        kpi=str(entry["kpi"]),
        scope=_one_of("scope", str(entry.get("scope", "company")), SCOPES),
        variant=str(entry.get("variant", "default")),
        channel_group=str(entry.get("channel_group", "")),
        days=days,
        above=_number("above", entry["above"], least=-math.inf) if "above" in entry else None,
        below=_number("below", entry["below"], least=-math.inf) if "below" in entry else None,
        fewest=int(_number("fewest", entry.get("fewest", 20))),
    )


def _addresses(value: Any) -> tuple[str, ...]:
    found = value.split(",") if isinstance(value, str) else list(value) if isinstance(value, (list, tuple)) else [value]
    addresses = tuple(str(address).strip() for address in found if str(address).strip())
    if any("@" not in address or any(letter.isspace() for letter in address) for address in addresses):
        raise SettingsError("email_to of [alerts] holds what is no address", todo='write ["name@example.com"]')
    return addresses


def _hours_of(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise SettingsError("stale_hours_of of [alerts] is no table", todo="write such as { zendesk = 48 }")
    refuse_unknown(value, SOURCES, "stale_hours_of of [alerts]")
    return {name: _number(f"stale_hours_of {name}", hours) for name, hours in value.items()}


def _number(name: str, value: Any, least: float = 0.0) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise SettingsError(f"{name} = {value!r} of [alerts] is no number", todo="write one such as 24") from None
    if isinstance(value, bool) or not math.isfinite(number) or number < least:
        raise SettingsError(f"{name} = {value!r} of [alerts] cannot be", todo="write a number such as 24")
    return number


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise SettingsError(f"{name} = {value!r} of [alerts] is not known", todo=f"one of {', '.join(known)}")
    return value
