"""From a record's address to its bytes in the landing, hashed anew and held against what the gate took of them."""

from __future__ import annotations

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from deskmart.errors import LandingError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.tracing.records import Address
from ingestion.landing import Attempt, erased_in, raw_removed_at, read_attempt
from ingestion.registry import all_sources
from ingestion.source import Decoder, RawRecord
from ingestion.tombstones import TOMBSTONE

State = Literal["same", "changed", "erased", "removed", "missing"]
STATES: Mapping[State, tuple[str, str]] = {
    "same": ("the bytes are those the gate judged", "与验收时一致"),
    "changed": ("THE BYTES ARE NOT those the gate judged", "与验收时不一致"),
    "erased": ("erased at a customer's request: a tombstone stands at its position", "已应客户要求抹除，原位为墓碑"),
    "removed": ("its raw bytes were removed when their retention was over", "原始数据已过保留期并删除"),
    "missing": ("ITS RAW BYTES ARE NOT THERE, and no retention or erasure says so", "原始数据缺失"),
}


@dataclass(frozen=True, slots=True)
class RawProof:
    """What was found at a record's address. `file` is below the home, `sha256` of the record now, `page_sha256` as landed."""

    address: Address
    state: State
    file: str
    offset: int
    page_sha256: str
    sha256: str
    payload: bytes
    message: str = ""
    raw: RawRecord | None = None

    @property
    def is_sound(self) -> bool:
        return self.state in ("same", "erased", "removed")


def prove(addresses: Iterable[Address], settings: Settings) -> list[RawProof]:
    """Read each record's page, hash page and record anew. Nothing raises: what is wrong is the proof's state."""
    lake = Lake(settings.home)
    by_attempt: dict[str, list[Address]] = defaultdict(list)
    for address in addresses:
        by_attempt[address.attempt_name].append(address)
    return [proof for found in by_attempt.values() for proof in _of_attempt(found, lake, settings)]


def _of_attempt(addresses: Sequence[Address], lake: Lake, settings: Settings) -> list[RawProof]:
    one = addresses[0]
    try:
        attempt = read_attempt(one.the_batch, one.attempt, lake)
    except LandingError as error:
        return [_without(address, "missing", {}, lake, str(error)) for address in addresses]
    decoder = all_sources()[one.source].stream(one.stream).decoder(settings, attempt.manifest)
    entries = {entry["page"]: entry for entry in attempt.manifest["pages"]}
    by_page: dict[int, list[Address]] = defaultdict(list)
    for address in addresses:
        by_page[address.page].append(address)
    return [proof for page, found in by_page.items() for proof in _of_page(found, entries.get(page, {}), attempt, decoder, lake)]


def _of_page(
    addresses: Sequence[Address], entry: Mapping[str, Any], attempt: Attempt, decoder: Decoder, lake: Lake
) -> list[RawProof]:
    if removed := raw_removed_at(attempt):
        return [_without(each, "removed", entry, lake, f"removed on {removed:%Y-%m-%d}") for each in addresses]
    body, message = _body(entry, attempt, lake)
    if body is None:
        state: State = "changed" if "hash" in message else "missing"
        return [_without(each, state, entry, lake, message) for each in addresses]
    gone = erased_in(attempt).get(addresses[0].page, frozenset())
    records = _records(decoder, body, str(entry["ext"]), {each.position for each in addresses} - gone)
    return [_proof(each, records.get(each.position), each.position in gone, entry, lake) for each in addresses]


def _proof(address: Address, raw: RawRecord | None, is_gone: bool, entry: Mapping[str, Any], lake: Lake) -> RawProof:
    if is_gone:
        return _without(address, "erased", entry, lake, "")
    if raw is None:
        return _without(address, "missing", entry, lake, "the page has no record at this position")
    sha256 = hashlib.sha256(raw.payload).hexdigest()
    state: State = "same" if sha256 == address.sha256 else "changed"
    return RawProof(address, state, _file(address, entry, lake), entry["offset"], entry["sha256"], sha256, raw.payload, raw=raw)


def _without(address: Address, state: State, entry: Mapping[str, Any], lake: Lake, message: str) -> RawProof:
    sha256 = hashlib.sha256(TOMBSTONE).hexdigest() if state == "erased" else ""
    where = (_file(address, entry, lake), entry.get("offset", 0), entry.get("sha256", ""))
    return RawProof(address, state, *where, sha256, b"", message)


def _file(address: Address, entry: Mapping[str, Any], lake: Lake) -> str:
    path = lake.landing(address.the_batch, address.attempt) / str(entry.get("file", ""))
    return path.relative_to(lake.home).as_posix()


def _body(entry: Mapping[str, Any], attempt: Attempt, lake: Lake) -> tuple[bytes | None, str]:
    """A page's bytes when they hash to what the manifest says; else None, and what is wrong."""
    if not entry:
        return None, "the manifest has no such page"
    try:
        with (lake.landing(attempt.batch, attempt.name) / entry["file"]).open("rb") as stream:
            stream.seek(entry["offset"])
            body = gzip.decompress(stream.read(entry["length"]))
    except FileNotFoundError:
        return None, f"{entry['file']} is gone"
    except (OSError, EOFError):
        return None, f"{entry['file']} cannot be unpacked any more: its hash would not be that of the manifest"
    if hashlib.sha256(body).hexdigest() != entry["sha256"]:
        return None, f"page {entry['page']} has not the hash of the manifest"
    return body, ""


def _records(decoder: Decoder, body: bytes, ext: str, positions: set[int]) -> dict[int, RawRecord]:
    found: dict[int, RawRecord] = {}
    for raw in decoder.records(body, ext) if positions else ():
        if raw.position in positions:
            found[raw.position] = raw
            if len(found) == len(positions):
                break
    return found
