"""A Superset over what is published, and a browser that is logged in: started once, only when asked for by `make superset-test`."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deskmart.lake import Lake
from deskmart.settings import Settings, load_settings, process_environment
from serving.postgres import local
from serving.superset.start import PYTHON, ROOT, USER
from tests.superset.browser import BROWSER, Page, a_page


@dataclass(frozen=True, slots=True)
class Superset:
    """A running one: its address, the home it shows, and the login."""

    address: str
    settings: Settings
    password: str


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "superset" not in (config.option.markexpr or ""):
        for item in items:
            if "superset" in item.keywords and item.path.parent == Path(__file__).parent:
                item.add_marker(pytest.mark.skip(reason="Superset is tried by `make superset-test`"))


@pytest.fixture(scope="session")
def superset() -> Iterator[Superset]:
    """`deskmart superset` over a home that shows what the usual home has published, and nothing of it is written to."""
    if not PYTHON.exists():
        pytest.skip("Superset is not installed: `make superset-test` installs it")
    published = Lake(load_settings().home).published
    if not (published / "current").exists():
        pytest.skip(f"nothing is published in {published}: run `make demo` first")
    with tempfile.TemporaryDirectory(prefix="deskmart-superset-") as name:
        home = Path(name)
        home.chmod(0o755)  # a local PostgreSQL of root's runs under another account
        (home / "published").symlink_to(published)
        yield from _running(home)


def _running(home: Path) -> Iterator[Superset]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "deskmart.cli", "superset", "--home", str(home), "--port", str(port)]
    environment = process_environment({"DESKMART_POSTGRES_URL": "", "COLUMNS": "200"})
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Superset: http"):
                break
        assert process.poll() is None, "".join(said)
        password = (home / "superset" / "admin_password").read_text()
        assert password not in "".join(said), "a password is only for a terminal"
        yield Superset(f"http://127.0.0.1:{port}", load_settings(home), password)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        process.stdout.close()
    assert local.running(local.folder_of(home)) is None


@pytest.fixture(scope="session")
def page(superset: Superset) -> Iterator[Page]:
    """A tab that has logged in through the form."""
    if not BROWSER.exists():
        pytest.skip(f"no Chromium at {BROWSER}")
    with tempfile.TemporaryDirectory() as profile, a_page(Path(profile)) as tab:
        tab.size(1440, 1000)
        tab.open(f"{superset.address}/login/")
        tab.wait_for("!!document.querySelector('input[type=password]')")
        for field, text in (("input[type=text]", USER), ("input[type=password]", superset.password)):
            tab.value(f"document.querySelector('{field}').focus()")
            tab.call("Input.insertText", text=text)
        tab.value("[...document.querySelectorAll('button')].find(one => /sign in/i.test(one.innerText)).click()")
        tab.wait_for("location.pathname.includes('welcome')")
        yield tab
