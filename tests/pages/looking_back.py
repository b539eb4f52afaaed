"""What the tests of looking back in the page /watch/ROOM share: a room with a past, and going to a place of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from roomcast import Room
from tests.chromium import Window
from tests.integration.rooms import pump_until


@pytest.fixture
def played(enter: Callable[..., Room]) -> tuple[Room, Room]:
    """What there is to look back at, by its seq.

    1 red comes, 2 blue comes, 3 to 6 red moves, 7 the room's state, 8 blue's, 9 a private letter, 10 the room's state
    again. Then blue goes, if told to.
    """
    red, blue = enter("red"), enter("blue")
    for number in range(4):
        red.send("move", number)
    red.state["level"] = 1
    pump_until(lambda: red.seq == 7, red, blue)
    blue.me["hat"] = "green"
    pump_until(lambda: red.seq == 8, red, blue)
    blue.send("whisper", "under the mat", to="red")
    pump_until(lambda: red.seq == 9, red, blue)
    red.state["level"] = 2
    pump_until(lambda: red.seq == blue.seq == 10, red, blue)
    return red, blue


def slide(window: Window, seq: int) -> None:
    """Drag the slider to a place."""
    window.page.locator("#when").evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', {bubbles: true})); }",
        str(seq),
    )


def look_back(window: Window, seq: int) -> None:
    """Drag the slider there, and wait until that is shown."""
    slide(window, seq)
    window.wait_to_read("#place", f"№ {seq} of")
