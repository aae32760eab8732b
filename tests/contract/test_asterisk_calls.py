"""What the call records add, how agents' states are read, and the pretend shop's phone against its truth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from sandbox.asterisk import CALLBACK_KEY, USERFIELD
from sandbox.generate import fill_database, generate
from sandbox.truth import Call, CallLeg
from sandbox.world import World
from tests.contract.asterisk_models import accepted, admitted, pbx, warehouse

START = 1_700_000_000
SINCE = datetime.fromtimestamp(START, UTC)
UNTIL = SINCE + timedelta(hours=10)


def record(number: int, at: int, answer: int | None, end: int, **cells: str) -> str:
    """A line of Master.csv; times are seconds after START, the PBX's clock is UTC."""
    found = {
        "src": "13800000001",
        "dst": "8000",
        "dcontext": "from-did",
        "channel": f"PJSIP/trunk-{number:08x}",
        "lastapp": "Dial",
    }
    found |= {"dstchannel": "", "lastdata": "", "uniqueid": "u", **cells}
    times = [
        f"{datetime.fromtimestamp(START + one, UTC):%Y-%m-%d %H:%M:%S}" if one is not None else "" for one in (at, answer, end)
    ]
    row = [
        "",
        *(found[name] for name in ("src", "dst", "dcontext")),
        "",
        *(found[name] for name in ("channel", "dstchannel", "lastapp")),
    ]
    row += [found["lastdata"], *times, str(end - at), str(end - answer) if answer is not None else "0"]
    row += ["ANSWERED" if answer is not None else "NO ANSWER", "DOCUMENTATION", found["uniqueid"], "", ""]
    return ",".join(f'"{cell}"' for cell in [*row, found.get("linkedid", found["uniqueid"]), str(number)])


RECORDS = [
    # answered by the second phone that rang
    record(1, 0, None, 10, uniqueid="d1", dstchannel="PJSIP/1001-1"),
    record(2, 0, 10, 70, uniqueid="d1", dstchannel="PJSIP/1002-2"),
    record(3, 100, None, 130, uniqueid="d2", dstchannel="PJSIP/1001-3"),  # nobody answers
    record(4, 200, 230, 260, uniqueid="o1", src="1001", dst="13900000002", channel="PJSIP/1001-4", dstchannel="PJSIP/trunk-5"),
    record(
        5, 300, None, 330, uniqueid="o2", src="02160001000", dst="13900000003", channel="PJSIP/1001-6", dstchannel="PJSIP/trunk-7"
    ),
    record(6, 400, 405, 420, uniqueid="i1", src="1001", dst="1002", channel="PJSIP/1001-8", dstchannel="PJSIP/1002-9"),
    record(7, 500, 500, 540, uniqueid="v1", lastapp="VoiceMail"),
    record(8, 600, 600, 640, uniqueid="s1", lastapp="Playback"),
    # answered, then handed to a colleague
    record(9, 700, 710, 760, uniqueid="t1", dstchannel="PJSIP/1001-a"),
    record(10, 760, 765, 800, uniqueid="t1", dstchannel="PJSIP/1002-b"),
    # queue, then on to a phone without a queue
    record(11, 1000, 1000, 1060, uniqueid="q1", lastapp="Queue", lastdata="sales,t", dstchannel="PJSIP/1001-c"),
    record(12, 1060, 1070, 1100, uniqueid="q1", dstchannel="PJSIP/1002-d"),
    # queue, then the mailbox
    record(13, 1200, 1200, 1280, uniqueid="q2", lastapp="VoiceMail"),
    # a consulting colleague's own channel enters the second queue
    record(14, 1400, 1400, 1460, uniqueid="q3", lastapp="Queue", lastdata="sales"),
    record(
        15, 1440, 1440, 1500, uniqueid="q4", linkedid="q3", src="1001", channel="PJSIP/1001-e", lastapp="Queue", lastdata="tech"
    ),
    record(16, 1600, 1600, 1630, uniqueid="lost", lastapp="Queue", lastdata="sales"),  # the queue log knows nothing of it
]
LINES = [
    "1000|q1|sales|NONE|ENTERQUEUE||13800000001|1",
    "1010|q1|sales|A1|CONNECT|10|x|4",
    "1060|q1|sales|A1|BLINDTRANSFER|1002|from-internal|10|50|1",
    "1200|q2|sales|NONE|ENTERQUEUE||13800000001|1",
    "1260|q2|sales|NONE|EXITWITHTIMEOUT|1|1|60",
    "1400|q3|sales|NONE|ENTERQUEUE||13800000004|1",
    "1410|q3|sales|A1|CONNECT|10|x|4",
    "1440|q4|tech|NONE|ENTERQUEUE||1001|1",
    "1445|q4|tech|A2|CONNECT|5|x|4",
    "1460|q3|sales|A1|ATTENDEDTRANSFER|BRIDGE|b|10|50|1",
    "1500|q4|tech|A2|COMPLETECALLER|5|55|1",
    # an agent's day
    "3000|MANAGER|sales|B1|ADDMEMBER|",
    "3000|MANAGER|tech|B1|ADDMEMBER|",
    "3600|NONE|NONE|B1|PAUSEALL|Lunch",
    "3600|NONE|sales|B1|PAUSE|Lunch",
    "5400|NONE|NONE|B1|UNPAUSEALL|Lunch",
    "6000|NONE|sales|B1|PAUSE|wrapup",
    "6010|NONE|NONE|B1|PAUSEALL|Lunch",
    "6030|NONE|sales|B1|UNPAUSE|wrapup",
    "6500|NONE|NONE|B1|UNPAUSEALL|",
    "7000|MANAGER|sales|B1|REMOVEMEMBER|",
    "7200|MANAGER|tech|B1|REMOVEMEMBER|",
    # one who never logs in
    "3000|NONE|sales|B2|PAUSE|tea",
    "3300|NONE|sales|B2|UNPAUSE|",
    "9000|NONE|sales|B2|PAUSE|tea",
    # B3 logs off one queue of two, is logged in again as usual, once more an hour later, and then never logs off
    "3000|MANAGER|sales|B3|ADDMEMBER|",
    "3000|MANAGER|tech|B3|ADDMEMBER|",
    "4000|MANAGER|sales|B3|REMOVEMEMBER|",
    "8000|MANAGER|sales|B3|ADDMEMBER|",
    "8000|MANAGER|tech|B3|ADDMEMBER|",
]
LEG_COLUMNS = "contact_leg_id, leg_kind, direction, queue_id, agent_id, offered_at, answered_at, talk_seconds, outcome"
LEGS = [
    ("d1:cdr:1", "direct", "inbound", None, "PJSIP/1002", 0, 10, 60, "answered"),
    ("d2:cdr:1", "direct", "inbound", None, None, 100, None, None, "missed"),
    ("o1:cdr:1", "outbound", "outbound", None, "PJSIP/1001", 200, 230, 30, "answered"),
    ("o2:cdr:1", "outbound", "outbound", None, "PJSIP/1001", 300, None, None, "missed"),
    ("i1:cdr:1", "direct", "inbound", None, "PJSIP/1002", 400, 405, 15, "answered"),
    ("v1:cdr:1", "direct", "inbound", None, None, 500, None, None, "voicemail"),
    ("s1:cdr:1", "self_service", "inbound", None, None, 600, None, None, "self_service"),
    ("t1:cdr:1", "direct", "inbound", None, "PJSIP/1001", 700, 710, 50, "answered"),
    ("t1:cdr:2", "transfer", "inbound", None, "PJSIP/1002", 760, 765, 35, "answered"),
    ("q1:sales:1", "queue", "inbound", "sales", "A1", 1000, 1010, 50, "answered"),
    ("q1:cdr:1", "transfer", "inbound", None, "PJSIP/1002", 1060, 1070, 30, "answered"),
    ("q2:sales:1", "queue", "inbound", "sales", None, 1200, None, None, "voicemail"),
    ("q3:sales:1", "queue", "inbound", "sales", "A1", 1400, 1410, 50, "answered"),
    ("q4:tech:1", "queue", "inbound", "tech", "A2", 1440, 1445, 55, "answered"),
    ("lost:cdr:1", "queue", "inbound", "sales", None, 1600, None, None, "missed"),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("home")
    (home / "pbx").mkdir()
    (home / "pbx" / "Master.csv").write_text("".join(line + "\n" for line in RECORDS))
    moments = [(int(line.split("|", 1)[0]), line.split("|", 1)[1]) for line in LINES]
    (home / "pbx" / "queue_log").write_text("".join(f"{START + at}|{rest}\n" for at, rest in moments))
    settings = pbx(home, home / "pbx", zone="UTC")
    for stream in ("queue_log", "cdr"):
        admission = admitted(settings, stream, SINCE, UNTIL)
        assert admission.accepted == admission.landed, admission.reasons
    with warehouse(settings, UNTIL) as connection:
        yield connection


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp()) - START
    return value.removeprefix("asterisk:") if isinstance(value, str) else value


def _rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(_plain(value) for value in row) for row in connection.execute(sql).fetchall()]


def test_calls_that_no_queue_knows_come_from_the_call_records(told: Any) -> None:
    assert _rows(told, f"select {LEG_COLUMNS} from stg_asterisk__contact_legs order by offered_at, contact_leg_id") == LEGS


def test_a_call_whose_queue_lines_are_missing_is_suspect_and_no_other(told: Any) -> None:
    assert _rows(told, "select contact_leg_id from stg_asterisk__contact_legs where is_suspect") == [("lost:cdr:1",)]


def test_a_call_between_extensions_is_internal_and_no_other(told: Any) -> None:
    assert _rows(told, "select contact_leg_id from stg_asterisk__contact_legs where is_internal") == [("i1:cdr:1",)]


def test_a_consultation_that_became_a_transfer_is_one_contact_of_one_customer(told: Any) -> None:
    rows = _rows(
        told,
        "select contact_id, transfer_kind, transferred_to_queue, customer_phone_token from stg_asterisk__contact_legs "
        "where contact_id = 'asterisk:q3' order by offered_at",
    )
    assert [row[:3] for row in rows] == [("q3", "attended", "tech"), ("q3", None, None)]
    assert rows[0][3] is not None and rows[0][3] == rows[1][3]


def test_a_caller_handed_to_a_phone_is_followed_there(told: Any) -> None:
    rows = _rows(
        told, "select transfer_kind, transferred_to_agent from stg_asterisk__contact_legs where contact_leg_id like '%q1:sales:1'"
    )
    assert rows == [("blind", "PJSIP/1002")]


def test_the_customer_of_an_outbound_call_is_the_one_who_was_called(told: Any) -> None:
    tokens = dict(_rows(told, "select contact_leg_id, customer_phone_token from stg_asterisk__contact_legs"))
    assert len({tokens["o1:cdr:1"], tokens["o2:cdr:1"], tokens["d1:cdr:1"]}) == 3
    assert tokens["d1:cdr:1"] == tokens["q1:sales:1"]


def test_an_agents_day_is_a_row_of_stretches(told: Any) -> None:
    rows = _rows(told, "select agent_id, state, reason, started_at, ended_at from stg_asterisk__agent_states order by 1, 4")
    assert rows == [
        ("B1", "available", None, 3000, 3600),
        ("B1", "break", "lunch", 3600, 5400),
        ("B1", "available", None, 5400, 6000),
        ("B1", "acw", "wrapup", 6000, 6010),
        ("B1", "break", "lunch", 6010, 6500),
        ("B1", "available", None, 6500, 7200),
        ("B2", "break", "tea", 3000, 3300),
        ("B2", "break", "tea", 9000, None),
        ("B3", "available", None, 3000, None),
        ("B3", "available", None, 8000, None),
    ]


@pytest.fixture(scope="module")
def a_shop() -> World:
    return World(seed=11, first_day=date(2026, 3, 2), days=8, contacts_per_day=150)


@pytest.fixture(scope="module")
def shop_files(a_shop: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the pretend shop's PBX writes."""
    folder = tmp_path_factory.mktemp("shop")
    generate(a_shop, folder)
    return folder / "asterisk"


def _interval(shop: World) -> tuple[datetime, datetime]:
    return datetime.fromtimestamp(shop.calendar.midnight(0) - 86_400, UTC), datetime.fromtimestamp(shop.end + 86_400, UTC)


def _expected(shop: World, call: Call, leg: CallLeg) -> dict[str, Any]:
    agent = shop.roster.by_id.get(leg.agent_id or "")
    return {
        "contact_id": f"asterisk:{call.call_id}",
        "leg_kind": leg.leg_kind,
        "queue_id": f"asterisk:{leg.queue_id}" if leg.queue_id else None,
        "agent_id": f"asterisk:{agent.login}" if agent else None,
        "offered_at": leg.offered_at,
        "ended_at": leg.ended_at,
        "wait_seconds": leg.wait_seconds,
        "talk_seconds": leg.talk_seconds,
        "acw_seconds": leg.acw_seconds,
        "transfer_kind": leg.transfer_kind,
        "outcome": leg.outcome,
        "topic": call.issue.topic,
        "customer_phone_token is not null": call.phone is not None,
        "is_suspect": False,
    }


def test_the_pretend_shops_calls_are_found_as_they_happened(tmp_path: Path, a_shop: World, shop_files: Path) -> None:
    settings = pbx(tmp_path / "home", shop_files, exit_keys={CALLBACK_KEY: "callback"}, userfield=USERFIELD)
    for stream in ("queue_log", "cdr"):
        admission = admitted(settings, stream, *_interval(a_shop))
        assert admission.quarantined == 0
    names = list(_expected(a_shop, a_shop.truth.calls[0], a_shop.truth.calls[0].legs[0]))
    with warehouse(settings, datetime.fromtimestamp(a_shop.end, UTC)) as connection:
        rows = connection.execute(f"select {', '.join(names)} from stg_asterisk__contact_legs").fetchall()
    found = [
        dict(zip(names, (value.timestamp() if isinstance(value, datetime) else value for value in row), strict=True))
        for row in rows
    ]
    expected = [_expected(a_shop, call, leg) for call in a_shop.truth.calls for leg in call.legs if leg.ended_at < a_shop.end]
    key = tuple(names[:5])
    by_key = {tuple(str(row[name]).removesuffix(".0") for name in key): row for row in found}
    for leg in expected:
        assert by_key[tuple(str(leg[name]) for name in key)] == leg
    assert len(found) >= len(expected) > 500
    assert {leg["outcome"] for leg in expected} >= {"answered", "abandoned", "overflow", "flow_out", "blocked"}


def test_the_pretend_shops_tables_say_what_its_files_say(tmp_path: Path, a_shop: World, shop_files: Path) -> None:
    dsn = f"sqlite:///{tmp_path / 'pbx.db'}"
    engine = sqlalchemy.create_engine(dsn)
    fill_database(a_shop, engine)
    engine.dispose()
    by_file, by_table = pbx(tmp_path / "file", shop_files), pbx(tmp_path / "table", dsn=dsn)
    for stream in ("queue_log", "cdr"):
        files, tables = (accepted(admitted(one, stream, *_interval(a_shop)), one) for one in (by_file, by_table))
        assert {row["line_id"]: row for row in files} == {row["line_id"]: row for row in tables}
