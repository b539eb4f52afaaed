"""What code does with a room outside of its handlers is refused, and told: it would be a part of what comes next."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from roomcast.server import Player, Room
from roomcast.testing import Playtest, RulesFailed, playtest


class Careless(Room):
    """Its handlers leave tasks and threads behind, which do something to the room."""

    errors: ClassVar[list[BaseException]] = []

    def on_create(self) -> None:
        self.deck = [1, 2, 3]
        self.count = 0
        self.timer = self.after(1000, self.later).id

    def later(self) -> None: ...

    def on_join(self, player: Player) -> None:
        player["bag"] = []

    async def on_leave_task_after_a_wait(self, player: Player, what: str) -> None:
        self._task = asyncio.create_task(self.stray(what, player, 1.0))
        await asyncio.sleep(0.1)

    async def on_leave_thread(self, player: Player, what: str) -> None:
        waits = threading.Event()  # the handler does: its thread may begin before
        asyncio.get_running_loop().call_soon(waits.set)
        await asyncio.to_thread(lambda: waits.wait() and self.do(what, player))

    async def on_two(self, player: Player) -> int:
        await asyncio.gather(self.take(0.1), self.take(0.2))
        return await asyncio.wait_for(self.take(0.1), 1)

    async def take(self, seconds: float) -> int:
        await asyncio.sleep(seconds)
        self.deck.append(self.random.randrange(6))
        self.state["cards"] = len(self.deck)
        return len(self.deck)

    def on_look(self, player: Player) -> list[int]:
        return self.deck

    async def stray(self, what: str, player: Player, seconds: float = 0.0) -> None:
        await asyncio.sleep(seconds)
        self.do(what, player)

    def do(self, what: str, player: Player) -> None:
        try:
            DEEDS[what](self, player)
        except BaseException as error:
            self.errors.append(error)


def read_deck(room: Any, player: Player) -> None:
    room.deck.append(4)


DEEDS: dict[str, Callable[[Any, Player], object]] = {
    "append": read_deck,
    "set": lambda room, player: setattr(room, "count", 1),
    "state": lambda room, player: room.state.update(x=1),
    "delete": lambda room, player: delattr(room, "deck"),
    "player": lambda room, player: player["bag"].append(1),
    "emit": lambda room, player: room.emit("boo"),
    "after": lambda room, player: room.after(1, room.later),
    "cancel": lambda room, player: room.timers[room.timer].cancel(),
    "random": lambda room, player: room.random.random(),
    "kick": lambda room, player: room.kick(player, "out"),
    "lock": lambda room, player: room.lock(),
    "listing": lambda room, player: setattr(room, "listing", {}),
    "options": lambda room, player: room.options,
}


@pytest.fixture
def game() -> Playtest:
    Careless.errors.clear()
    return playtest(Careless, "red", "blue")


@pytest.mark.parametrize("what", DEEDS)
def test_what_a_task_does_that_a_handler_has_left_behind(game: Playtest, what: str) -> None:
    game.red.leave_task_after_a_wait(what)
    before = dict(game.blue.sees())
    with pytest.raises(RulesFailed, match=r"self\.background") as failed:
        game.advance(2)
    assert isinstance(failed.value.__cause__, RuntimeError)
    assert [type(error) for error in Careless.errors] == [RuntimeError]
    assert game.red.look() == [1, 2, 3]
    assert game.blue.sees() == before
    assert (game.server.count, len(game.server.timers), game.server.locked) == (0, 1, False)


def test_what_a_thread_does_for_which_a_handler_waits(game: Playtest) -> None:
    with pytest.raises(RulesFailed, match=r"self\.background"):
        game.red.leave_thread("random")
    assert "outside of the room's handlers" in str(Careless.errors[0])


def test_what_a_thread_of_its_own_does(game: Playtest) -> None:
    thread = threading.Thread(target=game.server.do, args=("emit", game.server.players["red"]))
    thread.start()
    thread.join()
    assert isinstance(Careless.errors[0], Exception)


def test_tasks_that_a_handler_waits_for_are_a_part_of_it(game: Playtest) -> None:
    assert game.red.two() == 6
    assert game.blue.state["cards"] == 6


def test_the_maker_reads_what_was_done_and_where() -> None:
    game, told = playtest(Careless, "red"), list[tuple[str, Exception | None]]()
    game.machine.directory.kinds._reports._tell = lambda *what: told.append(what)  # type: ignore[attr-defined]
    for _ in range(3):
        game.red.leave_task_after_a_wait("emit")
        game.advance(2)
    ((sentence, error),) = told
    assert "'careless'" in sentence
    assert "test_outside.py, line " in sentence
    assert str(error).startswith("self.emit() outside of the room's handlers")


def test_a_test_may_look_and_changes_nothing_by_it(game: Playtest) -> None:
    assert game.server.deck == [1, 2, 3]
    assert game.server.players["red"]["bag"] == []
    with pytest.raises(Exception, match="only to look at"):
        game.server.count = 5
    assert game.red.look() == [1, 2, 3]
