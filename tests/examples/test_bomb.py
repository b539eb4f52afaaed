"""The game of bombs: they tick and explode in all windows at once, also in one that came while they were ticking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.integration.conftest import RunningServer
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window

pytestmark = pytest.mark.takes(20)

GAME = EXAMPLES / "bomb" / "bomb.py"


@pytest.fixture
def play(display: str, server: RunningServer) -> Iterator[Callable[[str, int], tuple[Program, Window]]]:
    """play("Ada", 10) → her program, and its window at 10 from the left."""
    with ExitStack() as stack:

        def start(name: str, left: int) -> tuple[Program, Window]:
            address = f"127.0.0.1:{server.port}"
            program = stack.enter_context(Program(GAME, name, DISPLAY=display, ROOMCAST_SERVER=address))
            window = Window.titled(display, f"^bomb: {name}")
            window.move(left, 10)
            return program, window

        yield start


def explosion(program: Program) -> str:
    """What it prints of the first one: after which entry, when, where, and who was near."""
    return wait_for(lambda: next((line for line in program.lines if " boom at " in line), ""), what="it explodes")


def test_a_bomb_explodes_everywhere_at_once_and_no_tick_is_in_the_log(
    play: Callable[[str, int], tuple[Program, Window]], server: RunningServer
) -> None:
    ada, window = play("Ada", 10)
    alan, _ = play("Alan", 530)
    room = server.directory.rooms["bomb"]
    window.click(44 * 5, 44 * 5)
    wait_for(lambda: room.log.last == 3, what="the bomb is laid")
    grace, _ = play("Grace", 1050)  # while it ticks; on a machine that is too busy, she runs it with what was before
    (line,) = {explosion(program) for program in (ada, alan, grace)}  # the same, to the millisecond
    assert "boom at 5,5: Alan" in line  # who came second stands nearby
    assert room.log.last == 4  # three who joined, and one bomb
