"""Zendesk's pages as its documentation shows them, read by hand-written answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from deskmart.errors import SourceError
from deskmart.settings import Settings
from ingestion.sources.zendesk import SOURCE
from tests.contract.rest_reading import batch_of, pages_of, records_of, rows_of, zendesk_settings

SINCE, UNTIL = 1_700_000_000, 1_700_086_400
TICKETS, EVENTS, USERS = (
    f"/api/v2/incremental/{name}" for name in ("tickets/cursor.json", "ticket_events.json", "users/cursor.json")
)


@pytest.fixture
def settings(httpserver: HTTPServer, tmp_path: Path) -> Settings:
    return zendesk_settings(tmp_path, httpserver.url_for("/"), topic_field=101, order_field=102)


def ticket(number: int, at: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "generated_timestamp": at, "status": "open", "tags": [], "custom_fields": [], **more}


def cursor_page(
    records: list[dict[str, Any]], after: str | None, end: bool, name: str = "tickets", **more: Any
) -> dict[str, Any]:
    return {name: records, "after_cursor": after, "after_url": None, "end_of_stream": end, **more}


def serve_pages(httpserver: HTTPServer, path: str, *pages: dict[str, Any]) -> None:
    for page in pages:
        httpserver.expect_ordered_request(path).respond_with_json(page)


def asked(httpserver: HTTPServer) -> list[dict[str, str]]:
    return [request.args.to_dict() for request, _ in httpserver.log]


def test_an_export_starts_at_a_time_goes_on_by_cursor_and_ends_with_the_stream(
    httpserver: HTTPServer, settings: Settings
) -> None:
    serve_pages(
        httpserver,
        TICKETS,
        cursor_page([ticket(1, SINCE), ticket(2, SINCE + 5)], "A", False),
        cursor_page([ticket(3, SINCE + 5)], "B", True),
    )

    pages = pages_of(SOURCE, settings, "tickets", SINCE, UNTIL)

    assert [(one.get("start_time"), one.get("cursor")) for one in asked(httpserver)] == [(str(SINCE), None), (None, "A")]
    assert [page.meta["source_count"] for page in pages] == [2, 1]
    assert pages[-1].cursor == {"after_cursor": "B"}


def test_an_export_is_read_until_it_passes_the_interval_and_no_further(httpserver: HTTPServer, settings: Settings) -> None:
    first = [ticket(1, SINCE), ticket(2, UNTIL - 1)]
    second = [ticket(3, UNTIL - 1), ticket(4, UNTIL)]
    serve_pages(httpserver, TICKETS, cursor_page(first, "A", False), cursor_page(second, "B", False))

    rows = rows_of(SOURCE, settings, "tickets", SINCE, UNTIL)

    assert len(httpserver.log) == 2
    assert [key[0] for key in rows] == [1, 2, 3]


def test_a_page_out_of_order_does_not_end_an_export(httpserver: HTTPServer, settings: Settings) -> None:
    serve_pages(
        httpserver,
        TICKETS,
        cursor_page([ticket(1, UNTIL + 9), ticket(2, UNTIL)], "A", False),
        cursor_page([ticket(3, SINCE + 1)], "B", True),
    )

    assert [key[0] for key in rows_of(SOURCE, settings, "tickets", SINCE, UNTIL)] == [3]


def test_a_page_that_comes_twice_is_asked_for_again(httpserver: HTTPServer, settings: Settings) -> None:
    first = cursor_page([ticket(1, SINCE)], "A", False)
    serve_pages(httpserver, TICKETS, first, first, cursor_page([ticket(2, SINCE + 1)], "B", True))

    assert [key[0] for key in rows_of(SOURCE, settings, "tickets", SINCE, UNTIL)] == [1, 2]


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        pytest.param([cursor_page([ticket(1, SINCE)], "A", False)] * 4, "go in a circle", id="the same cursor for ever"),
        pytest.param(
            [cursor_page([ticket(n, SINCE)], cursor, False) for n, cursor in enumerate("ABAB")],
            "go in a circle",
            id="two cursors in turn",
        ),
        pytest.param(
            [cursor_page([], str(n), False) for n in range(3)], "empty, yet says that more follow", id="empty, yet more"
        ),
        pytest.param(
            [cursor_page([ticket(1, SINCE)], "A", False, after_url="http://elsewhere.invalid/x")],
            "leads to another host",
            id="a foreign link",
        ),
        pytest.param([{"error": "x"}], "a page has no tickets", id="another document"),
    ],
)
def test_pages_that_cannot_be_trusted_end_the_reading(
    httpserver: HTTPServer, settings: Settings, pages: list[dict[str, Any]], message: str
) -> None:
    serve_pages(httpserver, TICKETS, *pages)

    with pytest.raises(SourceError, match=message) as caught:
        pages_of(SOURCE, settings, "tickets", SINCE, UNTIL)
    assert str(caught.value).startswith("zendesk/tickets: ")


def test_a_ticket_is_a_row_with_its_topic_order_and_origin(httpserver: HTTPServer, settings: Settings) -> None:
    record = ticket(
        7,
        SINCE,
        via={"channel": "web", "source": {"from": {"ticket_id": 3}, "rel": "follow_up"}},
        tags=["vip", "zh"],
        custom_fields=[{"id": 101, "value": "refund"}, {"id": 102, "value": "SO1"}, {"id": 103, "value": "secret"}],
        subject="my name is",
        requester_id=99,
    )
    serve_pages(httpserver, TICKETS, cursor_page([record], None, True))

    (row,) = rows_of(SOURCE, settings, "tickets", SINCE, UNTIL).values()

    assert (row["topic"], row["order_id"], row["followup_of_id"], row["tags"], row["via_channel"]) == (
        "refund",
        "SO1",
        3,
        "vip zh",
        "web",
    )
    assert not {"secret", "my name is"} & set(map(str, row.values()))


UPDATE: dict[str, Any] = {
    "id": 500,
    "ticket_id": 7,
    "timestamp": SINCE + 60,
    "updater_id": 42,
    "via": "Web form",
    "event_type": "Audit",
    "child_events": [
        {
            "id": 501, "event_type": "Comment", "author_id": 42, "public": True, "body": "Hello", "plain_body": "Hello",
            "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        },
        {"id": 502, "event_type": "Change", "status": "solved", "previous_value": "open", "via": "Web form"},
        {"id": 503, "event_type": "Change", "tags": ["a", "b"], "added_tags": ["b"], "removed_tags": []},
        {"id": 504, "event_type": "Change", "subject": "private words", "previous_value": "more"},
        {"id": 505, "event_type": "Change", "requester_id": 77, "previous_value": 76},
        {"id": 506, "event_type": "Create", "assignee_id": 42},
        {"id": 507, "type": "Change", "field_name": "priority", "value": "high", "previous_value": "low"},
        {"id": 508, "event_type": "Notification", "via": {"channel": "rule"}},
    ],
}  # fmt: skip


def test_an_update_is_a_row_for_each_of_its_events(httpserver: HTTPServer, settings: Settings) -> None:
    serve_pages(httpserver, EVENTS, {"ticket_events": [UPDATE], "count": 1, "end_of_stream": True, "end_time": SINCE + 60})

    rows = {row["event_id"]: row for row in rows_of(SOURCE, settings, "ticket_events", SINCE, UNTIL).values()}

    shown = {number: (row["event_type"], row["field"], row["old_value"], row["new_value"]) for number, row in rows.items()}
    assert shown == {
        "501": ("Comment", None, None, None),
        "502": ("Change", "status", "open", "solved"),
        "503": ("Change", "tags", None, "a b"),
        "504": ("Change", "subject", None, None),
        "505": ("Change", "requester_id", None, None),
        "506": ("Create", "assignee_id", None, "42"),
        "507": ("Change", "priority", "low", "high"),
        "508": ("Notification", None, None, None),
    }
    assert (rows["501"]["text"], rows["501"]["is_public"], rows["501"]["actor_id"]) == ("Hello", True, 42)
    assert rows["508"]["via_channel"] == "rule"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param({"rel": "merge", "from": {"ticket_ids": [8]}}, (8, None), id="told by the survivor"),
        pytest.param({"rel": "merge", "to": {"ticket_id": 9}}, (None, 9), id="told by the merged ticket"),
        pytest.param({"rel": None, "from": {"ticket_ids": [8]}}, (None, None), id="no merge"),
    ],
)
def test_a_comment_tells_of_a_merge(
    httpserver: HTTPServer, settings: Settings, source: dict[str, Any], expected: tuple[int | None, int | None]
) -> None:
    child = {
        "id": 1,
        "event_type": "Comment",
        "author_id": 42,
        "public": False,
        "body": "x",
        "via": {"channel": "system", "source": source},
    }
    update = {**UPDATE, "child_events": [child]}
    serve_pages(httpserver, EVENTS, {"ticket_events": [update], "count": 1, "end_of_stream": True, "end_time": SINCE})

    (row,) = rows_of(SOURCE, settings, "ticket_events", SINCE, UNTIL).values()
    assert (row["merged_from_id"], row["merged_into_id"]) == expected


def full_page(first: int, end: int, **more: Any) -> dict[str, Any]:
    children = [{"id": 1, "event_type": "Create", "status": "new"}]
    events = [
        {**UPDATE, "id": first + n, "timestamp": end, "child_events": [{**children[0], "id": 10 * (first + n)}]}
        for n in range(1_000)
    ]
    return {
        "ticket_events": events,
        "count": 1_000,
        "end_time": end,
        "next_page": "/api/v2/incremental/ticket_events.json?start_time=1",
        **more,
    }


def test_updates_go_on_from_the_end_time_and_repeat_at_the_edge(httpserver: HTTPServer, settings: Settings) -> None:
    last = {"ticket_events": [{**UPDATE, "timestamp": SINCE + 9}], "count": 1, "end_time": SINCE + 9, "next_page": None}
    serve_pages(httpserver, EVENTS, full_page(1, SINCE + 5), full_page(2, SINCE + 7), last)

    rows = rows_of(SOURCE, settings, "ticket_events", SINCE, UNTIL)

    assert [one["start_time"] for one in asked(httpserver)] == [str(SINCE), str(SINCE + 5), str(SINCE + 7)]
    assert all(one["include"] == "comment_events" for one in asked(httpserver))
    assert len(rows) == 1_001 + 8


@pytest.mark.parametrize(
    ("page", "message"),
    [
        pytest.param(full_page(1, SINCE), f"do not get past the second {SINCE}", id="more in a second than a page holds"),
        pytest.param(full_page(1, SINCE + 5, count=500), "does not hold as many as it says", id="a total that shrinks"),
        pytest.param(
            full_page(1, SINCE + 5, next_page="http://elsewhere.invalid/"), "leads to another host", id="a foreign link"
        ),
        pytest.param(
            {"ticket_events": [], "count": 0, "end_of_stream": False, "end_time": None},
            "empty, yet says that more",
            id="empty, yet more",
        ),
    ],
)
def test_updates_that_cannot_be_trusted_end_the_reading(
    httpserver: HTTPServer, settings: Settings, page: dict[str, Any], message: str
) -> None:
    httpserver.expect_request(EVENTS).respond_with_json(page)

    with pytest.raises(SourceError, match=message):
        pages_of(SOURCE, settings, "ticket_events", SINCE, UNTIL)


def test_of_a_customer_neither_name_nor_id_is_kept_in_the_clear(httpserver: HTTPServer, settings: Settings) -> None:
    customer = {
        "id": 7,
        "role": "end-user",
        "name": "王芳",
        "email": "wang@example.cn",
        "phone": "13800138000",
        "updated_at": "2023-11-14T22:20:00Z",
    }
    agent = {**customer, "id": 8, "role": "agent", "name": "李雷"}
    serve_pages(httpserver, USERS, cursor_page([customer, agent], None, True, "users"))
    fields = {field.name: field for field in SOURCE.stream("users").fields}

    found = records_of(SOURCE, settings, "users", pages_of(SOURCE, settings, "users", SINCE, UNTIL))
    shown, hidden = found[1][1][0], found[0][1][0]

    assert (shown["agent_id"], shown["agent_name"], shown["agent_email"]) == (8, "李雷", "wang@example.cn")
    assert (hidden["customer_phone"], hidden["customer_email"]) == ("13800138000", "wang@example.cn")
    kept_open = {name: value for name, value in hidden.items() if fields[name].mark.value != "identifier"}
    assert not {7, "王芳", "wang@example.cn", "13800138000"} & set(kept_open.values())


@pytest.mark.parametrize(
    ("cursor", "start"),
    [
        pytest.param(None, 1, id="everybody at the first landing"),
        pytest.param(
            {"since": SINCE - 86_400, "until": SINCE, "start": 1}, SINCE - 120, id="who changed since, with an overlap, later"
        ),
        pytest.param({"since": SINCE, "until": UNTIL, "start": 1}, 1, id="the same again for the same batch"),
    ],
)
def test_where_the_directory_of_users_is_read_from(
    httpserver: HTTPServer, settings: Settings, cursor: dict[str, int] | None, start: int
) -> None:
    serve_pages(httpserver, USERS, cursor_page([], None, True, "users"))

    (page,) = SOURCE.read(SOURCE.stream("users"), batch_of(SOURCE, "users", SINCE, UNTIL), settings, cursor)

    assert asked(httpserver)[0]["start_time"] == str(start)
    assert page.cursor == {"since": SINCE, "until": UNTIL, "start": start}


def test_a_list_is_paged_by_cursor(httpserver: HTTPServer, settings: Settings) -> None:
    first = {"groups": [{"id": 1}], "meta": {"has_more": True, "after_cursor": "A"}, "links": {"next": httpserver.url_for("/x")}}
    serve_pages(
        httpserver, "/api/v2/groups.json", first, {"groups": [{"id": 2}], "meta": {"has_more": False, "after_cursor": "B"}}
    )

    assert [key[0] for key in rows_of(SOURCE, settings, "groups", SINCE, UNTIL)] == [1, 2]
    assert asked(httpserver)[1]["page[after]"] == "A"


def test_a_list_is_paged_by_number_where_there_are_no_cursors(httpserver: HTTPServer, settings: Settings) -> None:
    serve_pages(
        httpserver,
        "/api/v2/groups.json",
        {"groups": [{"id": 1}], "next_page": httpserver.url_for("/api/v2/groups.json?page=2"), "count": 2},
        {"groups": [{"id": 2}], "next_page": None, "count": 2},
    )

    assert [key[0] for key in rows_of(SOURCE, settings, "groups", SINCE, UNTIL)] == [1, 2]


def test_a_list_that_the_system_caps_is_an_error(httpserver: HTTPServer, settings: Settings) -> None:
    capped = {"groups": [{"id": 1}], "next_page": httpserver.url_for("/api/v2/groups.json?page=101")}
    serve_pages(httpserver, "/api/v2/groups.json", capped)

    with pytest.raises(SourceError, match="ends a list at 10,000 records"):
        pages_of(SOURCE, settings, "groups", SINCE, UNTIL)


def test_ratings_are_asked_for_from_a_month_before_and_dated_by_their_answer(httpserver: HTTPServer, settings: Settings) -> None:
    ratings = [
        {"id": 1, "score": "good", "created_at": "2023-11-10T00:00:00Z", "updated_at": "2023-11-15T00:00:00Z"},
        {"id": 2, "score": "offered", "created_at": "2023-11-10T00:00:00Z", "updated_at": "2023-11-10T00:00:00Z"},
    ]
    serve_pages(httpserver, "/api/v2/satisfaction_ratings.json", {"satisfaction_ratings": ratings, "meta": {"has_more": False}})

    assert [key[0] for key in rows_of(SOURCE, settings, "satisfaction_ratings", SINCE, UNTIL)] == [1]
    assert asked(httpserver)[0]["start_time"] == str(SINCE - 30 * 86_400)


@pytest.mark.parametrize(
    "cursor",
    [
        {"since": SINCE, "until": UNTIL, "start": UNTIL + 86_400},
        {"since": SINCE, "until": UNTIL, "start": "tomorrow"},
        {"since": SINCE, "until": UNTIL},
        {"since": UNTIL, "until": SINCE, "start": 1},
        {"since": SINCE, "until": UNTIL, "start": 0},
        "A",
    ],
    ids=["in the future", "no number", "without its start", "turned round", "before all time", "no cursor of ours"],
)
def test_a_cursor_that_cannot_be_right_reads_nothing_and_is_one_line(
    cursor: Any, httpserver: HTTPServer, settings: Settings
) -> None:
    batch = batch_of(SOURCE, "users", SINCE, UNTIL)
    with pytest.raises(SourceError, match="audit verify") as caught:
        list(SOURCE.read(SOURCE.stream("users"), batch, settings, cursor))
    assert str(caught.value).startswith("zendesk/users: the cursor of users")
    assert asked(httpserver) == []
