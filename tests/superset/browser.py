"""A headless Chromium, driven over its debugging protocol: no driver beside the browser is needed."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

BROWSER = Path("/usr/bin/chromium")
_STARTS_IN = 60.0


class Page:
    """One tab. `answered` are the addresses that answered it, `troubles` the errors its scripts raised."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._number = socket, 0
        self.answered: list[str] = []
        self.troubles: list[str] = []
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol and its answer."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            said = json.loads(self._socket.recv(timeout=120))
            if said.get("id") == self._number:
                assert "error" not in said, f"{method}: {said.get('error')}"
                found: dict[str, Any] = said["result"]
                return found
            self._note(said)

    def value(self, script: str) -> Any:
        """What a script's expression comes to; a promise is waited for."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)

    def wait_for(self, condition: str, seconds: float = 180.0) -> None:
        """Until the script's expression is true; `AssertionError` with what the page shows when it never is."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if self.value(condition):
                    return
            except AssertionError:
                pass  # the page is just being replaced
            assert time.monotonic() < deadline, (
                f"waited for {condition}; the page shows: {self.value('document.body.innerText')[:2000]}"
            )
            time.sleep(0.3)

    def size(self, width: int, height: int) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def _note(self, said: dict[str, Any]) -> None:
        if said.get("method") == "Network.responseReceived":
            self.answered.append(said["params"]["response"]["url"])
        elif said.get("method") == "Runtime.exceptionThrown":
            self.troubles.append(json.dumps(said["params"]["exceptionDetails"])[:500])


@contextmanager
def a_page(folder: Path) -> Iterator[Page]:
    """A new browser with a profile in `folder`, ended afterwards."""
    command = [
        *(str(BROWSER), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--remote-debugging-port=0", f"--user-data-dir={folder}", "--window-size=1440,1000", "about:blank"),
    ]
    with (folder / "chromium.log").open("wb") as log:
        browser = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        with connect(
            _address(browser, folder / "DevToolsActivePort"), max_size=2**28, compression=None, ping_interval=None
        ) as socket:
            yield Page(socket)
    finally:
        browser.terminate()
        browser.wait(timeout=30)


def _address(browser: subprocess.Popen[bytes], note: Path) -> str:
    deadline = time.monotonic() + _STARTS_IN
    while not note.exists() or not note.read_text().strip():
        assert browser.poll() is None and time.monotonic() < deadline, "Chromium did not start"
        time.sleep(0.1)
    port = int(note.read_text().split()[0])
    with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
        targets: list[dict[str, str]] = json.load(answer)
    return next(target["webSocketDebuggerUrl"] for target in targets if target["type"] == "page")
