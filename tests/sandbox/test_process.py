"""The shop as a process of its own."""

import json
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from sandbox.__main__ import main
from sandbox.clock import shown

SMALL = ["--seed", "3", "--first-day", "2026-01-01", "--days", "2", "--contacts-per-day", "40"]


def test_serve_says_where_it_is_and_stops_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "serve", *SMALL, "--home", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        account = (f"{ready['zendesk']['email']}/token", ready["zendesk"]["token"])
        assert requests.get(f"{ready['zendesk']['url']}/api/v2/users/me.json", auth=account).json()["user"]["role"] == "admin"
        headers = {"api_access_token": ready["chatwoot"]["token"]}
        assert requests.get(f"{ready['chatwoot']['url']}/api/v1/accounts/1/inboxes", headers=headers).status_code == 200
        assert (Path(ready["asterisk"]["path"]) / "queue_log").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0


def test_serve_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    inner = [sys.executable, "-m", "sandbox", "serve", *SMALL]
    starter = f"import subprocess; p = subprocess.Popen({inner!r}, stdout=subprocess.PIPE, text=True); print(p.stdout.readline(), flush=True)"
    ready = json.loads(
        subprocess.run([sys.executable, "-c", starter], check=True, capture_output=True, text=True, timeout=120).stdout
    )
    session = requests.Session()
    with pytest.raises(requests.ConnectionError):
        for _ in range(1_000):
            session.get(f"{ready['zendesk']['url']}/api/v2/groups.json", timeout=30)
            session.close()
            signal.sigtimedwait([], 0.01)


def test_generate_writes_files_only(tmp_path: Path) -> None:
    assert main(["generate", *SMALL, "--home", str(tmp_path), "--now", "2026-01-02T00:00:00"]) == 0
    assert len(list((tmp_path / "inbox").glob("orders_*.jsonl"))) == 1


@pytest.mark.parametrize(
    ("at", "found"),
    [
        pytest.param("2026-01-02T23:49:59", "2026-01-02T23:35:00", id="a quarter to midnight: still the old day"),
        pytest.param("2026-01-02T23:50:00", "2026-01-03T00:05:00", id="ten to midnight: the day has ended"),
        pytest.param("2026-01-03T00:00:00", "2026-01-03T00:05:00", id="midnight"),
    ],
)
def test_a_living_shop_has_the_whole_day_when_midnight_strikes(at: str, found: str) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert shown(datetime.fromisoformat(at).replace(tzinfo=zone).timestamp()) == int(
        datetime.fromisoformat(found).replace(tzinfo=zone).timestamp()
    )


def test_wrong_dirt_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", *SMALL, "--home", "/nowhere", "--dirt", "glitter"]) == 2
    assert "glitter" in capsys.readouterr().err
