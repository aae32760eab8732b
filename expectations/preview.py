"""Preview: what the rules of today would do to what was judged by earlier ones. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal

import pyarrow.parquet as pq

from deskmart.batch import Batch
from deskmart.errors import DeskmartError
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.admission import Admission, admissions, current_admissions, stopped_admissions
from expectations.batch_checks import look, why_unlike
from expectations.batch_rules import why_stopped
from expectations.gate import MOST_RECORDS_AT_ONCE, declared_rulebook
from expectations.judging import Judged, Prepared, judge_all, prepare
from expectations.profile import profile_of, recent
from expectations.quarantine import Refusal, list_refusals
from expectations.results import admission_of
from expectations.rulebook import Rulebook
from ingestion.landing import Attempt, read_attempt

Place = Literal["accepted", "quarantined", "left out"]
_Address = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Flip:
    """A record that would be somewhere else: `reasons` are those of today when it would be refused, else those it was refused for.

    Left out is a copy or one that belongs elsewhere.
    """

    id: str
    before: Place
    after: Place
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen to one attempt; `stopped` says why a batch rule would stop it, `failed` why it could not be judged."""

    source: str
    stream: str
    attempt: str
    flips: tuple[Flip, ...] = ()
    stopped: str = ""
    failed: str = ""


def preview(
    settings: Settings,
    sources: Sequence[str] = (),
    rulebook_of: Callable[[Attempt, Settings], Rulebook] = declared_rulebook,
) -> Iterator[Preview]:
    """Each attempt in use, or stopped, that was judged by other rules than today's: what these would change.

    Records that were waived or erased are not among the flips. Attempts whose raw bytes retention took are told as failed.
    """
    refused: dict[str, list[Refusal]] = {}
    for refusal in list_refusals(settings):
        refused.setdefault(refusal.attempt_name, []).append(refusal)
    everything = admissions(settings)
    wanted = [
        one for one in (*current_admissions(settings), *stopped_admissions(settings)) if not sources or one.source in sources
    ]
    wanted.sort(key=lambda one: (one.source, one.stream, one.batch, one.attempt))
    for _, members in groupby(wanted, key=lambda one: (one.source, one.stream)):
        for one, judged in _judged(list(members), settings, rulebook_of):
            if isinstance(judged, DeskmartError):
                yield Preview(one.source, one.stream, one.attempt_name, failed=judged.message)
            else:
                flips = tuple(_flips(one, judged, refused.get(one.attempt_name, []), settings))
                yield Preview(one.source, one.stream, one.attempt_name, flips, _stop(judged, everything, settings))


def _judged(
    members: Sequence[Admission], settings: Settings, rulebook_of: Callable[[Attempt, Settings], Rulebook]
) -> Iterator[tuple[Admission, Judged | DeskmartError]]:
    """The attempts of one stream whose rules have changed, judged anew; together, as many as the gate would hold in memory."""
    prepared: list[tuple[Admission, Prepared]] = []
    for one in members:
        try:
            attempt = read_attempt(Batch(one.source, one.stream, None, None, one.batch), one.attempt, Lake(settings.home))
            book = rulebook_of(attempt, settings)
            if book.version != one.rules_version:
                prepared.append((one, prepare(attempt, book, Lake(settings.home), settings)))
        except DeskmartError as error:
            yield one, error
        if sum(len(each.landed.pages) for _, each in prepared) >= MOST_RECORDS_AT_ONCE:
            yield from _judged_together(prepared)
            prepared = []
    yield from _judged_together(prepared)


def _judged_together(prepared: Sequence[tuple[Admission, Prepared]]) -> Iterator[tuple[Admission, Judged | DeskmartError]]:
    yield from zip((one for one, _ in prepared), judge_all([each for _, each in prepared]), strict=True)


def _flips(one: Admission, judged: Judged, refusals: Sequence[Refusal], settings: Settings) -> Iterator[Flip]:
    before = _before(one, refusals, settings)
    closed = {(each.page, each.position) for each in refusals if each.status in ("waived", "erased")}
    closed |= {(judged.landed.pages[number], judged.landed.positions[number]) for number in judged.landed.erased}
    reasons = {(each.page, each.position): each.reasons for each in refusals}
    after = _after(judged)
    for address in sorted((before.keys() | after.keys()) - closed):
        name = f"{one.attempt_name}/{address[0]}/{address[1]}"
        was, becomes = before.get(address, "left out"), after.get(address, ("left out", ()))
        if was != becomes[0]:
            yield Flip(name, was, becomes[0], tuple(becomes[1]) or reasons.get(address, ()))


def _before(one: Admission, refusals: Sequence[Refusal], settings: Settings) -> dict[_Address, Place]:
    """Where the records of an attempt are now. Of a stopped one the good records are nowhere: they count as left out."""
    found: dict[_Address, Place] = {(each.page, each.position): "quarantined" for each in refusals}
    path = settings.home / one.accepted_file
    if path.is_file():
        table = pq.read_table(path, columns=["_page", "_position"])
        found |= dict.fromkeys(zip(table["_page"].to_pylist(), table["_position"].to_pylist(), strict=True), "accepted")
    return found


def _after(judged: Judged) -> Mapping[_Address, tuple[Place, Sequence[str]]]:
    landed = judged.landed
    found: dict[_Address, tuple[Place, Sequence[str]]] = {}
    for number in dict.fromkeys(judged.sifted.owners[judged.accepted].tolist()):
        found[landed.pages[number], landed.positions[number]] = ("accepted", ())
    for number, reasons in judged.refused.items():
        found[landed.pages[number], landed.positions[number]] = ("quarantined", reasons)
    return found


def _stop(judged: Judged, everything: Sequence[Admission], settings: Settings) -> str:
    """Why the gate would stop the attempt, as `admit` would say."""
    lake = Lake(settings.home)
    would_be = admission_of(judged, datetime.now(UTC), lake)
    stopped = why_stopped(would_be, judged.verdicts, lambda: everything, judged.book.stream.mode, settings)
    profile = profile_of(judged)
    return stopped or why_unlike(look(profile, recent(profile, judged, lake), judged, settings))
