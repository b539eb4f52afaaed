"""Dice fall the same in a page and in Python, on both of its clients, and for who comes later."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import roomcast
from roomcast.core.protocol.prng import Generator
from tests.chromium import PATIENCE
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(10)

ROLLS = 200
PAGE = """<!DOCTYPE html><title>Dice</title><link rel="icon" href="data:,">
<script type="module">
  import { join } from "/roomcast.js";

  const room = await join("dice", { name: "Page" });
  window.rolled = [];
  window.roll = room.everywhere("roll", () => {
    const dice = room.random;
    const cards = ["ace", "king", "queen", "jack"];
    dice.shuffle(cards);
    window.rolled.push([room.seq, dice.randint(1, 6), dice.random(), dice.gauss(170, 10), dice.choice(cards), cards,
      dice.sample([1, 2, 3, 4, 5], 3), dice.expovariate(0.5), dice.choices("ab", { weights: [1, 2], k: 3 }),
      dice.randrange(0, 1e15, 7)]);
  });
  window.here = true;
</script>"""


def roll_into(room: Any, rolled: list[Any]) -> Callable[[], None]:
    """The same as in the page."""

    @room.everywhere
    def roll() -> None:
        dice = room.random
        cards = ["ace", "king", "queen", "jack"]
        dice.shuffle(cards)
        some = [dice.randint(1, 6), dice.random(), dice.gauss(170, 10), dice.choice(cards), cards]
        more = [dice.sample([1, 2, 3, 4, 5], 3), dice.expovariate(0.5), dice.choices("ab", [1, 2], k=3)]
        rolled.append([room.seq, *some, *more, dice.randrange(0, 10**15, 7)])

    return roll


class AsyncioRoller:
    """A player on asyncio, in a thread of its own. It rolls under `async for`, and in a coroutine function."""

    def __init__(self, address: str) -> None:
        self.rolled: list[Any] = []
        self.under_async_for: list[int] = []
        self.in_a_coroutine: list[int] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(address,))
        self._thread.start()

    def do(self, what: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(what)

    def leave(self) -> None:
        self.do(lambda: asyncio.ensure_future(self.room.leave()))
        self._thread.join()

    def _run(self, address: str) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._play(address))

    async def _play(self, address: str) -> None:
        async with roomcast.connect(address, name="Asyncio") as self.room:
            self.roll = roll_into(self.room, self.rolled)

            @self.room.command("roll")
            async def slowly() -> None:
                first = self.room.random.randint(1, 6)
                await asyncio.sleep(0)
                self.in_a_coroutine += [first, self.room.random.randint(1, 6)]

            async for entry in self.room:
                if entry.command == "roll":
                    self.under_async_for.append(self.room.random.randint(1, 6))


def test_a_page_and_two_players_in_python_roll_the_same_200_times(
    open_window: Open, start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    server = start_server(site=tmp_path)
    page = open_window("/", at=server).page
    page.wait_for_function("window.here")
    on_asyncio = AsyncioRoller(server.address("dice"))
    try:
        with roomcast.join(server.address("dice"), name="Game") as room:
            in_a_loop: list[Any] = []
            roll = roll_into(room, in_a_loop)
            wait_for(lambda: hasattr(on_asyncio, "roll"), what="the player on asyncio is in")
            for number in range(ROLLS):
                if number % 3 == 0:
                    roll()
                elif number % 3 == 1:
                    page.evaluate("window.roll()")
                else:
                    on_asyncio.do(on_asyncio.roll)
            wait_for(lambda: room.pump(wait=0.01) < 0 or len(in_a_loop) == ROLLS, PATIENCE, "all rolls are run")
            wait_for(lambda: len(on_asyncio.under_async_for) == ROLLS, PATIENCE, "all rolls are run on asyncio")
            page.wait_for_function(f"window.rolled.length === {ROLLS}")
            in_the_page = page.evaluate("window.rolled")
            assert in_the_page == in_a_loop == on_asyncio.rolled
            assert len({tuple(map(str, one[1:])) for one in in_a_loop}) == ROLLS, "each entry has its own"
            assert {one[1] for one in in_a_loop} == {1, 2, 3, 4, 5, 6}

            with roomcast.join(server.address("dice"), name="Late") as late:
                later: list[Any] = []
                roll_into(late, later)
                for _ in range(10):
                    roll()
                wait_for(lambda: late.pump(wait=0.01) < 0 or len(later) == 10, PATIENCE, "the late one rolls")
                wait_for(lambda: room.pump(wait=0.01) < 0 or len(in_a_loop) == ROLLS + 10, PATIENCE, "all roll on")
                assert later == in_a_loop[-10:]
    finally:
        on_asyncio.leave()
    seed = server.ask(lambda: server.directory.rooms["dice"].state.seed)
    first = [two_dice(f"{seed}:{one[0]}") for one in on_asyncio.rolled]
    assert [dice[0] for dice in first] == on_asyncio.under_async_for
    assert [number for dice in first for number in dice] == on_asyncio.in_a_coroutine


def two_dice(key: str) -> list[int]:
    generator = Generator(key)
    return [generator.randint(1, 6), generator.randint(1, 6)]
