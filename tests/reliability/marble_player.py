"""A player of the marbles without a window: kicks at random; what everyone's `finish` finds is printed.

python -m tests.reliability.marble_player WHERE NAME SEED [asyncio]
"""

from __future__ import annotations

import asyncio
import random
import runpy
import sys
import time
from typing import Any

import roomcast
from roomcast.client.canonical import digest
from tests.programs import EXAMPLES

FOLDER = EXAMPLES / "marbles"
BETWEEN = 0.3  # seconds between two kicks, about


class Player:
    """The world of examples/marbles in a room."""

    def __init__(self, room: Any, *, tells: bool = True) -> None:
        self.room = room
        self.tells = tells  # prints what `finish` finds
        sys.path.insert(0, str(FOLDER))
        tables = runpy.run_path(str(FOLDER / "table.py"))
        self.table, self.step_time = tables["Table"](), tables["STEP"]
        self.rolling: list[bool] = []
        room.world(self.save).load(self.load)
        room.on("join")(self.come)
        room.on("leave")(self.go)
        room.on("desync")(lambda seq, who: print(f"desync {seq} {[one.id for one in who]}", flush=True))
        room.command("kick")(self.kick)
        room.command("finish")(self.finish)
        room.timer(self.step)
        room.check(self.save)

    def save(self) -> Any:
        return {"marbles": self.table.marbles, "rolling": self.rolling}

    def load(self, saved: Any) -> None:
        self.table.marbles = saved["marbles"]
        self.rolling[:] = saved["rolling"]

    def come(self, player: roomcast.Player) -> None:
        self.table.put(player.id)
        if not self.rolling:
            self.rolling.append(True)
            self.room.every(self.step_time, self.step)

    def step(self) -> None:
        self.table.step()

    def go(self, player: roomcast.Player) -> None:
        del self.table.marbles[player.id]

    def kick(self, player: roomcast.Player, x: int, y: int) -> None:
        self.table.kick(player.id, x, y)

    def finish(self, player: roomcast.Player) -> None:
        if self.tells:
            print(f"at {self.room.seq} {digest(self.save())}", flush=True)


def play(where: str, name: str, chance: random.Random) -> None:
    with roomcast.join(where, name=name) as room:
        Player(room)
        print("in", flush=True)
        again = time.monotonic()
        while not room.closed:
            room.pump(wait=0.02)
            if time.monotonic() > again:
                again += chance.expovariate(1 / BETWEEN)
                room.send("kick", chance.randrange(640), chance.randrange(400))


async def play_async(where: str, name: str, chance: random.Random) -> None:
    async with roomcast.connect(where, name=name) as room:
        Player(room)
        print("in", flush=True)

        async def kick() -> None:
            while True:
                await asyncio.sleep(chance.expovariate(1 / BETWEEN))
                room.send("kick", chance.randrange(640), chance.randrange(400))

        kicking = asyncio.create_task(kick())
        async for _ in room:
            pass
        kicking.cancel()


def main() -> None:
    where, name, seed, *how = sys.argv[1:]
    chance = random.Random(int(seed))
    if how:
        asyncio.run(play_async(where, name, chance))
    else:
        play(where, name, chance)


if __name__ == "__main__":
    main()
