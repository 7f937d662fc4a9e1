"""Headless Chromium for tests: one program, spoken to over pipes, without a driver package.

The Chrome DevTools Protocol is JSON with a zero byte behind each message; with
``--remote-debugging-pipe`` Chromium reads it from file descriptor 3 and writes to 4. No port is opened.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
_SECONDS = 60  # for one answer, on a busy machine
_FLAGS = (
    "--headless",
    "--no-sandbox",  # CI runs as root, where the sandbox refuses to start
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--remote-debugging-pipe",
)

# Puts the pipes where the program looks for them, then becomes the program.
_START = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def _pipe() -> tuple[int, int]:
    """A pipe whose ends lie above the numbers that are given to the program."""
    low = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low]
    for end in low:
        os.close(end)
    return high[0], high[1]


class Chromium:
    """A running browser; `Chromium.page` opens a document in a fresh tab."""

    def __init__(self, profile: Path) -> None:
        ours_read, its_write = _pipe()
        its_read, ours_write = _pipe()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-c", _START, str(its_read), str(its_write)),
                *(str(PROGRAM), *_FLAGS, f"--user-data-dir={profile}", "about:blank"),
            ],
            pass_fds=(its_read, its_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(its_read)
        os.close(its_write)
        self._in, self._out = ours_read, ours_write
        self._selector = selectors.DefaultSelector()
        self._selector.register(ours_read, selectors.EVENT_READ)
        self._buffer = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        """End the browser."""
        try:
            self.call("Browser.close")
            self._process.wait(timeout=10)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._selector.close()
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Send one command and wait for its answer; what happens meanwhile lands in `events`."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        until = time.monotonic() + _SECONDS
        while True:
            answer = self._message(until)
            if answer.get("id") != self._number:
                self.events.append(answer)
                continue
            assert "error" not in answer, f"{method}: {answer['error']}"
            return dict(answer["result"])

    def wait_for(self, method: str, session: str) -> None:
        """Wait for an event of a tab."""
        until = time.monotonic() + _SECONDS
        while not any(
            e.get("method") == method and e.get("sessionId") == session for e in self.events
        ):
            self.events.append(self._message(until))

    def _message(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready = self._selector.select(max(0.0, until - time.monotonic()))
            assert ready, "chromium does not answer"
            piece = os.read(self._in, 2**20)
            assert piece, "chromium ended"
            self._buffer += piece
        text, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(text))

    def page(self, file: Path, *, width: int, height: int = 900, scripts: bool = True) -> Page:
        """Open a file at a window size and wait until it is loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, target, session, width)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        page.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        page.call("Page.navigate", url=file.resolve().as_uri())
        self.wait_for("Page.loadEventFired", session)
        return page


class Page:
    """One tab."""

    def __init__(self, browser: Chromium, target: str, session: str, width: int) -> None:
        self._browser, self._target, self._session = browser, target, session
        self.width = (
            width  # asked for; a phone shows a wider page smaller, with a greater innerWidth
        )

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command to the tab."""
        return self._browser.call(method, self._session, **params)

    def evaluate(self, code: str) -> Any:
        """The value of a JavaScript expression, as JSON."""
        found = self.call(
            "Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def events(self, method: str) -> list[dict[str, Any]]:
        """What was told about this tab so far."""
        return [
            event["params"]
            for event in self._browser.events
            if event.get("method") == method and event.get("sessionId") == self._session
        ]

    def complaints(self) -> list[str]:
        """Errors and warnings of the console."""
        logged = [e["entry"]["text"] for e in self.events("Log.entryAdded")]
        thrown = [str(e["exceptionDetails"]) for e in self.events("Runtime.exceptionThrown")]
        written = [str(e["args"]) for e in self.events("Runtime.consoleAPICalled")]
        return [*logged, *thrown, *written]

    def requests(self) -> list[str]:
        """Addresses that were asked for, without the page itself and what it holds."""
        asked = [e["request"]["url"] for e in self.events("Network.requestWillBeSent")]
        return [url for url in asked[1:] if not url.startswith("data:")]

    def screenshot(self, target: Path, *, full: bool = False) -> None:
        """A picture of the window, or of the whole page."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=full)["data"]
        target.write_bytes(base64.b64decode(data))

    def print(self, target: Path) -> None:
        """The page as printed, in the size its style sheet asks for."""
        made = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        target.write_bytes(base64.b64decode(made["data"]))

    def close(self) -> None:
        """Close the tab."""
        self._browser.call("Target.closeTarget", targetId=self._target)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser for the tests of a module."""
    if PROGRAM is None:
        pytest.skip("chromium is not installed (Debian package chromium)")
    browser = Chromium(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots stay: $OMNISIM_ARTEFACTS, else the tests' temporary folder."""
    kept = os.environ.get("OMNISIM_ARTEFACTS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
