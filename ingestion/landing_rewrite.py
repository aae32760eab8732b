"""The one thing that may change what was landed: a customer is erased. Prepared first, so that the ledger can name the new
hashes before anything changes."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deskmart.lake import Lake, json_bytes, write_bytes
from ingestion.landing import Attempt, pages_of
from ingestion.source import Decoder
from ingestion.tombstones import records_in, without


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A landed attempt as it shall be: the new content of its manifest, and the files that it names no longer."""

    manifest: bytes
    leaving: tuple[Path, ...]


def erasing(attempt: Attempt, positions: Mapping[int, Collection[int]], decoder: Decoder, lake: Lake) -> Rewrite:
    """Tombstones at these positions (by page). The new pages are on disk when this returns, beside the old ones.

    A page whose format allows no tombstone goes as a whole: all its positions are tombstones then (`is_whole`).
    """
    folder = lake.landing(attempt.batch, attempt.name)
    entries = [dict(entry) for entry in attempt.manifest["pages"]]
    packed: dict[int, bytes] = {}
    for (number, body, ext), entry in zip(pages_of(attempt, lake), entries, strict=True):
        gone = sorted({*positions.get(number, ()), *entry.get("erased", ())})
        if gone == sorted(entry.get("erased", ())):
            continue
        changed = without(body, ext, gone, decoder)
        if changed is None:
            gone, changed = list(range(records_in(body, ext, decoder))), b""
            entry["is_whole"] = True
        packed[number] = gzip.compress(changed, compresslevel=3, mtime=0)
        entry.setdefault("sent_sha256", entry["sha256"])
        entry |= {"erased": gone, "bytes": len(changed), "sha256": hashlib.sha256(changed).hexdigest()}
    before = {entry["file"] for entry in attempt.manifest["pages"]}
    for name in sorted({entry["file"] for entry in entries if entry["page"] in packed}):
        _write_again(folder, [entry for entry in entries if entry["file"] == name], packed)
    leaving = before - {entry["file"] for entry in entries}
    return Rewrite(json_bytes({**attempt.manifest, "pages": entries}), tuple(folder / name for name in sorted(leaving)))


def _write_again(folder: Path, entries: list[dict[str, Any]], packed: Mapping[int, bytes]) -> None:
    """A file that packs these pages, under another name, with the changed ones in it; offsets follow."""
    old = (folder / entries[0]["file"]).read_bytes()
    members = [packed.get(entry["page"]) or old[entry["offset"] : entry["offset"] + entry["length"]] for entry in entries]
    content = b"".join(members)
    stem, _, rest = str(entries[0]["file"]).partition(".")
    name = f"{stem.partition('~')[0]}~{hashlib.sha256(content).hexdigest()[:8]}.{rest}"
    write_bytes(folder / name, content)
    offset = 0
    for entry, member in zip(entries, members, strict=True):
        entry |= {"file": name, "offset": offset, "length": len(member)}
        offset += len(member)
