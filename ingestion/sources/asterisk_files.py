"""Reading a PBX's log files: the lines of an interval, rotation and compression included."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from deskmart.batch import Batch
from deskmart.errors import SourceError
from ingestion.source import Page
from ingestion.sources.asterisk_times import bounds, dater

PAGE_BYTES = 16 * 1024 * 1024
TRIES = 5
PAUSE_SECONDS = 0.2
_OPENERS: dict[str, Callable[[IO[bytes]], Iterable[bytes]]] = {
    ".gz": lambda stream: gzip.GzipFile(fileobj=stream),
    ".bz2": lambda stream: bz2.BZ2File(stream),
    ".xz": lambda stream: lzma.LZMAFile(stream),  # noqa: SIM115 -- the file below it is closed by its owner
}
_BROKEN = (OSError, EOFError, lzma.LZMAError)


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log file that is held open, so that a rotation cannot take it away; `size` is what it had when opened."""

    path: Path
    stream: IO[bytes]
    inode: int
    size: int

    def lines(self) -> Iterator[bytes]:
        """Its lines from the start, ends of line included, up to the size it had."""
        self.stream.seek(0)
        if opener := _OPENERS.get(self.path.suffix):
            yield from opener(self.stream)
            return
        left = self.size
        while left > 0 and (line := self.stream.readline(left)):
            left -= len(line)
            yield line


@dataclass(slots=True)
class Span:
    """The contiguous lines of one file that cover an interval: their byte range and how many belong to it."""

    file: LogFile
    start: int = 0
    end: int = 0
    records: int = 0


def read_files(path: str, batch: Batch, zone: ZoneInfo) -> Iterator[Page]:
    """Pages of the whole lines that cover the batch's interval, oldest file first.

    A line without a date counts to the line before it. A page's meta names the file, the range of bytes (of the
    uncompressed content) and the number of records that belong to the interval. Raises `SourceError`.
    """
    with ExitStack() as stack:
        files = _open_still(path, batch, stack)
        try:
            spans = _spans(files, batch, zone)
            for span in spans:
                yield from _pages(span, batch, zone)
        except _BROKEN as error:
            raise _trouble(
                batch, f"a log file cannot be read to its end: {error}", "mend or remove that file, then run again"
            ) from error


def log_files(path: str, batch: Batch) -> list[Path]:
    """The log and its rotated siblings, oldest first; `SourceError` when there is none or one that cannot be read."""
    given = Path(path)
    base = "queue_log" if batch.stream == "queue_log" else "Master.csv"
    folders = [given, given / "cdr-csv"]
    if given.is_file():
        is_csv = ".csv" in given.name
        base = given.name if is_csv == (batch.stream == "cdr") else base
        folders = [given.parent, given.parent / "cdr-csv"]
    elif not given.is_dir():
        raise _trouble(batch, f"{given} does not exist", "set the source's path to the folder of queue_log and Master.csv")
    rotated = re.compile(rf"^{re.escape(base)}(?:[.-](\d+))?(\.[A-Za-z]\w*)?$")
    for folder in folders:
        if folder.is_dir() and (found := [entry for entry in folder.iterdir() if rotated.match(entry.name)]):
            return _in_order(found, rotated, batch)
    raise _trouble(
        batch, f"there is no {base} in {folders[0]}", f'correct the path, or write {batch.stream} = "none" to do without'
    )


def _in_order(found: list[Path], rotated: re.Pattern[str], batch: Batch) -> list[Path]:
    names = {path.name for path in found}
    keyed: list[tuple[tuple[int, int], Path]] = []
    for path in found:
        number, packing = rotated.match(path.name).groups()  # type: ignore[union-attr]
        if packing and packing not in _OPENERS:
            raise _trouble(batch, f"{path.name} is packed in a way that cannot be read", "unpack it, or rotate with gzip")
        if packing and path.name.removesuffix(packing) in names:
            continue  # it is just being packed; the unpacked one is whole
        if number is None:
            order = (1, 0)
        else:
            order = (0, int(number)) if len(number) >= 8 else (0, -int(number))  # a date, or a count of rotations
        keyed.append((order, path))
    return [path for _, path in sorted(keyed)]


def _open_still(path: str, batch: Batch, stack: ExitStack) -> list[LogFile]:
    """All files opened at one moment in which nothing was rotated and no line was half written."""
    for attempt in range(TRIES):
        with ExitStack() as trial:
            try:
                files = [_open(file, trial) for file in log_files(path, batch)]
                again = {(file.stat().st_ino, file.name) for file in log_files(path, batch)}
            except FileNotFoundError:
                continue  # rotated between listing and opening
            except OSError as error:
                raise _trouble(batch, f"{error.filename}: {error.strerror}", "give this user the right to read it") from error
            still = again == {(file.inode, file.path.name) for file in files}
            if still and (attempt == TRIES - 1 or all(_is_finished(file) for file in files)):
                stack.push(trial.pop_all())
                return files
        time.sleep(PAUSE_SECONDS)
    raise _trouble(batch, "the logs are being rotated all the time", "run again in a minute")


def _open(path: Path, stack: ExitStack) -> LogFile:
    stream = stack.enter_context(path.open("rb"))
    state = os.fstat(stream.fileno())
    return LogFile(path, stream, state.st_ino, state.st_size)


def _is_finished(file: LogFile) -> bool:
    """Whether its last line is whole; one that still is not after some waiting is taken as it is."""
    if file.size == 0 or file.path.suffix in _OPENERS:
        return True
    file.stream.seek(file.size - 1)
    return file.stream.read(1) == b"\n"


def _spans(files: list[LogFile], batch: Batch, zone: ZoneInfo) -> list[Span]:
    date_of, (since, until) = dater(batch.stream, zone), bounds(batch)
    spans: list[Span] = []
    before: float | None = None
    undated: list[Span] = []  # what lies before the first date of all
    for file in files:
        span, head, offset = Span(file), Span(file), 0
        for line in file.lines():
            at = date_of(line)
            end = offset + len(line)
            if at is None and before is None:
                head = Span(file, head.start, end, head.records + 1)
            else:
                if before is None and at is not None and since <= at < until:
                    spans += undated
                    span = Span(file, head.start, head.end, head.records) if head.records else span
                before = before if at is None else at
                if before is not None and since <= before < until:
                    span = Span(file, span.start if span.records else offset, end, span.records + 1)
            offset = end
        if file.path.suffix not in _OPENERS and offset < file.size:
            raise _trouble(batch, f"{file.path.name} shrank while it was read", "run again")
        if before is None and head.records:
            undated.append(head)
        if span.records:
            spans.append(span)
    return undated if before is None else spans


def _pages(span: Span, batch: Batch, zone: ZoneInfo) -> Iterator[Page]:
    """The span's lines in pages of bounded size; a page after the first begins with a line that has a date."""
    date_of, (since, until) = dater(batch.stream, zone), bounds(batch)
    body, start, offset, records, before = io.BytesIO(), span.start, 0, 0, None
    for line in span.file.lines():
        end = offset + len(line)
        if end > span.start and offset < span.end:
            at = date_of(line)
            if body.tell() >= PAGE_BYTES and at is not None:
                yield _page(span, body, batch, start, offset, records, zone)
                body, start, records = io.BytesIO(), offset, 0
            before = before if at is None else at
            records += before is None or since <= before < until
            body.write(line)
        offset = end
        if offset >= span.end:
            break
    if offset < span.end:
        raise _trouble(batch, f"{span.file.path.name} shrank while it was read", "run again")
    yield _page(span, body, batch, start, span.end, records, zone)


def _page(span: Span, body: io.BytesIO, batch: Batch, start: int, end: int, records: int, zone: ZoneInfo) -> Page:
    ext = "csv" if batch.stream == "cdr" else "log"
    meta = {"file": span.file.path.name, "from_byte": start, "to_byte": end, "records": records, "timezone": zone.key}
    return Page(body.getvalue(), ext, meta)


def _trouble(batch: Batch, message: str, todo: str) -> SourceError:
    return SourceError(message, source=batch.source, stream=batch.stream, batch=batch.id, todo=todo)
