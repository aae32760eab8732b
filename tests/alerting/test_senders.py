"""What goes over the wire, in the form each receiver documents; a refusal is an error without the address' secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from deskmart.alerting.message import Message, message
from deskmart.alerting.senders import request_of, send
from deskmart.alerting.settings import STYLES, alerts_from
from deskmart.alerting.words import TEXTS, TITLES
from deskmart.errors import AlertError
from deskmart.settings import Settings
from tests.alerting.conftest import MailServer, hook_words, mail_words, posted

NOW = 1_790_000_000


def a_message(settings: Settings, *lines: str) -> Message:
    return message("stale", lines or ["zendesk is behind"], settings, datetime(2026, 10, 5, tzinfo=UTC))


TEXT_OF: dict[str, Callable[[Any], str]] = {
    "json": lambda body: f"{body['title']}\n{body['text']}",
    "slack": lambda body: body["text"],
    "teams": lambda body: "\n".join(block["text"] for block in body["attachments"][0]["content"]["body"]),
    "wecom": lambda body: body["text"]["content"],
    "dingtalk": lambda body: body["text"]["content"],
    "feishu": lambda body: body["content"]["text"],
}


@pytest.mark.parametrize("style", STYLES)
def test_every_style_carries_title_line_and_place(style: str, webhook: HTTPServer, a_home: Callable[..., Settings]) -> None:
    settings = a_home(**hook_words(webhook, webhook_style=style, language="zh"))
    send("webhook", a_message(settings), settings.alerts)
    (body,) = posted(webhook)
    text = TEXT_OF[style](body)
    assert text.startswith("数据源延迟\nzendesk is behind")
    assert "2026-10-05 08:00 CST" in text


def test_a_long_text_is_cut_at_the_length_wecom_takes_and_between_letters(a_home: Callable[..., Settings]) -> None:
    settings = a_home(webhook_url="http://x", webhook_style="wecom")
    content, _, _ = request_of(a_message(settings, *["延迟" * 40] * 40), settings.alerts, NOW)
    text = json.loads(content)["text"]["content"]
    assert len(text.encode()) <= 2_048
    assert text.endswith("…") and set(text.splitlines()[-1]) <= set("延迟…")


def test_dingtalk_is_signed_as_its_documentation_says(a_home: Callable[..., Settings]) -> None:
    settings = a_home(webhook_url="http://x/send?access_token=t", webhook_style="dingtalk", webhook_secret="SECabc")
    _, _, url = request_of(a_message(settings), settings.alerts, NOW)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    expected = base64.b64encode(hmac.new(b"SECabc", f"{NOW}000\nSECabc".encode(), hashlib.sha256).digest()).decode()
    assert query == {"access_token": "t", "timestamp": f"{NOW}000", "sign": expected}


def test_feishu_is_signed_as_its_documentation_says(a_home: Callable[..., Settings]) -> None:
    settings = a_home(webhook_url="http://x", webhook_style="feishu", webhook_secret="abc")
    content, _, _ = request_of(a_message(settings), settings.alerts, NOW)
    expected = base64.b64encode(hmac.new(f"{NOW}\nabc".encode(), b"", hashlib.sha256).digest()).decode()
    assert (json.loads(content)["timestamp"], json.loads(content)["sign"]) == (str(NOW), expected)


def test_json_is_signed_over_the_whole_body(webhook: HTTPServer, a_home: Callable[..., Settings]) -> None:
    settings = a_home(**hook_words(webhook, webhook_secret="abc"))
    send("webhook", a_message(settings), settings.alerts)
    request, _ = webhook.log[0]
    assert request.headers["X-Deskmart-Signature"] == "sha256=" + hmac.new(b"abc", request.get_data(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("style", "answer", "why"),
    [
        pytest.param("slack", Response("invalid_token", 403), "answered 403", id="refused"),
        pytest.param("json", Response("", 302, {"Location": "http://127.0.0.1:9/"}), "answered 302", id="sent elsewhere"),
        pytest.param(
            "wecom", Response('{"errcode": 93000, "errmsg": "invalid"}', 200), "code 93000", id="wecom says 200 to everything"
        ),
        pytest.param("dingtalk", Response('{"errcode": 310000}', 200), "code 310000", id="dingtalk too"),
        pytest.param("feishu", Response('{"code": 19021, "msg": "sign match fail"}', 200), "code 19021", id="feishu too"),
        pytest.param("feishu", Response("<html>", 200), "code -1", id="a page instead of an answer"),
    ],
)
def test_a_refusal_is_an_error_that_does_not_show_the_key(
    style: str, answer: Response, why: str, httpserver: HTTPServer, a_home: Callable[..., Settings]
) -> None:
    httpserver.expect_request("/hook").respond_with_response(answer)
    settings = a_home(**hook_words(httpserver, webhook_style=style))
    with pytest.raises(AlertError, match=why) as caught:
        send("webhook", a_message(settings), settings.alerts)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_mail_server_is_told_who_we_are(mail_server: MailServer, a_home: Callable[..., Settings]) -> None:
    settings = a_home(**mail_words(mail_server), smtp_user="deskmart", smtp_password="hush")
    send("email", a_message(settings), settings.alerts)
    assert [base64.b64decode(word) for word in mail_server.logins] == [b"\0deskmart\0hush"]
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("security", "refuses", "why"),
    [
        pytest.param("starttls", False, "did not take", id="a server that offers no encryption"),
        pytest.param("none", True, "did not take", id="a server that knows no such address"),
    ],
)
def test_an_e_mail_that_is_not_taken_is_an_error(
    security: str, refuses: bool, why: str, mail_server: MailServer, a_home: Callable[..., Settings]
) -> None:
    mail_server.refuses = refuses
    settings = a_home(**{**mail_words(mail_server), "smtp_security": security})
    with pytest.raises(AlertError, match=why):
        send("email", a_message(settings), settings.alerts)
    assert mail_server.mails == []


def test_both_languages_say_the_same_things() -> None:
    assert set(TITLES["en"]) == set(TITLES["zh"])
    assert set(TEXTS["en"]) == set(TEXTS["zh"])
    for name, text in TEXTS["en"].items():
        fields = [{part.split("}")[0].split(":")[0] for part in one.split("{")[1:]} for one in (text, TEXTS["zh"][name])]
        assert fields[0] == fields[1], name


def test_a_password_is_never_sent_in_clear() -> None:
    words = {"smtp_host": "mail.shop.example", "smtp_user": "x", "smtp_security": "none"}
    with pytest.raises(Exception, match="in clear"):
        alerts_from(words)
