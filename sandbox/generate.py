"""Writes the world's files, and its phone system's tables."""

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copyfile

from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert

from sandbox.asterisk import CDR_COLUMNS, LogLine, cdr, log_text, queue_log
from sandbox.inbox import inbox_files
from sandbox.world import World

ROTATION_DAYS = 7
MAPPINGS = Path(__file__).parent / "mappings"


def generate(world: World, directory: Path, now: int | None = None) -> None:
    """Write everything that is there at `now` (epoch seconds, default the world's end) below `directory`.

    `asterisk/queue_log`, `queue_log.1` ... (weekly rotated, the oldest has the highest number), `asterisk/Master.csv`;
    `inbox/` and `mappings/`. Files of an earlier call are brought up to the new `now`; a file whose bytes would not change is
    left untouched.
    """
    moment = world.end if now is None else now
    for name, lines in _rotated(world, moment):
        _write(directory / "asterisk" / name, ("\n".join(lines) + "\n").encode())
    with (_made(directory / "asterisk") / "Master.csv.part").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(cdr(world, moment))
    os.replace(directory / "asterisk" / "Master.csv.part", directory / "asterisk" / "Master.csv")
    for name, body in inbox_files(world, moment):
        _write(directory / "inbox" / name, body)
    for mapping in sorted(MAPPINGS.glob("*.yml")):
        copyfile(mapping, _made(directory / "mappings") / mapping.name)


def fill_database(world: World, engine: Engine, now: int | None = None) -> None:
    """The phone system's log and CDR as the SQL tables `queue_log` and `cdr` (made anew), as of `now`.

    `queue_log.time` is the PBX's local time as text, as Asterisk's realtime back-end writes it; `cdr` has the columns of
    Master.csv.
    """
    moment = world.end if now is None else now
    metadata = MetaData()
    log_columns = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")
    log = _table("queue_log", metadata, log_columns)
    calls = _table("cdr", metadata, CDR_COLUMNS)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    with engine.begin() as connection:
        rows = [_log_row(world, line) for line in queue_log(world, moment)]
        _insert(connection.execute, log, log_columns, rows)
        _insert(connection.execute, calls, CDR_COLUMNS, cdr(world, moment))


def _rotated(world: World, now: int) -> Iterator[tuple[str, list[str]]]:
    """(file name, its lines), the present file last."""
    lines = queue_log(world, now)
    texts, calendar = log_text(world, lines), world.calendar
    bounds = [calendar.midnight(day) for day in range(ROTATION_DAYS, world.days, ROTATION_DAYS)]
    bounds = [bound for bound in bounds if bound < now]
    files: list[list[str]] = [[] for _ in range(len(bounds) + 1)]
    place = 0
    for text in texts:
        head = text.partition("|")[0]
        while head.isdigit() and place < len(bounds) and int(head) >= bounds[place]:
            place += 1
        files[place].append(text)
    for age, content in zip(range(len(files) - 1, -1, -1), files, strict=True):
        yield f"queue_log.{age}" if age else "queue_log", content


def _log_row(world: World, line: LogLine) -> tuple[str, ...]:
    time = f"{world.calendar.stamp(line.at)}.000000"
    data = (*line.data, "", "", "", "", "")[:5]
    return (time, line.callid, line.queue, line.agent, line.event, *data)


def _table(name: str, metadata: MetaData, columns: Sequence[str]) -> Table:
    texts = [Column(column, String(255), nullable=False, default="") for column in columns]
    return Table(name, metadata, Column("id", Integer, primary_key=True, autoincrement=True), *texts)


def _insert(execute: object, table: Table, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if rows and callable(execute):
        execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(path: Path, body: bytes) -> None:
    """Puts a file in place whole, so that no reader sees half of it."""
    if path.exists() and path.read_bytes() == body:
        return
    part = _made(path.parent) / f".{path.name}.part"
    part.write_bytes(body)
    os.replace(part, path)
