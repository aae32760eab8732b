"""The section Response of KPIS.md: chat and written, dated by the clock's start."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.business_time import business_seconds
from tests.oracle.crew import Crew
from tests.oracle.parts import Credit, Part, about, amount, share, waiting
from tests.oracle.turns import Conversation, Turn
from tests.oracle.world import World, seconds_between


def response_parts(world: World, crew: Crew, found: list[Conversation]) -> Iterator[Part]:
    """The first response and no_reply_rate once per contact, avg_response and three_min_reply_rate once per turn.

    A chat is one contact; on a ticket begun by the customer each turn is one.
    """
    for conversation in found:
        for number, turn in enumerate(conversation.turns):
            yield from about(_turn(world, crew, conversation, turn, number), conversation.id)


def _turn(world: World, crew: Crew, conversation: Conversation, turn: Turn, number: int) -> Iterator[Part]:
    yield from _reply_time(world, crew, conversation, turn, "avg_response")
    yield from _three_minutes(world, crew, conversation, turn)
    is_contact = number == 0 if conversation.ticket is None else conversation.customer_first
    if is_contact:
        yield from _reply_time(world, crew, conversation, turn, "frt")
        yield from _reply_time(world, crew, conversation, turn, "frt_customer")
        yield from _reply_time(world, crew, conversation, turn, "frt_business")
        yield from _no_reply(world, crew, conversation, turn)


def is_replied(world: World, conversation: Conversation, turn: Turn) -> bool:
    """A manual human reply came within the response window and before the close."""
    deadline = turn.deadline(conversation.close(turn.start), world.policy.response_window)
    return turn.reply is not None and turn.reply["sent_at"] <= deadline


def is_decided(world: World, conversation: Conversation, turn: Turn) -> bool:
    """Closed, or the response window has passed."""
    closed = conversation.close(turn.start) is not None
    return closed or world.passed(turn.start, world.policy.response_window, conversation.source)


def response_credit(world: World, crew: Crew, conversation: Conversation, turn: Turn) -> Credit:
    """The replier; else whoever held the contact when it was decided."""
    if turn.reply is not None and is_replied(world, conversation, turn):
        return conversation.credit_reply(crew, turn.reply)
    moment = turn.deadline(conversation.close(turn.start), world.policy.response_window)
    return conversation.credit_holder(crew, moment)


def _reply_time(world: World, crew: Crew, conversation: Conversation, turn: Turn, kpi: str) -> Iterator[Part]:
    """Start to reply, over the replied; a negative time counts nowhere."""
    start = turn.messages[0]["sent_at"] if kpi == "frt_customer" else turn.start
    on, credit = world.day(start), response_credit(world, crew, conversation, turn)
    if turn.reply is not None and is_replied(world, conversation, turn):
        replied = turn.reply["sent_at"]
        if kpi == "frt_business":
            time = business_seconds(start, replied, credit.queue_id, credit.channel_group, world.policy.zone)
        else:
            time = seconds_between(start, replied)
        if replied >= start:
            yield amount(kpi, on, credit, time)
    elif not turn.is_closing_only and not is_decided(world, conversation, turn):
        yield waiting(kpi, on, credit)


def _no_reply(world: World, crew: Crew, conversation: Conversation, turn: Turn) -> Iterator[Part]:
    """Contacts with a waiting customer message that no human answered by the close or in 24 h."""
    on, credit = world.day(turn.start), response_credit(world, crew, conversation, turn)
    replied = is_replied(world, conversation, turn)
    if turn.is_closing_only and not replied:
        return
    if is_decided(world, conversation, turn):
        yield share("no_reply_rate", on, credit, not replied)
    else:
        yield waiting("no_reply_rate", on, credit)


def _three_minutes(world: World, crew: Crew, conversation: Conversation, turn: Turn) -> Iterator[Part]:
    """three_min_reply_rate: turns whose 180 s have passed, unanswered closing-only turns left out."""
    on, credit = world.day(turn.start), response_credit(world, crew, conversation, turn)
    limit = world.policy.three_minutes(conversation.queue(turn.start), conversation.place["channel_group"], on)
    reply = turn.reply if is_replied(world, conversation, turn) else None
    if reply is None and turn.is_closing_only:
        return
    if not world.passed(turn.start, limit, conversation.source):
        yield waiting("three_min_reply_rate", on, credit)
        return
    yield share("three_min_reply_rate", on, credit, reply is not None and seconds_between(turn.start, reply["sent_at"]) <= limit)
