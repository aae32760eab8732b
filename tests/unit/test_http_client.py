"""The REST client against a real server: what it waits for, what it tries again, what it refuses."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Thread
from time import monotonic

import pytest
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from deskmart.errors import SourceError
from deskmart.settings import SourceSettings
from ingestion.http import HttpClient, Patience, Trail
from ingestion.http_waits import asked_wait, seconds_until_reset

SECRET = "a-very-secret-token"
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def client_of(url: str, scale: float = 0.001) -> HttpClient:
    return HttpClient(SourceSettings("zendesk", {"url": url}), BearerTokenAuth(SECRET), Patience(scale=scale))


@pytest.fixture
def client(httpserver: HTTPServer) -> HttpClient:
    return client_of(httpserver.url_for("/"))


def test_a_good_answer_keeps_the_bytes_as_they_were_sent(httpserver: HTTPServer, client: HttpClient) -> None:
    httpserver.expect_request("/api", query_string={"page": "2"}).respond_with_data(
        b'{ "rows" : [1,\n2] }', content_type="application/json"
    )

    reply = client.ask("/api", {"page": 2})

    assert reply.body == b'{ "rows" : [1,\n2] }'
    assert reply.document == {"rows": [1, 2]}
    assert reply.meta["url"].endswith("/api?page=2")
    assert SECRET not in str(reply.meta)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "17"}, 17.0, id="seconds"),
        pytest.param({"retry-after": "0.5"}, 0.5, id="part of a second"),
        pytest.param(
            {"retry-after": format_datetime(NOW + timedelta(seconds=30), usegmt=True), "date": format_datetime(NOW, usegmt=True)},
            30.0,
            id="a date, by the server's clock",
        ),
        pytest.param(
            {"retry-after": format_datetime(NOW - timedelta(days=1), usegmt=True), "date": format_datetime(NOW)},
            0.0,
            id="a date gone by",
        ),
        pytest.param({"ratelimit-reset": "43", "x-rate-limit-remaining": "0"}, 43.0, id="a rate limit's reset"),
        pytest.param({"x-rate-limit-remaining": "0"}, None, id="a rate limit without reset"),
        pytest.param({"retry-after": "soon"}, None, id="a word"),
        pytest.param({"retry-after": "nan"}, None, id="not a number"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_how_long_a_refusal_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"ratelimit-remaining": "0", "ratelimit-reset": "9"}, 9.0, id="nothing left"),
        pytest.param({"ratelimit-remaining": "3", "ratelimit-reset": "9"}, None, id="some left"),
        pytest.param({"ratelimit-remaining": "0"}, None, id="nothing left, no reset"),
    ],
)
def test_how_long_a_good_answer_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert seconds_until_reset(headers) == seconds


def test_a_429_is_waited_for_as_long_as_it_asks(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/api").respond_with_data("slow down", status=429, headers={"Retry-After": "30"})
    httpserver.expect_ordered_request("/api").respond_with_json({"ok": True})
    started = monotonic()

    assert client_of(httpserver.url_for("/"), scale=0.01).ask("/api").document == {"ok": True}
    assert 0.3 <= monotonic() - started < 30


def test_a_wait_beyond_our_patience_is_an_error_that_says_how_long(httpserver: HTTPServer, client: HttpClient) -> None:
    httpserver.expect_request("/api").respond_with_data("", status=429, headers={"Retry-After": "3600"})

    with pytest.raises(SourceError, match=r"left alone for 3600 s \(run again after that time\)"):
        client.ask("/api")
    assert len(httpserver.log) == 1


def test_an_emptied_rate_limit_holds_back_the_next_request(httpserver: HTTPServer) -> None:
    spent = {"ratelimit-remaining": "0", "ratelimit-reset": "30"}
    httpserver.expect_request("/api").respond_with_json({}, headers=spent)
    client = client_of(httpserver.url_for("/"), scale=0.01)
    client.ask("/api")
    started = monotonic()
    client.ask("/api")
    assert monotonic() - started >= 0.25


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Response("oops", status=500), id="an internal error"),
        pytest.param(Response("later", status=503), id="unavailable"),
        pytest.param(Response('{"rows": [1, 2', content_type="application/json"), id="truncated JSON"),
        pytest.param(Response("<html>maintenance</html>"), id="HTML with status 200"),
        pytest.param(Response(b"", content_type="application/json"), id="no body"),
        pytest.param(Response("", status=401), id="a token refused once"),
    ],
)
def test_a_fault_that_passes_is_tried_again(httpserver: HTTPServer, client: HttpClient, fault: Response) -> None:
    httpserver.expect_ordered_request("/api").respond_with_response(fault)
    httpserver.expect_ordered_request("/api").respond_with_json({"ok": True})

    assert client.ask("/api").document == {"ok": True}


@pytest.mark.parametrize(
    ("status", "tries", "message"),
    [
        pytest.param(500, 6, "it answered 500", id="an internal error"),
        pytest.param(401, 2, "refused our credentials", id="a token refused twice"),
        pytest.param(403, 1, "may not read this", id="a lack of rights"),
        pytest.param(404, 1, "it answered 404", id="a wrong address"),
        pytest.param(429, 10, "too often", id="a rate limit without end"),
    ],
)
def test_a_fault_that_stays_is_one_line_that_says_what_to_do(
    httpserver: HTTPServer, client: HttpClient, status: int, tries: int, message: str
) -> None:
    httpserver.expect_request("/api").respond_with_data(SECRET, status=status)

    with pytest.raises(SourceError, match=message) as caught:
        client.ask("/api")

    assert len(httpserver.log) == tries
    assert str(caught.value).startswith("zendesk: ")
    assert caught.value.todo
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_redirect_is_not_followed_with_credentials(httpserver: HTTPServer, client: HttpClient) -> None:
    httpserver.expect_request("/api").respond_with_data("", status=302, headers={"Location": "http://elsewhere.invalid/api"})

    with pytest.raises(SourceError, match=r"redirects to elsewhere\.invalid"):
        client.ask("/api")


@pytest.mark.parametrize("link", ["http://elsewhere.invalid/api?page=2", "//elsewhere.invalid/api", "https://localhost/api"])
def test_a_link_to_another_host_is_refused(client: HttpClient, link: str) -> None:
    with pytest.raises(SourceError, match="leads to another host"):
        client.check_link(link)


def test_links_of_the_same_host_and_none_are_fine(httpserver: HTTPServer, client: HttpClient) -> None:
    for link in (httpserver.url_for("/api?page=2"), "/api?page=2", "", None):
        client.check_link(link)


def test_nobody_at_the_address_is_said_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(SourceError, match=rf"cannot reach http://127.0.0.1:{port} .*is it up\? check DESKMART_ZENDESK_URL"):
        client_of(f"http://127.0.0.1:{port}").ask("/api")


@pytest.fixture
def a_cutting_server() -> Iterator[str]:
    """Answers the first request with half of a body and hangs up, the second properly."""
    listener = socket.create_server(("127.0.0.1", 0))
    good = b'{"ok":true}'

    def serve() -> None:
        for sent in (good[:5], good):
            connection, _ = listener.accept()
            connection.recv(65_536)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\nConnection: close\r\n\r\n" + sent
            )
            connection.close()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


def test_a_body_cut_short_is_asked_for_again(a_cutting_server: str) -> None:
    assert client_of(a_cutting_server).ask("/api").document == {"ok": True}


@pytest.mark.parametrize(
    "url", ["ftp://example.com", "https://user:pass@example.com", "example.com", "https://example.com/?token=x"]
)
def test_an_address_with_more_than_a_host_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(SourceError, match="not a plain http") as caught:
        client_of(url)
    assert "pass" not in str(caught.value).replace("name or password", "")


def test_cookies_are_never_sent_back(httpserver: HTTPServer, client: HttpClient) -> None:
    seen: list[str | None] = []

    def answer(request: Request) -> Response:
        seen.append(request.headers.get("Cookie"))
        return Response("{}", headers={"Set-Cookie": "session=1"}, content_type="application/json")

    httpserver.expect_request("/api").respond_with_handler(answer)
    client.ask("/api")
    client.ask("/api")
    assert seen == [None, None]


def test_a_trail_that_comes_back_to_a_place_is_an_error(client: HttpClient) -> None:
    trail = Trail(client, "tickets")
    trail.step("a")
    trail.step("b")
    with pytest.raises(SourceError, match="the pages of tickets go in a circle"):
        trail.step("a")
