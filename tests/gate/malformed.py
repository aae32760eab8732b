"""Malformed payloads: what lands of each kind, and what the gate must make of it.

A case is an attempt: pages that hold sound records and malformed ones. The gate must accept the sound ones, and keep the
malformed ones back with their bytes and exactly the reasons that the case names: nothing lost, nothing silent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq

from deskmart.batch import Batch
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.gate import Admission, admit_all
from ingestion.landing import land
from ingestion.registry import source_named
from ingestion.source import Page

SINCE, UNTIL = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC)
NOON = 1_709_294_400  # 2024-03-01T12:00:00Z
Wrap = Callable[[Sequence[Any]], bytes]


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of malformed payload: `refused` has the payload and the reasons of each record that must be kept back, `good`
    counts the others. `warnings` are the rules that must warn of an accepted row."""

    name: str
    stream: str
    pages: tuple[Page, ...]
    good: int
    refused: tuple[tuple[bytes, tuple[str, ...]], ...] = ()
    warnings: tuple[str, ...] = field(default=())


def of_record(stream: str, wrap: Wrap, good: Sequence[Any], name: str, bad: Any, *reasons: str) -> Case:
    """A malformed record between sound ones of a JSON page."""
    page = Page(wrap([good[0], bad, *good[1:]]), "json")
    return Case(name, stream, (page,), len(good), ((canonical(bad), reasons),))


def of_page(stream: str, wrap: Wrap, good: Sequence[Any], name: str, body: bytes, *reasons: str) -> Case:
    """A page that cannot be read, between sound pages."""
    pages = (Page(wrap(good[:1]), "json"), Page(body, "json"), Page(wrap(good[1:]), "json"))
    return Case(name, stream, pages, len(good), ((body, reasons),))


def warned(stream: str, wrap: Wrap, good: Sequence[Any], name: str, odd: Any, *rules: str) -> Case:
    """An odd record that is accepted, and warned of."""
    return Case(name, stream, (Page(wrap([*good, odd]), "json"),), len(good) + 1, (), rules)


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")


def unreadable_pages(stream: str, wrap: Wrap, good: Sequence[Any], place: str) -> list[Case]:
    """What a system behind a proxy may send instead of a page; `place` is where its list should be."""
    whole = wrap(good)
    no_list = f"page has no list at {place or 'its top'}"
    key = place.split(".")[0] or "x"
    kinds: list[tuple[str, bytes, str]] = [
        ("an empty page", b"", "page is not JSON"),
        ("a page of blanks", b" \r\n\t", "page is not JSON"),
        ("a page of HTML", b"<html><body>502 Bad Gateway</body></html>", "page is not JSON"),
        ("a page that is cut off", whole[: len(whole) // 2], "page is not JSON"),
        ("a page with something behind it", whole + b"{}", "page is not JSON"),
        ("a page with single quotes", whole.replace(b'"', b"'"), "page is not JSON"),
        ("a page with a comma too many", whole[:-1] + b",}", "page is not JSON"),
        ("a page that is not UTF-8", whole.replace(b"12", b"\xff\xfe", 1), "page is not JSON"),
        ("a page of zero bytes", b"\0" * 64, "page is not JSON"),
        ("a page still packed", b"\x1f\x8b\x08\x00 not unpacked", "page is not JSON"),
        ("a page too deep", b"[" * 100_000 + b"]" * 100_000, "page is not JSON"),
        ("a page that is null", b"null", no_list),
        ("a page that is a text", b'"try again later"', no_list),
        ("a page with a list elsewhere", json.dumps({"error": "x", "items": []}).encode(), no_list),
        ("a page whose list is an object", json.dumps({key: {"1": good[0]}}).encode(), no_list),
    ]
    return [of_page(stream, wrap, good, name, body, reason) for name, body, reason in kinds]


def admitted(source: str, cases: Sequence[Case], settings: Settings) -> dict[str, Admission]:
    """Land every case as an attempt of its own and bring all through the gate."""
    attempts = {}
    for number, case in enumerate(cases):
        batch = Batch(source, case.stream, SINCE, UNTIL, f"case-{number:03d}")
        attempts[case.name] = land(batch, source_named(source).stream(case.stream), case.pages, Lake(settings.home))
    return dict(zip(attempts, admit_all(list(attempts.values()), settings), strict=True))


def check(case: Case, admission: Admission, settings: Settings) -> None:
    """Lost 0, silent 0, the right reasons."""
    held = (admission.landed, admission.accepted, admission.quarantined, admission.duplicates, admission.outside)
    kept = kept_back(admission, settings)
    assert kept == sorted((payload, sorted(reasons)) for payload, reasons in case.refused)
    assert held == (case.good + len(case.refused), case.good, len(case.refused), 0, 0)
    assert set(case.warnings) <= set(admission.warnings)


def kept_back(admission: Admission, settings: Settings) -> list[tuple[bytes, list[str]]]:
    """Payload and reasons of each record in quarantine."""
    batch = Batch(admission.source, admission.stream, None, None, admission.batch)
    rows = pq.read_table(Lake(settings.home).quarantine(batch, admission.attempt)).to_pylist()
    return sorted((row["payload"], sorted(row["reasons"])) for row in rows)
