"""Each fault does what its name says, as often as asked, and nothing after."""

from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from sandbox.faults import KINDS, Fault, Faults
from sandbox.serve import Shop
from sandbox.world import World


@pytest.fixture
def tickets_url(a_shop: Shop) -> str:
    return f"{a_shop.zendesk_url}/api/v2/incremental/tickets/cursor.json?start_time=0&per_page=20"


@pytest.fixture
def events_url(a_shop: Shop) -> str:
    return f"{a_shop.chatwoot_url}/api/v1/accounts/1/reporting_events"


@pytest.mark.parametrize(
    ("kind", "status"),
    [("429_seconds", 429), ("429_date", 429), ("429_bare", 429), ("401", 401), ("500", 500), ("503", 503)],
)
def test_a_refusal_comes_as_often_as_asked(
    zendesk: requests.Session, faults: Faults, tickets_url: str, kind: str, status: int
) -> None:
    faults.add(kind, "tickets", skip=1, times=2)
    assert [zendesk.get(tickets_url).status_code for _ in range(4)] == [200, status, status, 200]


def test_each_429_says_when_to_come_back_in_its_own_way(zendesk: requests.Session, faults: Faults, tickets_url: str) -> None:
    for kind in ("429_seconds", "429_date", "429_bare"):
        faults.add(kind, seconds=7)
    seconds, dated, bare = (zendesk.get(tickets_url).headers for _ in range(3))
    assert seconds["Retry-After"] == "7"
    assert parsedate_to_datetime(dated["Retry-After"]).tzinfo is not None
    assert "Retry-After" not in bare
    assert bare["X-Rate-Limit-Remaining"] == "0"


@pytest.mark.parametrize("kind", ["cut", "short_body"])
def test_a_broken_connection_breaks(zendesk: requests.Session, faults: Faults, tickets_url: str, kind: str) -> None:
    faults.add(kind)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        zendesk.get(tickets_url)
    assert zendesk.get(tickets_url).status_code == 200


@pytest.mark.parametrize("kind", ["truncated", "not_json"])
def test_a_spoilt_body_is_no_json(zendesk: requests.Session, faults: Faults, tickets_url: str, kind: str) -> None:
    faults.add(kind)
    answer = zendesk.get(tickets_url)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_duplicate_page_is_the_one_before(zendesk: requests.Session, faults: Faults, tickets_url: str) -> None:
    faults.add("duplicate_page", skip=1)
    first = zendesk.get(tickets_url).json()
    again = zendesk.get(first["after_url"]).json()
    assert again == first
    assert zendesk.get(again["after_url"]).json()["tickets"][0]["id"] != first["tickets"][0]["id"]


def test_a_duplicate_page_by_number_loses_no_rows(chatwoot: requests.Session, faults: Faults, events_url: str) -> None:
    right = chatwoot.get(f"{events_url}?page=1").json()["payload"] + chatwoot.get(f"{events_url}?page=2").json()["payload"]
    faults.add("duplicate_page", skip=1)
    chatwoot.get(f"{events_url}?page=1")
    assert chatwoot.get(f"{events_url}?page=2").json()["payload"] == right


def test_shifting_pages_show_rows_again(chatwoot: requests.Session, faults: Faults, events_url: str) -> None:
    faults.add("shifting_pages", skip=1)
    first, second = (chatwoot.get(f"{events_url}?page={number}").json()["payload"] for number in (1, 2))
    assert first[-3:] == second[:3]


def test_a_cursor_loop_leads_back(zendesk: requests.Session, faults: Faults, tickets_url: str) -> None:
    second = zendesk.get(tickets_url).json()["after_url"]
    faults.add("cursor_loop")
    page = zendesk.get(second).json()
    assert page["after_url"] == second
    assert page["after_cursor"] in second
    assert not page["end_of_stream"]


def test_an_empty_page_still_has_a_next(zendesk: requests.Session, faults: Faults, tickets_url: str) -> None:
    faults.add("empty_page")
    page = zendesk.get(tickets_url).json()
    assert page["tickets"] == []
    assert page["after_url"]
    assert not page["end_of_stream"]


def test_a_total_shrinks(chatwoot: requests.Session, faults: Faults, events_url: str) -> None:
    right = chatwoot.get(events_url).json()["meta"]["count"]
    faults.add("shrinking_total")
    assert chatwoot.get(events_url).json()["meta"]["count"] == right // 2


def test_a_next_link_points_elsewhere(zendesk: requests.Session, faults: Faults, tickets_url: str) -> None:
    faults.add("foreign_next")
    assert zendesk.get(tickets_url).json()["after_url"].startswith("http://elsewhere.invalid/api/v2/incremental")


def test_faults_keep_to_their_path_and_requests_are_logged(
    zendesk: requests.Session, chatwoot: requests.Session, faults: Faults, tickets_url: str, events_url: str
) -> None:
    faults.add("500", "reporting_events", times=99)
    assert zendesk.get(tickets_url).status_code == 200
    assert chatwoot.get(events_url).status_code == 500
    assert faults.requests == [
        "/api/v2/incremental/tickets/cursor.json?start_time=0&per_page=20",
        "/api/v1/accounts/1/reporting_events",
    ]


def test_faults_can_be_there_from_the_start(a_world: World) -> None:
    with Shop(a_world, faults=[Fault("503")]) as shop:
        assert requests.get(f"{shop.zendesk_url}/api/v2/groups.json").status_code == 503


def test_one_system_can_go_down_alone(a_world: World) -> None:
    with Shop(a_world) as shop:
        shop.stop("chatwoot")
        with pytest.raises(requests.ConnectionError):
            requests.get(shop.chatwoot_url, timeout=2)
        assert requests.get(f"{shop.zendesk_url}/api/v2/groups.json").status_code == 401


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="earthquake"):
        Fault("earthquake")


def test_every_kind_of_fault_is_tried_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{kind}"' in source for kind in KINDS)


@pytest.mark.parametrize("kind", ["missing_fields", "wrong_types", "unknown_codes"])
def test_a_dirty_world_serves_dirty_records(a_world: World, kind: str) -> None:
    dirty = World(a_world.seed, a_world.first_day, a_world.days, a_world.contacts_per_day, dirt=frozenset({kind}))
    with Shop(dirty) as shop:
        state = shop.zendesk.state
        spoilt = [
            one
            for one, other in zip(state.soiled("tickets", state.tickets), state.tickets, strict=True)
            if one.record != other.record
        ]
        headers = {"Authorization": f"Bearer {shop.zendesk_token}"}
        url = f"{shop.zendesk_url}/api/v2/incremental/tickets/cursor.json?start_time=0"
        served = {ticket["id"]: ticket for ticket in requests.get(url, headers=headers).json()["tickets"]}
    assert spoilt
    assert all(served.get(one.record_id, one.record) == one.record for one in spoilt)
