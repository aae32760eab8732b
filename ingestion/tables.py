"""A dropped file's bytes as records, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ingestion.mapping_model import FileMapping
from ingestion.source import RawRecord
from ingestion.tables_binary import excel_records, parquet_records
from ingestion.tables_text import csv_records, json_records, jsonl_records
from ingestion.unpacking import Unusable, unpacked

MAX_PROBLEM_PAYLOAD = 1 << 20  # of a file that cannot be read, as much as this goes to quarantine; the whole is in landing
FORMAT_OF_ENDING: Mapping[str, str] = {
    "csv": "csv", "tsv": "csv", "txt": "csv", "json": "json", "jsonl": "jsonl", "ndjson": "jsonl",
    "parquet": "parquet", "xlsx": "excel", "xlsm": "excel",
}  # fmt: skip
_READERS: Mapping[str, Callable[[bytes, FileMapping], Iterator[RawRecord]]] = {
    "csv": csv_records,
    "json": json_records,
    "jsonl": jsonl_records,
    "parquet": parquet_records,
    "excel": excel_records,
}


def file_records(body: bytes, name: str, mapping: FileMapping) -> Iterator[RawRecord]:
    """The records of a file called `name`; what cannot be read is one record with its problem, and its bytes as payload."""
    position = 0
    inner = body
    try:
        format_ = mapping.format or _format_of(name, "")
        if format_ != "excel":
            inner, member = unpacked(body)
            format_ = format_ or _format_of(name.removesuffix(".gz").removesuffix(".zip"), member)
        if not format_:
            raise Unusable(f"format of {name} is not known; name it in the mapping (format: csv, json, jsonl, parquet, excel)")
        for record in _READERS[format_](inner, mapping):
            yield record
            position = record.position + 1
    except Unusable as error:
        yield RawRecord(position, body[:MAX_PROBLEM_PAYLOAD], None, str(error))


def _format_of(name: str, member: str) -> str:
    for candidate in (member, name):
        if found := FORMAT_OF_ENDING.get(candidate.rsplit(".", 1)[-1].lower()):
            return found
    return ""
