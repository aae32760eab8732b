"""Settings of the PostgreSQL that readers query: `[serving]` and the secret address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deskmart.errors import SettingsError


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """Published into when an address is set and `postgres` is not false. `team_security`: agents' figures are shown by team.

    `wait_seconds`: how long a publish waits for readers' open transactions.
    """

    postgres: bool | None = None
    postgres_url: str = field(default="", repr=False)
    team_security: bool = False
    wait_seconds: int = 120

    @property
    def address(self) -> str:
        """The address to publish to, "" for none; `SettingsError` when PostgreSQL is asked for and has no address."""
        if self.postgres and not self.postgres_url:
            raise SettingsError(
                "[serving] says postgres = true, but there is no address",
                todo="set DESKMART_POSTGRES_URL or the Airflow connection deskmart_serving",
            )
        return "" if self.postgres is False else self.postgres_url


def serving_settings(section: Mapping[str, Any], env: Mapping[str, str]) -> ServingSettings:
    """The settings of the table `[serving]` and of DESKMART_POSTGRES_URL; `SettingsError` for values that make no sense."""
    if "postgres_url" in section:
        raise SettingsError("postgres_url stands in the file", todo="secrets belong into DESKMART_POSTGRES_URL")
    for name in ("postgres", "team_security"):
        if not isinstance(section.get(name, False), bool):
            raise SettingsError(f"{name} of [serving] is neither true nor false", todo="write true or false, without quotes")
    seconds = section.get("wait_seconds", 120)
    if not isinstance(seconds, int) or seconds < 1:
        raise SettingsError(f"wait_seconds = {seconds!r} is no number of seconds", todo="write one such as 120")
    return ServingSettings(
        section.get("postgres"), env.get("DESKMART_POSTGRES_URL", ""), section.get("team_security", False), seconds
    )
