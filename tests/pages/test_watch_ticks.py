"""The page /watch/ROOM says where the rules of a room do not keep up with its ticks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

import roomcast
from roomcast.server import Room
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.pages.watching import see, watch
from tests.rules.kinds import ruled_kinds

pytestmark = pytest.mark.takes(8)


class Dots(Room):
    tick_rate = 20

    def on_tick(self, dt: float) -> None:
        time.sleep(0.12)  # what a maker should not do: it takes longer than two ticks


@pytest.fixture
def server() -> Iterator[RunningServer]:
    """With these rules for "dots"; whoever runs it would be told that they are slow."""
    running = RunningServer(kinds=ruled_kinds({"dots": Dots}))
    yield running
    running.stop()


def test_it_says_by_how_much_the_rules_fall_behind(open_window: Open, enter: Callable[..., roomcast.Room]) -> None:
    red = enter("red")
    window = watch(open_window)
    see(window, "#summary", "1 player is here", red)
    see(window, "#summary", "Its rules fall behind, by ", red)
