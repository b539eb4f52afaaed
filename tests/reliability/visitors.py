"""Pages of /dots in a browser whose users reload, go away, come back and press arrows; in the end, all must agree."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from types import TracebackType

from playwright.async_api import Browser, Error, Page, Playwright, async_playwright

from tests.chromium import FLAGS, program

AGREE_WITHIN = 30.0  # seconds
# What is shown to who comes while the server is away, or goes, or when a mishap has just broken the room.
NO_SERVER = re.compile(
    r"no server answers|does not answer within|the server is closing|something in the server failed in the room"
)
ROLL = "[...document.querySelectorAll('#people li')].map((line) => line.innerText.replace(' (you)', '')).join('; ')"


class Visitors:
    """A few pages of one room, each in a tab of its own."""

    def __init__(self, port: int, room: str, count: int, chance: random.Random) -> None:
        self._address = f"http://127.0.0.1:{port}/dots/{room}"
        self._count = count
        self._chance = chance
        self._pages: list[Page] = []
        self._busy: set[Page] = set()
        self.errors: list[str] = []

    async def __aenter__(self) -> Visitors:
        self._playwright: Playwright = await async_playwright().start()
        self._browser: Browser = await self._playwright.chromium.launch(executable_path=program(), args=FLAGS)
        for number in range(self._count):
            context = await self._browser.new_context()
            await context.add_init_script(
                f"if (location.protocol === 'http:') localStorage['roomcast.name'] ??= 'page{number}'"
            )
            page = await context.new_page()
            page.on("pageerror", self._complain)
            page.on("crash", lambda _: self.errors.append("a page has crashed"))
            self._pages.append(page)
            await self._open(page)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self._browser.close()
        await self._playwright.stop()

    async def act(self) -> bool:
        """One of them does something; whether one was free."""
        free = [page for page in self._pages if page not in self._busy]
        if not free:
            return False
        page = self._chance.choice(free)
        self._busy.add(page)
        try:
            await self._chance.choice(
                [self._press, self._press, self._reload, self._reload_twice, self._go_and_return]
            )(page)
        finally:
            self._busy.discard(page)
        return True

    def _complain(self, error: Error) -> None:
        if not NO_SERVER.search(str(error)):
            self.errors.append(f"in a page: {error}")

    async def _open(self, page: Page) -> None:
        while True:
            try:
                await page.goto(self._address)
            except Exception:  # the server is just starting
                await asyncio.sleep(0.2)
            else:
                return

    async def _press(self, page: Page) -> None:
        for _ in range(self._chance.randrange(1, 6)):
            await page.keyboard.press(self._chance.choice(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]))

    async def _reload(self, page: Page) -> None:
        await self._open(page)

    async def _reload_twice(self, page: Page) -> None:
        await page.evaluate("location.reload()")
        await self._open(page)

    async def _go_and_return(self, page: Page) -> None:
        await page.goto("about:blank")
        await asyncio.sleep(self._chance.uniform(0, 1))
        try:
            await page.go_back()
        except Exception:  # the server is just starting
            await self._open(page)

    async def come_to_rest(self, check: Callable[[bool, str], None]) -> None:
        """All pages show the same, and each of their users is there once."""
        shown: list[str] = []
        end = asyncio.get_running_loop().time() + AGREE_WITHIN
        while asyncio.get_running_loop().time() < end:
            for page in self._pages:
                if not await page.locator("#inside").is_visible():
                    await self._open(page)  # the server was away when it came
            shown = [await page.evaluate(ROLL) for page in self._pages]
            if len(set(shown)) == 1 and all(shown[0].count(f"page{n}") == 1 for n in range(self._count)):
                break
            await asyncio.sleep(0.2)
        check(len(set(shown)) == 1, f"the pages do not agree: {shown}")
        for number in range(self._count):
            there = shown[0].count(f"page{number}")
            check(there == 1, f"page{number} is there {there} times: {shown[0]}")
        for error in self.errors:
            check(False, error)
