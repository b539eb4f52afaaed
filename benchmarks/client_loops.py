"""One client under load, in a process of its own: the loops that benchmarks/client.py measures.

    python benchmarks/client_loops.py LOOP ADDRESS COMMANDS

Prints a JSON object: `rate` (commands a second) and `cpu` (seconds of processor time, all threads). It uses only public
names of Roomcast, so that it also runs with the package of another revision on PYTHONPATH.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable

import roomcast
from roomcast import Player, TooFast

BATCH = 500  # calls at a time on asyncio, whenever as many have come back


class Count:
    """The least that a game does with a command."""

    def __init__(self) -> None:
        self.x = self.y = self.commands = 0

    def move(self, player: Player, dx: int, dy: int) -> None:
        self.x += dx
        self.y += dy
        self.commands += 1


class Stopwatch:
    """Wall clock and processor time since it was created."""

    def __init__(self) -> None:
        self._began, self._cpu = time.perf_counter(), time.process_time()

    def read(self, commands: int) -> dict[str, float]:
        took, cpu = time.perf_counter() - self._began, time.process_time() - self._cpu
        return {"rate": commands / took, "cpu": cpu}


def game_receives(address: str, commands: int) -> dict[str, float]:
    """Commands that `pump()` runs."""
    room = roomcast.join(address, name="player0")
    count = Count()
    room.everywhere(count.move)
    watch = Stopwatch()
    while count.commands < commands:
        room.pump(wait=1.0)
    result = watch.read(commands)
    room.leave()
    return result


def game_sends(address: str, commands: int) -> dict[str, float]:
    """Commands that a game sends, and runs when they have come back."""
    room = roomcast.join(address, name="Ada")
    count = Count()
    move = room.everywhere(count.move)
    sent = 0
    watch = Stopwatch()
    while count.commands < commands:
        sent += call(move, commands - sent)
        room.pump(wait=0.001)
    result = watch.read(commands)
    room.leave()
    return result


def asyncio_receives(address: str, commands: int) -> dict[str, float]:
    """The same as `game_receives` for a program on asyncio."""

    async def run() -> dict[str, float]:
        count = Count()
        async with roomcast.connect(address, name="player0") as room:
            room.everywhere(count.move)
            watch = Stopwatch()
            async for _ in room:
                if count.commands == commands:
                    break
            return watch.read(commands)

    return asyncio.run(run())


def asyncio_sends(address: str, commands: int) -> dict[str, float]:
    """The same as `game_sends` for a program on asyncio."""

    async def run() -> dict[str, float]:
        async with roomcast.connect(address, name="Ada") as room:
            count = Count()
            move = room.everywhere(count.move)
            watch = Stopwatch()
            sent = call(move, commands)
            async for _ in room:
                if count.commands == commands:
                    break
                if count.commands % BATCH == 0:
                    sent += call(move, min(BATCH, commands - sent))
            return watch.read(commands)

    return asyncio.run(run())


def call(move: Callable[[int, int], None], times: int) -> int:
    """Call `move` until too much is unsent; returns the number of calls that were taken."""
    for taken in range(times):
        try:
            move(1, 2)
        except TooFast:
            return taken
    return times


LOOPS: dict[str, Callable[[str, int], dict[str, float]]] = {
    "game-receives": game_receives,
    "asyncio-receives": asyncio_receives,
    "game-sends": game_sends,
    "asyncio-sends": asyncio_sends,
}

if __name__ == "__main__":
    print(json.dumps(LOOPS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))))
