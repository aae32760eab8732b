"""As much of Metabase's HTTP API as provisioning needs (https://www.metabase.com/docs/latest/api)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from deskmart.errors import DeskmartError

_SECONDS = 60


@dataclass(slots=True)
class Metabase:
    """One Metabase, logged in. Every call raises `DeskmartError` with what the server said when it refuses."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def log_in(self, email: str, password: str) -> None:
        """As that user; on a Metabase nobody has set up yet the user is made, as its administrator."""
        properties = self.get("/api/session/properties")
        if properties.get("has-user-setup") or not properties.get("setup-token"):
            answer = self.post("/api/session", {"username": email, "password": password})
        else:
            user = {"email": email, "password": password, "first_name": "Deskmart", "last_name": "Admin", "site_name": "Deskmart"}
            preferences = {"site_name": "Deskmart", "allow_tracking": False}
            answer = self.post("/api/setup", {"token": properties["setup-token"], "user": user, "prefs": preferences})
        self.session.headers["X-Metabase-Session"] = answer["id"]

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", path, params=query)

    def post(self, path: str, content: Mapping[str, Any]) -> Any:
        return self._call("POST", path, json=content)

    def put(self, path: str, content: Mapping[str, Any]) -> Any:
        return self._call("PUT", path, json=content)

    def _call(self, method: str, path: str, **more: Any) -> Any:
        try:
            answer = self.session.request(method, self.url.rstrip("/") + path, timeout=_SECONDS, **more)
        except requests.RequestException as error:
            raise DeskmartError(
                f"Metabase at {self.url} does not answer: {type(error).__name__}", todo="start it, or say where it is with --url"
            ) from None
        if not answer.ok:
            raise DeskmartError(
                f"Metabase refused {method} {path} ({answer.status_code}): {answer.text[:300]}",
                todo="check the login, and that it is an administrator's",
            )
        return answer.json() if answer.content else None
