"""The game of twenty lines: a click in one window draws in the other."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from PIL import ImageColor

from tests.integration.conftest import RunningServer
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window

GAME = EXAMPLES / "turtles.py"


@pytest.fixture
def play(display: str, server: RunningServer) -> Iterator[Callable[[int], tuple[Program, Window]]]:
    """play(10) → a program, and its window at 10 from the left; play(0): where the program has put it."""
    with ExitStack() as stack:

        def start(left: int) -> tuple[Program, Window]:
            address = f"127.0.0.1:{server.port}"
            before = Window.all_titled(display, "Turtle")
            program = stack.enter_context(Program(GAME, DISPLAY=display, ROOMCAST_SERVER=address))
            (window,) = wait_for(
                lambda: [each for each in Window.all_titled(display, "Turtle") if each not in before],
                what="a window opens",
            )
            wait_for(lambda: window.middle == (240, 200), what="the game gives it its size and its place")
            if left:
                window.move(left, 10)
            return program, window

        yield start


Play = Callable[[int], tuple[Program, Window]]


# The colours of the first and of the second who come, and ask for no name.
FIRST, SECOND = "green", "orange"
SECOND_SEEN = ImageColor.getrgb(SECOND)


def test_turtles_are_there_in_their_colours_before_the_first_click(play: Play) -> None:
    (_, one), (_, two) = play(10), play(660)
    x, y = one.middle
    assert (x, y) == two.middle
    two.wait_to_see_near(x, y, SECOND)  # the second stands on the first
    one.wait_to_see_near(x, y, SECOND)


def test_a_click_in_one_window_draws_in_the_other(play: Play) -> None:
    (_, one), (_, two) = play(10), play(660)
    x, y = one.middle
    # A turtle starts about the middle and draws a line to where the click was: look halfway.
    one.click(x + 100, y)
    for window in one, two:
        window.wait_to_see_near(x + 50, y, FIRST)
    two.click(x, y + 100)
    for window in one, two:
        window.wait_to_see_near(x, y + 50, SECOND)
        window.wait_to_see_near(x + 50, y, FIRST)
        assert window.colours(x + 50, y + 50, 6) == {(255, 255, 255)}  # two turtles, not one that went on


def test_who_comes_late_sees_the_whole_picture(play: Play) -> None:
    _, one = play(10)
    x, y = one.middle
    one.click(x + 100, y)
    one.wait_to_see_near(x + 95, y, FIRST)
    one.click(x + 100, y + 100)
    one.wait_to_see_near(x + 100, y + 95, FIRST)
    _, late = play(660)
    for place in (x + 50, y), (x + 100, y + 50):
        late.wait_to_see_near(*place, FIRST)


def test_windows_do_not_cover_one_another(play: Play) -> None:
    (_, one), (_, two) = play(0), play(0)
    assert abs(one.corner[0] - two.corner[0]) >= 2 * one.middle[0]


def test_who_leaves_takes_the_path_along(play: Play) -> None:
    (_, one), (_, two) = play(10), play(660)
    x, y = one.middle
    two.click(x + 100, y)
    one.wait_to_see_near(x + 95, y, SECOND)
    two.close()
    wait_for(lambda: SECOND_SEEN not in one.colours(x + 50, y, 6), what="its path is gone")
    one.click(x, y + 100)
    one.wait_to_see_near(x, y + 95, FIRST)


def test_closing_the_window_ends_it_without_a_word(play: Play) -> None:
    program, window = play(10)
    window.click(100, 100)
    window.close()
    assert program.wait() == 0
    assert program.lines == []


def test_ctrl_c_ends_it_as_it_ends_every_program(play: Play) -> None:
    program, window = play(10)
    window.click(100, 100)
    program.signal(signal.SIGINT)
    assert program.wait() == -signal.SIGINT
    assert program.lines[-1:] == ["KeyboardInterrupt"]
    assert not any("rror" in line for line in program.lines)
