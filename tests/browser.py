"""Chromium, driven by Playwright: pages that complain when something goes wrong in them."""

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

CHROMIUM = "chromium"  # Debian's; elsewhere, whatever goes by that name
FLAGS = [
    "--no-sandbox",  # for root, in a container
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # it would look for updates
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # containers have little of it
]


def why_not() -> str | None:
    """Why no browser can be driven on this machine and what to type, or None where one can."""
    if shutil.which(CHROMIUM) is None:
        return "not installed: chromium; type: sudo apt install chromium"
    if importlib.util.find_spec("playwright") is None:
        return "not installed: playwright; type: make test"
    return None


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, without a window."""
    path = shutil.which(CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Complaints(list[str]):
    """What went wrong in the pages of one window: errors, warnings, what the policy forbade, requests to elsewhere."""

    def watch(self, context: BrowserContext, server: str) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.append(f"uncaught: {error.error}"))
        context.on("request", lambda request: self._ours(request.url, server))
        context.add_init_script(
            "addEventListener('securitypolicyviolation', (event) =>"
            " console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"
        )

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _ours(self, url: str, server: str) -> None:
        if not url.startswith((f"http://{server}/", f"ws://{server}/", f"blob:http://{server}/")):
            self.append(f"asked elsewhere: {url}")


def as_phone(browser: Browser, **more: object) -> BrowserContext:
    """A window of the size of a phone, with touch."""
    return browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True, is_mobile=True, **more
    )  # type: ignore[arg-type]


def as_desktop(browser: Browser, **more: object) -> BrowserContext:
    return browser.new_context(viewport={"width": 1280, "height": 800}, **more)  # type: ignore[arg-type]


__all__ = ["Browser", "BrowserContext", "Complaints", "Page", "as_desktop", "as_phone", "chromium", "why_not"]
