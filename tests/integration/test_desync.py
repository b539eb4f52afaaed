"""Programs that should do the same and do not: everybody hears of it."""

import logging
import random
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


def test_what_cannot_be_hashed_is_an_error_once_and_the_program_goes_on(enter: Callable[..., Room]) -> None:
    room, errors = enter("red"), []
    room.on("error")(errors.append)
    room.check(lambda: {"pen": object()}, every=1)
    for _ in range(3):
        room.send("go")
    wait_for(lambda: room.pump(wait=0.1) and not room.unacknowledged and not room.pump())
    assert [str(error)[:55] for error in errors] == ["room.check: the state['pen'] is an object, which JSON can"[:55]]
    with pytest.raises(BadArgument, match="every= is a whole number, at least 1, not 0"):
        room.check(dict, every=0)


def test_where_functions_called_pythons_random_module_that_is_said(
    enter: Callable[..., Room], pump: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    worlds = [Dicer(enter("red"), random), Dicer(enter("green"), random)]
    worlds[1].room.on("desync")(lambda seq, who: worlds[1].heard.append(seq))
    random.seed(1)  # whoever rolls second gets the next number
    with caplog.at_level(logging.WARNING, "roomcast"):
        for _ in range(20):
            worlds[0].roll()
        pump(worlds, lambda: worlds[1].heard, "they hear of the difference")
        pump(worlds, lambda: len(caplog.messages) >= 2, "it is said")
    said = sorted(caplog.messages)
    assert all("for 'roll' at entry 3, called Python's random module" in one for one in said)
    assert all("use room.random (help: roomcast help dice)" in one for one in said)
    assert said[0].startswith("the programs in this room differ after entry")
    assert said[1].startswith("the programs in this room differ: a function")


def test_of_the_rooms_dice_and_of_rolls_between_functions_nothing_is_said(
    enter: Callable[..., Room], pump: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    first, second = enter("red"), enter("green")
    worlds = [Dicer(first, first.random), Dicer(second, second.random)]
    with caplog.at_level(logging.WARNING, "roomcast"):
        for number in range(20):
            random.random()
            worlds[number % 2].roll()
        pump(worlds, lambda: all(len(world.rolls) == 20 for world in worlds), "all is rolled")
        assert worlds[0].rolls == worlds[1].rolls
        worlds[1].rolls[-1] = 7
        for _ in range(10):
            worlds[0].roll()
        pump(worlds, lambda: caplog.messages, "the difference is found")
    assert not any("random" in one for one in caplog.messages)


class Dicer:
    """A game of dice, with a check; `dice`: what it rolls with."""

    def __init__(self, room: Room, dice: Any) -> None:
        self.room = room
        self.rolls: list[int] = []
        self.heard: list[int] = []

        @room.everywhere
        def roll() -> None:
            self.rolls.append(dice.randint(1, 6))

        room.check(lambda: self.rolls, every=5)
        self.roll = roll
