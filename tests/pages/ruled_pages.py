"""The pages of examples with rules: served, and entered as people do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.chromium import Window
from tests.integration.conftest import RunningServer
from tests.integration.ruled_server import ruled_server
from tests.programs import EXAMPLES


@contextmanager
def served(example: str) -> Iterator[RunningServer]:
    """An example of examples/rules, by the name of its folder, which is that of its file as well."""
    folder = EXAMPLES / "rules" / example
    with ruled_server(folder / f"{example}.py", site=folder / "pages") as running:
        yield running


def come_in(window: Window, name: str) -> None:
    """Through the door of such a page."""
    window.page.locator("#door").wait_for()
    window.page.get_by_label("Your name").fill(name)
    window.page.locator("#door button").click()
    window.page.locator("#game").wait_for()
