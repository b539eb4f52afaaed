"""Chromium, driven by Playwright: windows whose pages complain when something goes wrong in them."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.elsewhere import ELSEWHERE
from tests.waiting import wait_for

CHROMIUM = "chromium"  # Debian's; elsewhere, whatever goes by that name
HEADLESS = "chromium-headless-shell"  # the same without the browser around its pages: a third of the processor time
FLAGS = [
    "--no-sandbox",  # for root, in a container
    "--disable-dev-shm-usage",  # containers have little of it
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # it would look for updates
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PATIENCE = 20.0  # seconds for a page to show something; a browser on a busy machine is slow

_WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


def why_not() -> str | None:
    """Why no browser can be driven on this machine and what to type, or None where one can."""
    if program() is None:
        return f"not installed: {CHROMIUM}; type: sudo apt install chromium"
    return None


def program() -> str | None:
    return shutil.which(HEADLESS) or shutil.which(CHROMIUM)


@contextmanager
def started() -> Iterator[Browser]:
    """Run the browser, without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Window:
    """One window with one page of a server, which shares nothing with other windows. `name`: its user's, if known.

    `leaps`: tests may let time pass in the page, see `leaper`; else it goes by as always.
    `complaints`: errors and warnings in the console, what the policy forbade, requests to elsewhere. At the end
    there may be none.
    """

    def __init__(
        self,
        browser: Browser,
        server: str,
        path: str,
        name: str = "",
        look: dict[str, Any] = DESKTOP,
        *,
        leaps: bool = False,
        **more: Any,
    ) -> None:
        self.complaints: list[str] = []
        self.server = server
        self.context = browser.new_context(**look, **more)
        if leaps:
            self.context.clock.install()
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        self.context.on("request", lambda request: self._asked(request.url))
        self.context.add_init_script(_WATCH_POLICY)
        if name:
            self.context.add_init_script(
                f"if (location.protocol === 'http:') localStorage['roomcast.name'] ??= {json.dumps(name)}"
            )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.goto(f"http://{server}{path}")

    def text(self, selector: str) -> str:
        """What is to be read there."""
        return self.page.locator(selector).inner_text()

    def wait_to_read(self, selector: str, words: str, leap: float = 0.0) -> None:
        """Wait until that is to be read there; `leap`: while waiting, let so many seconds pass in the page at once."""
        let_pass = self.leaper(leap)

        def look() -> bool:
            let_pass()
            return words in self.text(selector)

        wait_for(look, PATIENCE, f"{words!r} is to be read at {selector}")

    def leaper(self, seconds: float, most: float = PATIENCE) -> Callable[[], None]:
        """What lets so many seconds pass at once in a page that was opened with `leaps=True`.

        Called as often as one likes, it does so twice a second, until `most` seconds are passed: a page that takes
        longer than people wait is found all the same.
        """
        left, again_at = most, 0.0

        def leap() -> None:
            nonlocal left, again_at
            if 0 < seconds <= left and time.monotonic() >= again_at:
                left, again_at = left - seconds, time.monotonic() + 0.5
                self.page.clock.fast_forward(int(seconds * 1000))

        return leap

    def wait_inside(self) -> None:
        """Until the page is in its room."""
        self.page.locator("#inside").wait_for(state="visible")

    def sticks_out(self) -> bool:
        """Whether the page is wider than the window, so that it scrolls sideways.

        Not by innerWidth: on a phone, that grows with what sticks out.
        """
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def close(self) -> None:
        self.context.close()
        assert not self.complaints, "\n  ".join(["the page complained:", *self.complaints])

    def _console(self, message: ConsoleMessage) -> None:
        # Programs in tests say things to pages that only these programs know.
        if message.type in ("error", "warning") and "no function is registered for it here" not in message.text:
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _asked(self, url: str) -> None:
        ours = tuple(f"{scheme}://{self.server}/" for scheme in ("http", "ws", "blob:http"))
        if not url.startswith(ours):
            self.complaints.append(f"asked elsewhere: {url}")
