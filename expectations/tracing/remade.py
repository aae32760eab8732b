"""Accepted rows made again from the raw bytes: decoded, conformed and tokenised anew, and held against what was accepted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.reading import Landed
from expectations.sifting import sift
from expectations.tracing.raw import RawProof
from expectations.writing import accepted_table
from ingestion.landing import read_attempt
from ingestion.registry import all_sources

_MOMENTS = ("_landed_at", "_admitted_at")
Place = tuple[int, int, int]  # page, position, part


def remake(proofs: Iterable[RawProof], settings: Settings) -> tuple[int, list[str]]:
    """How many accepted rows were made again, and where they differ from the accepted file: place and names of columns, no values.

    Of records whose bytes are there and as they were; the others are told of elsewhere.
    """
    by_attempt: dict[str, list[RawProof]] = defaultdict(list)
    for proof in proofs:
        if proof.state == "same" and proof.raw is not None:
            by_attempt[proof.address.attempt_name].append(proof)
    rows, differences = 0, []
    for found in by_attempt.values():
        known, made = _accepted(found, settings), _made(found, settings)
        rows += len(known)
        differences += [text for place, row in sorted(known.items()) if (text := _difference(found[0], place, row, made))]
        if lost := {proof.address for proof in found} - {_address(found, place) for place in known}:
            differences += [f"{address}: the accepted file has no row of it" for address in sorted(lost)]
    return rows, differences


def _address(found: Sequence[RawProof], place: Place) -> Any:
    return next((one.address for one in found if (one.address.page, one.address.position) == place[:2]), None)


def _difference(proof: RawProof, place: Place, row: Mapping[str, Any], made: Mapping[Place, Mapping[str, Any]]) -> str:
    name = f"{proof.address.attempt_name}/{place[0]}/{place[1]}"
    if place not in made:
        return f"{name}: its bytes make no such row any more"
    names = [column for column, value in row.items() if made[place][column] != value]
    return f"{name}: {', '.join(names)} is not what its bytes say" if names else ""


def _made(found: Sequence[RawProof], settings: Settings) -> dict[Place, dict[str, Any]]:
    one = found[0].address
    attempt = read_attempt(one.the_batch, one.attempt, Lake(settings.home))
    stream = all_sources()[one.source].stream(one.stream)
    decoder, landed = stream.decoder(settings, attempt.manifest), Landed()
    for proof in found:
        rows = decoder.rows(proof.raw) if proof.raw is not None else []
        if not isinstance(rows, list):
            continue  # refused or outside: then no row of it may have been accepted
        landed.raw.add(len(landed.pages), rows)
        landed.pages.append(proof.address.page)
        landed.positions.append(proof.address.position)
        landed.payloads.append(proof.payload)
    if not landed.raw.rows:
        return {}
    sifted = sift(landed.raw, stream, attempt.batch, settings.default_region)
    at = datetime.now(UTC)
    return _by_place(accepted_table(sifted.rows.select(), sifted.owners, sifted.parts, landed, stream, attempt, at, settings))


def _accepted(found: Sequence[RawProof], settings: Settings) -> dict[Place, dict[str, Any]]:
    one = found[0].address
    table = pq.read_table(Lake(settings.home).accepted(one.the_batch, one.attempt))
    places = {(proof.address.page, proof.address.position) for proof in found}
    near = table.filter(pc.is_in(table["_position"], value_set=_values(table, {position for _, position in places})))
    return {place: row for place, row in _by_place(near).items() if place[:2] in places}


def _values(table: Any, positions: set[int]) -> Any:
    import pyarrow as pa

    return pa.array(sorted(positions), table.schema.field("_position").type)


def _by_place(table: Any) -> dict[Place, dict[str, Any]]:
    rows = table.drop_columns(list(_MOMENTS)).to_pylist()
    return {(row["_page"], row["_position"], row["_part"]): row for row in rows}
