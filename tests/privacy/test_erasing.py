"""Erasing a customer whose records are accepted, quarantined, duplicates, outside and in conversations."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from deskmart.erasure import erase
from deskmart.errors import UsageError
from deskmart.lake import Lake
from expectations import changes
from expectations.gate import admit, declared_rulebook
from expectations.ledger import records, seal
from expectations.persons import Person, person_of
from expectations.quarantine import list_refusals, show
from expectations.suppression import suppressed
from expectations.tokens import token_of
from ingestion.tombstones import TOMBSTONE
from tests.contract.file_drop_home import Home
from tests.e2e.test_secrecy import texts_of
from tests.made_once import MadeOnce
from tests.privacy.drop import CALLS, CLEAR, EMAIL, MAPPING, PHONE, TALKS, a_shop, attempts, broken, through_the_gate


@pytest.fixture
def home(tmp_path: Path, made_once: MadeOnce) -> Home:
    made_once.copy(a_shop, tmp_path)
    return Home(tmp_path)


def the_customer(home: Home) -> Person:
    return Person(person_of(PHONE, home.settings).tokens | person_of(EMAIL, home.settings).tokens, is_linked=True)


def files_with(home: Home, *marks: str) -> set[str]:
    """The files of the home without the inbox in which a mark stands, by their first folders."""
    return {
        "/".join(path.relative_to(home.path).parts[:3])
        for path in home.path.rglob("*")
        if path.is_file() and path.relative_to(home.path).parts[0] != "inbox"
        if any(mark in text for text in texts_of(path) for mark in marks)
    }


def rows(home: Home, stream: str) -> dict[str, dict[str, object]]:
    """The accepted rows of a stream by its key, all attempts."""
    key = "contact_leg_id" if stream == "contact_legs" else "message_id"
    paths = sorted((home.path / "accepted" / "file_drop" / stream).rglob("*.parquet"))
    return {row[key]: row for path in paths for row in pq.read_table(path).to_pylist()}


def test_the_customer_is_in_every_place_before(home: Home) -> None:
    assert files_with(home, *CLEAR) == {
        *("landing/file_drop/contact_legs", "landing/file_drop/messages", "quarantine/file_drop/contact_legs")
    }
    assert files_with(home, *the_customer(home).tokens) == {"accepted/file_drop/contact_legs", "accepted/file_drop/markers"}
    [admission] = [one for one in records(home.settings, "admit") if "contact_legs" in one["subject"]]
    assert admission["counts"] == {
        "landed": 8, "accepted": 4, "quarantined": 2, "duplicates": 1, "outside": 1, "rows": 4
    }  # fmt: skip


def test_nothing_of_the_customer_is_left_and_nothing_of_others_goes(home: Home) -> None:
    before = {stream: rows(home, stream) for stream in ("contact_legs", "messages")}
    person = the_customer(home)
    done = erase(person, home.settings, "Ann", "R-17")
    assert files_with(home, *CLEAR, *person.tokens) == set()
    assert broken(home) == []
    assert (done.tokens, done.records, done.inbox) == (2, 9, ["calls.csv", "talk.jsonl"])

    after = {stream: rows(home, stream) for stream in ("contact_legs", "messages")}
    for stream, found in before.items():
        assert found.keys() == after[stream].keys()
        for key, row in found.items():
            kept = {name: value for name, value in row.items() if not (name.endswith("_token") and value in person.tokens)}
            kept.pop("_record_sha256")
            assert kept.items() <= after[stream][key].items()
    legs = after["contact_legs"]
    assert legs["1"]["customer_phone_token"] == legs["3"]["customer_phone_token"]
    assert legs["1"]["customer_email_token"] == legs["7"]["customer_email_token"]
    assert str(legs["1"]["customer_phone_token"]).startswith("phone:erased:")
    assert legs["2"] == before["contact_legs"]["2"]
    assert after["messages"]["m3"] == before["messages"]["m3"]


def test_the_ledger_tells_of_it_without_saying_who(home: Home) -> None:
    erase(the_customer(home), home.settings, "Ann", "R-17")
    told = records(home.settings, "erased")
    assert {one["request_id"] for one in told} == {"R-17"} and {one["by"] for one in told} == {"Ann"}
    changed = [change for one in told for change in one.get("changes", ())]
    assert {change["path"].split("/")[0] for change in changed} == {"accepted", "landing", "quarantine"}
    assert all(len(change["was"]) == 64 and change["now"] != change["was"] for change in changed)
    seal(home.settings, "build", {})
    assert broken(home) == []


def test_a_tombstone_stands_at_the_same_position(home: Home) -> None:
    erase(the_customer(home), home.settings, "Ann")
    stones = {one.position for one in list_refusals(home.settings) if one.status == "erased"}
    assert stones == {4}
    [stone] = [one for one in list_refusals(home.settings) if one.status == "erased"]
    assert show(home.settings, stone.id, in_clear=True)[1] == TOMBSTONE.decode()
    [other] = [one for one in list_refusals(home.settings) if one.status == "open"]
    assert other.position == 6 and show(home.settings, other.id, in_clear=True)[1].startswith("6,13911112222")
    manifests = {one.batch.stream: one.manifest["pages"][0] for one in attempts(home)}
    assert manifests["contact_legs"]["erased"] == [0, 1, 3, 4, 5, 7]
    assert manifests["messages"]["erased"] == [0, 1, 3]


def test_what_is_judged_anew_keeps_the_rows_of_tombstones(home: Home) -> None:
    before = {stream: rows(home, stream).keys() for stream in ("contact_legs", "messages")}
    erase(the_customer(home), home.settings, "Ann")
    for attempt in attempts(home):
        markers = pq.read_table(Lake(home.path).markers(attempt.batch, attempt.name)).num_rows if "mess" in str(attempt) else 0
        book = replace(declared_rulebook(attempt, home.settings), version="tomorrow's")
        admission = admit(attempt, home.settings, book)
        assert admission.rules_version == "tomorrow's"
        assert admission.landed == admission.accepted + admission.quarantined + admission.duplicates + admission.outside
        if attempt.batch.stream == "contact_legs":
            assert (admission.accepted, admission.quarantined, admission.duplicates, admission.outside) == (4, 2, 0, 2)
        else:
            assert pq.read_table(Lake(home.path).markers(attempt.batch, attempt.name)).num_rows == markers > 0
    assert {stream: rows(home, stream).keys() for stream in ("contact_legs", "messages")} == before
    assert files_with(home, *CLEAR, *the_tokens(home)) == set()


def the_tokens(home: Home) -> set[str]:
    return {token_of("phone", f"+86{PHONE}", home.settings), token_of("email", EMAIL, home.settings)}


def test_the_same_file_dropped_again_is_recognised(home: Home) -> None:
    erase(the_customer(home), home.settings, "Ann")
    home.drop("calls_again.csv", CALLS)
    assert through_the_gate(home) == []


def test_another_file_with_the_customer_brings_the_surrogate_and_the_next_sweep_takes_the_rest(home: Home) -> None:
    from deskmart.erasure import sweep

    erase(the_customer(home), home.settings, "Ann")
    surrogate = rows(home, "contact_legs")["1"]["customer_phone_token"]
    home.drop("calls_more.csv", CALLS + f"8,+86 {PHONE},,2024-01-05 10:00:00,2024-01-05 10:01:00,lost\n")
    home.drop("talk_more.jsonl", TALKS.replace('"m', '"n'))
    through_the_gate(home)
    assert rows(home, "contact_legs")["8"]["customer_phone_token"] == surrogate
    assert files_with(home, *the_tokens(home)) == set()
    assert files_with(home, *CLEAR) != set()
    assert sweep(home.settings).records == 10
    assert files_with(home, *CLEAR) == set()
    assert broken(home) == []
    assert sweep(home.settings).attempts == 0


@pytest.mark.parametrize("moment", range(8))
def test_a_crash_at_any_file_is_finished_by_the_next_run(moment: int, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    person, done = the_customer(home), 0
    put = changes._put

    def dies(plan: changes.Planned) -> None:
        nonlocal done
        done += 1
        if done > moment:
            raise KeyboardInterrupt
        put(plan)

    monkeypatch.setattr(changes, "_put", dies)
    try:
        erase(person, home.settings, "Ann", "R-17")
    except KeyboardInterrupt:
        assert broken(home)
    monkeypatch.setattr(changes, "_put", put)
    erase(person, home.settings, "Ann", "R-18")
    assert files_with(home, *CLEAR, *person.tokens) == set()
    assert broken(home) == []
    assert len({*suppressed(home.settings).surrogates.values()}) == len(suppressed(home.settings).surrogates)


def test_an_attempt_that_waits_at_the_gate_is_left_to_the_next_sweep(home: Home) -> None:
    from deskmart.erasure import sweep
    from expectations.gate import admit_all

    home.drop("calls_more.csv", CALLS + "9,,,2024-01-05 10:00:00,2024-01-05 10:01:00,lost\n")
    waiting = home.land()
    done = erase(the_customer(home), home.settings, "Ann")
    assert done.waiting == [str(one) for one in waiting]
    admit_all(waiting, home.settings)
    sweep(home.settings)
    assert files_with(home, *CLEAR, *the_tokens(home)) == set()
    assert broken(home) == []


@pytest.mark.parametrize(
    ("who", "kind", "words"),
    [
        pytest.param("", "", "nobody is named", id="nobody"),
        pytest.param("13700000000", "", "nobody is known", id="a stranger"),
        pytest.param(PHONE, "passport", "no identifier is of kind", id="a kind that is none"),
        pytest.param("phone:erased:" + "0" * 32, "", "erased before", id="a surrogate"),
        pytest.param("phone:k1:" + "0" * 32, "", "nobody is known", id="a stranger's token"),
    ],
)
def test_who_cannot_be_erased(who: str, kind: str, words: str, home: Home) -> None:
    with pytest.raises(UsageError, match=words):
        person_of(who, home.settings, kind)


@pytest.mark.parametrize("who", [PHONE, f" +86 {PHONE[:3]}-{PHONE[3:]} ", "token"])
def test_one_customer_has_several_names(who: str, home: Home) -> None:
    token = token_of("phone", f"+86{PHONE}", home.settings)
    assert person_of(token if who == "token" else who, home.settings).tokens == {token}


@pytest.mark.parametrize(("request_id", "by"), [("R-17", "Ann"), ("../x", "Ann"), ("sweep", "Ann"), ("", " ")])
def test_a_request_needs_a_new_plain_number_and_a_name(request_id: str, by: str, home: Home) -> None:
    person = the_customer(home)
    erase(person, home.settings, "Ann", "R-17")
    with pytest.raises(UsageError):
        erase(person, home.settings, by, request_id)


def test_a_key_under_which_somebody_was_erased_is_needed_for_good(home: Home) -> None:
    from deskmart.errors import SettingsError

    erase(the_customer(home), home.settings, "Ann")
    home.drop("calls_more.csv", CALLS + "9,,,2024-01-05 10:00:00,2024-01-05 10:01:00,lost\n")
    [attempt] = home.land()
    rotated = replace(home.settings, token_key=b"another key", token_key_id="k2")
    with pytest.raises(SettingsError, match="k1"):
        admit(attempt, rotated)
    admit(attempt, replace(rotated, old_token_keys={"k1": home.settings.token_key}))
    assert str(rows(home, "contact_legs")["1"]["customer_phone_token"]).startswith("phone:erased:")
    assert str(rows(home, "contact_legs")["2"]["customer_phone_token"]).startswith("phone:k2:")


def test_the_suppression_list_tells_nobody(home: Home) -> None:
    erase(the_customer(home), home.settings, "Ann", "R-17")
    text = (Lake(home.path).erasures / "R-17.json").read_text()
    assert json.loads(text)["by"] == "Ann"
    assert not any(mark in text for token in the_tokens(home) for mark in (*CLEAR, token, token.split(":")[-1]))


def test_a_mended_mapping_lands_what_is_left(home: Home) -> None:
    """The mapping's change makes a new attempt of the dropped file: the gate gives surrogates, the sweep takes the bytes."""
    from deskmart.erasure import sweep

    erase(the_customer(home), home.settings, "Ann")
    home.map(MAPPING.replace("over: overflow", "over: overflow, odd: flow_out"), "calls.yml")
    assert len(through_the_gate(home)) == 1
    sweep(home.settings)
    assert files_with(home, *CLEAR, *the_tokens(home)) == set()


def test_another_key_under_the_same_id_is_refused(home: Home) -> None:
    from deskmart.errors import GateError

    home.drop("calls_more.csv", CALLS + "9,,,2024-01-05 10:00:00,2024-01-05 10:01:00,lost\n")
    [attempt] = home.land()
    with pytest.raises(GateError, match="not the token key k1"):
        admit(attempt, replace(home.settings, token_key=b"another key"))
    assert admit(attempt, home.settings).accepted == 5


def test_a_new_key_makes_new_tokens_of_what_is_judged_again(home: Home) -> None:
    """Rotation: a new key under a new id; every attempt is judged again, and one customer has one token again."""
    erase(person_of(EMAIL, home.settings), home.settings, "Ann")
    rotated = replace(home.settings, token_key=b"another key", token_key_id="k2", old_token_keys={"k1": b"k"})
    for attempt in attempts(home):
        admit(attempt, rotated)
    tokens = {row["customer_phone_token"] for row in rows(home, "contact_legs").values()} - {None}
    assert {str(token).split(":")[1] for token in tokens} == {"k2", "k1"}
    kept = {key for key, row in rows(home, "contact_legs").items() if ":k1:" in str(row["customer_phone_token"])}
    assert kept == {"1"}  # its raw record is a tombstone, so its other identifier keeps the old token


def test_an_adjustment_that_names_an_order_by_its_token_follows(home: Home) -> None:
    mapping = """
        name: fixes
        files: "fixes*.csv"
        timezone: UTC
        streams:
          adjustments:
            columns:
              subject: {from: subject}
              kpi: {from: kpi}
              reason: {from: reason}
              approved_by: {const: Ann}
              approved_at: {from: at}
    """
    token = token_of("phone", f"+86{PHONE}", home.settings)
    lines = f"subject,kpi,reason,at\n{token},aov,test order,2024-01-06 10:00:00\nc2,*,test call,2024-01-06 10:00:00\n"
    home.map(mapping, "fixes.yml")
    home.drop("fixes.csv", lines)
    through_the_gate(home)
    erase(the_customer(home), home.settings, "Ann")
    assert files_with(home, *CLEAR, *the_tokens(home)) == set()

    home.drop("fixes2.csv", lines + "c3,*,test call,2024-01-06 10:00:00\n")
    through_the_gate(home)
    subjects = [
        row["subject"]
        for path in sorted((home.path / "accepted" / "file_drop" / "adjustments").rglob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]
    surrogate = rows(home, "contact_legs")["1"]["customer_phone_token"]
    assert subjects == [surrogate, "c2", surrogate, "c2", "c3"]


def test_a_workbook_goes_as_a_whole_and_its_rows_stay(home: Home) -> None:
    """One record of it is the customer's: the format allows no single tombstone, so the raw evidence of the others goes, too."""
    import io

    import openpyxl  # type: ignore[import-untyped]

    book = openpyxl.Workbook()
    for line in CALLS.replace("\n2,", "\n22,").splitlines():
        book.active.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    home.map(MAPPING.replace("calls*.csv", "book*.xlsx").replace("name: calls", "name: book"), "book.yml")
    home.drop("book.xlsx", out.getvalue())
    through_the_gate(home)
    before = rows(home, "contact_legs").keys()
    assert "22" in before
    erase(the_customer(home), home.settings, "Ann")
    assert files_with(home, *CLEAR, *the_tokens(home)) == set()
    [attempt] = [one for one in attempts(home) if "book" in str(one)]
    [page] = attempt.manifest["pages"]
    assert page["is_whole"] and page["bytes"] == 0 and len(page["erased"]) == 8
    admission = admit(attempt, home.settings, replace(declared_rulebook(attempt, home.settings), version="tomorrow's"))
    assert (admission.landed, admission.accepted, admission.quarantined, admission.outside) == (8, 4, 2, 2)
    assert rows(home, "contact_legs").keys() == before
    assert broken(home) == []
