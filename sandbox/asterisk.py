"""What an Asterisk writes of the world's calls: queue_log lines and CDR rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from sandbox.dirt import RATE, soil_lines
from sandbox.people import Agent
from sandbox.phone import QUEUES, RING_TIMEOUT
from sandbox.truth import Call, CallLeg
from sandbox.world import World

CDR_COLUMNS = (
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "uniqueid",
    "userfield",
    "peeraccount",
    "linkedid",
    "sequence",
)
REASONS = {"meal": "lunch"}
CALLBACK_KEY, MENU_KEY = "9", "0"
USERFIELD = r"(?P<topic>[a-z]+)(/(?P<disposition>.+))?"
"""What the dial plan writes into a call's CDR(userfield): the topic chosen in the menu, and what the agent keyed in at the end."""
DISPOSITIONS, NOTED = ("已解答", "已登记", "转后台"), 0.94
VOICEMAIL_SECONDS = 25


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of queue_log; `data` has up to five fields."""

    at: int
    callid: str
    queue: str
    agent: str
    event: str
    data: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "|".join((str(self.at), self.callid, self.queue, self.agent, self.event, *self.data))


def queue_log(world: World, now: int) -> list[LogLine]:
    """Every line written up to `now`, in the order of writing."""
    rng = world.random("asterisk")
    lines = [line for call in world.truth.calls for line in _call_lines(world, call, rng)]
    lines += _member_lines(world, rng)
    lines += [LogLine(world.calendar.midnight(day), "NONE", "NONE", "NONE", "QUEUESTART", ("",)) for day in range(world.days)]
    return sorted((line for line in lines if line.at < now), key=lambda line: line.at)


def log_text(world: World, lines: list[LogLine]) -> list[str]:
    """The lines as text, with the world's dirt on them and now and then a blank one."""
    rng, kinds = world.random("asterisk dirt"), world.dirt
    texts = []
    for line in lines:
        text = line.text
        if line.event.startswith("COMPLETE") and rng.random() < RATE:
            if "negative_times" in kinds:
                text = "|".join((*text.split("|")[:6], "-17", "1"))
            elif "unknown_codes" in kinds:
                text = text.replace(line.event, "COMPLETEROBOT")
        texts.append(text)
        if rng.random() < 0.0005:
            texts.append("")
    return soil_lines(texts, kinds, rng, "|")


def _call_lines(world: World, call: Call, rng: Random) -> Iterator[LogLine]:
    for leg in call.legs:
        if leg.queue_id is not None:
            consulting = _consulting(world, call, leg)
            yield from _leg_lines(world, leg, consulting.extension if consulting else call.phone or "anonymous", rng)


def _consulting(world: World, call: Call, leg: CallLeg) -> Agent | None:
    """Whose consultation call this leg is: the agent's own channel, until they hand the customer over."""
    if leg.callid == call.call_id:
        return None
    before = [one for one in call.legs[: call.legs.index(leg)] if one.transfer_kind == "attended"]
    return _agent(world, before[-1].agent_id)


def _leg_lines(world: World, leg: CallLeg, caller: str, rng: Random) -> Iterator[LogLine]:
    queue, position = leg.queue_id or "", str(rng.randint(1, 3))

    def line(at: int, agent: str, event: str, *data: str) -> LogLine:
        return LogLine(at, leg.callid, queue, agent, event, data)

    if leg.outcome == "blocked":
        yield line(leg.offered_at, "NONE", "JOINEMPTY" if rng.random() < 0.9 else "FULL")
        return
    yield line(leg.offered_at, "NONE", "DID", "+862160001000")
    for _ in range(3 if rng.random() < 0.01 else 1):
        yield line(leg.offered_at, "NONE", "ENTERQUEUE", "", caller, position)
    left, wait = leg.offered_at + leg.wait_seconds, str(leg.wait_seconds)
    if leg.outcome == "abandoned":
        yield line(left, "NONE", "ABANDON", "1", position, wait)
    elif leg.outcome == "callback" or (leg.outcome == "flow_out" and leg.disconnected_by is None):
        yield line(left, "NONE", "EXITWITHKEY", CALLBACK_KEY if leg.outcome == "callback" else MENU_KEY, "1", position, wait)
    elif leg.outcome == "flow_out":
        yield line(left, "NONE", "EXITEMPTY", "1", position, wait)
    elif leg.outcome in ("overflow", "voicemail"):
        yield line(left, "NONE", "EXITWITHTIMEOUT", "1", position, wait)
    elif leg.answered_at is not None:
        yield from _handling_lines(world, leg, position, line)


def _handling_lines(world: World, leg: CallLeg, position: str, line: Callable[..., LogLine]) -> Iterator[LogLine]:
    agent, answered = _agent(world, leg.agent_id), leg.answered_at or 0
    wait, talk, ring = str(leg.wait_seconds), str(leg.talk_seconds), leg.ring_seconds or 0
    if leg.missed_by is not None:
        yield line(answered - ring, _agent(world, leg.missed_by).login, "RINGNOANSWER", str(RING_TIMEOUT * 1_000))
    bridged = f"{answered - ring}.{int(leg.callid.split('.')[1]) + 1}"
    yield line(answered, agent.login, "CONNECT", wait, bridged, str(ring))
    if leg.transfer_kind == "blind":
        to = QUEUES[leg.transferred_to_queue].extension if leg.transferred_to_queue else _extension(world, leg)
        yield line(leg.ended_at, agent.login, "BLINDTRANSFER", to, "from-internal", wait, talk, position)
    elif leg.transfer_kind == "attended":
        yield line(leg.ended_at, agent.login, "ATTENDEDTRANSFER", "BRIDGE", bridged, wait, talk, position)
    else:
        event = "COMPLETECALLER" if leg.disconnected_by == "customer" else "COMPLETEAGENT"
        yield line(leg.ended_at, agent.login, event, wait, talk, position)
    if leg.acw_seconds is not None:
        queue = leg.queue_id or ""
        yield LogLine(leg.ended_at, "NONE", queue, agent.login, "PAUSE", ("wrapup",))
        yield LogLine(leg.ended_at + leg.acw_seconds, "NONE", queue, agent.login, "UNPAUSE", ("wrapup",))


def _extension(world: World, leg: CallLeg) -> str:
    return _agent(world, leg.transferred_to_agent).extension if leg.transferred_to_agent else "8000"


def _agent(world: World, agent_id: str | None) -> Agent:
    return world.roster.by_id[agent_id or ""]


def _member_lines(world: World, rng: Random) -> list[LogLine]:
    """Log-ins, log-offs (sometimes forgotten) and breaks of the agents at the phones."""
    lines: list[LogLine] = []
    for duty in world.rota.duties:
        kind, login = duty.agent.kind_at(duty.starts_at), duty.agent.login
        queues = [queue.queue_id for queue in QUEUES.values() if kind in queue.kinds]
        if not queues:
            continue
        late, forgotten = rng.randint(-120, 300), rng.random() < 0.03
        for queue in queues:
            lines.append(LogLine(duty.starts_at + late, "MANAGER", queue, login, "ADDMEMBER", ("",)))
            if not forgotten:
                lines.append(LogLine(duty.ends_at + late, "MANAGER", queue, login, "REMOVEMEMBER", ("",)))
        for pause in duty.pauses:
            reason = REASONS.get(pause.activity, pause.activity)
            for at, event in ((pause.starts_at, "PAUSE"), (pause.ends_at, "UNPAUSE")):
                lines.append(LogLine(at, "NONE", "NONE", login, event + "ALL", (reason,)))
                lines += [LogLine(at, "NONE", queue, login, event, (reason,)) for queue in queues]
    return lines


def cdr(world: World, now: int) -> list[tuple[str, ...]]:
    """Every CDR row written up to `now`, in the order of writing; columns are `CDR_COLUMNS`, times are local."""
    rng = world.random("dispositions")
    said = [(call, _userfield(call, rng)) for call in world.truth.calls]
    rows = [row for call, words in said for leg in call.legs for row in _leg_rows(world, call, leg, words) if row[0] < now]
    rows.sort(key=lambda row: (row[0], row[1]))
    return [(*row[2], str(sequence)) for sequence, row in enumerate(rows)]


def _userfield(call: Call, rng: Random) -> str:
    """The topic; and where somebody answered, mostly how the call was closed."""
    disposition = rng.choice(DISPOSITIONS) if rng.random() < NOTED else ""
    is_noted = disposition and any(leg.outcome == "answered" for leg in call.legs)
    return f"{call.issue.topic}/{disposition}" if is_noted else call.issue.topic


def _leg_rows(world: World, call: Call, leg: CallLeg, userfield: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """(moment of writing, order, columns but the last) of a leg."""
    stamp, agent = world.calendar.stamp, world.roster.by_id.get(leg.agent_id or "")
    tail = f"{int(leg.callid.split('.')[1]):08x}"
    phone, trunk = call.phone or "anonymous", f"PJSIP/trunk-{tail}"
    if leg.leg_kind == "outbound" and agent is not None:
        src, dst, context, channel, far = agent.extension, phone, "from-internal", f"{agent.login}-{tail}", trunk
    else:
        src, context, channel = phone, "ext-queues" if leg.queue_id else "from-did-direct", trunk
        far = f"{agent.login}-{tail}" if agent else ""
        dst = QUEUES[leg.queue_id].extension if leg.queue_id else agent.extension if agent else "8000"
        if (consulting := _consulting(world, call, leg)) is not None:
            src, channel = consulting.extension, f"{consulting.login}-{tail}"
    answered = leg.offered_at if leg.queue_id and leg.outcome != "blocked" else leg.answered_at
    app: tuple[str, str] = ("Queue", leg.queue_id or "") if leg.queue_id else ("Dial", f"PJSIP/{dst}")

    def row(start: int, answer: int | None, end: int, to: str, disposition: str, app: tuple[str, str] = app) -> tuple[str, ...]:
        times = (stamp(start), stamp(answer) if answer else "", stamp(end))
        lengths = (str(end - start), str(end - answer) if answer else "0")
        ids = (disposition, "DOCUMENTATION", leg.callid, userfield, "", call.call_id)
        return ("", src, dst, context, f'"{src}" <{src}>', channel, to, *app, *times, *lengths, *ids)

    if leg.missed_by is not None and leg.answered_at is not None:
        begin = leg.answered_at - (leg.ring_seconds or 0) - RING_TIMEOUT
        login = _agent(world, leg.missed_by).login
        yield (
            begin + RING_TIMEOUT,
            f"{leg.leg_id}:0",
            row(begin, None, begin + RING_TIMEOUT, f"{login}-{tail}", "NO ANSWER"),
        )
    disposition = "ANSWERED" if answered is not None else "NO ANSWER"
    yield leg.ended_at, f"{leg.leg_id}:1", row(leg.offered_at, answered, leg.ended_at, far, disposition)
    if leg.outcome == "voicemail":
        said = leg.ended_at + VOICEMAIL_SECONDS
        yield said, f"{leg.leg_id}:2", row(leg.ended_at, leg.ended_at, said, "", "ANSWERED", ("VoiceMail", "8000@default,u"))
