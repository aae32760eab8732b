"""Lines of a queue log, written by hand, and the legs they are, worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.asterisk_models import admitted, pbx, warehouse

START = 1_700_000_000
SINCE = datetime.fromtimestamp(START - 3_600, UTC)
UNTIL = SINCE + timedelta(days=2)

# Each call is told in seconds after START: "t|callid|queue|agent|event|data".
CALLS = {
    "plain": "0|c1|sales|NONE|ENTERQUEUE||13800000001|1\n12|c1|sales|A1|CONNECT|12|c1b|4\n100|c1|sales|A1|COMPLETECALLER|12|88|1",
    "agent hangs up": "0|c2|sales|NONE|ENTERQUEUE||13800000002|1\n5|c2|sales|A2|CONNECT|5|x|5\n9|c2|sales|A2|COMPLETEAGENT|5|4|1",
    "abandoned": "0|c3|sales|NONE|ENTERQUEUE||13800000003|2\n7|c3|sales|NONE|ABANDON|1|2|7",
    "overflow into a second queue, no transfer logged": (
        "0|c4|sales|NONE|ENTERQUEUE||13800000004|1\n90|c4|sales|NONE|EXITWITHTIMEOUT|1|1|90\n"
        "90|c4|spill|NONE|ENTERQUEUE||13800000004|1\n95|c4|spill|A4|CONNECT|5|x|3\n155|c4|spill|A4|COMPLETEAGENT|5|60|1"
    ),
    "old time-out without a wait": "0|c5|sales|NONE|ENTERQUEUE||13800000005|1\n45|c5|sales|NONE|EXITWITHTIMEOUT|1",
    "queue ran empty": "0|c6|sales|NONE|ENTERQUEUE||13800000006|1\n3|c6|sales|NONE|EXITEMPTY|1|1|3",
    "key for a callback": "0|c7|sales|NONE|ENTERQUEUE||13800000007|1\n30|c7|sales|NONE|EXITWITHKEY|9|1|1|30",
    "key for a mailbox": "0|c8|sales|NONE|ENTERQUEUE||13800000008|1\n30|c8|sales|NONE|EXITWITHKEY|8|1|1|30",
    "any other key": "0|c9|sales|NONE|ENTERQUEUE||13800000009|1\n30|c9|sales|NONE|EXITWITHKEY|3|1|1|30",
    "nobody there": "0|c10|sales|NONE|JOINEMPTY|",
    "full": "0|c11|sales|NONE|FULL|",
    "rings in vain first": (
        "0|c12|sales|NONE|ENTERQUEUE||13800000012|1\n15|c12|sales|A12x|RINGNOANSWER|15000\n"
        "20|c12|sales|A12|CONNECT|20|x|5\n30|c12|sales|A12|COMPLETEAGENT|20|10|1"
    ),
    "entered twice": (
        "0|c13|sales|NONE|ENTERQUEUE||13800000013|1\n0|c13|sales|NONE|ENTERQUEUE||13800000013|1\n"
        "1|c13|sales|NONE|ENTERQUEUE||13800000013|2\n5|c13|sales|A13|CONNECT|5|x|2\n10|c13|sales|A13|COMPLETEAGENT|5|5|1"
    ),
    "completed thrice": (
        "0|c14|sales|NONE|ENTERQUEUE||13800000014|1\n5|c14|sales|A14|CONNECT|5|x|2\n10|c14|sales|A14|COMPLETEAGENT|5|5|1\n"
        "10|c14|sales|A14|COMPLETEAGENT|5|5|4\n11|c14|sales|A14|COMPLETEAGENT|5|5|5"
    ),
    "answered in the second of a repeated entry": (
        "0|c15|sales|NONE|ENTERQUEUE||13800000015|1\n0|c15|sales|A15|CONNECT|0|x|0\n"
        "0|c15|sales|NONE|ENTERQUEUE||13800000015|1\n6|c15|sales|A15|COMPLETEAGENT|0|6|1"
    ),
    "back into the same queue at once": (
        "0|c16|sales|NONE|ENTERQUEUE||13800000016|1\n60|c16|sales|NONE|EXITWITHTIMEOUT|1|1|60\n"
        "60|c16|sales|NONE|ENTERQUEUE||13800000016|1\n64|c16|sales|NONE|ABANDON|1|1|4"
    ),
    "handed on blindly to a queue": (
        "0|c17|sales|NONE|ENTERQUEUE||13800000017|1\n4|c17|sales|A17|CONNECT|4|x|4\n"
        "50|c17|sales|A17|BLINDTRANSFER|7004|from-internal|4|46|1\n"
        "51|c17|tech|NONE|ENTERQUEUE||13800000017|1\n55|c17|tech|A17b|CONNECT|4|y|2\n75|c17|tech|A17b|COMPLETECALLER|4|20|1"
    ),
    "handed on with two channels named": (
        "0|c18|sales|NONE|ENTERQUEUE||13800000018|1\n4|c18|sales|A18|CONNECT|4|x|4\n"
        "50|c18|sales|A18|ATTENDEDTRANSFER|LINK|SIP/1|SIP/2|4|46|1"
    ),
    "handed on by an old Asterisk": (
        "0|c19|sales|NONE|ENTERQUEUE||13800000019|1\n4|c19|sales|A19|CONNECT|4\n50|c19|sales|A19|TRANSFER|7004|default|4|46"
    ),
    "completed without being connected": "0|c20|sales|NONE|ENTERQUEUE||13800000020|1\n30|c20|sales|A20|COMPLETEAGENT|10|20|1",
    "connected, then abandoned": (
        "0|c21|sales|NONE|ENTERQUEUE||13800000021|1\n5|c21|sales|A21|CONNECT|5|x|2\n9|c21|sales|NONE|ABANDON|1|1|9"
    ),
    "two agents at once": (
        "0|c22|sales|NONE|ENTERQUEUE||13800000022|1\n5|c22|sales|A22|CONNECT|5|x|2\n6|c22|sales|A22b|CONNECT|6|x|2\n"
        "9|c22|sales|A22|COMPLETEAGENT|5|4|1"
    ),
    "talk that the clock denies": (
        "0|c23|sales|NONE|ENTERQUEUE||13800000023|1\n5|c23|sales|A23|CONNECT|5|x|2\n10|c23|sales|A23|COMPLETEAGENT|5|500|1"
    ),
    "an agent who inherits the hour": (
        "0|c24|sales|NONE|ENTERQUEUE||13800000024|1\n5|c24|sales|A24|CONNECT|5|x|2\n3605|c24|sales|A24|COMPLETECALLER|5|3600|1\n"
        "600|c25|sales|NONE|ENTERQUEUE||13800000025|1\n603|c25|sales|A24|CONNECT|3|x|2\n633|c25|sales|A24|COMPLETECALLER|3|30|1"
    ),
    "connected, its end never written": (
        "0|c26|sales|NONE|ENTERQUEUE||13800000026|1\n5|c26|sales|A26|CONNECT|5|x|2\n"
        "600|c27|sales|NONE|ENTERQUEUE||13800000027|1\n603|c27|sales|A26|CONNECT|3|x|2\n633|c27|sales|A26|COMPLETECALLER|3|30|1"
    ),
    "the log begins after the entry": "5|c28|sales|A28|CONNECT|15|x|2\n10|c28|sales|A28|COMPLETEAGENT|15|5|1",
    "cut off by a restart while waiting": "100000|c29|sales|NONE|ENTERQUEUE||13800000029|1",
    "cut off by a restart while talking": (
        "99990|c30|sales|NONE|ENTERQUEUE||13800000030|1\n99995|c30|sales|A30|CONNECT|5|x|2\n100400|NONE|NONE|NONE|QUEUESTART|"
    ),
    "still waiting": "150000|c31|sales|NONE|ENTERQUEUE||13800000031|1",
    "still talking": "150000|c32|sales|NONE|ENTERQUEUE||13800000032|1\n150003|c32|sales|A32|CONNECT|3|x|2",
    "lines out of order": (
        "100|c33|sales|A33|COMPLETECALLER|12|88|1\n12|c33|sales|A33|CONNECT|12|x|4\n0|c33|sales|NONE|ENTERQUEUE||13800000033|1"
    ),
    "a channel that did not fit": "0|c34|sales|NONE|ENTERQUEUE||13800000034|1\n8|c34|sales|A34|SYSCOMPAT|",
    "an anonymous caller": "0|c35|sales|NONE|ENTERQUEUE||anonymous|1\n7|c35|sales|NONE|ABANDON|1|1|7",
    "a colleague": "0|c36|sales|NONE|ENTERQUEUE||7000|1\n7|c36|sales|NONE|ABANDON|1|1|7",
    "a short number": "0|c37|sales|NONE|ENTERQUEUE||95588|1\n7|c37|sales|NONE|ABANDON|1|1|7",
    "across midnight": "64000|c38|sales|NONE|ENTERQUEUE||13800000038|1\n64010|c38|sales|A38|CONNECT|10|x|2\n66010|c38|sales|A38|COMPLETEAGENT|10|2000|1",
    "wrap-up": (
        "1000|c40|wrapped|NONE|ENTERQUEUE||13800000040|1\n1005|c40|wrapped|W1|CONNECT|5|x|2\n1050|c40|wrapped|W1|COMPLETEAGENT|5|45|1\n"
        "1050|NONE|wrapped|W1|PAUSE|wrapup\n1050|NONE|other|W1|PAUSE|wrapup\n1080|NONE|wrapped|W1|UNPAUSE|\n1080|NONE|other|W1|UNPAUSE|"
    ),
    "wrap-up whose end was lost": (
        "2000|c41|wrapped|NONE|ENTERQUEUE||13800000041|1\n2005|c41|wrapped|W1|CONNECT|5|x|2\n2050|c41|wrapped|W1|COMPLETEAGENT|5|45|1\n"
        "2051|NONE|NONE|W1|PAUSEALL|Wrap-up\n2071|c42|wrapped|W1|CONNECT|5|x|2\n2100|c42|wrapped|W1|COMPLETEAGENT|5|29|1"
    ),
    "wrap-up that goes over into lunch": (
        "3000|c43|wrapped|NONE|ENTERQUEUE||13800000043|1\n3005|c43|wrapped|W1|CONNECT|5|x|2\n3050|c43|wrapped|W1|COMPLETEAGENT|5|45|1\n"
        "3050|NONE|NONE|W1|PAUSEALL|wrapup\n3062|NONE|NONE|W1|PAUSEALL|lunch\n4900|NONE|NONE|W1|UNPAUSEALL|"
    ),
    "no wrap-up where others take one": (
        "5000|c44|wrapped|NONE|ENTERQUEUE||13800000044|1\n5005|c44|wrapped|W2|CONNECT|5|x|2\n5050|c44|wrapped|W2|COMPLETEAGENT|5|45|1"
    ),
    "before wrap-up was introduced": (
        "500|c45|wrapped|NONE|ENTERQUEUE||13800000045|1\n505|c45|wrapped|W3|CONNECT|5|x|2\n550|c45|wrapped|W3|COMPLETEAGENT|5|45|1"
    ),
    "wrap-up that goes on": (
        "160000|c46|wrapped|NONE|ENTERQUEUE||13800000046|1\n160005|c46|wrapped|W4|CONNECT|5|x|2\n"
        "160050|c46|wrapped|W4|COMPLETEAGENT|5|45|1\n160050|NONE|NONE|W4|PAUSEALL|wrapup"
    ),
    "refused by one queue, waiting in the next": "150000|c47|tech|NONE|JOINEMPTY|\n150000|c47|sales|NONE|ENTERQUEUE||13800000047|1",
    "handed on to a queue that refuses, and taken by the next": (
        "0|c48|sales|NONE|ENTERQUEUE||13800000048|1\n4|c48|sales|A48|CONNECT|4|x|4\n50|c48|sales|A48|BLINDTRANSFER|7004|default|4|46|1\n"
        "50|c48|tech|NONE|FULL|\n50|c48|spill|NONE|ENTERQUEUE||13800000048|1\n55|c48|spill|NONE|ABANDON|1|1|5"
    ),
}
AS_OF = datetime.fromtimestamp(START + 160_100, UTC)

# queue, agent, offered, answered, ended, wait, ring, talk, outcome, ended by, is_suspect
LEGS: dict[str, list[tuple[Any, ...]]] = {
    "plain": [("sales", "A1", 0, 12, 100, 12, 4, 88, "answered", "customer", False)],
    "agent hangs up": [("sales", "A2", 0, 5, 9, 5, 5, 4, "answered", "agent", False)],
    "abandoned": [("sales", None, 0, None, 7, 7, None, None, "abandoned", "customer", False)],
    "overflow into a second queue, no transfer logged": [
        ("sales", None, 0, None, 90, 90, None, None, "overflow", None, False),
        ("spill", "A4", 90, 95, 155, 5, 3, 60, "answered", "agent", False),
    ],
    "old time-out without a wait": [("sales", None, 0, None, 45, 45, None, None, "overflow", None, False)],
    "queue ran empty": [("sales", None, 0, None, 3, 3, None, None, "flow_out", "system", False)],
    "key for a callback": [("sales", None, 0, None, 30, 30, None, None, "callback", None, False)],
    "key for a mailbox": [("sales", None, 0, None, 30, 30, None, None, "voicemail", None, False)],
    "any other key": [("sales", None, 0, None, 30, 30, None, None, "flow_out", None, False)],
    "nobody there": [("sales", None, 0, None, 0, 0, None, None, "blocked", None, False)],
    "full": [("sales", None, 0, None, 0, 0, None, None, "blocked", None, False)],
    "rings in vain first": [("sales", "A12", 0, 20, 30, 20, 5, 10, "answered", "agent", False)],
    "entered twice": [("sales", "A13", 0, 5, 10, 5, 2, 5, "answered", "agent", False)],
    "completed thrice": [("sales", "A14", 0, 5, 10, 5, 2, 5, "answered", "agent", False)],
    "answered in the second of a repeated entry": [("sales", "A15", 0, 0, 6, 0, 0, 6, "answered", "agent", False)],
    "back into the same queue at once": [
        ("sales", None, 0, None, 60, 60, None, None, "overflow", None, False),
        ("sales", None, 60, None, 64, 4, None, None, "abandoned", "customer", False),
    ],
    "handed on blindly to a queue": [
        ("sales", "A17", 0, 4, 50, 4, 4, 46, "answered", None, False),
        ("tech", "A17b", 51, 55, 75, 4, 2, 20, "answered", "customer", False),
    ],
    "handed on with two channels named": [("sales", "A18", 0, 4, 50, 4, 4, 46, "answered", None, False)],
    "handed on by an old Asterisk": [("sales", "A19", 0, 4, 50, 4, None, 46, "answered", None, False)],
    "completed without being connected": [("sales", None, 0, None, 30, 10, None, None, "answered", "agent", True)],
    "connected, then abandoned": [("sales", "A21", 0, 5, 9, 5, 2, 4, "answered", "customer", True)],
    "two agents at once": [("sales", "A22", 0, 5, 9, 5, 2, 4, "answered", "agent", True)],
    "talk that the clock denies": [("sales", "A23", 0, 5, 10, 5, 2, 500, "answered", "agent", True)],
    "an agent who inherits the hour": [
        ("sales", "A24", 0, 5, 3605, 5, 2, 3600, "answered", "customer", True),
        ("sales", "A24", 600, 603, 633, 3, 2, 30, "answered", "customer", False),
    ],
    "connected, its end never written": [
        ("sales", "A26", 0, 5, 100400, 5, 2, None, "answered", "system", True),
        ("sales", "A26", 600, 603, 633, 3, 2, 30, "answered", "customer", False),
    ],
    "the log begins after the entry": [("sales", "A28", -10, 5, 10, 15, 2, 5, "answered", "agent", False)],
    "cut off by a restart while waiting": [("sales", None, 100000, None, 100400, None, None, None, "missed", "system", False)],
    "cut off by a restart while talking": [("sales", "A30", 99990, 99995, 100400, 5, 2, None, "answered", "system", False)],
    "still waiting": [("sales", None, 150000, None, None, None, None, None, "open", None, False)],
    "still talking": [("sales", "A32", 150000, 150003, None, 3, 2, None, "answered", None, False)],
    "refused by one queue, waiting in the next": [
        ("sales", None, 150000, None, None, None, None, None, "open", None, False),
        ("tech", None, 150000, None, 150000, 0, None, None, "blocked", None, False),
    ],
    "lines out of order": [("sales", "A33", 0, 12, 100, 12, 4, 88, "answered", "customer", False)],
    "a channel that did not fit": [("sales", None, 0, None, 8, 8, None, None, "missed", "system", False)],
    "across midnight": [("sales", "A38", 64000, 64010, 66010, 10, 2, 2000, "answered", "agent", False)],
}
COLUMNS = "queue_id, agent_id, offered_at, answered_at, ended_at, wait_seconds, ring_seconds, talk_seconds, outcome, disconnected_by, is_suspect"


def _lines(text: str) -> list[str]:
    told = [line.split("|", 1) for line in text.split("\n")]
    return [f"{START + int(at)}|{rest}" for at, rest in told]


@pytest.fixture(scope="module")
def legs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("home")
    log = home / "pbx" / "queue_log"
    log.parent.mkdir()
    log.write_text("".join(line + "\n" for call in CALLS.values() for line in _lines(call)))
    settings = pbx(home, log.parent, extensions="7\\d{3}", exit_keys={"9": "callback", "8": "voicemail"})
    admission = admitted(settings, "queue_log", SINCE, UNTIL)
    assert (admission.quarantined, admission.outside) == (0, 0), admission.reasons
    with warehouse(settings, AS_OF) as connection:
        yield connection


def _of(legs: Any, name: str, columns: str) -> list[tuple[Any, ...]]:
    """The legs of the calls of a case, in order, times as seconds after START and ids without the source's name."""
    calls = {line.split("|")[1] for line in _lines(CALLS[name])} - {"NONE"}
    rows = legs.execute(
        f"select {columns} from stg_asterisk__contact_legs where list_contains(?, contact_id) order by offered_at, contact_leg_id",
        [[f"asterisk:{call}" for call in calls]],
    ).fetchall()
    return [tuple(_plain(value) for value in row) for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp()) - START
    if isinstance(value, str):
        return value.removeprefix("asterisk:")
    return value


@pytest.mark.parametrize("name", LEGS)
def test_lines_become_the_legs_they_tell_of(legs: Any, name: str) -> None:
    assert _of(legs, name, COLUMNS) == LEGS[name]


@pytest.mark.parametrize(
    ("name", "status", "seconds"),
    [
        ("wrap-up", ["measured"], [30]),
        ("wrap-up whose end was lost", ["missing", "missing"], [None, None]),
        ("wrap-up that goes over into lunch", ["measured"], [12]),
        ("no wrap-up where others take one", ["missing"], [None]),
        ("before wrap-up was introduced", ["not_measured"], [None]),
        ("wrap-up that goes on", ["pending"], [None]),
        ("plain", ["not_measured"], [None]),
        ("abandoned", [None], [None]),
        ("still talking", ["pending"], [None]),
    ],
)
def test_after_call_work_is_the_wrap_up_pause(legs: Any, name: str, status: list[str], seconds: list[int]) -> None:
    assert _of(legs, name, "acw_status, acw_seconds") == list(zip(status, seconds, strict=True))


def test_a_hand_over_names_its_kind_and_where_the_caller_went(legs: Any) -> None:
    blind = _of(legs, "handed on blindly to a queue", "transfer_kind, transferred_to_queue")
    assert blind == [("blind", "tech"), (None, None)]
    assert _of(legs, "handed on with two channels named", "transfer_kind, transferred_to_queue") == [("attended", None)]
    assert _of(legs, "handed on by an old Asterisk", "transfer_kind, transferred_to_queue") == [("blind", None)]
    refused = _of(legs, "handed on to a queue that refuses, and taken by the next", "transferred_to_queue, queue_id")
    assert refused == [("tech", "sales"), (None, "spill"), (None, "tech")]
    overflow = _of(legs, "overflow into a second queue, no transfer logged", "transfer_kind, transferred_to_queue")
    assert overflow == [(None, "spill"), (None, None)]


@pytest.mark.parametrize(
    ("name", "has_phone", "is_internal"),
    [
        ("plain", True, False),
        ("an anonymous caller", False, False),
        ("a colleague", False, True),
        ("a short number", False, False),
    ],
)
def test_only_a_telephone_number_becomes_a_customer(legs: Any, name: str, has_phone: bool, is_internal: bool) -> None:
    assert _of(legs, name, "customer_phone_token is not null, is_internal") == [(has_phone, is_internal)]


def test_two_calls_of_one_number_have_one_token_and_different_numbers_have_not(legs: Any) -> None:
    tokens = [_of(legs, name, "customer_phone_token")[0][0] for name in ("plain", "abandoned", "agent hangs up")]
    assert len(set(tokens)) == 3
    both = _of(legs, "overflow into a second queue, no transfer logged", "customer_phone_token")
    assert both[0] == both[1]


def test_every_leg_has_an_id_of_its_own(legs: Any) -> None:
    count, different = legs.execute("select count(*), count(distinct contact_leg_id) from stg_asterisk__contact_legs").fetchone()
    assert count == different > len(CALLS)


def test_a_queue_is_known_from_its_first_line(legs: Any) -> None:
    assert {row[0] for row in legs.execute("select queue_id from stg_asterisk__queues").fetchall()} == {
        "asterisk:sales",
        "asterisk:spill",
        "asterisk:tech",
        "asterisk:wrapped",
        "asterisk:other",
    }
