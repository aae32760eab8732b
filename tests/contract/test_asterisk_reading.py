"""Reading a PBX: every line accounted for, whatever the files went through; files and tables say the same."""

from __future__ import annotations

import bz2
import gzip
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from deskmart.errors import SettingsError, SourceError
from deskmart.lake import Lake
from expectations.gate import Admission
from ingestion.ingest import ingest
from ingestion.landing import pages_of
from ingestion.sources.asterisk import SOURCE
from tests.contract.asterisk_models import accepted, admitted, day, pbx, warehouse

REAL = Path(__file__).parents[3] / "shared" / "data" / "asterisk"
START = 1_700_000_000
SINCE = datetime.fromtimestamp(START, UTC)
UNTIL = SINCE + timedelta(hours=1)
LONG_AGO, FAR_OFF = datetime(2018, 1, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)


def enter(at: int, call: str, caller: str = "13800000001") -> str:
    return f"{START + at}|{call}|sales|NONE|ENTERQUEUE||{caller}|1"


def pbx_of(folder: Path, *lines: str | bytes) -> Path:
    """A folder whose queue_log has these lines."""
    folder.mkdir(exist_ok=True)
    body = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
    (folder / "queue_log").write_bytes(body)
    return folder


def balanced(admission: Admission) -> bool:
    return admission.landed == admission.accepted + admission.quarantined + admission.duplicates + admission.outside


def landed_bytes(settings: Any, stream: str = "queue_log", since: datetime = SINCE, until: datetime = UNTIL) -> bytes:
    attempt = ingest(SOURCE, day(stream, since, until), settings)
    return b"".join(body for _, body, _ in pages_of(attempt, Lake(settings.home)))


@pytest.mark.skipif(not REAL.is_dir(), reason="the real lines are not here")
@pytest.mark.parametrize(
    ("file", "stream", "landed", "kept", "duplicates", "blank"),
    [
        ("queue_log_one_call", "queue_log", 22, 15, 6, 1),
        ("queue_log_tail", "queue_log", 10, 10, 0, 0),
        ("Master.csv", "cdr", 84, 84, 0, 0),
    ],
)
def test_every_real_line_is_accounted_for(
    tmp_path: Path, file: str, stream: str, landed: int, kept: int, duplicates: int, blank: int
) -> None:
    settings = pbx(tmp_path, REAL / file, zone="UTC")
    admission = admitted(settings, stream, LONG_AGO, FAR_OFF)
    assert (admission.landed, admission.accepted, admission.duplicates) == (landed, kept, duplicates)
    assert admission.outside_reasons == ({"blank line": blank} if blank else {})
    assert balanced(admission)
    assert landed_bytes(settings, stream, LONG_AGO, FAR_OFF) == (REAL / file).read_bytes()


@pytest.mark.skipif(not REAL.is_dir(), reason="the real lines are not here")
def test_the_real_lines_become_the_calls_that_were_made(tmp_path: Path) -> None:
    for file, stream in (("queue_log_one_call", "queue_log"), ("Master.csv", "cdr")):
        settings = pbx(tmp_path, REAL / file, zone="UTC")
        admitted(settings, stream, LONG_AGO, FAR_OFF)
    with warehouse(settings) as connection:
        one_call = connection.execute(
            "select wait_seconds, ring_seconds, talk_seconds, outcome, is_suspect from stg_asterisk__contact_legs "
            "where contact_id = 'asterisk:1546015415.757927'"
        ).fetchall()
        outcomes = connection.execute(
            "select outcome, count(*) from stg_asterisk__contact_legs where contact_leg_id like '%:cdr:%' group by all order by all"
        ).fetchall()
    assert one_call == [(10, 9, 122, "answered", False)]
    assert outcomes == [("answered", 24), ("missed", 6), ("self_service", 6)]  # 36 calls


def test_lines_without_a_date_are_kept_with_their_neighbours(tmp_path: Path) -> None:
    folder = pbx_of(
        tmp_path / "pbx",
        "rubbish before everything",
        enter(-10, "before"),
        "rubbish of the day before",
        enter(0, "a"),
        "",
        "n/a|b|sales|NONE|ENTERQUEUE||13800000002|1",
        f"{START + 5}|c|sales",
        b"\xff\xfe\x00|bytes",
        enter(3_599, "d"),
        "rubbish at the end of the interval",
        enter(3_600, "after"),
        "rubbish of the next interval",
    )
    settings = pbx(tmp_path / "home", folder)
    admission = admitted(settings, "queue_log", SINCE, UNTIL)
    assert balanced(admission)
    assert {row["call_id"] for row in accepted(admission, settings)} == {"a", "d"}
    assert admission.quarantined == 4
    assert admission.outside_reasons == {"blank line": 1}
    before = admitted(settings, "queue_log", SINCE - timedelta(hours=1), SINCE)
    after = admitted(settings, "queue_log", UNTIL, UNTIL + timedelta(hours=1))
    assert (before.landed, before.quarantined, after.landed, after.quarantined) == (3, 2, 2, 1)


def test_a_log_in_which_nothing_has_a_date_is_quarantined_whole(tmp_path: Path) -> None:
    settings = pbx(tmp_path / "home", pbx_of(tmp_path / "pbx", "rubbish", "more rubbish"))
    admission = admitted(settings, "queue_log", SINCE, UNTIL)
    assert (admission.landed, admission.quarantined) == (2, 2)


def test_a_byte_order_mark_costs_no_line(tmp_path: Path) -> None:
    settings = pbx(tmp_path / "home", pbx_of(tmp_path / "pbx", b"\xef\xbb\xbf" + enter(0, "a").encode(), enter(1, "b")))
    assert admitted(settings, "queue_log", SINCE, UNTIL).accepted == 2


def test_a_line_that_comes_too_late_still_belongs_to_its_interval(tmp_path: Path) -> None:
    folder = pbx_of(tmp_path / "pbx", enter(0, "a"), enter(3_700, "next hour"), "", enter(10, "late"), enter(3_800, "next too"))
    settings = pbx(tmp_path / "home", folder)
    admission = admitted(settings, "queue_log", SINCE, UNTIL)
    assert {row["call_id"] for row in accepted(admission, settings)} == {"a", "late"}
    assert (admission.outside, admission.outside_reasons["undated line of another interval"]) == (2, 1)
    following = admitted(settings, "queue_log", UNTIL, UNTIL + timedelta(hours=1))
    assert {row["call_id"] for row in accepted(following, settings)} == {"next hour", "next too"}


def test_rotated_and_packed_logs_are_read_oldest_first(tmp_path: Path) -> None:
    folder = pbx_of(tmp_path / "pbx", enter(50, "e"))
    (folder / "queue_log.1").write_text(enter(40, "d") + "\n")
    (folder / "queue_log.2.gz").write_bytes(gzip.compress((enter(30, "c") + "\n").encode()))
    (folder / "queue_log.10.bz2").write_bytes(bz2.compress((enter(10, "a") + "\n").encode()))
    (folder / "queue_log.3").write_text(enter(20, "b") + "\n")
    (folder / "queue_log.3.gz").write_bytes(b"half written")  # it is just being packed
    (folder / "queue_log_notes.txt").write_text("not a log")
    body = landed_bytes(pbx(tmp_path / "home", folder)).decode()
    assert [line.split("|")[1] for line in body.splitlines()] == ["a", "b", "c", "d", "e"]


def test_only_the_lines_of_the_interval_are_landed_with_their_place(tmp_path: Path) -> None:
    folder = pbx_of(tmp_path / "pbx", *(enter(at, f"c{at}") for at in range(-100, 3_700, 100)))
    settings = pbx(tmp_path / "home", folder)
    attempt = ingest(SOURCE, day("queue_log", SINCE, UNTIL), settings)
    (page,) = attempt.manifest["pages"]
    whole = (folder / "queue_log").read_bytes()
    place = page["meta"]
    assert whole[place["from_byte"] : place["to_byte"]] == landed_bytes(settings)
    assert (place["file"], place["records"]) == ("queue_log", 36)


def test_any_split_of_the_time_gives_the_same_rows_as_the_whole(tmp_path: Path) -> None:
    lines = [enter(at * 97 % 3_600, f"c{at}", f"138{at:08d}") for at in range(60)]
    folder = pbx_of(tmp_path / "pbx", *lines, lines[3], "", lines[7])
    whole, parts = pbx(tmp_path / "whole", folder), pbx(tmp_path / "parts", folder)
    expected = accepted(admitted(whole, "queue_log", SINCE, UNTIL), whole)
    edges = [SINCE + timedelta(seconds=second) for second in (0, 97, 98, 1_000, 2_500, 3_600)]
    found: list[dict[str, Any]] = []
    for since, until in pairwise(edges):
        found += accepted(admitted(parts, "queue_log", since, until), parts)
    assert sorted(row["line_id"] for row in found) == sorted(row["line_id"] for row in expected)
    assert len(found) == 60


def test_a_log_that_lost_lines_stops_and_what_was_landed_stays(tmp_path: Path) -> None:
    folder = pbx_of(tmp_path / "pbx", enter(0, "a"), enter(10, "b"), enter(2_000, "c"))
    settings = pbx(tmp_path / "home", folder)
    middle = SINCE + timedelta(minutes=10)
    ingest(SOURCE, day("queue_log", SINCE, middle), settings)
    pbx_of(tmp_path / "pbx", enter(10, "b"), enter(2_000, "c"))
    with pytest.raises(SourceError, match="now has 1 records of this interval, 2 were landed"):
        ingest(SOURCE, day("queue_log", SINCE, middle), settings)
    (folder / "queue_log").write_text("")
    with pytest.raises(SourceError, match="now has 0 records of this interval, 2 were landed"):
        ingest(SOURCE, day("queue_log", SINCE, UNTIL), settings)
    assert len(Lake(settings.home).attempts(day("queue_log", SINCE, middle))) == 1


@pytest.mark.parametrize("stream", ["queue_log", "cdr"])
def test_a_path_that_is_not_there_is_one_line_that_says_what_to_do(tmp_path: Path, stream: str) -> None:
    (tmp_path / "empty").mkdir()
    for path, words in ((tmp_path / "gone", "does not exist"), (tmp_path / "empty", "there is no")):
        with pytest.raises(SourceError, match=words) as caught:
            ingest(SOURCE, day(stream, SINCE, UNTIL), pbx(tmp_path / "home", path))
        assert "\n" not in str(caught.value) and "(" in str(caught.value)


def test_a_log_in_an_unknown_packing_is_not_passed_over(tmp_path: Path) -> None:
    folder = pbx_of(tmp_path / "pbx", enter(0, "a"))
    (folder / "queue_log.1.zst").write_bytes(b"packed")
    with pytest.raises(SourceError, match=r"queue_log\.1\.zst is packed in a way that cannot be read"):
        landed_bytes(pbx(tmp_path / "home", folder))


def test_a_truncated_packed_log_stops_the_batch(tmp_path: Path) -> None:
    folder = pbx_of(tmp_path / "pbx", enter(50, "b"))
    (folder / "queue_log.1.gz").write_bytes(gzip.compress((enter(0, "a") + "\n").encode() * 500)[:-20])
    with pytest.raises(SourceError, match="cannot be read to its end"):
        landed_bytes(pbx(tmp_path / "home", folder))


def test_a_site_without_call_records_says_so_once(tmp_path: Path) -> None:
    settings = pbx(tmp_path / "home", pbx_of(tmp_path / "pbx", enter(0, "a")), cdr="none")
    assert admitted(settings, "cdr", SINCE, UNTIL).landed == 0


def test_an_event_of_the_dial_plan_is_outside_when_it_is_listed_and_quarantined_when_not(tmp_path: Path) -> None:
    folder = pbx_of(tmp_path / "pbx", f"{START}|c|sales|NONE|SURVEYSCORE|5")
    listed = admitted(pbx(tmp_path / "listed", folder, custom_events=["SurveyScore"]), "queue_log", SINCE, UNTIL)
    unlisted = admitted(pbx(tmp_path / "unlisted", folder), "queue_log", SINCE, UNTIL)
    assert (listed.outside_reasons, unlisted.quarantined) == ({"custom event": 1}, 1)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("c|sales|A|COMPLETEAGENT|10|-17|1", id="talk below zero"),
        pytest.param("c|sales|A|COMPLETEAGENT|10|abc|1", id="talk that is no number"),
        pytest.param("c|sales|A|COMPLETEAGENT|10", id="cut before the talk"),
        pytest.param("c|sales|A|CONNECT", id="connected without a wait"),
        pytest.param("c|sales|NONE|CONNECT|1|x|1", id="connected to nobody"),
        pytest.param("NONE|sales|NONE|ENTERQUEUE||1|1", id="a call without a number"),
        pytest.param("c|NONE|NONE|ABANDON|1|1|7", id="a call without a queue"),
        pytest.param("c|sales|A|COMPLETEROBOT|1|2|1", id="an event nobody has heard of"),
        pytest.param("c|sales|A|", id="no event"),
    ],
)
def test_a_line_that_cannot_be_true_is_quarantined(tmp_path: Path, line: str) -> None:
    settings = pbx(tmp_path / "home", pbx_of(tmp_path / "pbx", f"{START}|{line}", enter(1, "fine")))
    admission = admitted(settings, "queue_log", SINCE, UNTIL)
    assert (admission.accepted, admission.quarantined, bool(admission.reasons)) == (1, 1, True)


def test_no_telephone_number_and_no_name_passes_the_gate(tmp_path: Path) -> None:
    numbers = "c|sales|A1|BLINDTRANSFER|13912345678|from-internal|1|2|1"
    folder = pbx_of(tmp_path / "pbx", enter(0, "c", "13812345678") + "|Zhang San", f"{START + 9}|{numbers}")
    row = ["", "13812345678", "013912345678", "from-internal", '"Zhang San" <13812345678>', "Local/013912345678@out-0001;1"]
    row += ["PJSIP/013912345678-0002", "Dial", "PJSIP/trunk/013912345678", *["2023-11-15 06:13:20"] * 3, "0", "0"]
    row += ["ANSWERED", "DOCUMENTATION", "1700000000.1", "Zhang San", "", "1700000000.1", "1"]
    (folder / "Master.csv").write_text(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n")
    settings = pbx(tmp_path / "home", folder)
    for stream in ("queue_log", "cdr"):
        text = repr(accepted(admitted(settings, stream, SINCE, UNTIL), settings))
        assert "1700000000.1" in text or "sales" in text
        assert not any(secret in text for secret in ("13812345678", "13912345678", "Zhang"))


def _cdr_line(start: str, answer: str, end: str, unique_id: str = "1699155000.1") -> str:
    cells = [
        "",
        "13800000001",
        "8000",
        "in",
        "",
        "PJSIP/t-1",
        "PJSIP/a-1",
        "Dial",
        "",
        start,
        answer,
        end,
        "60",
        "50",
        "ANSWERED",
        "X",
    ]
    return ",".join(f'"{cell}"' for cell in [*cells, unique_id, "", "", unique_id, "1"])


def test_call_records_are_read_in_the_zone_of_the_pbx(tmp_path: Path) -> None:
    (tmp_path / "pbx").mkdir()
    twice = _cdr_line("2023-11-05 01:30:00", "2023-11-05 01:30:10", "2023-11-05 01:31:00", "1699165800.1")  # the second 01:30
    first = _cdr_line("2023-11-05 01:30:00", "2023-11-05 01:30:10", "2023-11-05 01:31:00", "1699162200.2")
    (tmp_path / "pbx" / "Master.csv").write_text(twice + "\n" + first + "\n")
    settings = pbx(tmp_path / "home", tmp_path / "pbx", zone="America/New_York")
    rows = accepted(admitted(settings, "cdr", datetime(2023, 11, 5, tzinfo=UTC), datetime(2023, 11, 6, tzinfo=UTC)), settings)
    assert {row["unique_id"]: int(row["started_at"].timestamp()) for row in rows} == {
        "1699165800.1": 1_699_165_800,
        "1699162200.2": 1_699_162_200,
    }


def _fill(dsn: str, lines: list[str], how: str) -> None:
    """The lines as a table: `epoch`, `wall` (text in Shanghai), `datetime`, or `one field` for the data."""
    engine = sqlalchemy.create_engine(dsn)
    kind = sqlalchemy.DateTime() if how == "datetime" else sqlalchemy.String(32)
    names = ["data"] if how == "one field" else [f"data{number}" for number in range(1, 6)]
    columns = [sqlalchemy.Column(name, sqlalchemy.String(100)) for name in ("callid", "queuename", "agent", "event", *names)]
    table = sqlalchemy.Table("queue_log", sqlalchemy.MetaData(), sqlalchemy.Column("time", kind), *columns)
    table.create(engine)
    for line in lines:
        at, callid, queue, agent, event, *data = line.split("|")
        local = datetime.fromtimestamp(int(at), UTC) + timedelta(hours=8)
        time: Any = {"datetime": local.replace(tzinfo=None), "wall": f"{local:%Y-%m-%d %H:%M:%S}.000000"}.get(how, at)
        cells = ["|".join(data)] if how == "one field" else (data + [""] * 5)[:5]
        row = {"time": time, "callid": callid, "queuename": queue, "agent": agent, "event": event}
        with engine.begin() as connection:
            connection.execute(table.insert().values({**row, **dict(zip(names, cells, strict=True))}))
    engine.dispose()


@pytest.mark.parametrize("how", ["epoch", "wall", "datetime", "one field"])
def test_a_table_gives_the_same_rows_as_the_file(tmp_path: Path, how: str) -> None:
    lines = [enter(-1, "too early"), enter(0, "a"), f"{START + 9}|a|sales|A1|CONNECT|9|x|4"]
    lines += [f"{START + 20}|a|sales|A1|BLINDTRANSFER|7004|from-internal|9|11|1", enter(30, "b"), enter(3_600, "too late")]
    lines += [f"{START + 41}|b|sales|A2|RINGNOANSWER|15000", f"{START + 50}|NONE|NONE|A2|PAUSEALL|wrapup", enter(30, "b")]
    by_file = pbx(tmp_path / "file", pbx_of(tmp_path / "pbx", *lines))
    dsn = f"sqlite:///{tmp_path / 'pbx.db'}"
    _fill(dsn, lines, how)
    by_table = pbx(tmp_path / "table", dsn=dsn)
    from_file, from_table = (admitted(settings, "queue_log", SINCE, UNTIL) for settings in (by_file, by_table))
    assert balanced(from_table) and from_table.accepted == from_file.accepted == 6
    file_rows, table_rows = accepted(from_file, by_file), accepted(from_table, by_table)
    assert {row["line_id"]: row for row in table_rows} == {row["line_id"]: row for row in file_rows}


def test_rows_without_a_readable_time_are_quarantined_not_lost(tmp_path: Path) -> None:
    dsn = f"sqlite:///{tmp_path / 'pbx.db'}"
    _fill(dsn, [enter(0, "a")], "epoch")
    engine = sqlalchemy.create_engine(dsn)
    with engine.begin() as connection:
        for time in ("NULL", "''", "'soon'", "'0000-00-00 00:00:00'", "'12'"):
            connection.execute(sqlalchemy.text(f"insert into queue_log (time, callid, event) values ({time}, 'x', 'ABANDON')"))
    admission = admitted(pbx(tmp_path / "home", dsn=dsn), "queue_log", SINCE, UNTIL)
    assert (admission.landed, admission.accepted, admission.quarantined) == (6, 1, 5)


def test_a_freepbx_table_of_call_records_needs_no_answer_and_end(tmp_path: Path) -> None:
    dsn = f"sqlite:///{tmp_path / 'pbx.db'}"
    engine = sqlalchemy.create_engine(dsn)
    with engine.begin() as connection:
        connection.execute(
            sqlalchemy.text(
                "create table cdr (calldate datetime, src text, dst text, dcontext text, channel text, dstchannel text, lastapp text, "
                "lastdata text, duration int, billsec int, disposition text, uniqueid text, linkedid text, sequence int)"
            )
        )
        connection.execute(
            sqlalchemy.text(
                "insert into cdr values ('2023-11-15 06:13:20.000000', '13800000001', '8000', 'from-did', 'PJSIP/t-1', 'PJSIP/1001-2', "
                "'Dial', '', 60, 50, 'ANSWERED', '1700000000.1', '1700000000.1', 3)"
            )
        )
    settings = pbx(tmp_path / "home", dsn=dsn)
    (row,) = accepted(admitted(settings, "cdr", SINCE, UNTIL), settings)
    moments = [int(row[name].timestamp()) - START for name in ("started_at", "answered_at", "ended_at")]
    assert moments == [0, 10, 60]


@pytest.mark.parametrize(
    ("dsn", "words"),
    [
        ("mysql+pymysql://reader:hunter2@127.0.0.1:9/asterisk", "the database did not answer"),
        ("nonsense", "the dsn is no database address"),
        ("sqlite://", "the database has no table queue_log"),
    ],
)
def test_a_database_that_does_not_answer_is_one_line_without_the_password(tmp_path: Path, dsn: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        ingest(SOURCE, day("queue_log", SINCE, UNTIL), pbx(tmp_path, dsn=dsn))
    assert "hunter2" not in str(caught.value) and "\n" not in str(caught.value)


def test_files_and_tables_together_need_a_word_which_is_which(tmp_path: Path) -> None:
    folder, dsn = pbx_of(tmp_path / "pbx", enter(0, "a")), f"sqlite:///{tmp_path / 'pbx.db'}"
    with pytest.raises(SettingsError, match="both a path and a dsn are set"):
        ingest(SOURCE, day("queue_log", SINCE, UNTIL), pbx(tmp_path / "home", folder, dsn=dsn))
    assert landed_bytes(pbx(tmp_path / "home", folder, dsn=dsn, queue_log="files"))
