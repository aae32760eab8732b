"""The layout of DESKMART_HOME, and writing that survives a power cut."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deskmart.batch import Batch
from deskmart.errors import DeskmartError


@dataclass(frozen=True, slots=True)
class Lake:
    """Where everything of one home lies. The only place that knows the folder names."""

    home: Path

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def audit(self) -> Path:
        return self.home / "audit"

    @property
    def ledger(self) -> Path:
        return self.audit / "ledger"

    @property
    def erasures(self) -> Path:
        return self.audit / "erasures"

    @property
    def alerts(self) -> Path:
        """What was told to whom, and what is still to be sent."""
        return self.home / "alerts"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse"

    @property
    def closings(self) -> Path:
        return self.home / "closings"

    @property
    def candidate(self) -> Path:
        return self.warehouse / "candidate.duckdb"

    @property
    def current(self) -> Path:
        return self.warehouse / "current.duckdb"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def published_current(self) -> Path:
        return self.published / "current"

    @property
    def marts(self) -> Path:
        return self.published_current / "marts.duckdb"

    def stream_landing(self, source: str, stream: str) -> Path:
        return self.home / "landing" / source / stream

    def landing(self, batch: Batch, attempt: str) -> Path:
        return self.stream_landing(batch.source, batch.stream) / batch.id / attempt

    def accepted(self, batch: Batch, attempt: str) -> Path:
        return self.home / "accepted" / batch.source / batch.stream / batch.id / f"{attempt}.parquet"

    def markers(self, batch: Batch, attempt: str) -> Path:
        """What screening found in the texts of an accepted file."""
        return self.home / "accepted" / batch.source / "markers" / batch.stream / batch.id / f"{attempt}.parquet"

    def quarantine(self, batch: Batch, attempt: str) -> Path:
        return self.home / "quarantine" / batch.source / batch.stream / batch.id / f"{attempt}.parquet"

    @property
    def held(self) -> Path:
        """Where the gate puts files without a name: raw bytes and rows in clear, as in quarantine."""
        return self.home / "quarantine"

    def validation(self, batch: Batch, attempt: str) -> Path:
        return self.audit / "validation" / batch.source / batch.stream / batch.id / f"{attempt}.json"

    def profiles(self, source: str, stream: str) -> Path:
        """What a stream's admitted attempts looked like, a line each: hours, fields, types; no value."""
        return self.audit / "profiles" / source / f"{stream}.jsonl"

    def attempts(self, batch: Batch) -> list[str]:
        """Names of the batch's complete attempts (those with a manifest), oldest first."""
        folder = self.stream_landing(batch.source, batch.stream) / batch.id
        if not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if (path / "manifest.json").exists())

    @contextmanager
    def lock(self, name: str, patience: float = 0.0) -> Iterator[None]:
        """Hold the home's lock `name`; a `DeskmartError` when another process has it and keeps it for `patience` seconds."""
        folder, deadline = self.home / "locks", time.monotonic() + patience
        private_folder(folder)
        with (folder / f"{name}.lock").open("w") as stream:
            while True:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() >= deadline:
                        raise DeskmartError(
                            f"another process is at work on {name} in this home", todo="wait until it ends, then run again"
                        ) from error
                    time.sleep(0.1)
            yield


def private_folder(path: Path) -> Path:
    """Make a folder, and the parents it lacks, that only their owner can enter."""
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
    return path


def unfinished(path: Path) -> Path:
    """Where a file is written before it is whole: beside it, and another for every thread of every process."""
    return path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: temporary name, fsync, rename, fsync of the folder."""
    private_folder(path.parent)
    temporary = unfinished(path)
    with temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """`write_bytes` of `json_bytes`."""
    write_bytes(path, json_bytes(value))


def json_bytes(value: Any) -> bytes:
    """A value as JSON with sorted keys, a line per key (json's own indentation takes six times as long)."""

    def text(part: Any) -> str:
        return json.dumps(part, ensure_ascii=False, sort_keys=True, default=str)

    lines = ",\n".join(f" {text(str(key))}: {text(value[key])}" for key in sorted(value)) if isinstance(value, dict) else ""
    return (f"{{\n{lines}\n}}\n" if lines else text(value) + "\n").encode()


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Make a file that another library wrote durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def quoted(path: Path) -> str:
    """A path for a SQL text between single quotes."""
    return str(path).replace("'", "''")
