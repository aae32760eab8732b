"""Those who are told, on loopback: a mail server and a webhook, which keep what they were sent."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from deskmart.alerting.settings import AlertSettings, alerts_from
from deskmart.settings import Settings


@dataclass(slots=True)
class MailServer:
    """Speaks as much SMTP as a sender needs; refuses senders when told to."""

    port: int = 0
    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refuses: bool = False

    def talk(self, lines: Any, say: Callable[[str], None]) -> None:
        to: list[str] = []
        say("220 here")
        for line in lines:
            word = line.split(b" ")[0].strip().upper().decode()
            if word == "EHLO":
                say("250-here\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                self.logins.append(line.decode().strip().rpartition(" ")[2])
                say("235 ok")
            elif word == "RCPT":
                to.append(line.decode().partition("<")[2].partition(">")[0])
                say("550 no" if self.refuses else "250 ok")
            elif word == "DATA":
                say("354 go on")
                body = b"".join(iter(lambda: next(lines), b".\r\n"))
                self.mails.append((to, message_from_bytes(body, policy=policy.default)))
                say("250 ok")
            elif word == "QUIT":
                return say("221 bye")
            else:
                say("250 ok")


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    mine = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            mine.talk(iter(self.rfile.readline, b""), lambda text: self.wfile.write(f"{text}\r\n".encode()) and None)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        mine.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield mine
        server.shutdown()
        thread.join()


@pytest.fixture
def webhook(httpserver: HTTPServer) -> HTTPServer:
    httpserver.expect_request("/hook", method="POST").respond_with_json({"ok": True})
    return httpserver


@pytest.fixture
def a_home(tmp_path: Path) -> Callable[..., Settings]:
    """A home with these alert settings."""

    def make(**alerts: Any) -> Settings:
        return Settings(tmp_path / "home", alerts=alerts_from(alerts, AlertSettings()))

    return make


def mail_words(server: MailServer) -> dict[str, Any]:
    return {
        "smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none",
        "email_from": "deskmart@shop.example", "email_to": ["a@shop.example", "b@shop.example"],
    }  # fmt: skip


def hook_words(server: HTTPServer, **more: Any) -> dict[str, Any]:
    return {"webhook_url": server.url_for("/hook?key=hush"), **more}


def posted(server: HTTPServer) -> list[Any]:
    return [request.get_json() for request, _ in server.log]
