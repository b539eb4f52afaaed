"""Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), on a WebSocket of its own."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.engines.engine import WITHIN, dragging, pressing
from tests.waiting import wait_for

PROGRAMS = ["firefox-esr", "firefox"]
SETTINGS = {
    "remote.prefs.recommended": True,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.startup.homepage": "about:blank",
}


def why_not() -> str | None:
    return None if _program() else "not installed: firefox; type: sudo apt install firefox-esr"


def _program() -> str | None:
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class FirefoxTab:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self._tell("session.new", capabilities={})
        (tree, *_) = self._tell("browsingContext.getTree")["contexts"]
        self._context = tree["context"]
        self._tell("browsingContext.setViewport", context=self._context, viewport={"width": 1000, "height": 800})

    def _tell(self, method: str, **params: Any) -> Any:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=WITHIN))
            if answer.get("id") == self._number:
                assert answer["type"] == "success", f"{method}: {answer}"
                return answer["result"]

    def go(self, url: str) -> None:
        self._tell("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def reload(self) -> None:
        self._tell("browsingContext.reload", context=self._context, wait="complete")

    def back(self) -> None:
        self._tell("browsingContext.traverseHistory", context=self._context, delta=-1)

    def drag(self, *points: tuple[float, float]) -> None:
        self._act(dragging(points))

    def press(self, key: str) -> None:
        self._act(pressing(key))

    def _act(self, source: dict[str, Any]) -> None:
        self._tell("input.performActions", context=self._context, actions=[source])

    def evaluate(self, expression: str) -> str:
        answer = self._tell(
            "script.evaluate", expression=expression, target={"context": self._context}, awaitPromise=True
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return str(answer["result"]["value"])


@contextmanager
def opened() -> Iterator[FirefoxTab]:
    with tempfile.TemporaryDirectory(prefix="firefox", ignore_cleanup_errors=True) as home:
        settings = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in SETTINGS.items()]
        Path(home, "user.js").write_text("\n".join(settings))
        said = Path(home, "said")

        def address() -> str | None:
            assert firefox.poll() is None, f"Firefox ended and said:\n{said.read_text()}"
            found = re.search(r"listening on (ws://\S+)", said.read_text())
            return found[1] if found else None

        with said.open("wb") as stderr:
            firefox = subprocess.Popen(
                [_program() or "", "--headless", "--no-remote", "--profile", home, "--remote-debugging-port", "0"],
                env=os.environ | {"HOME": home, "MOZ_CRASHREPORTER_DISABLE": "1"},
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        try:
            where = wait_for(address, WITHIN, "Firefox says where it takes commands")
            with connect(f"{where}/session", max_size=None, ping_interval=None) as socket:
                yield FirefoxTab(socket)
        finally:
            firefox.kill()
            firefox.wait()
