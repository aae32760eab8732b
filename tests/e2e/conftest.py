"""A small pretend shop and homes that were filled from it: the builds are few, so the tests share them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deskmart.batch import Interval
from deskmart.build import Build
from deskmart.cli import whole_app
from deskmart.lake import Lake, write_json
from deskmart.pipeline import Outcome, run
from deskmart.settings import Settings, load_settings, process_environment
from sandbox.asterisk import CALLBACK_KEY, USERFIELD
from sandbox.generate import generate
from sandbox.serve import Shop
from sandbox.world import World
from sandbox.zendesk_state import ORDER_FIELD, TOPIC_FIELD
from serving.digest import digests

ROOT = Path(__file__).parents[2]
FIRST, DAYS, TWO_THIRDS, PER_DAY = date(2026, 3, 1), 9, 6, 40
READ_AFTER = 300  # seconds between the end of what is read and the reading: Zendesk leaves out the last minute
CONFIG = f"""
[sources.zendesk]
topic_field = {TOPIC_FIELD}
order_field = {ORDER_FIELD}
wait_scale = 0.002

[sources.asterisk]
exit_keys = {{ "{CALLBACK_KEY}" = "callback" }}
userfield = '{USERFIELD}'

[sources.chatwoot]
wait_scale = 0.002
"""


WITHOUT_DBT = """
from deskmart.cli import main
from tests.warehouse.without_dbt import without_dbt
with without_dbt():
    main()
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Place:
    """A home, and the variables that lead it to a shop."""

    home: Path
    variables: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        return load_settings(self.home, self.variables)

    @property
    def lake(self) -> Lake:
        return Lake(self.home)

    @property
    def digests(self) -> dict[str, str]:
        return digests(self.lake.marts)

    def run(self, since: int, until: int) -> Outcome:
        """The pipeline over the world's days from `since` up to, not including, `until`."""
        return run(self.settings, Interval.of_days(day(since), day(until), self.settings.zone))

    def deskmart(self, *words: str, checkout: Path = ROOT, dbt: bool = True) -> Told:
        """The command line, in a process of its own; `checkout` is the folder whose code it runs; `dbt`: whether a build takes dbt."""
        program = ["-m", "deskmart.cli"] if dbt else ["-c", WITHOUT_DBT]
        done = subprocess.run(
            [sys.executable, *program, *words, "--home", str(self.home)],
            env=process_environment({**self.variables, "COLUMNS": "200"}),
            cwd=checkout,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        return Told(done.returncode, done.stdout, done.stderr)

    def look(self, *words: str) -> Told:
        """The same in this process: for many commands that only show something."""
        done = CliRunner().invoke(
            whole_app(), [*words, "--home", str(self.home)], env={**self.variables, "COLUMNS": "200"}, catch_exceptions=False
        )
        return Told(done.exit_code, done.stdout, done.stderr)


def day(index: int) -> date:
    return FIRST + timedelta(days=index)


def read_at(world: World, days: int) -> int:
    """The moment at which the world's first `days` are read."""
    return world.calendar.midnight(days) + READ_AFTER


def place(home: Path, shop: Shop) -> Place:
    """A new home that knows this shop."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "deskmart.toml").write_text(CONFIG)
    return Place(
        home,
        {
            "DESKMART_TOKEN_KEY": "a key for the tests",
            "DESKMART_ZENDESK_URL": shop.zendesk_url,
            "DESKMART_ZENDESK_EMAIL": shop.zendesk_email,
            "DESKMART_ZENDESK_TOKEN": shop.zendesk_token,
            "DESKMART_CHATWOOT_URL": shop.chatwoot_url,
            "DESKMART_CHATWOOT_ACCOUNT_ID": str(shop.chatwoot_account_id),
            "DESKMART_CHATWOOT_TOKEN": shop.chatwoot_token,
            "DESKMART_ASTERISK_PATH": str(home / "asterisk"),
        },
    )


@pytest.fixture(scope="session")
def the_world() -> World:
    return World(3, FIRST, DAYS, PER_DAY)


@pytest.fixture(scope="session")
def a_shop(the_world: World) -> Iterator[Shop]:
    with Shop(the_world) as shop:
        yield shop


@pytest.fixture(scope="session")
def all_at_once(the_world: World, a_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A home that read all days in one run. Nobody changes it: what spoils something takes `a_copy`."""
    where = place(tmp_path_factory.mktemp("all") / "home", a_shop)
    a_shop.show(read_at(the_world, DAYS))
    generate(the_world, where.home, read_at(the_world, DAYS))
    outcome = where.run(0, DAYS)
    assert outcome.errors == {}
    assert outcome.publish_id
    return where


@pytest.fixture
def a_copy(all_at_once: Place, tmp_path: Path) -> Place:
    """A copy of the home for one test to spoil."""
    shutil.copytree(all_at_once.home, tmp_path / "home", symlinks=True)
    return Place(tmp_path / "home", {**all_at_once.variables, "DESKMART_ASTERISK_PATH": str(tmp_path / "home" / "asterisk")})


@pytest.fixture
def a_candidate(a_copy: Place) -> Callable[[], Build]:
    """Makes what was published a candidate again, as a build of the same inputs would."""

    def make() -> Build:
        manifest = json.loads((a_copy.lake.published_current / "manifest.json").read_bytes())["build"]
        shutil.copy(a_copy.lake.current, a_copy.lake.candidate)
        write_json(a_copy.lake.warehouse / "candidate.json", manifest)
        os.utime(a_copy.lake.candidate)
        return Build(manifest["build_id"], manifest["inputs_digest"], True, manifest["models"], manifest["tests"])

    return make
