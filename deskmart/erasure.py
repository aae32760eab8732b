"""Erasing a customer: out of every room, without moving a number. `docs/privacy.md` says what that means and what it does not."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deskmart.build import discard
from deskmart.errors import UsageError
from deskmart.lake import Lake, sha256_of
from deskmart.settings import Settings
from expectations.changes import carry_out, finish
from expectations.erasure_files import plan_attempt, values_told
from expectations.erasure_search import Positions, find
from expectations.ledger import record, records
from expectations.persons import Person
from expectations.suppression import suppress, suppressed
from ingestion.landing import Attempt, stream_attempts
from ingestion.registry import all_sources
from serving.erasure import erase_from_versions, erase_from_warehouse

STEP = "erased"
SWEEP = "sweep"
_PACKED = (".gz", ".parquet", ".duckdb")  # these are taken apart and written anew


@dataclass(slots=True)
class Erased:
    """What an erasure did. `waiting` attempts are not through the gate, so a later sweep takes them; `inbox` names files that
    people have to take away themselves; `leftovers` are files in which a token still stands."""

    request_id: str
    tokens: int = 0
    records: int = 0
    attempts: int = 0
    versions: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    inbox: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)


def erase(person: Person, settings: Settings, by: str, request_id: str = "") -> Erased:
    """Put the customer's tokens on the suppression list and take them out of everything that is kept.

    Raises `UsageError` for a request id that is taken or no plain word, `DeskmartError` when another process works on this home;
    nothing was done then. What a crash left undone is finished by the next run. The ledger gets counts, hashes, who did it and
    the request's id, never a token.
    """
    lake = Lake(settings.home)
    request = _checked(request_id, by, lake)
    with _alone(settings):
        finish(settings)
        more = {"request_id": request, "by": by}
        at, attempts = {"at": datetime.now(UTC).isoformat()}, _attempts(settings)
        surrogates, _ = suppress(settings, request, person.tokens, {**at, **more})
        found = find(_admitted(attempts, lake), set(surrogates.values()), settings)
        told = {value for one in attempts for value in values_told(one, found.get(str(one), {}), settings)}
        _, path = suppress(settings, request, {*person.tokens, *told}, {**at, **more})
        record(settings, STEP, request, {"tokens": len(surrogates), "values": len(told)}, [], [path], more)
        done = _take_out(Erased(request, tokens=len(surrogates)), found, attempts, settings, more)
        discard(lake)
    done.leftovers = sorted(_leftovers(settings.home, person.tokens))
    return done


def sweep(settings: Settings) -> Erased:
    """Take out what sources sent again of customers who were erased: of what was admitted since the last sweep.

    Their tokens did not come back, for the gate gives surrogates; this removes them from landing and quarantine, too.
    """
    with _alone(settings):
        finish(settings)
        listed, since = suppressed(settings), _last_sweep(settings)
        admitted_at = _admitted_at(settings)
        attempts = [one for one in _attempts(settings) if admitted_at.get(str(one), "9") > since]
        if not listed.surrogates or not attempts:
            return Erased(SWEEP)
        found = find(_admitted(attempts, Lake(settings.home)), set(listed.surrogates.values()), settings)
        done = _take_out(Erased(SWEEP), found, attempts, settings, {})
        record(settings, STEP, SWEEP, {"attempts": len(attempts), "records": done.records}, [], [], {"since": since})
        return done


def _checked(request_id: str, by: str, lake: Lake) -> str:
    request = request_id or f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    if not by.strip():
        raise UsageError("an erasure needs a name", todo="say --by NAME")
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,60}", request) or request == SWEEP:
        raise UsageError("the request id is no plain word", todo="use letters, digits, dots and dashes")
    if (lake.erasures / f"{request}.json").exists():
        raise UsageError(f"there is an erasure {request} already", todo="give another --request, or none")
    return request


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold every lock of the home: nothing is landed, admitted, built or published meanwhile."""
    lake = Lake(settings.home)
    with ExitStack() as stack:
        stack.enter_context(lake.lock("warehouse"))
        for source in all_sources().values():
            for stream in source.streams:
                stack.enter_context(lake.lock(f"ingest-{source.name}-{stream.name}"))
                stack.enter_context(lake.lock(f"admit-{source.name}-{stream.name}"))
        yield


def _take_out(
    done: Erased, found: Mapping[str, Positions], attempts: Sequence[Attempt], settings: Settings, more: Mapping[str, Any]
) -> Erased:
    lake = Lake(settings.home)
    admitted = _admitted(attempts, lake)
    done.waiting = sorted({str(one) for one in attempts} - {str(one) for one in admitted})
    inputs: dict[str, str] = {}
    for attempt in admitted:
        positions, path = found.get(str(attempt), {}), lake.accepted(attempt.batch, attempt.name)
        before, plans = sha256_of(path), plan_attempt(attempt, positions, settings)
        if not plans:
            continue
        counts = {"records": sum(map(len, positions.values())), "files": len(plans)}
        carry_out(settings, STEP, done.request_id, counts, plans, {**more, "attempt": str(attempt)})
        inputs[before] = sha256_of(path)
        done.attempts += 1
        done.records += counts["records"]
        done.inbox += [name for name in _inbox_names(attempt) if positions and (lake.inbox / name).is_file()]
    done.inbox = sorted(set(done.inbox))
    done.versions = erase_from_versions(settings, done.request_id, inputs, more)
    erase_from_warehouse(settings)
    return done


def _attempts(settings: Settings) -> list[Attempt]:
    lake = Lake(settings.home)
    return [
        attempt
        for source in all_sources().values()
        for stream in source.streams
        for attempt in stream_attempts(source.name, stream.name, lake)
    ]


def _admitted(attempts: Sequence[Attempt], lake: Lake) -> list[Attempt]:
    return [one for one in attempts if lake.accepted(one.batch, one.name).is_file()]


def _admitted_at(settings: Settings) -> dict[str, str]:
    return {str(one["subject"]): str(one["at"]) for one in records(settings, "admit")}


def _last_sweep(settings: Settings) -> str:
    return max((one["at"] for one in records(settings, STEP) if one["subject"] == SWEEP and "since" in one), default="")


def _inbox_names(attempt: Attempt) -> Iterable[str]:
    return (str(page["meta"]["file"]) for page in attempt.manifest["pages"] if page["meta"].get("mapping"))


def _leftovers(home: Path, tokens: Collection[str]) -> Iterator[str]:
    """Files that are not taken apart (pages, logs, databases of others) in which a token stands."""
    marks = [token.rsplit(":", 1)[-1].encode() for token in tokens]
    for path in home.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.suffix not in _PACKED:
            content = path.read_bytes()
            if any(mark in content for mark in marks):
                yield path.relative_to(home).as_posix()
