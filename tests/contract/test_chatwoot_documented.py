"""Chatwoot's pages as its views write them, read by hand-written answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from deskmart.errors import SourceError
from deskmart.settings import Settings
from ingestion.sources.chatwoot import SOURCE
from ingestion.sources.chatwoot_activity import read_activity
from tests.contract.rest_reading import chatwoot_settings, pages_of, records_of, rows_of

SINCE, UNTIL = 1_700_000_000, 1_700_086_400
ROOT = "/api/v1/accounts/1"
CONTACT = {"id": 9, "name": "王芳", "email": "Wang@Example.cn", "phone_number": "+8613800138000", "type": "contact"}
BOT = {"id": 1, "name": "小德", "type": "agent_bot"}
BY_RULE = {"content_attributes": {"automation_rule_id": 7}}
USER = {"id": 3, "name": "李雷", "available_name": "李雷", "type": "user"}


@pytest.fixture
def settings(httpserver: HTTPServer, tmp_path: Path) -> Settings:
    return chatwoot_settings(tmp_path, httpserver.url_for("/"))


def conversation(number: int, active: int, last_message: int = 0, **more: Any) -> dict[str, Any]:
    shown = [{"id": last_message}] if last_message else []
    return {"id": number, "last_activity_at": active, "created_at": SINCE, "messages": shown, "meta": {"sender": CONTACT}, **more}


def conversations_page(total: int, *records: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"meta": {"all_count": total}, "payload": list(records)}}


def serve_list(httpserver: HTTPServer, *pages: dict[str, Any]) -> None:
    """Pages by number; beyond the last one they are empty, with the last one's total."""
    total = pages[-1]["data"]["meta"]["all_count"]

    def answer(request: Request) -> Response:
        number = int(request.args["page"])
        page = pages[number - 1] if number <= len(pages) else conversations_page(total)
        return Response(json.dumps(page), content_type="application/json")

    httpserver.expect_request(f"{ROOT}/conversations").respond_with_handler(answer)


def message(number: int, at: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "conversation_id": 5, "created_at": at, "message_type": 0, "private": False, "content": "你好", **more}


def serve_messages(httpserver: HTTPServer, conversation_id: int, messages: list[dict[str, Any]]) -> None:
    def answer(request: Request) -> Response:
        before = int(request.args.get("before", 10**9))
        page = [one for one in messages if one["id"] < before][-20:]
        return Response(json.dumps({"meta": {}, "payload": page}), content_type="application/json")

    httpserver.expect_request(f"{ROOT}/conversations/{conversation_id}/messages").respond_with_handler(answer)


def test_conversations_are_read_newest_first_until_older_ones_come(httpserver: HTTPServer, settings: Settings) -> None:
    serve_list(
        httpserver,
        conversations_page(5, conversation(5, UNTIL + 5), conversation(4, UNTIL - 1)),
        conversations_page(5, conversation(3, SINCE), conversation(2, SINCE - 1)),
        conversations_page(5, conversation(1, SINCE - 9)),
    )

    rows = rows_of(SOURCE, settings, "conversations", SINCE, UNTIL)

    assert sorted(key[0] for key in rows) == [3, 4]
    first = httpserver.log[0][0]
    assert first.args["status"] == "all"
    assert first.args["sort_by"] == "last_activity_at_desc"


def test_a_list_that_ends_before_its_own_total_is_an_error(httpserver: HTTPServer, settings: Settings) -> None:
    serve_list(httpserver, conversations_page(12_000, conversation(2, UNTIL), conversation(1, UNTIL - 1)))

    with pytest.raises(SourceError, match="does not hold still, or ends before its own total"):
        pages_of(SOURCE, settings, "conversations", SINCE, UNTIL)


def test_a_server_that_ignores_the_page_number_is_a_circle(httpserver: HTTPServer, settings: Settings) -> None:
    page = conversations_page(100, conversation(2, UNTIL), conversation(1, UNTIL - 1))
    httpserver.expect_request(f"{ROOT}/conversations").respond_with_json(page)

    with pytest.raises(SourceError, match="go in a circle"):
        pages_of(SOURCE, settings, "conversations", SINCE, UNTIL)


def test_messages_are_read_backwards_past_the_beginning_of_the_interval(httpserver: HTTPServer, settings: Settings) -> None:
    serve_list(httpserver, conversations_page(1, conversation(5, UNTIL + 70, 90)))
    serve_messages(httpserver, 5, [message(n, SINCE - 30 + n) for n in range(1, 91)])

    rows = rows_of(SOURCE, settings, "messages", SINCE, UNTIL)

    assert sorted(key[0] for key in rows) == list(range(30, 91))
    asked = [request.args.get("before") for request, _ in httpserver.log if request.path.endswith("/messages")]
    assert asked == [None, "71", "51", "31"]


def test_a_conversation_that_hides_its_newest_message_is_an_error(httpserver: HTTPServer, settings: Settings) -> None:
    serve_list(httpserver, conversations_page(1, conversation(5, UNTIL, 90)))
    serve_messages(httpserver, 5, [message(n, SINCE + n) for n in range(1, 80)])

    with pytest.raises(SourceError, match="conversation 5 does not show all its messages"):
        pages_of(SOURCE, settings, "messages", SINCE, UNTIL)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param({"sender": CONTACT}, ("incoming", None, False, "你好"), id="a customer's"),
        pytest.param({"message_type": 1, "sender": USER}, ("outgoing", 3, False, "你好"), id="an agent's"),
        pytest.param({"message_type": 1, "sender": USER, **BY_RULE}, ("outgoing", 3, True, "你好"), id="a rule's"),
        pytest.param({"message_type": 1, "sender": BOT}, ("outgoing", None, True, "你好"), id="a bot's"),
        pytest.param({"message_type": 3}, ("template", None, True, "你好"), id="a template"),
        pytest.param({"message_type": 2}, ("activity", None, False, None), id="an activity, whose text is not kept"),
    ],
)
def test_what_becomes_of_a_message(
    httpserver: HTTPServer, settings: Settings, raw: dict[str, Any], expected: tuple[str, int | None, bool, str | None]
) -> None:
    serve_list(httpserver, conversations_page(1, conversation(5, UNTIL, 1)))
    serve_messages(httpserver, 5, [message(1, SINCE, **raw)])

    (row,) = rows_of(SOURCE, settings, "messages", SINCE, UNTIL).values()

    assert (row["kind"], row["agent_id"], row["is_automatic"], row["text"]) == expected


def test_of_a_customer_only_identifiers_are_kept(httpserver: HTTPServer, settings: Settings) -> None:
    serve_list(httpserver, conversations_page(1, conversation(5, UNTIL, 2)))
    closed = message(2, SINCE + 1, message_type=2, content="Conversation was resolved by 王芳")
    serve_messages(httpserver, 5, [message(1, SINCE, sender=CONTACT), closed])
    marks = {field.name: field.mark.value for field in SOURCE.stream("messages").fields}

    rows = rows_of(SOURCE, settings, "messages", SINCE, UNTIL)

    assert (rows[(1,)]["contact_id"], rows[(1,)]["contact_phone"]) == (9, "+8613800138000")
    kept_open = {value for row in rows.values() for name, value in row.items() if marks[name] in ("open", "code")}
    assert not {"王芳", "Wang@Example.cn", "+8613800138000", 9} & kept_open
    assert (rows[(2,)]["activity"], rows[(2,)]["activity_by"]) == ("resolved", "customer")


RESOLVED = {"activity": {"type": "conversation_status_changed", "status": "resolved"}}


@pytest.mark.parametrize(
    ("content", "attributes", "expected"),
    [
        pytest.param("Conversation was marked resolved by 李雷", {}, "resolved user - - -", id="closed by an agent"),
        pytest.param("Conversation was marked resolved by Automation System", {}, "resolved system - - -", id="by a rule"),
        pytest.param(
            "Conversation was marked resolved by system due to 24 hours of inactivity",
            {},
            "resolved system - - -",
            id="idle",
        ),
        pytest.param("Conversation was resolved by 王芳", RESOLVED, "resolved customer - - -", id="closed by the customer"),
        pytest.param("Assigned to 李雷 via 售后 by Admin", {}, "assigned user 李雷 售后 -", id="agent and team"),
        pytest.param("Assigned to 售后 by Admin", {}, "assigned user - - 售后", id="agent or team"),
        pytest.param("李雷 self-assigned this conversation", {}, "assigned user 李雷 - -", id="taken"),
        pytest.param("对话被标记由 李雷 解决", {}, "resolved user - - -", id="closed, in Chinese"),
        pytest.param("对话被 李雷 重新打开", {}, "reopened - - - -", id="reopened, in Chinese"),
        pytest.param("对话被 王芳 重新打开", RESOLVED, "resolved customer - - -", id="the Chinese file's wrong words"),
        pytest.param("由 李雷 分配给 售后 团队的 管理员", {}, "assigned user 李雷 售后 -", id="assigned, in Chinese"),
        pytest.param("Conversa resolvida", RESOLVED, "resolved - - - -", id="another language, with structure"),
        pytest.param("something else", {}, "other - - - -", id="unknown words"),
    ],
)
def test_what_an_activity_says(content: str, attributes: dict[str, Any], expected: str) -> None:
    """Expected: the activity, who did it, the agent, the team, and the name that may be either."""
    found = read_activity(content, attributes)
    names = ("activity", "activity_by", "assigned_agent", "assigned_team", "assigned_to")
    assert " ".join(found[name] or "-" for name in names) == expected


def test_reporting_events_are_asked_for_by_interval(httpserver: HTTPServer, settings: Settings) -> None:
    events = [{"id": n, "name": "first_response", "value_in_business_hours": 0.0, "created_at": SINCE + n} for n in (3, 2, 1)]
    page = {"payload": events, "meta": {"count": 3, "current_page": 1, "total_pages": 1}}
    httpserver.expect_request(
        f"{ROOT}/reporting_events", query_string={"since": str(SINCE), "until": str(UNTIL), "page": "1"}
    ).respond_with_json(page)
    httpserver.expect_request(f"{ROOT}/reporting_events").respond_with_json({"payload": [], "meta": {"count": 3}})

    assert len(rows_of(SOURCE, settings, "reporting_events", SINCE, UNTIL)) == 3


def test_members_of_each_team_say_which_team(httpserver: HTTPServer, settings: Settings) -> None:
    httpserver.expect_request(f"{ROOT}/teams").respond_with_json([{"id": 1, "name": "售前"}, {"id": 2, "name": "售后"}])
    for team_id in (1, 2):
        httpserver.expect_request(f"{ROOT}/teams/{team_id}/team_members").respond_with_json([{"id": 3, "name": "李雷"}])

    found = records_of(SOURCE, settings, "team_members", pages_of(SOURCE, settings, "team_members", SINCE, UNTIL))

    assert [rows[0] for _, rows in found] == [{"team_id": 1, "agent_id": 3}, {"team_id": 2, "agent_id": 3}]
