"""Settings: environment and configuration file become one frozen object. Nothing else reads the environment."""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deskmart.alerting.settings import AlertSettings, alert_settings
from deskmart.errors import SettingsError
from deskmart.settings_list import SOURCES, names_of, refuse_unknown, variables_of
from deskmart.settings_serving import ServingSettings, serving_settings

CONFIG_NAME = "deskmart.toml"
ALWAYS_ON = "file_drop"
_N = TypeVar("_N", int, float)

# Which environment variables (DESKMART_<SOURCE>_<NAME>) a source understands; True marks a secret.
SOURCE_VARIABLES: Mapping[str, Mapping[str, bool]] = {name: variables_of(f"sources.{name}") for name in SOURCES}


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """What is known of one source: `options` may be shown, `secrets` never are."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def need(self, name: str) -> str:
        """The option or secret `name`; `SettingsError` that says how to set it when it is absent."""
        value = self.secrets.get(name) or self.options.get(name)
        if value in (None, ""):
            raise SettingsError(
                f"{name} is not set",
                source=self.name,
                todo=f"set DESKMART_{self.name.upper()}_{name.upper()} or the Airflow connection deskmart_{self.name}",
            )
        return str(value)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run needs to know, read once."""

    home: Path
    site_timezone: str = "Asia/Shanghai"
    default_region: str = "CN"
    token_key: bytes = field(default=b"", repr=False)
    token_key_id: str = "k1"
    old_token_keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    landing_days: int = 400
    quarantine_days: int = 400
    bad_share_limit: float = 0.2
    rows_at_once: int = 100_000
    restatement_limit: float = 0.1
    restatement_fewest: int = 1_000
    threads: int = 2
    keep_versions: int = 10
    sources: Mapping[str, SourceSettings] = field(default_factory=dict)
    serving: ServingSettings = field(default_factory=ServingSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)

    def under_key(self, key_id: str) -> Settings:
        """These settings with the token key of that id, present or old; `SettingsError` when it is not there."""
        if key_id == self.token_key_id:
            return self
        if key_id not in self.old_token_keys:
            raise SettingsError(
                f"the token key {key_id} is not known, and customers were erased under it",
                todo=f"keep it in DESKMART_OLD_TOKEN_KEYS={key_id}=...",
            )
        return replace(self, token_key=self.old_token_keys[key_id], token_key_id=key_id)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site_timezone)

    def source(self, name: str) -> SourceSettings:
        """The settings of a source that is in use; `SettingsError` when it is not configured."""
        if name not in self.sources:
            raise SettingsError(
                "this source is not configured",
                source=name,
                todo=f"add [sources.{name}] to {CONFIG_NAME} or set DESKMART_{name.upper()}_*",
            )
        return self.sources[name]

    def with_source(self, source: SourceSettings) -> Settings:
        return replace(self, sources={**self.sources, source.name: source})


def load_settings(home: Path | str | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read `DESKMART_HOME` (default ./data), its deskmart.toml and the DESKMART_* variables.

    The environment wins over the file. Secrets are taken from the environment alone; a secret in the file is refused.
    """
    env = os.environ if environ is None else environ
    root = Path(home or env.get("DESKMART_HOME") or "data").absolute()
    config = _read_config(root / CONFIG_NAME)
    refuse_unknown(config, (*names_of(""), "sources", "alerts", "serving"), CONFIG_NAME)
    refuse_unknown(_table(config, "serving"), (*names_of("serving"), "postgres_url"), "[serving]")
    zone = env.get("DESKMART_SITE_TIMEZONE") or config.get("site_timezone", "Asia/Shanghai")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"site_timezone {zone!r} is no IANA time zone", todo="write one such as Asia/Shanghai") from error
    settings = Settings(
        home=root,
        site_timezone=zone,
        default_region=config.get("default_region", "CN"),
        token_key=_token_key(root, env),
        token_key_id=_key_id(env.get("DESKMART_TOKEN_KEY_ID") or config.get("token_key_id", "k1")),
        old_token_keys=_old_keys(env.get("DESKMART_OLD_TOKEN_KEYS", "")),
        landing_days=_number(config.get("landing_days", 400), "landing_days", int),
        quarantine_days=_number(config.get("quarantine_days", 400), "quarantine_days", int),
        bad_share_limit=_number(config.get("bad_share_limit", 0.2), "bad_share_limit", float),
        rows_at_once=max(1, _number(config.get("rows_at_once", 100_000), "rows_at_once", int)),
        restatement_limit=_number(config.get("restatement_limit", 0.1), "restatement_limit", float),
        restatement_fewest=_number(config.get("restatement_fewest", 1_000), "restatement_fewest", int),
        threads=_number(env.get("DESKMART_THREADS") or config.get("threads", 2), "threads", int),
        keep_versions=_kept(env.get("DESKMART_KEEP_VERSIONS") or _table(config, "serving").get("keep_versions", 10)),
        serving=serving_settings(_table(config, "serving"), env),
        alerts=alert_settings(_table(config, "alerts"), env),
    )
    sections = _sections(config)
    for name in SOURCE_VARIABLES:
        if (source := _source_settings(name, sections.get(name), env)) is not None:
            settings = settings.with_source(source)
    return settings


def token_key_place(settings: Settings) -> str:
    """Where the token key of these settings is: a variable or a file."""
    return "DESKMART_TOKEN_KEY" if os.environ.get("DESKMART_TOKEN_KEY") else str(settings.home / "token.key")


def process_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child process: this one's, with `extra` on top."""
    return {**os.environ, **extra}


def _read_config(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path.name} is not valid TOML: {error}", todo="mend that line") from error


def _number(value: Any, name: str, kind: Callable[[Any], _N]) -> _N:
    try:
        return kind(value)
    except (TypeError, ValueError):
        raise SettingsError(f"{name} = {value!r} is no number", todo="write one such as 2") from None


def _table(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A table of the file; empty where it is not there."""
    table = config.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{name} of {CONFIG_NAME} is no table", todo=f"write [{name}] and its keys below it")
    return table


def _kept(value: Any) -> int:
    """How many published versions are kept: going back needs the one before, at least."""
    if (kept := _number(value, "keep_versions", int)) < 2:
        raise SettingsError(f"keep_versions = {kept} is too few", todo="keep 2 at least, so that a rollback has somewhere to go")
    return kept


def _sections(config: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    sections = config.get("sources", {})
    if not isinstance(sections, dict) or not all(isinstance(section, dict) for section in sections.values()):
        raise SettingsError(f"sources of {CONFIG_NAME} are no tables", todo="write each as [sources.<name>]")
    if unknown := [name for name in sections if name not in SOURCE_VARIABLES]:
        raise SettingsError(f"no source is called {unknown[0]!r}", todo=f"known: {', '.join(SOURCE_VARIABLES)}")
    return sections


def _source_settings(name: str, section: Mapping[str, Any] | None, env: Mapping[str, str]) -> SourceSettings | None:
    variables = SOURCE_VARIABLES[name]
    known = (*names_of(f"sources.{name}"), *variables)
    refuse_unknown(section or {}, known, f"[sources.{name}]")
    options: dict[str, Any] = {}
    found: dict[str, str] = {}
    for key, value in (section or {}).items():
        if variables.get(key):
            raise SettingsError(
                f"{key} stands in {CONFIG_NAME}", source=name, todo=f"secrets belong into DESKMART_{name.upper()}_{key.upper()}"
            )
        options[key] = value
    for key, is_secret in variables.items():
        if value := env.get(f"DESKMART_{name.upper()}_{key.upper()}"):
            (found if is_secret else options)[key] = value
    if section is None and not options and not found and name != ALWAYS_ON:
        return None
    return SourceSettings(name, options, found)


def _key_id(text: str) -> str:
    """A plain word that stands in every token; `erased` stands in surrogates."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", text) or text == "erased":
        raise SettingsError("DESKMART_TOKEN_KEY_ID is no plain word", todo="write one such as k2; `erased` is taken")
    return text


def _old_keys(text: str) -> dict[str, bytes]:
    """`k1=secret,k2=secret`: token keys that were in use before."""
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    if any(not name or not key for name, _, key in pairs):
        raise SettingsError("DESKMART_OLD_TOKEN_KEYS cannot be read", todo="write k1=secret,k2=secret")
    return {_key_id(name): key.encode() for name, _, key in pairs}


def _token_key(home: Path, env: Mapping[str, str]) -> bytes:
    """The key of the customer tokens: DESKMART_TOKEN_KEY, else a random one kept in the home, readable by its owner only."""
    if text := env.get("DESKMART_TOKEN_KEY"):
        return text.encode()
    path = home / "token.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                stream.write(secrets.token_hex(32))
                stream.flush()
                os.fsync(stream.fileno())
        except FileExistsError:
            pass  # another process of this home was first; its key is the one
    return path.read_text().strip().encode()
