"""Old programs, newcomers and connections that end, where a handler waits; and rooms that break meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from roomcast.core.protocol.messages import Bye
from roomcast.core.room.broken import RoomBroken
from roomcast.core.server.failures import Failures
from roomcast.server import Player, Room
from roomcast.server.async_handlers import AsyncHandlers
from roomcast.testing.playtest_loop import PlaytestLoop
from tests.core.fakes import Program
from tests.rules.houses import RuledHouse


class Dots(Room):
    def on_create(self) -> None:
        self.done: list[str] = []

    def on_join(self, player: Player) -> None:
        self.done.append(f"{player.id} joins")

    def on_leave(self, player: Player) -> None:
        self.done.append(f"{player.id} leaves")

    def on_move(self, player: Player, x: int) -> None:
        self.done.append(f"{player.id} moves {x}")

    async def on_think(self, player: Player, seconds: int) -> None:
        self.done.append(f"{player.id} thinks")
        await asyncio.sleep(seconds)
        self.emit("thought", by=player)


class ThinkingHouse(RuledHouse):
    """A house in which handlers run as the test lets the time pass."""

    def __init__(self) -> None:
        runs = AsyncHandlers()
        super().__init__(Dots, runs=runs, failures=Failures(lambda what, error: None))
        self.loop = PlaytestLoop(lambda: self.now)
        runs.serve(self.directory, self.loop, lambda: self.now)

    def let_pass(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 0.05)
            while self.loop.turn():
                pass
            for peer in list(self.directory.peers):
                peer.read_on(self.now)  # type: ignore[attr-defined]  # as a transport does
        self.flush()

    def comes(self, name: str) -> Program:
        """Somebody says hello, and may have to wait."""
        program = self.knock()
        program.hello("dots", name)
        return program

    @property
    def done(self) -> list[str]:
        behaviour = self.ruled().behaviour
        return list(behaviour.room.done)  # type: ignore[attr-defined]


@pytest.fixture
def house() -> ThinkingHouse:
    return ThinkingHouse()


def test_lines_wait_and_are_taken_in_their_order(house: ThinkingHouse) -> None:
    ada, alan = house.join_by_lines(("Ada",)), house.join_by_lines(("Alan",))
    assert ada.say("think 2\nmove 1\nmove 2\n") > 0
    assert alan.say("move 3\n") > 0
    house.let_pass(1)
    assert house.done == ["Ada joins", "Alan joins", "Ada thinks"]
    house.let_pass(2)
    assert sorted(house.done[2:]) == ["Ada moves 1", "Ada moves 2", "Ada thinks", "Alan moves 3"]
    assert house.done.index("Ada thinks") == 2
    assert "thought Ada" in alan.hear()


def test_who_goes_meanwhile_has_said_its_last_words_however_long_they_take(house: ThinkingHouse) -> None:
    ada, alan = house.join_by_lines(("Ada",)), house.join_by_lines(("Alan",))
    alan.say("think 2\n")
    ada.say("move 1\nthink 2\nmove 2\n")
    ada.peer.gone(house.now, clean=False)
    assert ada.peer in house.directory.peers
    house.let_pass(6)
    assert house.done[2:] == ["Alan thinks", "Ada moves 1", "Ada thinks", "Ada moves 2", "Ada leaves"]
    assert ada.peer not in house.directory.peers


def test_who_comes_meanwhile_comes_in_afterwards(house: ThinkingHouse) -> None:
    ada = house.join_by_lines(("Ada",))
    ada.say("think 2\n")
    house.join_by_lines(("Alan",))
    house.comes("Page")
    gives_up = house.join_by_lines(("Eve",))
    gives_up.peer.gone(house.now, clean=False)
    house.let_pass(3)
    assert house.done[2:] == ["Alan joins", "Page joins"]


def test_a_room_that_breaks_meanwhile_leaves_nobody_behind(house: ThinkingHouse) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.do("think", 2)
    alan.peer.gone(house.now, clean=True)
    page = house.comes("Page")
    house.directory.room_broken(RoomBroken(house.ruled().commits))
    for program in (ada, page):
        bye = program.hear()[-1]
        assert isinstance(bye, Bye)
        assert bye.code == "room-broken"
    assert alan.peer not in house.directory.peers
    house.let_pass(3)
    again = house.join("Again")
    assert house.done == ["Again joins"]
    assert again.welcome is not None


def test_what_was_said_meanwhile_is_taken_once_the_room_goes_on(house: ThinkingHouse) -> None:
    ada, alan = house.join_by_lines(("Ada",)), house.join_by_lines(("Alan",))
    ada.say("think 2\nmove 1\n")
    alan.say("move 2\n")
    for seconds in (0, 3):
        house.now += seconds
        while house.loop.turn():
            pass
    assert house.done[3:] == ["Alan moves 2", "Ada moves 1"]
    assert ada.peer.connection.read_agains == alan.peer.connection.read_agains == 1  # type: ignore[attr-defined]
