"""A tombstone takes one record's place, in every format a page may have; all others stay as they were."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.canonical import CUSTOMERS
from ingestion.source import Decoder, JsonDecoder
from ingestion.sources.chatwoot import SOURCE as CHATWOOT
from ingestion.sources.file_drop import FileDecoder
from ingestion.tombstones import TOMBSTONE, without
from tests.contract.file_drop_home import Home

PEOPLE = [("1", "Ann Canary"), ("2", "本\n地"), ("3", 'says "hi", twice'), ("4", "")]
MAPPING = """
    name: people
    files: "*"
    streams:
      customers:
        columns:
          customer_id: {from: id}
          customer_email: {from: name}
"""


def decoder(tmp_path: Path, name: str) -> Decoder:
    from ingestion.mapping import mapping_named

    home = Home(tmp_path)
    home.map(MAPPING)
    return FileDecoder(mapping_named(home.settings, "people"), "customers", CUSTOMERS.fields, name)


def csv_of(encoding: str = "utf-8", newline: str = "\n") -> bytes:
    quoted = ['"{}"'.format(name.replace('"', '""')) for _, name in PEOPLE]
    lines = ["id,name", *(f"{number},{name}" for (number, _), name in zip(PEOPLE, quoted, strict=True)), ""]
    return newline.join(lines).encode(encoding)


def jsonl_of() -> bytes:
    return "".join(json.dumps({"id": number, "name": name}, ensure_ascii=False) + "\n" for number, name in PEOPLE).encode()


def parquet_of() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"id": [one for one, _ in PEOPLE], "name": [name for _, name in PEOPLE]}), out)
    return out.getvalue()


def json_of() -> bytes:
    return json.dumps([{"id": number, "name": name} for number, name in PEOPLE], ensure_ascii=False, indent=1).encode()


PAGES = [
    pytest.param("p.csv", csv_of(), id="CSV"),
    pytest.param("p.csv", csv_of(newline="\r\n"), id="CSV with other ends of lines"),
    pytest.param("p.csv", csv_of("gb18030"), id="CSV in GB18030"),
    pytest.param("p.csv", csv_of("utf-8-sig"), id="CSV with a mark at its start"),
    pytest.param("p.csv", csv_of("utf-16"), id="CSV in UTF-16"),
    pytest.param("p.csv.gz", gzip.compress(csv_of()), id="packed CSV"),
    pytest.param("p.jsonl", jsonl_of(), id="JSON Lines"),
    pytest.param("p.json", json_of(), id="JSON"),
    pytest.param("p.json.gz", gzip.compress(json_of()), id="packed JSON"),
    pytest.param("p.parquet", parquet_of(), id="Parquet"),
]


@pytest.mark.parametrize("gone", [{0}, {1}, {2}, {3}, {0, 3}, {0, 1, 2, 3}], ids=str)
@pytest.mark.parametrize(("name", "body"), PAGES)
def test_one_record_goes_and_the_others_stay(name: str, body: bytes, gone: set[int], tmp_path: Path) -> None:
    reads = decoder(tmp_path, name)
    ext = name.split(".", 1)[1]
    before = list(reads.records(body, ext))
    assert [record.problem for record in before] == [None] * len(PEOPLE)
    changed = without(body, ext, gone, reads)
    assert changed is not None
    after = list(reads.records(changed, ext))
    assert [record.position for record in after] == [0, 1, 2, 3]
    for old, new in zip(before, after, strict=True):
        assert (new.payload == old.payload and new.value == old.value) == (old.position not in gone)
    if 0 in gone:
        plain = gzip.decompress(changed) if changed.startswith(b"\x1f\x8b") else changed
        assert b"Canary" not in plain and "Canary".encode("utf-16-le") not in plain


def test_texts_around_the_list_go_with_the_record() -> None:
    contact = {"id": 7, "email": "canary@secret.example", "phone_number": "+8613800138000"}
    page: dict[str, Any] = {
        "meta": {"all_count": 3, "contact": contact, "labels": ["canary"]},
        "payload": [{"id": 1, "content": "canary"}, {"id": 2, "content": "other"}],
    }
    body = json.dumps(page).encode()
    reads = CHATWOOT.stream("messages").decoder(None, {})  # type: ignore[arg-type]
    changed = without(body, "json", {0}, reads)
    assert changed is not None and b"canary" not in changed and b"13800138000" not in changed
    told = json.loads(changed)
    assert told["meta"]["all_count"] == 3
    assert told["payload"] == [json.loads(TOMBSTONE), {"id": 2, "content": "other"}]


def test_a_page_that_is_one_broken_record_goes_as_a_whole() -> None:
    assert without(b'{"phone": "13800138000", canary', "json", {0}, JsonDecoder(CUSTOMERS.fields)) == TOMBSTONE


def test_a_decoder_that_reads_the_others_differently_afterwards_is_noticed() -> None:
    class Moody:
        """Its records depend on each other."""

        def records(self, body: bytes, ext: str) -> Any:
            from ingestion.source import RawRecord

            lines = body.split(b"\n")
            for position, line in enumerate(lines):
                yield RawRecord(position, line, (line, lines[0]))

        def rows(self, record: Any) -> Any:
            return [{}]

    assert without(b"a\nb\nc", "log", {1}, Moody()) == b"a\n" + TOMBSTONE + b"\nc"
    assert without(b"a\nb\nc", "log", {0}, Moody()) is None


QUEUE_LOG = b"""1772352000|call-1|sales|NONE|ENTERQUEUE||13800138000|1
1772352010|call-1|sales|SIP/101|CONNECT|10|bridged|3
a line without a date
1772352020|call-2|sales|NONE|ENTERQUEUE||13900139000|1
1772352030|call-1|sales|SIP/101|COMPLETECALLER|10|20|1
"""
_TIMES = '"2026-03-01 16:00:00","2026-03-01 16:00:10","2026-03-01 16:00:30",30,20,"ANSWERED","DOCUMENTATION"'
CDR = "".join(
    f'"","{number}","8000","in","""{name}"" <{number}>","SIP/a-1","SIP/101-2","Queue","sales,t",{_TIMES},"call-{number}",""\n'
    for number, name in (("13800138000", "Canary"), ("13900139000", "Other"))
).encode()


@pytest.mark.parametrize("gone", [{0}, {3}, {0, 3}], ids=str)
def test_a_line_of_a_queue_log_goes_and_the_others_keep_their_dates(gone: set[int], tmp_path: Path) -> None:
    changed = without(QUEUE_LOG, "log", gone, _pbx("queue_log", tmp_path))
    assert changed is not None and (b"13800138000" in changed) == (0 not in gone)
    assert len(changed.splitlines()) == 5 and b"COMPLETECALLER|10|20|1" in changed


def test_a_call_record_goes_and_the_other_stays(tmp_path: Path) -> None:
    changed = without(CDR, "csv", {0}, _pbx("cdr", tmp_path))
    assert changed is not None and b"13800138000" not in changed and b"Canary" not in changed
    assert changed.splitlines()[1] == CDR.splitlines()[1]


def test_a_line_whose_date_the_next_one_borrows_is_not_taken_alone(tmp_path: Path) -> None:
    """The line without a date counts to the interval of the one before it: without that one, it would be read differently."""
    log = b"1772352000|call-1|sales|NONE|ENTERQUEUE||13900139000|1\n1999999999|call-1|sales|NONE|ENTERQUEUE||13800138000|1\nno date\n"
    assert without(log, "log", {1}, _pbx("queue_log", tmp_path)) is None


def _pbx(stream: str, home: Path) -> Decoder:
    from deskmart.settings import Settings, SourceSettings
    from ingestion.registry import source_named

    settings = Settings(home, sources={"asterisk": SourceSettings("asterisk", {"path": str(home)})})
    manifest = {"since": "2026-03-01T00:00:00+00:00", "until": "2026-03-02T00:00:00+00:00", "pages": []}
    return source_named("asterisk").stream(stream).decoder(settings, manifest)
