"""For all tests: 50 examples of each property, and the profile of `make soak`, which tries many more; and a collector of garbage that
does not look through what earlier modules left (a process of two thousand tests else spends most of its time there)."""

import gc
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.made_once import MadeOnce

settings.register_profile("soak", max_examples=2_000, deadline=None)
settings.register_profile("build", max_examples=50, deadline=None)
settings.load_profile("build")


class _ByHome(LoadScopeScheduling):  # type: ignore[misc]
    """The tests of a file stay in one process, and so do all files that share the home of tests/e2e, which takes minutes to fill."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "tests/e2e" if _shares_the_home(file) else file


@cache
def _shares_the_home(file: str) -> bool:
    text = (Path(__file__).parents[1] / file).read_text(encoding="utf-8") if file.startswith("tests/e2e/") else ""
    return "all_at_once" in text or "a_copy" in text


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The slow part does not import files without a slow test: each process that collects would pay for them."""
    if config.option.markexpr == "slow" and collection_path.name.startswith("test_"):
        return "slow" not in collection_path.read_text(encoding="utf-8") or None
    return None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _ByHome(config, log)


@pytest.fixture(autouse=True, scope="module")
def _what_is_old_is_left_alone() -> Iterator[None]:
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """Copies a home that another test of this process began with, too, instead of making it again."""
    return MadeOnce(tmp_path_factory.mktemp("made_once"))


@pytest.fixture(scope="session")
def is_soak(request: pytest.FixtureRequest) -> bool:
    """Whether this is `make soak`: repetitions run with their full number."""
    return bool(request.config.getoption("--hypothesis-profile", default=None) == "soak")
