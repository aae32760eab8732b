"""The simulated world holds together, and is the same every time."""

import itertools
from collections import Counter
from datetime import date

import pytest

from sandbox.asterisk import cdr, queue_log
from sandbox.clock import DAY
from sandbox.world import World
from tests.sandbox.conftest import DAYS, FIRST_DAY, PER_DAY, SEED


def test_the_same_arguments_make_the_same_world(a_world: World) -> None:
    again = World(SEED, FIRST_DAY, DAYS, PER_DAY)
    assert again.truth == a_world.truth
    assert again.conversations == a_world.conversations
    assert queue_log(again, again.end) == queue_log(a_world, a_world.end)
    assert cdr(again, again.end) == cdr(a_world, a_world.end)


def test_another_seed_makes_another_world(a_world: World) -> None:
    assert World(SEED + 1, FIRST_DAY, DAYS, PER_DAY).truth != a_world.truth


def test_dirt_changes_nothing_that_happened(a_world: World) -> None:
    assert World(SEED, FIRST_DAY, DAYS, PER_DAY, dirt=frozenset({"bad_json", "bom"})).truth == a_world.truth


def test_contacts_come_in_the_promised_mix(a_world: World) -> None:
    truth, total = a_world.truth, DAYS * PER_DAY
    assert len(truth.calls) == pytest.approx(0.625 * total, rel=0.05)
    assert len(truth.chats) == pytest.approx(0.15 * total, rel=0.15)
    assert len(truth.tickets) == pytest.approx(0.2 * total, rel=0.15)
    assert len(truth.calls) + len(truth.chats) + len(truth.hotline) < total


def test_the_promotion_day_is_the_busiest(a_world: World) -> None:
    calls = Counter(a_world.calendar.index_of(call.legs[0].offered_at) for call in a_world.truth.calls)
    assert max(calls, key=lambda day: calls[day]) == a_world.calendar.promotion


def test_every_kind_of_ending_occurs(a_world: World) -> None:
    outcomes = {leg.outcome for leg in a_world.truth.legs}
    assert {"answered", "abandoned", "overflow", "blocked", "missed"} <= outcomes
    assert {leg.transfer_kind for leg in a_world.truth.legs} == {None, "blind", "attended"}
    assert {chat.outcome for chat in a_world.truth.chats} >= {"answered", "abandoned", "missed", "self_service"}
    tickets = a_world.truth.tickets
    assert all(any(getattr(one, name) for one in tickets) for name in ("merged_into", "followup_of", "reopened_at", "deleted_at"))


def test_wait_talk_and_end_of_a_leg_add_up(a_world: World) -> None:
    for leg in a_world.truth.legs:
        talk = leg.talk_seconds or 0
        assert leg.wait_seconds >= 0
        assert leg.ended_at >= leg.offered_at
        if leg.answered_at is not None:
            assert leg.answered_at == leg.offered_at + leg.wait_seconds
            assert leg.ended_at == leg.answered_at + talk
            assert leg.ring_seconds is not None
            assert leg.ring_seconds <= leg.wait_seconds


def test_every_leg_has_a_name_of_its_own(a_world: World) -> None:
    names = [leg.leg_id for leg in a_world.truth.legs]
    assert len(set(names)) == len(names)


def test_nobody_handles_two_queue_calls_at_once(a_world: World) -> None:
    answered = [leg for leg in a_world.truth.legs if leg.answered_at is not None]
    by_agent: dict[str | None, list[tuple[int, int]]] = {}
    for leg in answered:
        by_agent.setdefault(leg.agent_id, []).append((leg.answered_at or 0, leg.ended_at))
    for stretches in by_agent.values():
        ordered = sorted(stretches)
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(ordered))


def test_a_leg_is_credited_to_the_team_of_that_moment(a_world: World) -> None:
    movers = {agent.agent_id: agent for agent in a_world.roster.agents if len(agent.stays) > 1}
    assert len(movers) == 2
    teams = {leg.team_id for leg in a_world.truth.legs if leg.agent_id in movers}
    assert len(teams) > 1


def test_who_has_left_answers_nothing_any_more(a_world: World) -> None:
    leaver = next(agent for agent in a_world.roster.agents if agent.left_at is not None)
    assert leaver.left_at is not None
    assert all(
        audit.at <= leaver.left_at for ticket in a_world.tickets for audit in ticket.audits if audit.author == leaver.agent_id
    )
    handed_on = [
        audit for ticket in a_world.tickets for audit in ticket.audits if audit.at == leaver.left_at and audit.author == "system"
    ]
    assert handed_on


def test_customers_come_back_in_other_channels(a_world: World) -> None:
    truth = a_world.truth
    issues = {
        "call": [call.issue for call in truth.calls],
        "chat": [chat.issue for chat in truth.chats],
        "ticket": [ticket.issue for ticket in truth.tickets],
    }
    channels: dict[int, set[str]] = {}
    for channel, found in issues.items():
        for issue in found:
            channels.setdefault(issue.issue_id, set()).add(channel)
    assert sum(1 for reached in channels.values() if len(reached) > 1) > 50
    assert any(not talk.is_known for talk in a_world.conversations)


def test_a_world_in_another_zone_begins_at_its_own_midnight() -> None:
    assert World(1, date(2026, 3, 29), 2, 20, "Europe/Berlin").calendar.end % DAY == 22 * 3600


@pytest.mark.parametrize(
    ("days", "per_day", "dirt"),
    [
        pytest.param(0, 10, frozenset(), id="no day"),
        pytest.param(1, 0, frozenset(), id="nobody comes"),
        pytest.param(1, 10, frozenset({"glitter"}), id="unknown dirt"),
    ],
)
def test_a_world_that_cannot_be_is_refused(days: int, per_day: int, dirt: frozenset[str]) -> None:
    with pytest.raises(ValueError, match=r"glitter|at least one"):
        World(1, FIRST_DAY, days, per_day, dirt=dirt)
