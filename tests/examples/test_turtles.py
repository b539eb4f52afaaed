"""The ten lines of the README: a click in one window draws in the other."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.integration.conftest import RunningServer
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window

GAME = EXAMPLES / "turtles.py"


@pytest.fixture
def play(display: str, server: RunningServer) -> Iterator[Callable[[int], tuple[Program, Window]]]:
    """play(10) → a program, and its window at 10 from the left."""
    with ExitStack() as stack:

        def start(left: int) -> tuple[Program, Window]:
            address = f"127.0.0.1:{server.port}"
            before = Window.all_titled(display, "Turtle")
            program = stack.enter_context(Program(GAME, DISPLAY=display, ROOMCAST_SERVER=address))
            (window,) = wait_for(
                lambda: [each for each in Window.all_titled(display, "Turtle") if each not in before],
                what="a window opens",
            )
            wait_for(lambda: window.corner != (0, 0), what="turtle puts it into the middle of the screen")
            window.move(left, 10)
            return program, window

        yield start


Play = Callable[[int], tuple[Program, Window]]


def test_a_click_in_one_window_draws_in_the_other(play: Play) -> None:
    (_, one), (_, two) = play(10), play(660)
    x, y = one.middle
    assert (x, y) == two.middle
    # A turtle starts about the middle and draws a line to where the click was: look halfway.
    one.click(x + 100, y)
    for window in one, two:
        wait_for(lambda: line_at(window, x + 50, y), what="the line to the right is drawn")  # noqa: B023  # run here
    two.click(x, y + 100)
    for window in one, two:
        wait_for(lambda: line_at(window, x, y + 50), what="the line downwards is drawn")  # noqa: B023
        assert line_at(window, x + 50, y)
        assert not line_at(window, x + 50, y + 50)  # two turtles, not one that went on


def line_at(window: Window, x: int, y: int) -> bool:
    return (0, 0, 0) in window.colours(x, y, 6)


def test_closing_the_window_ends_it_without_a_word(play: Play) -> None:
    program, window = play(10)
    window.click(100, 100)
    window.close()
    assert program.wait() == 0
    assert program.lines == []


def test_ctrl_c_ends_it_without_a_word(play: Play) -> None:
    program, window = play(10)
    window.click(100, 100)
    program.signal(signal.SIGINT)
    assert program.wait() == 0
    assert program.lines == []
