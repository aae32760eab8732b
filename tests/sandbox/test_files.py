"""The files and tables say what happened."""

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from sqlalchemy import create_engine, text

from deskmart.settings import load_settings
from ingestion.canonical import CANONICAL
from ingestion.mapping import load_mapping
from ingestion.mapping_compiled import compile_stream
from ingestion.tables import file_records
from sandbox.asterisk import CDR_COLUMNS
from sandbox.dirt import DIRT
from sandbox.generate import fill_database, generate
from sandbox.inbox import inbox_files, logins
from sandbox.world import World
from tests.sandbox.conftest import FIRST_DAY, PER_DAY, SEED


@pytest.fixture(scope="module")
def a_home(a_world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    generate(a_world, home)
    return home


def log_lines(home: Path) -> list[list[str]]:
    files = sorted((home / "asterisk").glob("queue_log*"), key=lambda path: -int(path.suffix[1:] or 0) if path.suffix else 1)
    return [line.split("|") for path in files for line in path.read_text().splitlines()]


def rows_of(home: Path, pattern: str, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return [
        row for path in sorted((home / "inbox").glob(pattern)) for row in csv.DictReader(io.StringIO(path.read_text(encoding)))
    ]


def test_the_queue_log_tells_every_leg_in_a_queue(a_world: World, a_home: Path) -> None:
    events = Counter(line[4] for line in log_lines(a_home) if len(line) > 4)
    legs = [leg for leg in a_world.truth.legs if leg.queue_id is not None and leg.ended_at < a_world.end]
    told = Counter(leg.outcome for leg in legs)
    assert events["ABANDON"] == told["abandoned"]
    assert events["EXITWITHTIMEOUT"] == told["overflow"] + told["voicemail"]
    empty = sum(1 for leg in legs if leg.outcome == "flow_out" and leg.disconnected_by == "system")
    assert events["EXITEMPTY"] == empty
    assert events["EXITWITHKEY"] == told["callback"] + told["flow_out"] - empty
    assert events["JOINEMPTY"] + events["FULL"] == told["blocked"]
    endings = ("COMPLETECALLER", "COMPLETEAGENT", "BLINDTRANSFER", "ATTENDEDTRANSFER")
    assert sum(events[name] for name in endings) == told["answered"]
    assert events["ENTERQUEUE"] > len(legs) - told["blocked"]


def test_talk_and_wait_in_the_queue_log_are_the_true_ones(a_world: World, a_home: Path) -> None:
    endings = [line for line in log_lines(a_home) if len(line) > 4 and line[4].startswith("COMPLETE")]
    logged = Counter((line[1], line[2], line[3], int(line[5]), int(line[6])) for line in endings)
    logins_of = {agent.agent_id: agent.login for agent in a_world.roster.agents}
    legs = [leg for leg in a_world.truth.legs if leg.queue_id and leg.agent_id and not leg.transfer_kind]
    told = Counter(
        (leg.callid, leg.queue_id, logins_of[leg.agent_id or ""], leg.wait_seconds, leg.talk_seconds)
        for leg in legs
        if leg.ended_at < a_world.end
    )
    assert logged == told


def test_wrap_up_pauses_add_up_to_the_true_after_call_work(a_world: World, a_home: Path) -> None:
    begun: dict[tuple[str, str], int] = {}
    measured = []
    for at, _, queue, agent, event, *data in (line for line in log_lines(a_home) if line[-1] == "wrapup"):
        assert data == ["wrapup"]
        if event == "PAUSE":
            begun[queue, agent] = int(at)
        else:
            measured.append(int(at) - begun.pop((queue, agent)))
    legs = [leg for leg in a_world.truth.legs if leg.acw_seconds is not None and leg.queue_id is not None]
    told = [leg.acw_seconds for leg in legs if leg.ended_at + (leg.acw_seconds or 0) < a_world.end]
    assert sorted(measured) == sorted(seconds for seconds in told if seconds is not None)


def test_traps_of_real_logs_are_there(a_home: Path) -> None:
    lines = log_lines(a_home)
    assert any(line == [""] for line in lines)
    entered = Counter((line[0], line[1], line[2]) for line in lines if len(line) > 4 and line[4] == "ENTERQUEUE")
    assert max(entered.values()) == 3
    queues = {(callid, queue) for _, callid, queue in entered}
    assert len({callid for callid, _ in queues}) < len(queues)
    assert any(line[4] == "RINGNOANSWER" for line in lines if len(line) > 4)
    assert any(line[-1] == "lunch" for line in lines)


def test_logs_are_rotated_with_the_oldest_numbered_highest(a_home: Path) -> None:
    first = {path.name: int(path.read_text().split("|", 1)[0]) for path in (a_home / "asterisk").glob("queue_log*")}
    assert set(first) == {"queue_log", "queue_log.1"}
    assert first["queue_log.1"] < first["queue_log"]


def test_cdr_rows_join_to_calls_and_some_cross_midnight(a_world: World, a_home: Path) -> None:
    with (a_home / "asterisk" / "Master.csv").open(newline="") as file:
        rows = [dict(zip(CDR_COLUMNS, row, strict=True)) for row in csv.reader(file)]
    assert {row["linkedid"] for row in rows} <= {call.call_id for call in a_world.truth.calls}
    assert any(row["start"][:10] != row["end"][:10] for row in rows)
    assert any(row["uniqueid"] != row["linkedid"] for row in rows)


def test_the_tables_hold_what_the_files_hold(a_world: World, a_home: Path) -> None:
    engine = create_engine("sqlite://")
    fill_database(a_world, engine)
    with engine.connect() as connection:
        events = connection.execute(text("select event, count(*) from queue_log group by 1")).all()
        calls: int = connection.execute(text("select count(*) from cdr")).scalar_one()
    told = Counter(line[4] for line in log_lines(a_home) if len(line) > 4)
    assert {row[0]: row[1] for row in events} == told
    assert calls == len((a_home / "asterisk" / "Master.csv").read_text().splitlines())


def test_an_earlier_moment_shows_a_beginning_of_the_log(a_world: World, a_home: Path, tmp_path: Path) -> None:
    generate(a_world, tmp_path, a_world.calendar.midnight(5))
    assert log_lines(tmp_path) == log_lines(a_home)[: len(log_lines(tmp_path))]
    assert len(list((tmp_path / "inbox").glob("shifts_*.csv"))) == 5
    generate(a_world, tmp_path)
    for path in sorted(path for path in a_home.rglob("*") if path.is_file()):
        assert (tmp_path / path.relative_to(a_home)).read_bytes() == path.read_bytes(), path.name


def seconds_of(length: str) -> int:
    hours, minutes, seconds = map(int, (length or "0:0:0").split(":"))
    return hours * 3600 + minutes * 60 + seconds


def test_the_hotline_files_end_up_with_the_truth(a_world: World, a_home: Path) -> None:
    latest = {row["通话编号"]: row for row in rows_of(a_home, "hotline_*.csv", "gb18030")}
    words = {"接通": "answered", "放弃": "abandoned", "溢出": "overflow", "留言": "voicemail"}
    corrected = [call for call in a_world.truth.hotline if call.offered_at < a_world.calendar.midnight(10)]
    for call in corrected:
        row = latest[call.call_id]
        assert call.is_test or words[row["结果"]] == call.outcome
        assert row["满意度"] == str(call.score or "")
        assert seconds_of(row["通话时长"]) + seconds_of(row["保持时长"]) == (call.talk_seconds or 0)
        assert seconds_of(row["保持时长"]) == (call.hold_seconds or 0)


def test_a_corrected_hotline_file_comes_two_days_later(a_world: World) -> None:
    name = next(name for name, _ in inbox_files(a_world, a_world.end) if name.endswith("_r1.csv"))
    index = int(name[14:16]) - 1
    early = {name for name, _ in inbox_files(a_world, a_world.calendar.midnight(index + 1))}
    assert name not in early
    assert name.replace("_r1", "") in early


def test_surveys_after_calls_end_up_with_the_truth(a_world: World, a_home: Path) -> None:
    rows = {row["问卷编号"]: row for row in rows_of(a_home, "call_surveys_*.csv")}
    for survey in a_world.truth.surveys:
        if (survey.responded_at or survey.invited_at) < a_world.end:
            assert rows[survey.survey_id]["评分"] == str(survey.score or "")


def test_orders_are_told_version_by_version(a_world: World, a_home: Path) -> None:
    lines = [
        json.loads(line) for path in sorted((a_home / "inbox").glob("orders_*.jsonl")) for line in path.read_text().splitlines()
    ]
    versions = [
        version for order in a_world.orders for version in order.versions if a_world.calendar.start <= version.at < a_world.end
    ]
    assert len(lines) == len(versions)
    assert Counter(line["status"] for line in lines) == Counter(version.status for version in versions)


def test_staff_files_show_who_moved_and_who_left(a_world: World, a_home: Path) -> None:
    paths = sorted((a_home / "inbox").glob("hr_agents_*.csv"))
    first, last = (
        {row["工号"]: row["团队"] for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))}
        for path in (paths[0], paths[-1])
    )
    assert paths[0].read_bytes().startswith(b"\xef\xbb\xbf")
    assert len(first) - len(last) == 1
    assert sum(1 for agent_id, team in last.items() if first[agent_id] != team) == 2
    assert len(rows_of(a_home, "agent_logins.csv")) == len(logins(a_world))


NAMES = [
    "hotline",
    "hr_agents",
    "agent_logins",
    "shifts",
    "orders",
    "call_surveys",
    "quality_reviews",
    "experience_surveys",
    "costs",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_column_a_mapping_names_is_in_the_file(name: str, a_home: Path) -> None:
    mapping = yaml.safe_load((a_home / "mappings" / f"{name}.yml").read_text())
    path = min((a_home / "inbox").glob(mapping["files"]))
    body = path.read_text(mapping.get("encoding", "utf-8-sig"))
    header = set(json.loads(body.splitlines()[0])) if path.suffix == ".jsonl" else set(body.splitlines()[0].split(","))
    specs = [spec for stream in mapping["streams"].values() for spec in stream["columns"].values()]
    named = {spec["from"] for spec in specs if "from" in spec} | {column for spec in specs for column in spec.get("join", ())}
    assert named <= header
    assert "covers" not in mapping or re.match(mapping["covers"], path.name)


def test_file_drop_reads_every_inbox_file_with_these_mappings(a_home: Path, tmp_path: Path) -> None:
    settings, rows = load_settings(tmp_path), Counter[str]()
    for path in sorted((a_home / "mappings").glob("*.yml")):
        mapping = load_mapping(path, settings)
        for stream in mapping.streams:
            convert = compile_stream(mapping, stream, CANONICAL[stream].fields)
            for dropped in sorted((a_home / "inbox").glob(yaml.safe_load(path.read_text())["files"])):
                for record in file_records(dropped.read_bytes(), dropped.name, mapping):
                    assert record.problem is None
                    converted = convert(record.value)
                    rows[stream] += len(converted) if isinstance(converted, list) else 0
    assert set(rows) == {
        "contact_legs",
        "surveys",
        "agents",
        "agent_logins",
        "orders",
        "shifts",
        "reviews",
        "costs",
        "agent_states",
    }
    assert min(count for stream, count in rows.items() if stream != "costs") > 20


def files_of_three_days(folder: Path, *dirt: str) -> dict[Path, bytes]:
    generate(World(SEED, FIRST_DAY, 3, PER_DAY, dirt=frozenset(dirt)), folder)
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, bytes]:
    return files_of_three_days(tmp_path_factory.mktemp("clean"))


@pytest.mark.parametrize("kind", sorted(DIRT))
def test_each_kind_of_dirt_shows_in_some_file(kind: str, clean: dict[Path, bytes], tmp_path: Path) -> None:
    dirty = files_of_three_days(tmp_path, kind)
    assert set(dirty) == set(clean)
    assert dirty != clean
