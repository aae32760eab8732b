"""The Zendesk look-alike, read with zenpy and by hand, shows the world."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import zenpy  # type: ignore[import-untyped]

from sandbox.clock import DAY, utc
from sandbox.serve import Shop
from sandbox.world import World
from sandbox.zendesk_state import ADMIN_EMAIL


@pytest.fixture
def client(a_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> zenpy.Zenpy:
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", a_shop.zendesk_url.removeprefix("http://"))
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    return zenpy.Zenpy(subdomain="deskmart", email=a_shop.zendesk_email, token=a_shop.zendesk_token, disable_cache=True)


def pages(session: requests.Session, url: str | None, link: str) -> Iterator[dict[str, Any]]:
    while url:
        page = session.get(url).json()
        yield page
        url = None if page["end_of_stream"] else page[link]


def test_zenpy_reads_every_ticket_as_it_stands(client: zenpy.Zenpy, a_world: World) -> None:
    read = list(client.tickets.incremental(start_time=0, per_page=100))
    told = [story for story in a_world.truth.tickets if story.created_at < a_world.end]
    assert len({ticket.id for ticket in read}) == len(read)
    assert len(told) - 2 <= len(read) <= len(told)
    generated = [(ticket.generated_timestamp, ticket.id) for ticket in read]
    assert generated == sorted(generated)
    stories = {story.ticket_id: story for story in told}
    for ticket in read:
        story = stories[ticket.id]
        assert (ticket.status == "deleted") == (story.deleted_at is not None and story.deleted_at <= a_world.end)
        assert ("closed_by_merge" in ticket.tags) == (story.merged_into is not None and ticket.status == "closed")
        assert ticket.created_at == utc(story.created_at)
        assert ticket.requester_id == a_world.people[story.issue.person_id - 1].zendesk_id
        assert ticket.via.channel == story.channel
        assert [field["value"] for field in ticket.custom_fields] == [story.issue.topic, story.issue.order_id]


def test_zenpy_reads_every_update_with_its_comments(client: zenpy.Zenpy, a_world: World) -> None:
    read = {event.id: event for event in client.tickets.events(start_time=0, include=["comment_events"])}
    audits = {
        audit.audit_id: audit
        for ticket in a_world.tickets
        for audit in ticket.audits
        if audit.at <= a_world.end - 60
        and (ticket.deleted_at is None or audit.at < ticket.deleted_at or ticket.deleted_at > a_world.end)
    }
    assert set(read) == set(audits)
    for number, audit in audits.items():
        comments = [child for child in read[number].child_events if child["event_type"] == "Comment"]
        assert [(child["body"], child["public"]) for child in comments] == ([audit.comment] if audit.comment else [])
        changed = {name for child in read[number].child_events for name in child if name in ("status", "assignee_id", "group_id")}
        assert changed <= {name for name, _ in audit.changes}


def test_solves_in_the_event_stream_are_the_true_ones(zendesk: requests.Session, a_shop: Shop, a_world: World) -> None:
    agents = {agent.zendesk_id: agent.agent_id for agent in a_world.roster.agents}
    solved: set[tuple[int, int, str]] = set()
    for page in pages(zendesk, f"{a_shop.zendesk_url}/api/v2/incremental/ticket_events.json?start_time=0", "next_page"):
        for event in page["ticket_events"]:
            if any(child.get("status") == "solved" for child in event["child_events"]):
                solved.add((event["ticket_id"], event["timestamp"], agents[event["updater_id"]]))
    told = {
        (story.ticket_id, at, agent_id)
        for story in a_world.truth.tickets
        for at, agent_id in story.solves
        if at <= a_world.end - 60
    }
    assert solved == told


def test_changes_carry_what_was_before(zendesk: requests.Session, a_shop: Shop) -> None:
    state: dict[int, str] = {}
    seen: set[int] = set()
    for page in pages(zendesk, f"{a_shop.zendesk_url}/api/v2/incremental/ticket_events.json?start_time=0", "next_page"):
        for event in page["ticket_events"]:
            for child in event["child_events"]:
                if "status" in child and event["id"] not in seen:
                    assert child.get("previous_value") == state.get(event["ticket_id"])
                    state[event["ticket_id"]] = child["status"]
            seen.add(event["id"])
    assert len(set(state.values())) > 3


def test_zenpy_reads_people_groups_and_ratings(client: zenpy.Zenpy, a_shop: Shop, a_world: World) -> None:
    state = a_shop.zendesk.state
    users = {user.id: user for user in client.users.incremental(start_time=0)}
    assert set(users) == {one.record_id for one in state.users if one.at <= a_world.end - 60}
    requesters = {ticket.person.zendesk_id: ticket.person for ticket in a_world.tickets if ticket.created_at <= a_world.end - 60}
    assert all(users[number].phone == person.phone for number, person in requesters.items())
    assert [group.name for group in client.groups()] == ["一线工单", "专家支持", "投诉处理"]
    assert len(list(client.group_memberships())) == len(state.memberships)
    ratings = list(client.satisfaction_ratings())
    assert [rating.id for rating in ratings] == [record["id"] for record in state.ratings]
    assert {rating.score for rating in ratings} == {"good", "bad", "offered"}
    assert client.users.me().email == ADMIN_EMAIL


def test_zenpy_reads_a_tickets_history(client: zenpy.Zenpy, a_world: World) -> None:
    ticket = max(a_world.tickets[:200], key=lambda one: len(one.audits) if one.audits[-1].at < a_world.end else 0)
    audits = list(client.tickets.audits(ticket=ticket.ticket_id))
    assert [audit.id for audit in audits] == [audit.audit_id for audit in ticket.audits]
    comments = list(client.tickets.comments(ticket=ticket.ticket_id))
    assert [(one.body, one.public) for one in comments] == [audit.comment for audit in ticket.audits if audit.comment]
    assert client.tickets(id=ticket.ticket_id).id == ticket.ticket_id


def test_an_open_ticket_is_solved_later(zendesk: requests.Session, a_shop: Shop, a_world: World) -> None:
    middle = a_world.calendar.midnight(4)
    story = next(
        story
        for story in a_world.truth.tickets
        if story.created_at < middle - DAY // 2 and story.solves and story.solves[0][0] > middle
    )
    url = f"{a_shop.zendesk_url}/api/v2/tickets/{story.ticket_id}.json"
    a_shop.show(middle)
    assert zendesk.get(url).json()["ticket"]["status"] not in ("solved", "closed")
    newest = zendesk.get(f"{a_shop.zendesk_url}/api/v2/incremental/tickets/cursor.json?start_time=0").json()["tickets"][-1]
    assert newest["generated_timestamp"] <= middle - 60
    a_shop.show(story.solves[0][0] + 61)
    assert zendesk.get(url).json()["ticket"]["status"] == "solved"


def test_reading_on_from_a_cursor_gives_exactly_what_changed_since(
    zendesk: requests.Session, a_shop: Shop, a_world: World
) -> None:
    base = f"{a_shop.zendesk_url}/api/v2/incremental/tickets/cursor.json"
    a_shop.show(a_world.calendar.midnight(8))
    first = list(pages(zendesk, f"{base}?start_time=0&per_page=50", "after_url"))
    a_shop.show(a_world.end)
    later = list(pages(zendesk, f"{base}?cursor={first[-1]['after_cursor']}", "after_url"))
    seen = {ticket["id"]: ticket for page in first + later for ticket in page["tickets"]}
    whole = {ticket["id"]: ticket for page in pages(zendesk, f"{base}?start_time=0", "after_url") for ticket in page["tickets"]}
    assert seen == whole


def test_follow_ups_and_merges_name_the_other_ticket(zendesk: requests.Session, a_shop: Shop, a_world: World) -> None:
    child = next(one for one in a_world.truth.tickets if one.followup_of and one.created_at < a_world.end and not one.deleted_at)
    shown = zendesk.get(f"{a_shop.zendesk_url}/api/v2/tickets/{child.ticket_id}.json").json()["ticket"]
    assert shown["via"]["source"] == {
        "from": {"ticket_id": child.followup_of, "subject": None},
        "to": {},
        "rel": "follow_up",
    }
    merged = next(one for one in a_world.truth.tickets if one.merged_into and not one.deleted_at)
    comments = zendesk.get(f"{a_shop.zendesk_url}/api/v2/tickets/{merged.ticket_id}/comments.json").json()["comments"]
    assert comments[-1]["via"]["source"]["to"]["ticket_id"] == merged.merged_into


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("incremental/tickets/cursor.json", 400, id="no start time"),
        pytest.param("incremental/tickets/cursor.json?cursor=!!!", 400, id="a cursor that is none"),
        pytest.param("incremental/ticket_events.json?start_time={now}", 422, id="a start time of this minute"),
        pytest.param("tickets/99999999.json", 404, id="an unknown ticket"),
    ],
)
def test_what_zendesk_would_refuse_is_refused(
    zendesk: requests.Session, a_shop: Shop, a_world: World, path: str, status: int
) -> None:
    url = f"{a_shop.zendesk_url}/api/v2/{path.format(now=a_world.end - 30)}"
    assert zendesk.get(url).status_code == status


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic !"}], ids=["none", "wrong", "broken"]
)
def test_without_the_right_token_nobody_gets_in(a_shop: Shop, headers: dict[str, str]) -> None:
    assert requests.get(f"{a_shop.zendesk_url}/api/v2/groups.json", headers=headers).status_code == 401


def test_a_bearer_token_opens_too(a_shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {a_shop.zendesk_token}"}
    assert requests.get(f"{a_shop.zendesk_url}/api/v2/groups.json", headers=headers).status_code == 200


def test_too_many_exports_are_told_to_wait(a_world: World) -> None:
    with Shop(a_world, rate_limit=2) as shop:
        url, auth = (
            f"{shop.zendesk_url}/api/v2/incremental/users/cursor.json?start_time=0",
            (f"{shop.zendesk_email}/token", shop.zendesk_token),
        )
        answers = [requests.get(url, auth=auth) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 61
