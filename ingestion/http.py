"""Asking a REST system for JSON: polite when told to wait, patient with faults, never careless with credentials.

Requests go through dlt's REST client and its auth classes. dlt retries inside its session, does not read `Retry-After` and
lets broken bodies through, so the retries here are tenacity's around a plain `requests` session.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from deskmart.errors import SourceError
from deskmart.settings import SourceSettings
from ingestion.http_waits import asked_wait, seconds_until_reset

if TYPE_CHECKING:
    from requests import Response
    from requests.auth import AuthBase
    from tenacity import RetryCallState

_TIMEOUT = (10.0, 60.0)  # seconds to connect, seconds between two bytes
_KEPT_HEADERS = ("date", "content-type", "etag", "x-request-id", "x-zendesk-request-id", "x-rate-limit-remaining")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client goes on asking. Waits are seconds; `scale` multiplies each (a sandbox's minute may be shorter)."""

    attempts: int = 6
    attempts_when_refused: int = 3
    attempts_when_throttled: int = 10
    first_wait: float = 0.5
    longest_wait: float = 120.0
    scale: float = 1.0

    @classmethod
    def of(cls, settings: SourceSettings) -> Patience:
        """The usual patience, scaled by the source's option `wait_scale`."""
        return cls(scale=float(settings.options.get("wait_scale", 1.0)))


@dataclass(frozen=True, slots=True)
class Reply:
    """One good answer: the body's bytes exactly as sent, what they say as JSON, and what may be told of the request."""

    body: bytes
    document: Any
    meta: Mapping[str, Any]


class _TryAgainError(Exception):
    """Worth another try, `limit` tries in all; `wait` is what the server asked for."""

    def __init__(self, what: str, limit: int, todo: str = "", wait: float | None = None) -> None:
        super().__init__(what)
        self.limit = limit
        self.todo = todo or "the source is unwell; run again later"
        self.wait = wait


class HttpClient:
    """Asks one system, on one kept-alive connection at a time: not for use by several threads at once.

    `ask` raises `SourceError`, one line without secrets, when an answer cannot be had: after bounded exponential waits with
    jitter for 5xx, timeouts, cut connections and bodies that are not JSON; after the waits a 429 asks for; after a second 401.
    """

    def __init__(self, settings: SourceSettings, auth: AuthBase, patience: Patience | None = None) -> None:
        self._source = settings.name
        self.options = settings.options
        self._url = _checked_url(settings)
        self._patience = patience or Patience.of(settings)
        self._rest = _rest_client(self._url, auth)
        self._free_at = 0.0

    def ask(self, path: str, params: Mapping[str, Any] | None = None) -> Reply:
        """GET `path` (below the source's address) and return its JSON answer."""
        from tenacity import Retrying, retry_if_exception_type

        retrying = Retrying(
            stop=_had_enough, wait=self._pause, retry=retry_if_exception_type(_TryAgainError), sleep=time.sleep, reraise=True
        )
        try:
            return retrying(self._once, path, params or {})
        except _TryAgainError as failure:
            raise self.error(f"{failure} ({path})", failure.todo) from failure

    def check_link(self, link: str | None) -> None:
        """Refuse a link of the source that leads to another host: no token is ever sent there."""
        if link and urlsplit(link).netloc and _place(link) != _place(self._url):
            raise self.error(
                f"its next link leads to another host, {urlsplit(link).hostname}",
                f"check {self._variable('url')}; credentials are not sent elsewhere",
            )

    def error(self, message: str, todo: str) -> SourceError:
        """A `SourceError` of this source."""
        return SourceError(message, source=self._source, todo=todo)

    def close(self) -> None:
        """Close the kept connection."""
        self._rest.session.close()

    def _once(self, path: str, params: Mapping[str, Any]) -> Reply:
        import requests

        if (early := self._free_at - time.monotonic()) > 0:
            time.sleep(early)
        attempts = self._patience.attempts
        try:
            response = self._rest.get(path, params=dict(params), timeout=_TIMEOUT, allow_redirects=False)
        except requests.exceptions.Timeout as error:
            raise _TryAgainError("it did not answer in time", attempts) from error
        except requests.exceptions.ConnectionError as error:
            if not _never_connected(error):
                raise _TryAgainError("it cut the connection", attempts) from error
            todo = f"is it up? check {self._variable('url')}"
            raise _TryAgainError(f"cannot reach {self._url}", self._patience.attempts_when_refused, todo) from error
        except requests.exceptions.RequestException as error:
            raise _TryAgainError("it sent a broken body", attempts) from error
        return self._judge(response)

    def _judge(self, response: Response) -> Reply:
        status = response.status_code
        if status == 200:
            return self._reply(response)
        if status == 429 or status >= 500:
            raise self._told_to_wait(response)
        if status == 401:
            raise _TryAgainError("it refused our credentials (401)", 2, f"check {self._credentials()}", wait=0.0)
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("location", "")).hostname or "elsewhere"
            raise self.error(
                f"it redirects to {target}; redirects are not followed with credentials",
                f"put the final address into {self._variable('url')}",
            )
        if status == 403:
            todo = f"give it the rights of an administrator, or check {self._credentials()}"
            raise self.error("our user may not read this (403)", todo)
        raise self.error(f"it answered {status} to {urlsplit(response.url).path}", f"check {self._variable('url')}")

    def _told_to_wait(self, response: Response) -> _TryAgainError:
        patience, wait = self._patience, asked_wait(response.headers)
        if wait is not None and wait > patience.longest_wait:
            raise self.error(f"it asks to be left alone for {wait:.0f} s", "run again after that time")
        if response.status_code == 429:
            return _TryAgainError(
                "it still says we ask too often (429)", patience.attempts_when_throttled, "run again later", wait
            )
        return _TryAgainError(f"it answered {response.status_code}", patience.attempts, wait=wait)

    def _reply(self, response: Response) -> Reply:
        try:
            document = json.loads(response.content)
        except (ValueError, RecursionError) as error:
            raise _TryAgainError("it sent a body that is not JSON", self._patience.attempts) from error
        if pause := seconds_until_reset(response.headers):
            self._free_at = time.monotonic() + min(pause, self._patience.longest_wait) * self._patience.scale
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        return Reply(response.content, document, {"url": response.url, "status": response.status_code, "headers": headers})

    def _pause(self, state: RetryCallState) -> float:
        from tenacity import wait_random_exponential

        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, _TryAgainError) and failure.wait is not None:
            return failure.wait * self._patience.scale
        backoff = wait_random_exponential(self._patience.first_wait, max=30.0, min=self._patience.first_wait)
        return backoff(state) * self._patience.scale

    def _variable(self, name: str) -> str:
        return f"DESKMART_{self._source.upper()}_{name.upper()}"

    def _credentials(self) -> str:
        return f"{self._variable('token')} or the Airflow connection deskmart_{self._source}"


class Trail:
    """The places a scan has been at; coming to one twice is a loop, which is an error of the source."""

    def __init__(self, client: HttpClient, what: str) -> None:
        self._client = client
        self._what = what
        self._seen: set[object] = set()

    def step(self, place: object) -> None:
        """Note that the scan goes on from `place`; `SourceError` when it was there before."""
        if place in self._seen:
            raise self._client.error(f"the pages of {self._what} go in a circle", "run again; if it stays, ask the vendor")
        self._seen.add(place)


def _rest_client(url: str, auth: AuthBase) -> Any:
    from http.cookiejar import DefaultCookiePolicy

    from dlt.common.configuration.specs.runtime_configuration import (
        RuntimeConfiguration,
    )
    from dlt.sources.helpers.rest_client import RESTClient
    from requests import Session

    session = Session()
    # Proxies and CA bundle of the environment: asked for once, since it takes as long as a request.
    from_environment = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies, session.verify, session.trust_env = from_environment["proxies"], from_environment["verify"], False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"Accept": "application/json", "User-Agent": "deskmart"})
    return RESTClient(url, auth=auth, session=session, config=RuntimeConfiguration())


def _checked_url(settings: SourceSettings) -> str:
    url = settings.need("url").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise SourceError(
            "its address is not a plain http(s) address",
            source=settings.name,
            todo=f"set DESKMART_{settings.name.upper()}_URL to one such as https://example.com, without name or password",
        )
    return url


def _place(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _had_enough(state: RetryCallState) -> bool:
    failure = state.outcome.exception() if state.outcome else None
    return isinstance(failure, _TryAgainError) and state.attempt_number >= failure.limit


def _never_connected(error: Exception) -> bool:
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)
