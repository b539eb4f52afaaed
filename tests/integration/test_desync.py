"""Programs that should do the same and do not: everybody hears of it."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from roomcast import BadArgument, Room
from tests.waiting import wait_for


class World:
    """A game that counts, honestly or not."""

    def __init__(self, room: Room, *, cheats_from: int = 10**9) -> None:
        self.room = room
        self.total = 0
        self.heard: list[tuple[int, list[str]]] = []

        @room.everywhere
        def add(number: int) -> None:
            self.total += number if self.total < cheats_from else number + 1

        room.check(lambda: {"total": self.total}, every=5)
        room.on("desync")(lambda seq, who: self.heard.append((seq, [player.id for player in who])))
        self.add = add


@pytest.fixture
def pump() -> Callable[..., Any]:
    def pump_until(worlds: list[World], condition: Callable[[], bool], what: str) -> None:
        def done() -> bool:
            for world in worlds:
                world.room.pump(wait=0.001)
            return condition()

        wait_for(done, 10, what)

    return pump_until


def test_the_first_difference_reaches_everybody_with_its_place_and_who(
    enter: Callable[..., Room], pump: Callable[..., Any]
) -> None:
    worlds = [World(enter("red")), World(enter("green")), World(enter("blue"), cheats_from=50)]
    for _ in range(100):
        worlds[0].add(1)
    pump(worlds, lambda: all(world.heard for world in worlds), "everybody has heard of the difference")
    pump(worlds, lambda: all(world.total >= 100 for world in worlds), "all is done")
    seq, who = worlds[0].heard[0]
    assert who == ["blue"]
    joins = 3
    assert seq in range(50 + joins, 50 + joins + 6)  # the first check after the 50th
    assert all(world.heard == [(seq, who)] for world in worlds)


def test_equal_programs_hear_nothing(enter: Callable[..., Room], pump: Callable[..., Any]) -> None:
    worlds = [World(enter("red")), World(enter("green"))]
    for _ in range(100):
        worlds[0].add(1)
        worlds[1].add(2)
    pump(worlds, lambda: all(world.total == 300 for world in worlds), "all is done")
    worlds[0].room.send("end")
    pump(worlds, lambda: worlds[0].room.unacknowledged == 0, "the last has come back")
    assert [world.heard for world in worlds] == [[], []]


def test_without_a_function_of_the_programs_own_it_is_logged(
    enter: Callable[..., Room], pump: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    worlds = [World(enter("red")), World(enter("green"), cheats_from=20)]
    worlds[0].room._handlers.events.pop("desync")
    with caplog.at_level(logging.WARNING, "roomcast"):
        for _ in range(40):
            worlds[0].add(1)
        pump(worlds, lambda: "the programs in this room differ after entry" in caplog.text, "it is logged")


def test_what_cannot_be_hashed_is_said_where_it_was_made(enter: Callable[..., Room]) -> None:
    room = enter("red")
    room.check(lambda: {"pen": object()}, every=1)
    room.send("go")
    with pytest.raises(BadArgument, match=r"check: argument 'state'\['pen'\] is a object"):
        wait_for(lambda: room.pump(wait=0.1) and False, 5)
    with pytest.raises(BadArgument, match="every=0"):
        room.check(dict, every=0)
