"""Serving a world over HTTP on loopback."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Thread
from types import TracebackType
from typing import Self

import uvicorn

from sandbox.chatwoot import Chatwoot
from sandbox.chatwoot_state import ACCOUNT_ID, ChatwootState
from sandbox.faults import Fault, Faults, Faulty
from sandbox.world import World
from sandbox.zendesk import Zendesk
from sandbox.zendesk_state import ADMIN_EMAIL, ZendeskState

HOST = "127.0.0.1"


@dataclass(eq=False)
class Shop:
    """The look-alikes of Zendesk and Chatwoot over one world, each on a port of its own, in threads.

    Use as a context manager. `now` (epoch seconds, default the world's end) is the moment served and may be set anew while
    serving. `faults` are the misbehaviours to begin with; `shop.faults` takes more. `port` is Zendesk's and `port + 1`
    Chatwoot's, 0 for any. `rate_limit` is the number of incremental exports a minute that Zendesk allows, None for any number.
    `host` is the address to listen on. Raises `OSError` when a port is taken.
    """

    world: World
    now: int | None = None
    faults: Faults | Sequence[Fault] = ()
    port: int = 0
    rate_limit: int | None = None
    host: str = HOST
    zendesk_email: str = ADMIN_EMAIL
    zendesk_token: str = "sandbox-zendesk-token"
    chatwoot_token: str = "sandbox-chatwoot-token"
    chatwoot_account_id: int = ACCOUNT_ID
    zendesk_url: str = field(default="", init=False)
    chatwoot_url: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.faults = self.faults if isinstance(self.faults, Faults) else Faults(list(self.faults))
        self._now = self.world.end if self.now is None else self.now
        self._servers: dict[str, tuple[uvicorn.Server, Thread]] = {}

    def __enter__(self) -> Self:
        faults = self.faults if isinstance(self.faults, Faults) else Faults()
        sockets = [_bound(self.host, self.port), _bound(self.host, self.port + 1 if self.port else 0)]
        self.zendesk_url, self.chatwoot_url = (f"http://{self.host}:{one.getsockname()[1]}" for one in sockets)
        self.zendesk = Zendesk(lambda: ZendeskState(self.world, self._now, self.zendesk_url), self.zendesk_token, self.rate_limit)
        self.chatwoot = Chatwoot(lambda: ChatwootState(self.world, self._now), self.chatwoot_token)
        apps = {"zendesk": self.zendesk.app(), "chatwoot": self.chatwoot.app()}
        for (name, app), bound in zip(apps.items(), sockets, strict=True):
            self._servers[name] = _started(Faulty(app, faults), bound)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for name in list(self._servers):
            self.stop(name)

    def stop(self, name: str) -> None:
        """Take one system ("zendesk" or "chatwoot") down; it then refuses connections."""
        server, thread = self._servers.pop(name)
        server.should_exit = True
        thread.join(timeout=10)

    def show(self, now: int) -> None:
        """Serve another moment from the next request on."""
        self._now = now
        self.zendesk.forget()
        self.chatwoot.forget()


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


def _started(app: Faulty, bound: socket.socket) -> tuple[uvicorn.Server, Thread]:
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = Thread(target=lambda: asyncio.run(server.serve(sockets=[bound])), daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(timeout=0.01)
    return server, thread
