"""Release: refused records that are fine under the present rules are let back in, by two people and for a reason.

Only these records move. What was accepted of their attempt before stays as it is, with the moment it was admitted at.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from deskmart.batch import Batch
from deskmart.errors import GateError
from deskmart.lake import Lake, sha256_of, write_json
from deskmart.settings import Settings
from expectations.admission import Admission, admissions
from expectations.approval import Approval
from expectations.gate import admission_lock, declared_rulebook
from expectations.judging import Judged, judge_all, prepare
from expectations.moves import RELEASED
from expectations.quarantine import Refusal
from expectations.rescreening import screened_anew
from expectations.results import accepted_of, record
from expectations.rulebook import Rulebook
from expectations.writing import write_parquet
from ingestion.landing import Attempt, read_attempt

Became = Literal["accepted", "duplicate", "outside", "still refused"]
_Address = tuple[int, int]
_ADDRESS = ("_page", "_position")


@dataclass(frozen=True, slots=True)
class Release:
    """What became of the records of one attempt: by their ids; `reasons` for those that are still refused."""

    attempt: str
    became: Mapping[str, Became]
    reasons: Mapping[str, Sequence[str]]

    def count(self, became: Became) -> int:
        return sum(one == became for one in self.became.values())


def release(refusals: Sequence[Refusal], approval: Approval, settings: Settings, rulebook: Rulebook | None = None) -> Release:
    """Judge refused records of one attempt anew and let in those that pass; a ledger record says which, why and by whom.

    What passes goes to accepted, a copy of an accepted row to the duplicates, what now belongs elsewhere to outside; what is
    still refused stays. Nothing is written when nothing moves. Raises `GateError` when the attempt was never admitted (see
    `let_pass`) or its suite cannot be run, and `LandingError` when the raw bytes are gone.
    """
    one = refusals[0]
    lake, batch = Lake(settings.home), Batch(one.source, one.stream, None, None, one.batch)
    with admission_lock(batch, settings):
        attempt = read_attempt(batch, one.attempt, lake)
        admission = next((item for item in admissions(settings) if item.attempt_name == str(attempt)), None)
        if admission is None:
            raise GateError("was never admitted", source=one.source, stream=one.stream, batch=one.batch, todo="validate it first")
        book = rulebook or declared_rulebook(attempt, settings)
        judged = judge_all([prepare(attempt, book, lake, settings)])[0]
        if isinstance(judged, GateError):
            raise judged
        numbers = _numbers(refusals, judged)
        before = pq.read_table(lake.accepted(attempt.batch, attempt.name))
        became, rows = _sorted_out(numbers, judged, before, settings)
        done = Release(str(attempt), became, {name: judged.refused.get(numbers[name], ()) for name in became})
        if set(became.values()) != {"still refused"}:
            _move(done, refusals, admission, judged, before, rows, approval, settings)
        return done


def _numbers(refusals: Sequence[Refusal], judged: Judged) -> dict[str, int]:
    """The number of each refused record among those that were read anew, by its id."""
    landed = judged.landed
    places = {address: number for number, address in enumerate(zip(landed.pages, landed.positions, strict=True))}
    found: dict[str, int] = {}
    for one in refusals:
        number = places.get((one.page, one.position))
        if number is None or landed.sha256(number) != one.sha256:
            raise GateError(
                f"{one.id} is read as another record today",
                todo="the mapping or the reader takes pages apart in another way; drop or read the data again",
            )
        found[one.id] = number
    return found


def _sorted_out(
    numbers: Mapping[str, int], judged: Judged, before: pa.Table, settings: Settings
) -> tuple[dict[str, Became], pa.Table]:
    """What becomes of each record, and the rows of those that are accepted."""
    sifted = judged.sifted
    wanted = np.isin(sifted.owners, list(numbers.values()))
    chosen = replace(judged, accepted=judged.accepted & wanted)
    rows = accepted_of(chosen, datetime.now(UTC), settings)
    own = {(judged.landed.pages[number], judged.landed.positions[number]) for number in numbers.values()}
    taken = _keys(_without(before, own), judged)
    copies = {address for address, key in zip(_addresses(rows), _key_list(rows, judged), strict=True) if key in taken}
    outside = {**judged.landed.outside, **sifted.outside}
    accepted = set(_addresses(rows)) - copies
    became: dict[str, Became] = {}
    for name, number in numbers.items():
        address = (judged.landed.pages[number], judged.landed.positions[number])
        if number in judged.refused:
            became[name] = "still refused"
        elif address in accepted:
            became[name] = "accepted"
        else:
            became[name] = "outside" if number in outside else "duplicate"
    return became, _without(rows, copies)


def _move(
    done: Release,
    refusals: Sequence[Refusal],
    admission: Admission,
    judged: Judged,
    before: pa.Table,
    rows: pa.Table,
    approval: Approval,
    settings: Settings,
) -> None:
    """Write accepted, quarantine and result anew, then the ledger's record. While that goes on the result fits no rules: should it
    be killed, the next validation judges the attempt anew."""
    lake, attempt = Lake(settings.home), judged.attempt
    result = lake.validation(attempt.batch, attempt.name)
    content = json.loads(result.read_bytes())
    write_json(result, {**content, "admission": {**content["admission"], "rules_version": "a release is under way"}})
    gone = {(one.page, one.position) for one in refusals if done.became[one.id] != "still refused"}
    accepted = _together(_without(before, gone), rows)
    if judged.book.stream.texts:
        markers = lake.markers(attempt.batch, attempt.name)
        write_parquet(markers, screened_anew(judged.book.stream, judged.sifted, judged.landed, accepted, markers, settings))
    write_parquet(lake.accepted(attempt.batch, attempt.name), accepted)
    quarantine = pq.read_table(lake.quarantine(attempt.batch, attempt.name))
    left = _without(quarantine, gone, ("page", "position"))
    write_parquet(lake.quarantine(attempt.batch, attempt.name), left)
    after = _after(done, admission, judged, refusals, left, accepted.num_rows, attempt, lake)
    write_json(result, {**content, "admission": after.as_json()})
    told = [{"page": one.page, "position": one.position, "sha256": one.sha256, "became": done.became[one.id]} for one in refusals]
    more = {"approval": approval.as_json(), "records": told, "released_under": judged.book.version}
    record(after, attempt, lake, settings, RELEASED, more)


def _after(
    done: Release,
    admission: Admission,
    judged: Judged,
    refusals: Sequence[Refusal],
    left: pa.Table,
    rows: int,
    attempt: Attempt,
    lake: Lake,
) -> Admission:
    """The admission after the move; its rules stay those that the attempt as a whole was judged by."""
    outside = {**judged.landed.outside, **judged.sifted.outside}
    numbers = _numbers(refusals, judged)
    elsewhere = Counter(outside[numbers[name]] for name, became in done.became.items() if became == "outside")
    after = replace(
        admission,
        accepted=admission.accepted + done.count("accepted"),
        quarantined=left.num_rows,
        duplicates=admission.duplicates + done.count("duplicate"),
        outside=admission.outside + done.count("outside"),
        rows=rows,
        reasons=dict(Counter(reason for row in left["reasons"].to_pylist() for reason in row).most_common()),
        outside_reasons=dict(Counter(admission.outside_reasons) + elsewhere),
        accepted_sha256=sha256_of(lake.accepted(attempt.batch, attempt.name)),
    )
    after.check()
    return after


def _together(before: pa.Table, rows: pa.Table) -> pa.Table:
    try:
        table = pa.concat_tables([before, rows], promote_options="default")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise GateError(
            "a column has another type today than when the attempt was admitted",
            todo="bring the whole attempt through the gate again: `deskmart validate --again`",
        ) from error
    return table.sort_by([(name, "ascending") for name in (*_ADDRESS, "_part")])


def _without(table: pa.Table, gone: set[_Address], columns: tuple[str, str] = ("_page", "_position")) -> pa.Table:
    return table.filter(pa.array([address not in gone for address in _addresses(table, columns)], pa.bool_()))


def _addresses(table: pa.Table, columns: tuple[str, str] = ("_page", "_position")) -> list[_Address]:
    return list(zip(table[columns[0]].to_pylist(), table[columns[1]].to_pylist(), strict=True))


def _key_list(table: pa.Table, judged: Judged) -> list[tuple[Any, ...]]:
    """Key and version of each row, in the columns that stand behind the gate."""
    stream = judged.book.stream
    names = [name for name in (*stream.key, stream.version) if name]
    columns = [name if name in table.column_names else f"{name}_token" for name in names]
    return list(zip(*(table[column].to_pylist() for column in columns), strict=True))


def _keys(table: pa.Table, judged: Judged) -> set[tuple[Any, ...]]:
    return set(_key_list(table, judged))
