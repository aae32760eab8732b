"""What the gate holds of an attempt while it judges it: bytes and rows, beyond a limit in files without a name.

Such a file lies in the home, nobody can open it, and it is gone when the process is, however that ends.
"""

from __future__ import annotations

import hashlib
import tempfile
import weakref
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from deskmart.errors import GateError
from deskmart.lake import private_folder

IN_MEMORY = 64 << 20  # bytes; what is more goes to disk
_DIGEST = 32
Mask = np.ndarray[Any, np.dtype[np.bool_]]


class Shelf:
    """Pieces of bytes, put one after the other and taken by number. Without a folder they stay in memory."""

    def __init__(self, folder: Path | None = None, in_memory: int = IN_MEMORY) -> None:
        self._folder, self._most = folder, max(in_memory, 1) if folder else 0  # 0: without a limit
        self._file = tempfile.SpooledTemporaryFile(max_size=self._most, dir=str(folder) if folder else None)  # noqa: SIM115
        self._ends = array("q", [0])
        weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def put(self, piece: bytes | memoryview) -> None:
        """`GateError` when the disk refuses."""
        try:
            if self._folder is not None and self._ends[-1] + len(piece) > self._most:
                private_folder(self._folder)
                self._folder = None
            self._file.seek(self._ends[-1])
            self._file.write(piece)
        except OSError as error:
            raise GateError(f"the disk refused: {error.strerror or error}", todo="free space, then run again") from error
        self._ends.append(self._ends[-1] + len(piece))

    def __getitem__(self, number: int) -> bytes:
        self._file.seek(self._ends[number])
        return self._file.read(self._ends[number + 1] - self._ends[number])


class Payloads:
    """The bytes of an attempt's records, by number, and their hashes."""

    def __init__(self, folder: Path | None = None) -> None:
        self._bytes = Shelf(folder)
        self._digests = bytearray()

    def __len__(self) -> int:
        return len(self._bytes)

    def append(self, payload: bytes) -> None:
        self._bytes.put(payload)
        self._digests += hashlib.sha256(payload).digest()

    def __getitem__(self, record: int) -> bytes:
        return self._bytes[record]

    def __iter__(self) -> Iterator[bytes]:
        return (self._bytes[record] for record in range(len(self)))

    def sha256(self, record: int) -> str:
        """In hex."""
        return self._digests[record * _DIGEST : (record + 1) * _DIGEST].hex()


class Rows:
    """The conformed rows of an attempt, in pieces of one schema and in order; those that are copies of others can be left out."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._tables: list[pa.Table] = []  # the first of the pieces
        self._shelf: Shelf | None = None  # the others
        self._sizes: list[int] = []
        self._stays: list[Mask] = []

    def put(self, table: pa.Table) -> None:
        """Add a piece. The first ones stay as they are, so that an attempt of usual size is never written anywhere."""
        self._sizes.append(table.num_rows)
        if self._shelf is None and (not self._tables or sum(one.nbytes for one in self._tables) + table.nbytes <= IN_MEMORY):
            self._tables.append(table)
            return
        self._shelf = self._shelf or Shelf(self._folder, in_memory=0)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as stream:
            stream.write_table(table)
        self._shelf.put(memoryview(sink.getvalue()))

    def keep(self, stays: Mask) -> None:
        """Leave out the rows for which `stays`, over all pieces put so far, is false. Once."""
        self._stays = np.split(stays, np.cumsum(self._sizes)[:-1])
        self._sizes = [int(one.sum()) for one in self._stays]

    def __len__(self) -> int:
        """How many pieces there are; one at least once sifting is done."""
        return len(self._sizes)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(self._sizes)

    def __getitem__(self, number: int) -> pa.Table:
        in_memory = len(self._tables)
        if number < in_memory:
            table = self._tables[number]
        else:
            assert self._shelf is not None
            table = pa.ipc.open_stream(pa.py_buffer(self._shelf[number - in_memory])).read_all()
        stays = self._stays[number] if self._stays else None
        return table if stays is None or stays.all() else table.filter(pa.array(stays))

    def __iter__(self) -> Iterator[pa.Table]:
        return (self[number] for number in range(len(self)))

    def pieces(self) -> Iterator[tuple[slice, pa.Table]]:
        """Each piece, and where its rows lie among all."""
        begin = 0
        for number, size in enumerate(self._sizes):
            yield slice(begin, begin + size), self[number]
            begin += size

    def select(self, names: Sequence[str] | None = None) -> pa.Table:
        """All rows at once, of these columns or of all."""
        return pa.concat_tables(table if names is None else table.select(list(names)) for table in self)
