"""Canaries: what a customer said, and who they are, stays behind the gate; no secret is written anywhere."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deskmart.airflow_home import ROOT, environment, migrate
from deskmart.settings import load_settings
from deskmart.shop import connections
from expectations.quarantine import list_heaps
from expectations.screening_scan import scan, snippet
from sandbox.dirt import DIRT
from sandbox.generate import generate
from sandbox.serve import Shop
from sandbox.world import World
from tests.e2e.conftest import FIRST, Place, day, place

pytestmark = pytest.mark.slow

RAW = {"landing", "quarantine", "inbox", "asterisk"}  # where records lie as they were sent: the owner's alone
TOKENS = ("canary-zendesk-token-5d1f", "canary-chatwoot-token-9b2e", "canary-key-77aa")
_ACCOUNT = re.compile(r"(?<!\w)[A-Za-z]+[-_]?\d{4,}(?!\w)")
# Each begins with what is rare, and is looked at from there backwards: texts of tens of megabytes are searched.
_PHONE, _BEFORE_A_PHONE = re.compile(r"1[3-9]\d{9}(?![0-9a-f])"), re.compile(r"(?:^|[^0-9a-f])(?:\+?86)?\Z")
_WORD = re.compile(r"kiebitz\d+")
_DOMAIN, _LOCAL_PART = re.compile(r"@[\w-]+(?:\.[\w-]+)+"), re.compile(r"[\w.+-]+\Z")


@dataclass(frozen=True, slots=True)
class Canaries:
    """Everything about the world's customers that no table, log or report may hold.

    `texts` are begins and ends of what was said; `shown` are the snippets of markers that hold such a piece, because it is made of
    a rule's own words ("fast and kind"), up to the sign at their end: a piece that stands in one of them is no trace.
    """

    phones: frozenset[str]
    emails: frozenset[str]
    accounts: frozenset[str]
    texts: frozenset[str]
    shown: tuple[str, ...]

    def in_text(self, text: str) -> dict[str, set[str]]:
        """What of them stands in a text, by kind; empty kinds left out."""
        found = {
            "phones": set(_phones_in(text)) & self.phones,
            "emails": {email.lower() for email in _emails_in(text)} & self.emails,
            "accounts": set(_ACCOUNT.findall(text)) & self.accounts,
            "texts": self._texts_in(text),
            "words": set(_WORD.findall(text)),
            "tokens": {token for token in TOKENS if token in text},
        }
        return {kind: each for kind, each in found.items() if each}

    def _texts_in(self, text: str) -> set[str]:
        found = {piece for piece in self.texts if piece in text}
        if found:
            for snippet in self.shown:
                text = text.replace(snippet, "…")
        return {piece for piece in found if piece in text}


def _phones_in(text: str) -> Iterator[str]:
    for found in _PHONE.finditer(text):
        if _BEFORE_A_PHONE.search(text[max(0, found.start() - 4) : found.start()]):
            yield found[0]


def _emails_in(text: str) -> Iterator[str]:
    for found in _DOMAIN.finditer(text):
        if local := _LOCAL_PART.search(text[max(0, found.start() - 64) : found.start()]):
            yield local[0] + found[0]


def canaries(world: World) -> Canaries:
    said = sorted({text for text in said_in(world) if len(text.encode()) >= 10})  # shorter ones anybody writes: thanks
    pieces = frozenset(piece for text in said for piece in (text[:16], text[-16:]))
    snippets = {snippet(said[found.place], found.hit).removesuffix("…") for found in scan(pa.array(said))}
    return Canaries(
        frozenset(person.phone.removeprefix("+86") for person in world.people if person.phone),
        frozenset(person.email.lower() for person in world.people if person.email),
        frozenset(person.platform_id for person in world.people if person.platform_id)
        | {order.order_id for order in world.orders},
        pieces,
        tuple(sorted((one for one in snippets if any(piece in one for piece in pieces)), key=len, reverse=True)),
    )


def said_in(world: World) -> Iterator[str]:
    """Every text of the world."""
    yield from (message.content for talk in world.conversations for message in talk.messages)
    yield from (audit.comment[0] for ticket in world.tickets for audit in ticket.audits if audit.comment)
    yield from (survey.comment for survey in world.truth.surveys)


def with_a_word_in_every_text(world: World) -> World:
    """The world, to each of whose texts a word of its own is added that no rule knows and nobody else writes."""
    words = (f" kiebitz{number}" for number in count(1))
    for talk in world.conversations:
        for message in talk.messages:
            message.content += next(words)
        if talk.rating and talk.rating[3]:
            talk.rating = (*talk.rating[:3], talk.rating[3] + next(words), *talk.rating[4:])
    for ticket in world.tickets:
        for audit in ticket.audits:
            if audit.comment:
                audit.comment = (audit.comment[0] + next(words), *audit.comment[1:])
    surveys = world.truth.surveys
    surveys[:] = [replace(one, comment=one.comment + next(words)) if one.comment else one for one in surveys]
    return world


def texts_of(path: Path) -> Iterator[str]:
    """A file's bytes as text, and what it holds packed. Of Parquet that alone: its bytes are pieces of words."""
    if path.suffix == ".parquet":
        yield f"{pq.read_metadata(path).metadata}"
        yield values_of(pq.ParquetFile(path).read())
        return
    content = path.read_bytes()
    yield content.decode("utf-8", "replace")
    if path.suffix == ".gz":
        yield gzip.decompress(content).decode("utf-8", "replace")
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path.resolve()), read_only=True) as connection:
            names = "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            for schema, table in connection.execute(names).fetchall():
                yield values_of(connection.table(f'"{schema}"."{table}"').to_arrow_table())


def values_of(table: pa.Table) -> str:
    """Every value of a table, once a column: a line each."""
    return "\n".join(str(value) for column in table.columns for value in _once(column))


def _once(column: pa.ChunkedArray) -> list[object]:
    return (column if pa.types.is_nested(column.type) else column.unique()).to_pylist()


def traces(home: Path, hidden: Canaries) -> tuple[int, dict[str, dict[str, set[str]]]]:
    """How many files outside the raw folders were searched, and what was found in which."""
    searched, found = 0, {}
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.relative_to(home).parts[0] not in RAW:
            searched += 1
            for text in texts_of(path):
                if here := hidden.in_text(text):
                    found[path.relative_to(home).as_posix()] = here
    return searched, found


@dataclass(frozen=True, slots=True)
class Dirty:
    """A home that the real DAGs filled from a shop in which much is wrong, what they printed, and the processes meanwhile."""

    place: Place
    world: World
    printed: str
    processes: frozenset[str]


@pytest.fixture(scope="module")
def a_dirty_home(tmp_path_factory: pytest.TempPathFactory) -> Dirty:
    world = with_a_word_in_every_text(World(8, FIRST, 2, 150, dirt=frozenset(DIRT)))
    home = tmp_path_factory.mktemp("dirty") / "home"
    with Shop(world, zendesk_token=TOKENS[0], chatwoot_token=TOKENS[1]) as shop:
        where = place(home, shop)
        generate(world, home)
        settings = load_settings(home, {"DESKMART_TOKEN_KEY": TOKENS[2]})
        migrate(settings)
        ready: dict[str, Any] = {
            "zendesk": {"url": shop.zendesk_url, "email": shop.zendesk_email, "token": shop.zendesk_token},
            "chatwoot": {"url": shop.chatwoot_url, "account_id": shop.chatwoot_account_id, "token": shop.chatwoot_token},
            "asterisk": {"path": str(home / "asterisk")},
        }
        variables = {**environment(settings), **connections(ready), "DESKMART_TOKEN_KEY": TOKENS[2]}
        words = ["--since", str(day(0)), "--until", str(day(2)), "--retry-seconds", "0.1"]
        words += [word for name in ("zendesk", "chatwoot", "asterisk", "file_drop") for word in ("--dag", f"ingest_{name}")]
        with watched_processes() as seen:
            done = subprocess.run(
                [sys.executable, "-m", "dags.run_once", *words],
                env={**variables, "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO"},
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
                timeout=900,
            )
    assert any('"event": "end"' in line for line in done.stdout.splitlines()), done.stderr
    return Dirty(where, world, done.stdout + done.stderr, frozenset(seen))


@contextmanager
def watched_processes() -> Iterator[set[str]]:
    """The command lines of all processes that are seen while the block runs, in which a canary's home or secret could stand."""
    seen: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    seen.add(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def test_nothing_of_a_customer_and_no_secret_is_in_what_a_run_leaves(all_at_once: Place, the_world: World) -> None:
    searched, found = traces(all_at_once.home, canaries(the_world))
    assert found == {}
    assert searched > 50


def test_nothing_of_a_customer_and_no_secret_is_in_what_the_dags_leave_when_much_is_wrong(a_dirty_home: Dirty) -> None:
    hidden = canaries(a_dirty_home.world)
    searched, found = traces(a_dirty_home.place.home, hidden)
    assert found == {}
    assert hidden.in_text(a_dirty_home.printed) == {}
    assert searched > 50
    assert list((a_dirty_home.place.home / "airflow").rglob("*.db"))


def test_no_secret_and_no_customer_stands_in_the_list_of_processes(a_dirty_home: Dirty) -> None:
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("this system does not list processes in /proc")
    hidden = canaries(a_dirty_home.world)
    assert any("dags.run_once" in line for line in a_dirty_home.processes)
    assert {kind for line in a_dirty_home.processes for kind in hidden.in_text(line)} == set()


def test_the_canaries_would_be_found(a_dirty_home: Dirty) -> None:
    hidden = canaries(a_dirty_home.world)
    found: set[str] = set()
    for name in RAW:
        for path in (a_dirty_home.place.home / name).rglob("*"):
            if path.is_file():
                found |= {kind for text in texts_of(path) for kind in hidden.in_text(text)}
    assert found == {"phones", "emails", "accounts", "texts", "words"}
    assert "tokens" in hidden.in_text(json.dumps(TOKENS))


def test_what_was_wrong_is_listed_with_its_reasons_and_shown_masked(a_dirty_home: Dirty) -> None:
    where, hidden = a_dirty_home.place, canaries(a_dirty_home.world)
    listed = where.deskmart("quarantine", "list")
    assert listed.code == 0
    assert "asterisk" in listed.out
    assert "file_drop" in listed.out
    streams = sorted({(heap.source, heap.stream) for heap in list_heaps(where.settings)})
    assert len(streams) > 3
    for source, stream in streams:
        shown = where.look("quarantine", "show", f"{source}/{stream}")
        assert shown.code == 0, shown.err
        assert shown.out.strip()
        assert hidden.in_text(shown.out) == {}
    clear = (where.look("quarantine", "show", f"{source}/{stream}", "--clear") for source, stream in streams)
    assert any(hidden.in_text(told.out) for told in clear)
