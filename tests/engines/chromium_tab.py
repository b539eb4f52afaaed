"""Chromium, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from tests import chromium

KEYS = {"\ue012": "ArrowLeft"}


class ChromiumTab:
    def __init__(self, page: Page) -> None:
        self._page = page

    def go(self, url: str) -> None:
        self._page.goto(url)

    def reload(self) -> None:
        self._page.reload()

    def back(self) -> None:
        self._page.go_back()

    def drag(self, *points: tuple[float, float]) -> None:
        mouse = self._page.mouse
        mouse.move(*points[0])
        mouse.down()
        for point in points[1:]:
            mouse.move(*point, steps=2)
        mouse.up()

    def press(self, key: str) -> None:
        self._page.keyboard.press(KEYS[key])

    def evaluate(self, expression: str) -> str:
        return str(self._page.evaluate(expression))


why_not = chromium.why_not


@contextmanager
def opened() -> Iterator[ChromiumTab]:
    with chromium.started() as browser:
        yield ChromiumTab(browser.new_page(viewport={"width": 1000, "height": 800}))
