"""E-mail and webhook: a message goes out, or `AlertError` says why not, without the address' secret parts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any
from urllib.parse import quote_plus, urlsplit

import requests

from deskmart.alerting.message import Message
from deskmart.alerting.settings import AlertSettings
from deskmart.errors import AlertError

TIMEOUT_SECONDS = 20
WECOM_BYTES = 2_000  # a text of WeCom may have 2,048
TEXT_BYTES = 15_000  # DingTalk takes 20,000, the others more


def send(channel: str, message: Message, alerts: AlertSettings) -> None:
    """Send by `email` or `webhook`; `AlertError` when it was not taken."""
    (_send_mail if channel == "email" else _post)(message, alerts)


def _send_mail(message: Message, alerts: AlertSettings) -> None:
    mail = EmailMessage()
    mail["Subject"] = f"[deskmart] {message.title}"
    mail["From"], mail["To"] = alerts.email_from, ", ".join(alerts.email_to)
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="deskmart")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text + "\n")
    where = f"{alerts.smtp_host}:{alerts.port}"
    try:
        with _mail_server(alerts) as server:
            if alerts.smtp_user:
                server.login(alerts.smtp_user, alerts.smtp_password)
            if refused := server.send_message(mail):
                raise AlertError(
                    f"the mail server {where} refused {len(refused)} of the addresses", todo="mend email_to of [alerts]"
                )
    except smtplib.SMTPAuthenticationError as error:
        raise AlertError(f"the mail server {where} refused our login", todo="mend smtp_user and its password") from error
    except (OSError, smtplib.SMTPException) as error:
        said = getattr(error, "strerror", None) or type(error).__name__
        raise AlertError(
            f"the mail server {where} did not take the e-mail ({said})", todo="mend [alerts], or its server"
        ) from error


def _mail_server(alerts: AlertSettings) -> smtplib.SMTP:
    host, port, context = alerts.smtp_host, alerts.port, ssl.create_default_context()
    if alerts.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    if alerts.smtp_security == "starttls":
        try:
            server.starttls(context=context)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
    return server


def _post(message: Message, alerts: AlertSettings) -> None:
    where = urlsplit(alerts.webhook_url).hostname or "webhook_url"
    content, headers, url = request_of(message, alerts, int(time.time()))
    try:
        answer = requests.post(url, data=content, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:
        # without the cause: it holds the whole address
        raise AlertError(f"the webhook at {where} does not answer ({type(error).__name__})", todo="mend webhook_url") from None
    if answer.status_code // 100 != 2:
        raise AlertError(f"the webhook at {where} answered {answer.status_code}", todo="mend webhook_url or webhook_style")
    if code := _code(answer, alerts.webhook_style):
        raise AlertError(f"the webhook at {where} refused the message (code {code})", todo="mend webhook_url or webhook_secret")


def request_of(message: Message, alerts: AlertSettings, now: int) -> tuple[bytes, dict[str, str], str]:
    """Body, headers and address of the request that the webhook's style asks for; `now` in seconds since 1970."""
    style, secret, url = alerts.webhook_style, alerts.webhook_secret.encode(), alerts.webhook_url
    body = BODIES[style](message)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "deskmart"}
    if style == "dingtalk" and secret:
        signed = base64.b64encode(hmac.digest(secret, f"{now}000\n{alerts.webhook_secret}".encode(), "sha256")).decode()
        url += f"{'&' if '?' in url else '?'}timestamp={now}000&sign={quote_plus(signed)}"
    if style == "feishu" and secret:
        key = f"{now}\n{alerts.webhook_secret}".encode()
        body |= {"timestamp": str(now), "sign": base64.b64encode(hmac.digest(key, b"", "sha256")).decode()}
    content = json.dumps(body, ensure_ascii=False).encode()
    if style == "json" and secret:
        headers["X-Deskmart-Signature"] = f"sha256={hmac.new(secret, content, hashlib.sha256).hexdigest()}"
    return content, headers, url


def _code(answer: requests.Response, style: str) -> int:
    """WeCom, DingTalk and Feishu say 200 to everything; the body says whether it was taken."""
    if style not in ("wecom", "dingtalk", "feishu"):
        return 0
    try:
        said = answer.json()
        return int(said.get("errcode") or said.get("code") or said.get("StatusCode") or 0)
    except (ValueError, TypeError, AttributeError):
        return -1


def _short(message: Message, limit: int = TEXT_BYTES) -> str:
    text = f"{message.title}\n{message.text}".encode()
    return text.decode() if len(text) <= limit else text[: limit - 3].decode(errors="ignore") + "…"


def _card(message: Message) -> dict[str, Any]:
    blocks = [{"type": "TextBlock", "text": line, "wrap": True} for line in (*message.lines, message.footer)]
    title = {"type": "TextBlock", "text": message.title, "weight": "Bolder", "size": "Medium", "wrap": True}
    card = {"type": "AdaptiveCard", "version": "1.4", "body": [title, *blocks]}
    return {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}]}


BODIES: Mapping[str, Callable[[Message], dict[str, Any]]] = {
    "json": lambda message: {**message.as_json(), "text": message.text},
    "slack": lambda message: {"text": _short(message)},
    "teams": _card,
    "wecom": lambda message: {"msgtype": "text", "text": {"content": _short(message, WECOM_BYTES)}},
    "dingtalk": lambda message: {"msgtype": "text", "text": {"content": _short(message)}},
    "feishu": lambda message: {"msg_type": "text", "content": {"text": _short(message)}},
}
