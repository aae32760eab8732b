"""What readers get holds no path of this machine, no secret, and nothing of a customer in clear: every value of every file is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from deskmart.settings import SOURCE_VARIABLES
from sandbox.world import World
from tests.e2e.conftest import Place
from tests.e2e.test_secrecy import Canaries, canaries, texts_of

pytestmark = pytest.mark.slow

_PATH = re.compile(r"(?<![\w/:.])/(?:home|root|tmp|usr|var|opt|mnt|work|data|private|Users)/[\w.-]+|file://")
_IN_A_HOME = re.compile(r"\b(?:landing|accepted|quarantine|inbox|closings|warehouse|published)/[\w.-]+/[\w.-]+")


@pytest.fixture(scope="module")
def version(all_at_once: Place) -> Path:
    return all_at_once.lake.published_current.resolve()


@pytest.fixture(scope="module")
def hidden(the_world: World) -> Canaries:
    return canaries(the_world)


def told(path: Path) -> Iterator[str]:
    """A file's bytes, its values, and of a DuckDB file what is said of its tables."""
    yield from texts_of(path)
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for query in (
                "select comment from duckdb_tables() union all select comment from duckdb_columns()",
                "select sql from duckdb_tables() union all select sql from duckdb_views() where not internal",
            ):
                yield "\n".join(text for (text,) in connection.execute(query).fetchall() if text)


def paths_in(text: str, home: Path) -> list[str]:
    return [*_PATH.findall(text), *([str(home)] if str(home) in text else [])]


def test_no_file_of_a_publish_holds_a_path_of_this_machine(version: Path, all_at_once: Place) -> None:
    found = {
        path.relative_to(version).as_posix(): here
        for path in sorted(version.rglob("*"))
        if path.is_file()
        for text in told(path)
        if (here := paths_in(text, all_at_once.home))
    }
    assert found == {}


def test_the_published_duckdb_file_does_not_even_say_where_in_the_home_something_lies(version: Path) -> None:
    assert [found for text in told(version / "marts.duckdb") for found in _IN_A_HOME.findall(text)] == []


def test_no_file_of_a_publish_holds_a_secret(version: Path, all_at_once: Place) -> None:
    names = {f"DESKMART_{source}_{name}".upper() for source, each in SOURCE_VARIABLES.items() for name in each if each[name]}
    secrets = {value for name, value in all_at_once.variables.items() if name in names | {"DESKMART_TOKEN_KEY"}}
    assert len(secrets) >= 3
    for path in sorted(version.rglob("*")):
        if path.is_file():
            assert [secret for text in told(path) for secret in secrets if secret in text] == []


def test_no_file_of_a_publish_holds_anything_of_a_customer_in_clear(version: Path, hidden: Canaries) -> None:
    assert len(hidden.phones) > 50
    found = {
        path.name: here
        for path in sorted(version.rglob("*"))
        if path.is_file()
        for text in told(path)
        if (here := hidden.in_text(text))
    }
    assert found == {}


@pytest.mark.parametrize("what", ["path", "home", "phone"])
def test_each_of_them_would_be_found(what: str, hidden: Canaries, all_at_once: Place, tmp_path: Path) -> None:
    value = {"path": "/tmp/elsewhere/page-00001.json.gz", "home": str(all_at_once.home), "phone": min(hidden.phones)}[what]
    with duckdb.connect(str(tmp_path / "marts.duckdb")) as connection:
        connection.execute("create table mart_of_mine as select 'see ' || ? as note", [value])
    texts = list(told(tmp_path / "marts.duckdb"))
    assert any(paths_in(text, all_at_once.home) or hidden.in_text(text) for text in texts)
