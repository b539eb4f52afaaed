"""A browser for all tests of pages, and windows in it that complain when something goes wrong in their pages."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests import chromium
from tests.chromium import Browser, Window
from tests.integration.conftest import RunningServer, enter, server, start_server
from tests.plain_player import PlainPlayer

__all__ = ["enter", "server", "start_server"]  # fixtures of the integration tests

Open = Callable[..., Window]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """For this package only: while Playwright runs, nothing else in this thread can run an asyncio loop."""
    if reason := chromium.why_not():
        pytest.skip(reason)
    with chromium.started() as browser:
        yield browser


@pytest.fixture
def open_window(browser: Browser, server: RunningServer) -> Iterator[Open]:
    """open_window("/dots", "red", …) → a page of `server` in a window of its own, whose user is called so."""
    with ExitStack() as stack:

        def open_one(
            path: str,
            name: str = "",
            *settings: Any,
            at: RunningServer = server,
            host: str = "127.0.0.1",
            **more: Any,
        ) -> Window:
            address = f"{host}:{at.port}"
            window = Window(browser, address, path, name, *settings, **more)
            stack.callback(window.close)
            return window

        yield open_one


@pytest.fixture
def joan(server: RunningServer) -> Iterator[PlainPlayer]:
    """A starter client in the room "dots"."""
    with PlainPlayer(server.starter_port or 0) as player:
        player.meet()
        yield player
