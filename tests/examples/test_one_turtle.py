"""The README's game of ten lines: one turtle for everybody, and who comes late sees where it has been."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.integration.conftest import RunningServer
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window

OpenOne = Callable[[int], Window]


@pytest.fixture
def open_one(display: str, server: RunningServer) -> Iterator[OpenOne]:
    """open_one(10) → a window of the game, at 10 from the left."""
    with ExitStack() as stack:
        windows: list[Window] = []

        def start(left: int) -> Window:
            address = f"127.0.0.1:{server.port}"
            stack.enter_context(Program(EXAMPLES / "one_turtle.py", DISPLAY=display, ROOMCAST_SERVER=address))
            (window,) = wait_for(
                lambda: [each for each in Window.all_titled(display, "Turtle") if each not in windows],
                what="a window opens",
            )
            wait_for(lambda: window.corner != (0, 0), what="turtle puts it into its place")
            window.move(left, 10)
            windows.append(window)
            return window

        yield start


def test_a_click_in_each_window_leads_the_one_turtle_in_both(open_one: OpenOne) -> None:
    one, two = open_one(10), open_one(660)
    x, y = one.middle
    one.click(x - 100, y)
    for window in one, two:
        window.wait_to_see_near(x - 50, y, "black")
        window.wait_to_see_near(x - 95, y - 6, "black")  # who clicked
    two.click(x - 100, y - 100)
    for window in one, two:
        window.wait_to_see_near(x - 100, y - 50, "black")


def test_who_comes_late_sees_where_it_has_been(open_one: OpenOne) -> None:
    one = open_one(10)
    x, y = one.middle
    one.click(x - 100, y)
    one.click(x - 100, y - 100)
    one.wait_to_see_near(x - 100, y - 95, "black")
    late = open_one(660)
    for place in (x - 50, y), (x - 100, y - 50):
        late.wait_to_see_near(*place, "black")
    late.click(x, y - 100)
    for window in one, late:
        window.wait_to_see_near(x - 50, y - 100, "black")
