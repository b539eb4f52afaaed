"""What the tests of the page /watch/ROOM share: opening it, and waiting for what it shows."""

from typing import Any

from roomcast import Room
from tests.chromium import PATIENCE, Window
from tests.integration.rooms import pump_until
from tests.pages.conftest import Open

TOKEN = "k7fm-2qxp-9rtd"


def watch(open_window: Open, path: str = "/watch/dots", *settings: Any, **more: Any) -> Window:
    window = open_window(path, "", *settings, **more)
    window.wait_to_read("#status", "live")
    return window


def see(window: Window, selector: str, words: str, *players: Room) -> None:
    """Wait until something is to be read, while the players go on."""
    pump_until(lambda: words in window.text(selector), *players, within=PATIENCE, what=f"{words!r} at {selector}")


def digits(window: Window, table: int) -> str:
    """The hexadecimal digits of one of the tables of bytes, in a row."""
    return "".join(window.page.locator(".bytes .hex").nth(table).locator(".digits i").all_inner_texts())
