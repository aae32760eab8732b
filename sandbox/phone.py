"""The telephone: queues, ringing, patience, overflow, transfers."""

from dataclasses import dataclass, replace
from random import Random

from sandbox.clock import Days
from sandbox.staffing import Duty, Rota
from sandbox.truth import Call, CallLeg, Issue

RING_TIMEOUT = 15


@dataclass(frozen=True, slots=True)
class Queue:
    """A voice queue: who serves it, how long it holds a caller, and where that caller goes then."""

    queue_id: str
    extension: str
    kinds: tuple[str, ...]
    timeout: int
    overflow_to: str | None


QUEUES = {
    queue.queue_id: queue
    for queue in (
        Queue("sales", "7001", ("voice_a",), 90, "overflow"),
        Queue("orders", "7002", ("voice_a",), 120, "overflow"),
        Queue("refund", "7003", ("voice_b",), 120, "overflow"),
        Queue("tech", "7004", ("expert", "voice_b"), 180, None),
        Queue("vip", "7005", ("voice_a", "expert"), 45, "orders"),
        Queue("overflow", "7000", ("voice_a", "voice_b"), 240, None),
    )
}
QUEUE_OF_TOPIC = {
    "logistics": "orders",
    "refund": "refund",
    "product": "sales",
    "account": "orders",
    "invoice": "refund",
    "promotion": "sales",
    "tech": "tech",
    "complaint": "refund",
}


@dataclass(slots=True)
class Switchboard:
    """Takes calls in the order they come; agents it gives a call to are taken until their wrap-up is over."""

    rota: Rota
    days: Days
    rng: Random
    sequence: int = 0

    def number(self, at: int) -> str:
        """A fresh channel id, as Asterisk numbers them."""
        self.sequence += 1
        return f"{at}.{self.sequence}"

    def receive(self, at: int, issue: Issue, phone: str | None, is_vip: bool) -> Call:
        """An inbound call through its queues to its end."""
        call_id, resolved = self.number(at), False
        queue = "vip" if is_vip else QUEUE_OF_TOPIC[issue.topic]
        if self.rng.random() < 0.015:
            legs = [self._direct(call_id, call_id, at, "direct", None)]
            return Call(call_id, "inbound", issue, phone, tuple(legs), legs[0].outcome == "answered")
        legs = [self._queue_leg(call_id, call_id, queue, at)]
        while (following := self._next(call_id, legs[-1])) is not None and len(legs) < 4:
            legs[-1], leg = following
            legs.append(leg)
        if legs[-1].outcome == "answered":
            resolved = self.rng.random() < 0.8
        numbered = tuple(replace(leg, leg_id=f"{call_id}:{place}") for place, leg in enumerate(legs))
        return Call(call_id, "inbound", issue, phone, numbered, resolved)

    def call_out(self, at: int, issue: Issue, phone: str, duty: Duty) -> Call:
        """An agent rings a customer."""
        call_id, ring = self.number(at), self.rng.randint(4, 30)
        talk = self._talk(0.6) if self.rng.random() < 0.7 else None
        end = at + ring + (talk or 0)
        duty.free_at = end + 20
        answered = at + ring if talk else None
        leg = CallLeg(
            f"{call_id}:0",
            call_id,
            call_id,
            "outbound",
            "outbound",
            None,
            at,
            "answered" if talk else "missed",
            ring,
            end,
            duty.agent.agent_id,
            duty.agent.team_at(answered or at),
            answered,
            ring,
            talk,
            disconnected_by="customer" if talk else None,
        )
        return Call(call_id, "outbound", issue, phone, (leg,), False)

    def _talk(self, factor: float = 1.0) -> int:
        return max(5, min(3_000, int(self.rng.lognormvariate(5.1, 0.7) * factor)))

    def _queue_leg(self, call_id: str, callid: str, queue_id: str, at: int, kind: str = "queue") -> CallLeg:
        queue, rng = QUEUES[queue_id], self.rng
        duties = self.rota.on_duty(queue.kinds, at)
        leg = CallLeg(f"{callid}:{queue_id}", call_id, callid, kind, "inbound", queue_id, at, "abandoned", 0, at)
        if not duties:
            return replace(leg, outcome="blocked")
        free = sorted(((moment, duty) for duty in duties if (moment := duty.free_from(at)) is not None), key=_by_rest)
        patience = max(1, int(rng.lognormvariate(4.6, 1.1)))
        if free and rng.random() < 0.985:
            moment, duty = free[0]
            missed = free[-1][1].agent.agent_id if rng.random() < 0.05 else None
            ring = min(RING_TIMEOUT - 1, max(1, int(rng.lognormvariate(1.5, 0.5))))
            wait = moment - at + (RING_TIMEOUT if missed else 0) + ring
        else:
            wait = ring = 10**9
        choice, stay = rng.random(), min(wait, patience)
        if choice < 0.012 and stay > 25:
            return self._left(leg, "callback", stay - 5)
        if 0.012 <= choice < 0.024 and stay > 12:
            return self._left(leg, "flow_out", stay - 4)
        last_off = max(duty.ends_at for duty in duties) - at
        if not free and last_off < min(patience, queue.timeout):
            return replace(self._left(leg, "flow_out", last_off), disconnected_by="system")
        if min(patience, queue.timeout) < wait:
            outcome = "abandoned" if patience <= queue.timeout else "overflow" if queue.overflow_to else "voicemail"
            return self._left(leg, outcome, min(patience, queue.timeout))
        return replace(self._answered(leg, duty, wait, ring), missed_by=missed)

    def _left(self, leg: CallLeg, outcome: str, wait: int) -> CallLeg:
        ended_by = "customer" if outcome == "abandoned" else None
        return replace(leg, outcome=outcome, wait_seconds=wait, ended_at=leg.offered_at + wait, disconnected_by=ended_by)

    def _answered(self, leg: CallLeg, duty: Duty, wait: int, ring: int) -> CallLeg:
        rng, answered = self.rng, leg.offered_at + wait
        talk = self._talk(1.15 if duty.agent.number % 4 == 0 else 1.0)
        acw = max(3, min(600, int(rng.lognormvariate(3.4, 0.6)))) if rng.random() < 0.92 else None
        duty.free_at = answered + talk + (acw or 2)
        return replace(
            leg,
            outcome="answered",
            wait_seconds=wait,
            answered_at=answered,
            ended_at=answered + talk,
            agent_id=duty.agent.agent_id,
            team_id=duty.agent.team_at(answered),
            ring_seconds=ring,
            talk_seconds=talk,
            hold_seconds=int(talk * rng.uniform(0.1, 0.4)) if rng.random() < 0.2 else 0,
            acw_seconds=acw,
            disconnected_by="customer" if rng.random() < 0.7 else "agent",
        )

    def _next(self, call_id: str, leg: CallLeg) -> tuple[CallLeg, CallLeg] | None:
        """Where the caller goes after this leg: the leg as it then ends, and the one that follows."""
        if leg.outcome == "overflow" and leg.queue_id is not None:
            target = QUEUES[leg.queue_id].overflow_to or "overflow"
            ended = replace(leg, transferred_to_queue=target)
            return ended, self._queue_leg(call_id, leg.callid, target, leg.ended_at)
        if leg.outcome != "answered" or leg.leg_kind == "transfer":
            return None
        fate = self.rng.random()
        if fate < 0.05:
            return self._hand_over(call_id, leg, "blind", leg.callid)
        if fate < 0.085:
            return self._hand_over(call_id, leg, "attended", self.number(leg.ended_at - 20))
        if fate < 0.1:
            onward = self._direct(call_id, leg.callid, leg.ended_at, "transfer", leg.agent_id)
            ended = replace(leg, transfer_kind="blind", transferred_to_agent=onward.agent_id, disconnected_by=None)
            return ended, onward
        return None

    def _hand_over(self, call_id: str, leg: CallLeg, kind: str, callid: str) -> tuple[CallLeg, CallLeg]:
        target = "tech" if leg.queue_id != "tech" else "refund"
        ended = replace(leg, transfer_kind=kind, transferred_to_queue=target, disconnected_by=None)
        at = leg.ended_at if kind == "blind" else max(leg.ended_at - 20, (leg.answered_at or 0) + 1)
        return ended, self._queue_leg(call_id, callid, target, at)

    def _direct(self, call_id: str, callid: str, at: int, kind: str, but: str | None) -> CallLeg:
        duties = self.rota.on_duty(("voice_a", "voice_b", "expert"), at)
        duties = [duty for duty in duties if duty.agent.agent_id != but and duty.free_from(at) == at]
        leg = CallLeg(f"{callid}:{kind}", call_id, callid, kind, "inbound", None, at, "missed", 30, at + 30)
        if not duties:
            return leg
        duty, ring = self.rng.choice(duties), self.rng.randint(2, 12)
        return replace(self._answered(leg, duty, ring, ring), acw_seconds=None, hold_seconds=0)


def _by_rest(offer: tuple[int, Duty]) -> tuple[int, int, int]:
    moment, duty = offer
    return moment, duty.free_at, duty.agent.number
