"""The mapping language: every mistake is one line, and every word does what docs/file-drop.md says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ingestion.canonical import CANONICAL
from ingestion.mapping import load_mappings
from ingestion.mapping_compiled import compile_stream
from ingestion.mapping_parse import parse_mapping
from ingestion.mapping_yaml import MappingError, Place
from tests.contract.file_drop_home import LEGS, Home

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def made(columns: dict[str, Any], record: dict[str, Any], only: Any = None, **more: Any) -> Any:
    """What a mapping of these columns makes of one record."""
    part = {"columns": {"contact_leg_id": {"const": "x"}, **columns}, **({"when": only} if only else {})}
    mapping = parse_mapping({"name": "m", "files": "*", "streams": {"contact_legs": part}, **more}, Place("m.yml"), SHANGHAI, "")
    rows = compile_stream(mapping, "contact_legs", CANONICAL["contact_legs"].fields)(record)
    return rows[0] if isinstance(rows, list) else rows


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(("format: csv", "formt: csv"), "formt: is not a known key", id="an unknown key"),
        pytest.param(("contact_legs:", "calls:"), "streams.calls: is not a known key", id="an unknown stream"),
        pytest.param(("queue_id:", "queue:"), "contact_legs.columns.queue: is not a known key", id="an unknown column"),
        pytest.param(("Asia/Shanghai", "Asia/Beijing"), "'Asia/Beijing' is no IANA time zone", id="an unknown zone"),
        pytest.param(("format: csv", "format: exe"), "'exe' is not known", id="an unknown format"),
        pytest.param(("%Y-%m-%d", "%Y-%Q-%d"), "%Q is not understood", id="an unknown directive"),
        pytest.param(("%Y-%m-%d %H", "%H"), "needs a year, a month and a day", id="a time without a day"),
        pytest.param(("format: csv", "covers: 'hot(line'"), "is no regular expression", id="a bad regular expression"),
        pytest.param(("format: csv", "covers: 'x'"), "does not say which days", id="covers without a group"),
        pytest.param(("format: csv", "cadence: 1d"), "needs covers", id="a cadence without covers"),
        pytest.param(("{from: 队列}", "{from: 队列, const: 1}"), "exactly one of from, join, const", id="two origins"),
        pytest.param(("{from: 队列}", "{from: 队列, zone: UTC}"), "queue_id is not a time", id="a zone for a text"),
        pytest.param(("{from: 队列}", "{from: 队列, format: epoch}"), "does not fit this column", id="a format for a text"),
        pytest.param(("contact_leg_id: {", "contact_id: {"), "contact_leg_id is missing", id="no key"),
        pytest.param(("hotline_*.csv", "../*.csv"), "leaves the inbox", id="a pattern that leaves the inbox"),
        pytest.param(("hotline_*.csv", "/etc/*"), "leaves the inbox", id="an absolute pattern"),
        pytest.param(("name: hotline", "name: Hot line"), "is no name", id="a bad name"),
        pytest.param(("format: csv", "name: twice"), "stands twice", id="a key that stands twice"),
        pytest.param(("format: csv", "header: false"), "go together", id="no header and no columns"),
        pytest.param(("format: csv", "exclude: [{when: {a: 1}}]"), "exclude.1: needs when and reason", id="no reason"),
        pytest.param(
            ("format: csv", "exclude: [{when: {a: {like: 1}}, reason: x}]"), "like: is not a known key", id="an unknown test"
        ),
        pytest.param(("format: csv", "exclude: [{when: {a: {gt: x}}, reason: x}]"), "is not a number", id="a bound that is none"),
        pytest.param(
            ("{from: 队列}", "!!python/object/apply:os.system [id]"), "is not valid", id="a tag that would run something"
        ),
        pytest.param(("{from: 队列}", "&a {from: *a}"), "is not valid", id="an alias"),
        pytest.param(("format: csv", "{{{{"), "is not valid", id="no YAML"),
        pytest.param(('S"}', 'S", not_before: ended_at}'), "ended_at is no time of this stream", id="an unmapped predecessor"),
        pytest.param(('S"}', 'S", not_before: offered_at}'), "goes in a circle", id="a circle"),
        pytest.param(('S"}', 'S", not_before: queue_id}'), "queue_id is no time", id="a predecessor that is no time"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_key_and_what_to_do(home: Home, change: tuple[str, str], message: str) -> None:
    assert change[0] in LEGS
    home.map(LEGS.replace(*change), "hotline.yml")
    with pytest.raises(MappingError) as caught:
        load_mappings(home.settings)
    line = str(caught.value)
    assert "hotline.yml" in line and message in line and "\n" not in line and line.endswith(")")


@pytest.mark.parametrize(
    "text", ["", "[]", "text", "1", "a: &x 1", "? [a]\n: b", "\x00", "- " * 100 + "a", "streams: {contact_legs: }"]
)
def test_nonsense_is_one_line_too(home: Home, text: str) -> None:
    home.map(text)
    with pytest.raises(MappingError) as caught:
        load_mappings(home.settings)
    assert "\n" not in str(caught.value)


def test_words_that_yaml_would_guess_at_stay_texts(home: Home) -> None:
    home.map(LEGS.replace("{from: 队列}", "{from: 队列, map: {no: yes, 0123: 08, 12:30:00: 2024-01-05}}"))
    [mapping] = load_mappings(home.settings)
    assert mapping.streams["contact_legs"].columns["queue_id"][0].values == {"no": "yes", "0123": "08", "12:30:00": "2024-01-05"}


def test_values_are_joined_mapped_defaulted_and_prefixed() -> None:
    row = made(
        {
            "contact_leg_id": {"join": ["line", "id"], "with": "-", "prefix": "b:"},
            "contact_id": {"join": ["line", "nothing"]},
            "channel": {"const": "phone"},
            "outcome": {"from": "结果", "map": {"接通": "answered"}},
            "disposition": {"from": "other", "map": {"a": "b"}, "default": "none"},
            "topic": {"from": "结果", "map": {"接通": None}, "default": "x"},
            "is_test": {"from": "test", "map": {"是": True}},
            "agent_id": [{"from": "server", "when": {"server": {"not": "NO"}}}, {"from": "second"}],
        },
        {"line": "A1", "id": 7.0, "结果": " 接通 ", "other": "z", "test": "是", "server": "NO", "second": "Ann", "nothing": ""},
    )
    assert {name: value for name, value in row.items() if value is not None} == {
        "contact_leg_id": "b:A1-7",
        "channel": "phone",
        "outcome": "answered",
        "disposition": "z",
        "topic": "x",
        "is_test": True,
        "agent_id": "Ann",
    }


@pytest.mark.parametrize(
    ("condition", "record", "is_met"),
    [
        pytest.param({"a": "x"}, {"a": "x "}, True, id="equal, trimmed"),
        pytest.param({"a": 1}, {"a": "1"}, True, id="a number as text"),
        pytest.param({"a": ["x", "y"]}, {"a": "y"}, True, id="one of a list"),
        pytest.param({"a": {"not": "x"}}, {"a": ""}, True, id="empty is not x"),
        pytest.param({"a": {"not": ["x", "y"]}}, {"a": "y"}, False, id="none of a list"),
        pytest.param({"a": {"empty": True}}, {"a": "  "}, True, id="blank is empty"),
        pytest.param({"a": {"empty": False}}, {}, False, id="absent is empty"),
        pytest.param({"a": {"matches": "^1[3-9]"}}, {"a": "138"}, True, id="a pattern"),
        pytest.param({"a": {"gt": 0, "le": 5}}, {"a": "5"}, True, id="within bounds"),
        pytest.param({"a": {"gt": 0}}, {"a": "many"}, False, id="no number"),
        pytest.param({"a": 1, "b": 2}, {"a": "1", "b": "3"}, False, id="both must hold"),
        pytest.param([{"a": 1}, {"b": 3}], {"a": "2", "b": "3"}, True, id="one of two must hold"),
        pytest.param({"c.d": "e"}, {"c": {"d": "e"}}, True, id="inside an object"),
    ],
)
def test_a_condition_holds_or_does_not(condition: Any, record: dict[str, Any], is_met: bool) -> None:
    row = made({"topic": {"const": "met", "when": condition}}, record)
    assert (row["topic"] == "met") is is_met


@pytest.mark.parametrize(
    ("spec", "cell", "expected"),
    [
        pytest.param({"format": "%Y/%m/%d %H:%M"}, "2024/1/5 9:03", "2024-01-05T01:03:00", id="strptime"),
        pytest.param({"format": "%Y年%m月%d日%p%I:%M"}, "2024年1月5日下午3:20", "2024-01-05T07:20:00", id="half days in Chinese"),
        pytest.param({"format": "%d.%m.%y %H:%M:%S.%f"}, "05.01.24 09:03:00.5", "2024-01-05T01:03:00.500000", id="fractions"),
        pytest.param({"format": "%Y-%m-%d %H:%M:%S%z"}, "2024-01-05 09:03:00+0100", "2024-01-05T08:03:00", id="an offset"),
        pytest.param({"zone": "Asia/Tokyo"}, "2024-01-05 09:03", "2024-01-05T00:03:00", id="a zone of its own"),
        pytest.param({}, "2024-01-05T09:03:00Z", "2024-01-05T09:03:00", id="iso with Z"),
        pytest.param({}, "2024/1/5", "2024-01-04T16:00:00", id="a day"),
        pytest.param({"format": "epoch"}, "1704412800", "2024-01-05T00:00:00", id="epoch as text"),
        pytest.param({"format": "epoch_ms"}, 1704412800500, "2024-01-05T00:00:00.500000", id="epoch in milliseconds"),
        pytest.param({}, datetime(2024, 1, 5, 9, 3), "2024-01-05T01:03:00", id="a cell that is a time"),
        pytest.param({"format": "epoch"}, "", None, id="nothing"),
    ],
)
def test_times_become_utc(spec: dict[str, Any], cell: Any, expected: str | None) -> None:
    row = made({"offered_at": {"from": "t", **spec}}, {"t": cell})
    assert row["offered_at"] == (datetime.fromisoformat(expected).replace(tzinfo=UTC) if expected else None)


@pytest.mark.parametrize(
    ("spec", "cell"),
    [
        pytest.param({"format": "%Y-%m-%d"}, "05.01.2024", id="another format"),
        pytest.param({"format": "%Y-%m-%d"}, "2024-02-30", id="no such day"),
        pytest.param({}, "05/01/2024 09:00", id="day first without a format"),
        pytest.param({}, 1704412800, id="a bare number"),
        pytest.param({"format": "epoch"}, "9" * 15, id="beyond the calendar"),
        pytest.param({"format": "epoch"}, "soon", id="no number"),
    ],
)
def test_a_time_that_cannot_be_read_refuses_the_record_without_repeating_it(spec: dict[str, Any], cell: Any) -> None:
    refused = made({"offered_at": {"from": "t", **spec}}, {"t": cell})
    assert refused.reasons[0].startswith("offered_at ") and str(cell) not in refused.reasons[0]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        pytest.param("2024-10-27 02:30:00", "2024-10-27T00:30:00", id="twice: the first"),
        pytest.param("2024-03-31 02:30:00", "2024-03-31T01:30:00", id="never: as if the clocks had not changed"),
        pytest.param("2024-03-31 03:30:00", "2024-03-31T01:30:00", id="after the gap"),
        pytest.param("2024-10-27 12:00:00", "2024-10-27T11:00:00", id="later that day"),
    ],
)
def test_the_change_of_clocks_follows_the_rule(local: str, expected: str) -> None:
    spec = {"from": "t", "format": "%Y-%m-%d %H:%M:%S", "zone": "Europe/Berlin"}
    assert made({"offered_at": spec}, {"t": local})["offered_at"] == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("offered", "answered", "seconds"),
    [
        pytest.param("2024-01-05 23:59:50", "2024-01-05 00:00:10", 20, id="across midnight"),
        pytest.param("2024-01-05 23:59:50", "2024-01-05 23:59:50", 0, id="at once"),
        pytest.param("2024-01-05 09:00:02", "2024-01-05 09:00:00", 0, id="two clocks, within the skew"),
        pytest.param("2024-01-05 09:00:03", "2024-01-05 09:00:00", -3, id="out of order: left for the gate"),
        pytest.param("2024-01-05 13:00:00", "2024-01-05 01:30:00", -41400, id="12.5 hours over midnight: not plausible"),
    ],
)
def test_a_time_before_its_predecessor_rolls_only_where_that_is_plausible(offered: str, answered: str, seconds: int) -> None:
    row = made(
        {
            "answered_at": {"from": "b", "format": "iso", "not_before": "offered_at", "skew": "2s"},
            "offered_at": {"from": "a", "format": "iso"},
        },
        {"a": offered, "b": answered},
    )
    assert (row["answered_at"] - row["offered_at"]).total_seconds() == seconds


def test_the_second_of_two_equal_local_times_is_taken_when_the_first_cannot_be() -> None:
    columns = {
        "offered_at": {"from": "a", "zone": "Europe/Berlin"},
        "answered_at": {"from": "b", "zone": "Europe/Berlin", "not_before": "offered_at"},
    }
    row = made(columns, {"a": "2024-10-27T00:50:00Z", "b": "2024-10-27 02:05:00"})
    assert row["answered_at"] == datetime(2024, 10, 27, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("1:02:03", "3723"),
        ("02:03", "123"),
        ("90", "90"),
        (90.5, "90.5"),
        ("3分20秒", "200"),
        ("1小时", "3600"),
        ("-00:00:30", "-30"),
    ],
)
def test_durations_become_seconds(cell: Any, seconds: str) -> None:
    assert made({"talk_seconds": {"from": "t", "format": "duration"}}, {"t": cell})["talk_seconds"] == Decimal(seconds)


@pytest.mark.parametrize("cell", ["1:60:00", "0:00:61", "long", "1:2:3:4"])
def test_a_duration_that_is_none_refuses_the_record(cell: str) -> None:
    refused = made({"talk_seconds": {"from": "t", "format": "duration"}}, {"t": cell})
    assert refused.reasons == ("talk_seconds is not in the format duration",)


def test_a_record_is_excluded_before_it_is_judged_for_the_stream() -> None:
    more: dict[str, Any] = {"exclude": [{"when": {"a": "ghost"}, "reason": "ghost call"}], "only": {"b": "mine"}}
    assert made({}, {"a": "ghost", "b": "other"}, **more).reason == "ghost call"
    assert made({}, {"a": "real", "b": "other"}, **more).reason == "not for this stream"
    assert made({}, {"a": "real", "b": "mine"}, **more)["contact_leg_id"] == "x"
