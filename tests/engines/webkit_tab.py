"""WebKitGTK's MiniBrowser, driven by WebDriver (https://www.w3.org/TR/webdriver2/) on a screen that nobody sees."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from roomcast.learn.free_port import free_port
from tests import windows
from tests.engines.engine import WITHIN, dragging, pressing
from tests.waiting import wait_for

DRIVER = "WebKitWebDriver"


def why_not() -> str | None:
    if not shutil.which(DRIVER) or not _browser():
        return "not installed: WebKitGTK's driver; type: sudo apt install webkit2gtk-driver"
    return windows.why_not()


def _browser() -> str | None:
    """The driver's own browser, which stands beside WebKit's libraries."""
    found = sorted(Path("/usr").glob("lib*/**/webkit2gtk-4.*/MiniBrowser"))
    return str(found[-1]) if found else None


class WebKitTab:
    def __init__(self, port: int) -> None:
        self._server = f"http://127.0.0.1:{port}"
        options = {"binary": _browser(), "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self._session = f"/session/{self._tell('/session', wanted)['sessionId']}"
        self._tell(f"{self._session}/timeouts", {"script": WITHIN * 1000, "pageLoad": WITHIN * 1000})

    def _tell(self, path: str, what: Any = None, method: str = "POST") -> Any:
        body = None if method == "DELETE" else json.dumps(what or {}).encode()
        request = urllib.request.Request(self._server + path, body, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=2 * WITHIN) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.read().decode()}") from None

    def go(self, url: str) -> None:
        self._tell(f"{self._session}/url", {"url": url})

    def reload(self) -> None:
        self._tell(f"{self._session}/refresh")

    def back(self) -> None:
        self._tell(f"{self._session}/back")

    def drag(self, *points: tuple[float, float]) -> None:
        self._act(dragging(points))

    def press(self, key: str) -> None:
        self._act(pressing(key))

    def _act(self, source: dict[str, Any]) -> None:
        self._tell(f"{self._session}/actions", {"actions": [source]})

    def evaluate(self, expression: str) -> str:
        told = "(text) => arguments[0]([text]), (error) => arguments[0]([null, String(error)])"
        script = f"{expression}.then({told});"
        text, *error = self._tell(f"{self._session}/execute/async", {"script": script, "args": []})
        assert not error, error
        return str(text)

    def close(self) -> None:
        self._tell(self._session, method="DELETE")


@contextmanager
def opened() -> Iterator[WebKitTab]:
    with windows.screen() as display, tempfile.TemporaryDirectory(prefix="webkit", ignore_cleanup_errors=True) as home:
        port = free_port()
        own = {"DISPLAY": display, "HOME": home, "XDG_RUNTIME_DIR": home, "LIBGL_ALWAYS_SOFTWARE": "1"}
        own |= {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "NO_AT_BRIDGE": "1", "GDK_BACKEND": "x11"}
        driver = subprocess.Popen(
            [DRIVER, f"--port={port}"], env=os.environ | own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_for(lambda: _answers(port), WITHIN, f"{DRIVER} takes connections")
            tab = WebKitTab(port)
            try:
                yield tab
            finally:
                with suppress(AssertionError, OSError):
                    tab.close()
        finally:
            driver.kill()
            driver.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
