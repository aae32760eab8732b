"""Judging: landed attempts are read and sifted one by one, then judged together where their rules look at single rows only."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from deskmart.errors import GateError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.carried import NOTHING, Carried, carried_over
from expectations.reading import Landed, read
from expectations.rulebook import Rulebook
from expectations.sifting import Sieve, Sifted
from expectations.verdicts import Verdict, judge, judge_pieces, judges_rows_alone
from ingestion.landing import Attempt, erased_in, pages_of


@dataclass(frozen=True, slots=True)
class Prepared:
    """An attempt that is read and sifted, and the seconds that took."""

    attempt: Attempt
    book: Rulebook
    landed: Landed
    sifted: Sifted
    seconds: float
    carried: Carried = NOTHING


@dataclass(frozen=True, slots=True)
class Judged:
    """An attempt after judgement: per record why it was refused, per row whether it is accepted. `seconds` since its start."""

    attempt: Attempt
    book: Rulebook
    landed: Landed
    sifted: Sifted
    verdicts: Sequence[Verdict]
    refused: Mapping[int, Sequence[str]]
    accepted: np.ndarray[Any, np.dtype[np.bool_]]
    seconds: float
    carried: Carried = NOTHING


def prepare(attempt: Attempt, book: Rulebook, lake: Lake, settings: Settings) -> Prepared:
    """Read and sift an attempt; `LandingError` when the landed bytes changed."""
    started, folder = time.monotonic(), lake.held
    sieve = Sieve(book.stream, attempt.batch, settings.default_region, folder)
    decoder = book.stream.decoder(settings, attempt.manifest)
    landed = read(pages_of(attempt, lake), decoder, erased_in(attempt), sieve.take, settings.rows_at_once, folder)
    carried = carried_over(attempt, landed, book.stream, lake)
    return Prepared(attempt, book, landed, sieve.done(), time.monotonic() - started, carried)


def judge_all(prepared: Sequence[Prepared]) -> list[Judged | GateError]:
    """The judgement of each attempt of one stream, or why it could not be judged; the same as of each alone.

    Great Expectations costs more per run than per row. So the rows of all attempts are judged in one run when every rule
    says of a row alone whether it is fine; when that run fails, and when a rule looks at a batch, each attempt has its own.
    """
    small = [one for one in prepared if len(one.sifted.rows) == 1]
    judged: dict[int, Judged | GateError] = {}
    if len(small) > 1:
        with suppress(GateError):  # which attempt it is shows when each is judged alone
            judged = {id(one): found for one, found in zip(small, _together(small), strict=True)}
    return [judged.get(id(one)) or _alone(one) for one in prepared]


def _together(prepared: Sequence[Prepared]) -> list[Judged | GateError]:
    rules = list(prepared[0].book.rules())
    if not all(judges_rows_alone(rule) for rule in rules):
        raise GateError("a rule looks at the batch", todo="judge each attempt alone")
    filled = [one for one in prepared if one.sifted.rows.count]
    if len(filled) < 2:
        raise GateError("there is nothing to judge together", todo="judge each attempt alone")
    started = time.monotonic()
    tables = [one.sifted.rows.select() for one in filled]
    verdicts = judge(pa.concat_tables(tables), rules, [table.num_rows for table in tables])
    total = sum(table.num_rows for table in tables)
    pace = (time.monotonic() - started) / total
    found: list[Judged | GateError] = []
    offset = 0
    for one in prepared:
        rows = one.sifted.rows.count
        own = [_part(verdict, offset, rows) for verdict in verdicts] if rows else judge(one.sifted.rows.select(), rules)
        found.append(_judged(one, own, pace * rows))
        offset += rows
    return found


def _part(verdict: Verdict, offset: int, rows: int) -> Verdict:
    """What a verdict over many attempts says of the `rows` from `offset` on."""
    first, last = np.searchsorted(verdict.rows or (), (offset, offset + rows))
    own = tuple(row - offset for row in (verdict.rows or ())[first:last])
    return Verdict(verdict.rule, not own, own)


def _alone(one: Prepared) -> Judged | GateError:
    started = time.monotonic()
    try:
        verdicts = judge_pieces(one.sifted.rows, list(one.book.rules()))
    except GateError as error:
        return error
    return _judged(one, verdicts, time.monotonic() - started)


def _judged(one: Prepared, verdicts: Sequence[Verdict], seconds: float) -> Judged:
    landed, sifted = one.landed, one.sifted
    refused: dict[int, dict[str, None]] = {record: dict.fromkeys(why) for record, why in landed.refused.items()}
    for row, unfit in sifted.unfit.items():
        refused.setdefault(int(sifted.owners[row]), {}).update(dict.fromkeys(unfit.values()))
    for verdict in verdicts:
        if verdict.rule.severity == "critical":
            for row in _broken_rows(verdict, sifted):
                refused.setdefault(int(sifted.owners[row]), {})[verdict.rule.code] = None
    accepted = ~np.isin(sifted.owners, list(refused)) if refused else np.ones(len(sifted.owners), dtype=bool)
    reasons = {record: list(why) for record, why in refused.items()}
    return Judged(one.attempt, one.book, landed, sifted, verdicts, reasons, accepted, one.seconds + seconds, one.carried)


def _broken_rows(verdict: Verdict, sifted: Sifted) -> list[int]:
    """The rows that break a rule, without those of which the rule's fields could not even be read."""
    fields = set(verdict.rule.fields)
    return [row for row in verdict.rows or () if fields.isdisjoint(sifted.unfit.get(row, ()))]
