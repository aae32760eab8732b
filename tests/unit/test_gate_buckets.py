"""Where the records of an attempt go: accepted, quarantined, duplicates, outside."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskmart.batch import Batch
from deskmart.errors import LandingError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.gate import Admission, admissions, admit
from expectations.writing import QUARANTINE_SCHEMA
from ingestion.schema import accepted_schema
from ingestion.source import Field
from tests.unit.gate_world import a_book, a_call, a_home, a_stream, admitted, landed, rules, several_calls


def accepted_rows(admission: Admission, home: Settings) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(home.home / admission.accepted_file).to_pylist()
    return rows


def quarantined_rows(admission: Admission, home: Settings) -> list[dict[str, Any]]:
    batch = Batch(admission.source, admission.stream, None, None, admission.batch)
    rows: list[dict[str, Any]] = pq.read_table(Lake(home.home).quarantine(batch, admission.attempt)).to_pylist()
    return rows


def buckets(admission: Admission) -> tuple[int, int, int, int]:
    return admission.accepted, admission.quarantined, admission.duplicates, admission.outside


def test_good_calls_are_accepted_with_their_types_and_address(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admission = admitted(home, [a_call(1), a_call(2)], [a_call(3)])

    assert buckets(admission) == (3, 0, 0, 0)
    path = tmp_path / admission.accepted_file
    assert pq.read_schema(path).equals(accepted_schema(a_stream()))
    assert oct(path.parent.stat().st_mode)[-3:] == "700"
    rows = accepted_rows(admission, home)
    assert [(row["call_id"], row["_page"], row["_position"], row["_part"]) for row in rows] == [
        ("c1", 1, 0, 0),
        ("c2", 1, 1, 0),
        ("c3", 2, 0, 0),
    ]
    assert rows[0]["wait_seconds"] == Decimal("12.5")
    assert rows[0]["phone_token"].startswith("phone:k1:") and len(rows[0]["phone_token"]) == len("phone:k1:") + 32
    assert (rows[0]["note_length"], rows[0]["note_language"], rows[0]["note_is_closing_only"]) == (7, "zh", False)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"call_id": " "}, "call_id is missing", id="no id"),
        pytest.param({"offered_at": None}, "offered_at is missing", id="no time"),
        pytest.param({"offered_at": "yesterday"}, "offered_at is not a timestamp", id="a time nobody can read"),
        pytest.param({"ended_at": "2024-03-01T12:00:00"}, "ended_at is not a timestamp with a time zone", id="a naive time"),
        pytest.param({"wait_seconds": "soon"}, "wait_seconds is not a number of seconds", id="text for seconds"),
        pytest.param({"wait_seconds": True}, "wait_seconds is not a number of seconds", id="a boolean for seconds"),
        pytest.param({"wait_seconds": 1e13}, "wait_seconds is not a number of seconds", id="seconds beyond the column"),
        pytest.param({"version": 1.5}, "version is not an integer", id="half a version"),
        pytest.param({"phone": "call me"}, "phone is not a phone number", id="no phone number"),
        pytest.param({"email": "li at shop"}, "email is not an email", id="no e-mail"),
        pytest.param({"agent_id": {"id": 1}}, "agent_id is not a text", id="an object for a text"),
        pytest.param({"note": "\ud800"}, "note is not a text", id="half a surrogate"),
        pytest.param({"outcome": "lost"}, "outcome_unmapped", id="an unknown code"),
        pytest.param({"wait_seconds": -1}, "wait_seconds_out_of_range", id="negative seconds"),
        pytest.param({"ended_at": "2024-03-01T09:00:00Z"}, "ended_at_before_offered_at", id="ended before offered"),
        pytest.param({"agent_id": None}, "answered_by_nobody", id="answered by nobody"),
    ],
)
def test_a_bad_call_is_quarantined_with_its_reason_and_bytes(changed: dict[str, Any], reason: str, tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admission = admitted(home, [a_call(1), a_call(2, **changed), a_call(3)])

    assert buckets(admission) == (2, 1, 0, 0)
    assert reason in admission.reasons
    (refused,) = quarantined_rows(admission, home)
    assert reason in refused["reasons"] and (refused["page"], refused["position"]) == (1, 1)
    assert json.loads(refused["payload"].decode("utf-8", "surrogatepass")) == a_call(2, **changed)


def test_a_bad_call_carries_every_reason_but_none_about_fields_that_cannot_be_read(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admission = admitted(home, [a_call(1, ended_at="?", wait_seconds=-1, agent_id=None)])

    assert set(admission.reasons) == {"ended_at is not a timestamp", "wait_seconds_out_of_range", "answered_by_nobody"}
    (refused,) = quarantined_rows(admission, home)
    assert set(refused["rules"]) == {"wait_seconds_out_of_range", "answered_by_nobody"}


def test_a_warning_is_counted_and_the_call_accepted(tmp_path: Path) -> None:
    admission = admitted(a_home(tmp_path), [a_call(1, version=500)])
    assert (buckets(admission), admission.warnings) == ((1, 0, 0, 0), {"version_out_of_range": 1})


def test_calls_of_another_day_are_outside_even_when_they_are_bad(tmp_path: Path) -> None:
    calls = [
        a_call(1, offered_at="2024-02-29T23:59:59.999999Z", wait_seconds="?"),
        a_call(2, offered_at="2024-03-01T00:00:00Z"),
        a_call(3, offered_at="2024-03-02T07:59:59+08:00", ended_at=None),
        a_call(4, offered_at="2024-03-02T00:00:00Z"),
    ]
    admission = admitted(a_home(tmp_path), calls)
    assert (buckets(admission), admission.outside_reasons) == ((2, 0, 0, 2), {"belongs to another interval": 2})


def test_of_copies_the_one_that_conforms_stays_and_else_the_last_read(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    calls = [
        a_call(1, agent_id="early"),
        a_call(1, agent_id="late"),
        a_call(2, agent_id="good"),
        a_call(2, agent_id="bad", ended_at="?"),
        a_call(3, agent_id="v1"),
        a_call(3, agent_id="v2", version=2),
        a_call(4, agent_id="worse", wait_seconds="?"),
        a_call(4, agent_id="bad", wait_seconds="?"),
    ]
    admission = admitted(home, calls)
    assert buckets(admission) == (4, 1, 3, 0)
    assert [row["agent_id"] for row in accepted_rows(admission, home)] == ["late", "good", "v1", "v2"]
    assert [row["position"] for row in quarantined_rows(admission, home)] == [7]


def test_calls_without_an_id_are_nobodys_copies(tmp_path: Path) -> None:
    admission = admitted(a_home(tmp_path), [a_call(1, call_id=None), a_call(2, call_id=""), a_call(3)])
    assert buckets(admission) == (1, 2, 0, 0)


def test_a_record_of_several_calls_is_quarantined_whole(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    stream = a_stream(explode=several_calls)
    records = [{"calls": [a_call(1), a_call(2, wait_seconds=-1)]}, {"calls": [a_call(3), a_call(4)]}, {"calls": []}]
    admission = admitted(home, records, stream=stream)

    assert (buckets(admission), admission.rows) == ((1, 1, 0, 1), 2)
    assert [(row["call_id"], row["_part"]) for row in accepted_rows(admission, home)] == [("c3", 0), ("c4", 1)]


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        pytest.param(b"", "page is not JSON", id="empty"),
        pytest.param(b"<html>Bad Gateway</html>", "page is not JSON", id="html"),
        pytest.param(b'[{"call_id": "c9"', "page is not JSON", id="cut"),
        pytest.param(b"\xff\xfe\x00", "page is not JSON", id="no utf-8"),
        pytest.param(b"[" * 100_000, "page is not JSON", id="too deep"),
        pytest.param(b"{}", "page has no list at its top", id="no list"),
        pytest.param(b"[1]", "record is not an object", id="a number for a record"),
        pytest.param(b"[null]", "record is not an object", id="null for a record"),
    ],
)
def test_a_page_that_cannot_be_read_is_one_quarantined_record(page: bytes, reason: str, tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admission = admitted(home, [a_call(1)], page, [a_call(2)])

    assert (buckets(admission), admission.reasons) == ((2, 1, 0, 0), {reason: 1})
    (refused,) = quarantined_rows(admission, home)
    assert refused["payload"] == (page if reason.startswith("page") else page[1:-1])


def test_a_record_that_its_decoder_chokes_on_is_quarantined(tmp_path: Path) -> None:
    stream = a_stream(explode=several_calls)
    admission = admitted(a_home(tmp_path), [{"no": "calls"}, {"calls": [a_call(1)]}, {"calls": 5}], stream=stream)
    assert buckets(admission) == (1, 2, 0, 0)
    assert admission.reasons == {"record cannot be read (KeyError)": 1, "record cannot be read (TypeError)": 1}


def test_times_of_mixed_precision_and_zone_are_all_instants(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    times = ["2024-03-01T10:00:00Z", "2024-03-01T10:00:00.5+00:00", "2024-03-01 18:00:00.123456+08:00", "20240301T100000Z"]
    admission = admitted(home, [a_call(number, offered_at=when) for number, when in enumerate(times)])
    assert [row["offered_at"].isoformat() for row in accepted_rows(admission, home)] == [
        "2024-03-01T10:00:00+00:00",
        "2024-03-01T10:00:00.500000+00:00",
        "2024-03-01T10:00:00.123456+00:00",
        "2024-03-01T10:00:00+00:00",
    ]


def test_an_attempt_without_records_is_admitted_empty(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admission = admitted(home, [])
    assert (buckets(admission), admission.landed, admission.evaluated) == ((0, 0, 0, 0), 0, 0)
    assert pq.read_schema(tmp_path / admission.accepted_file).equals(accepted_schema(a_stream()))


def test_one_person_has_one_token_in_every_spelling(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    phones = ["13812345678", "+86 138 1234 5678", "１３８１２３４５６７８", "0086-138-1234-5678", " 138-1234-5678 "]
    mails = ["Li@Shop.CN", " li@shop.cn", "li@shop.cn ", "LI@SHOP.CN", "ｌｉ@shop.cn"]
    calls = [a_call(n, phone=phone, email=mail) for n, (phone, mail) in enumerate(zip(phones, mails, strict=True))]
    rows = accepted_rows(admitted(home, calls), home)
    assert len({row["phone_token"] for row in rows}) == len({row["email_token"] for row in rows}) == 1


def test_admitting_again_changes_nothing(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    attempt = landed(home, [a_call(1), a_call(2, wait_seconds=-1)])
    first = admit(attempt, home, a_book())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    assert admit(attempt, home, a_book()) == first
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert admissions(home) == [first]


def test_new_rules_judge_again_and_first_seen_stays(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    attempt = landed(home, [a_call(1), a_call(2, wait_seconds=-1)])
    first = admit(attempt, home, a_book())
    (seen,) = quarantined_rows(first, home)
    second = admit(attempt, home, a_book(version="v2"))

    assert [one.rules_version for one in admissions(home)] == ["v2"]
    (again,) = quarantined_rows(second, home)
    assert again["first_seen"] == seen["first_seen"] < again["quarantined_at"]
    assert pq.read_schema(Lake(tmp_path).quarantine(attempt.batch, attempt.name)).equals(QUARANTINE_SCHEMA)


def test_judging_again_keeps_the_moment_at_which_a_record_was_first_admitted(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    attempt = landed(home, [a_call(1), a_call(2, wait_seconds=-1), a_call(3)])
    first = {row["call_id"]: row["_admitted_at"] for row in accepted_rows(admit(attempt, home, a_book()), home)}
    lenient = replace(a_book(version="v2"), rules=lambda: [rule for rule in rules() if "wait" not in rule.code])
    second = {row["call_id"]: row["_admitted_at"] for row in accepted_rows(admit(attempt, home, lenient), home)}
    assert second.keys() == {"c1", "c2", "c3"} and {name: second[name] for name in first} == first
    assert second["c2"] > first["c1"]


def test_landed_bytes_that_changed_are_not_admitted(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    attempt = landed(home, [a_call(1)])
    page = next((tmp_path / "landing").rglob("page-*"))
    page.write_bytes(page.read_bytes()[:-9] + b"x" * 9)
    with pytest.raises(LandingError, match="not what was landed"):
        admit(attempt, home, a_book())
    assert not (tmp_path / "accepted").exists()


def test_a_batch_without_an_interval_has_nothing_outside(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    attempt = landed(
        home, [a_call(1, offered_at="1999-02-01T00:00:00Z"), a_call(2)], batch=Batch("shop", "calls", None, None, "f-1")
    )
    assert buckets(admit(attempt, home, a_book())) == (2, 0, 0, 0)


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.integers(), max_size=2),
    st.just({"a": 1}),
)
wild_calls = st.builds(
    lambda number, changed: a_call(number, **changed),
    st.integers(0, 5),
    st.dictionaries(st.sampled_from([field.name for field in a_stream().fields]), anything, max_size=3),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages=st.lists(st.one_of(st.lists(st.one_of(wild_calls, anything), max_size=6), st.binary(max_size=9)), max_size=4))
def test_whatever_is_landed_every_record_is_in_exactly_one_bucket(
    pages: list[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = a_home(tmp_path_factory.mktemp("home"))
    admission = admitted(home, *pages)

    assert admission.landed == sum(buckets(admission))
    addresses = [(row["_page"], row["_position"]) for row in accepted_rows(admission, home)]
    refused = [(row["page"], row["position"]) for row in quarantined_rows(admission, home)]
    assert (len(addresses), len(refused)) == (admission.accepted, admission.quarantined)
    assert not set(addresses) & set(refused) and addresses == sorted(addresses)
    assert all(row["reasons"] for row in quarantined_rows(admission, home))


def test_fields_with_an_unknown_step_stop_before_anything_is_judged(tmp_path: Path) -> None:
    from deskmart.errors import GateError

    stream = a_stream(fields=(*a_stream().fields, Field("extra", conform=("polish",))))
    with pytest.raises(GateError, match="polish"):
        admitted(a_home(tmp_path), [a_call(1)], stream=stream)
