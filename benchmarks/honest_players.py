"""Fifty players in ten rooms, and a newcomer each second, from addresses of their own; what each of them waited for.

    python honest_players.py PORT STARTER_PORT SECONDS

It prints JSON: round trips of commands, and how long newcomers took, each with the (monotonic) time at which it began.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from typing import Final

from raw_websocket import RawWebSocket

from roomcast.loadtest.server_process import run_delay

ROOMS, PLAYERS = 10, 5  # players in each
EVERY: Final = 1 / 60  # seconds between two commands of a player: a game sends one a frame
GIVE_UP: Final = 10.0  # seconds after which a newcomer counts as kept out
_OWN: Final = re.compile(rb'"by":"([^"]+)".*?"n":(\d+)}')


class Samples:
    def __init__(self) -> None:
        self.trips: list[tuple[float, float]] = []  # when a command was sent, and ms until it was back
        self.lost: list[float] = []  # when a player lost its connection
        self.newcomers: list[tuple[float, float]] = []  # when one began, and seconds until its welcome; GIVE_UP: never
        self.starters: list[tuple[float, float]] = []  # the same for starter clients


async def play(port: int, number: int, samples: Samples, until: float) -> None:
    """One player, for the whole time; it comes back when it is cut off."""
    source, room, name = f"127.0.1.{number + 1}", f"honest-{number % ROOMS}", f"h{number}"
    await asyncio.sleep(EVERY * number / (ROOMS * PLAYERS))  # not all at once
    while time.monotonic() < until:
        try:
            one = await RawWebSocket.join(port, source, room, name)
        except (OSError, TimeoutError):
            samples.lost.append(time.monotonic())
            await asyncio.sleep(0.5)
            continue
        sent: dict[int, float] = {}
        reading = asyncio.create_task(_read(one, name, sent, samples))
        try:
            due = time.monotonic()
            while time.monotonic() < until and not reading.done():
                due += EVERY
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                sent[one.n + 1] = time.monotonic()
                one.do()
        finally:
            if reading.done() and time.monotonic() < until:
                samples.lost.append(time.monotonic())
            reading.cancel()
            now = time.monotonic()
            samples.trips += [(began, (now - began) * 1000) for began in sent.values() if now - began > 1]
            await one.leave()


async def _read(one: RawWebSocket, name: str, sent: dict[int, float], samples: Samples) -> None:
    mine = f'"by":"{name}'.encode()
    try:
        while True:
            frame = await one.receive()
            now = time.monotonic()
            for line in frame.split(b"\n"):
                if mine in line and (found := _OWN.search(line)) and found[1].startswith(name.encode()):
                    began = sent.pop(int(found[2]), None)
                    if began is not None:
                        samples.trips.append((began, (now - began) * 1000))
    except OSError:
        return


async def come(port: int, starter_port: int, samples: Samples, until: float) -> None:
    """A newcomer each second, of each kind, from another address each."""
    tasks: set[asyncio.Task[None]] = set()
    number = 0
    while time.monotonic() < until - 1:
        number += 1
        source = f"127.0.{2 + number // 250}.{1 + number % 250}"
        for visit in (_hello(port, source, number, samples), _starter(starter_port, source, samples)):
            task = asyncio.create_task(visit)
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(1.0)
    if tasks:
        await asyncio.wait(tasks, timeout=GIVE_UP)


async def _hello(port: int, source: str, number: int, samples: Samples) -> None:
    began, took = time.monotonic(), GIVE_UP
    try:
        async with asyncio.timeout(GIVE_UP):
            one = await RawWebSocket.join(port, source, f"honest-{number % ROOMS}", "newcomer")
        took = time.monotonic() - began
        await one.leave()
    except (OSError, TimeoutError):
        pass
    samples.newcomers.append((began, took))


async def _starter(port: int, source: str, samples: Samples) -> None:
    began, took = time.monotonic(), GIVE_UP
    try:
        async with asyncio.timeout(GIVE_UP):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
            try:
                while line := await reader.readline():
                    if line.startswith(b"myIDis"):
                        took = time.monotonic() - began
                        break
            finally:
                writer.close()
    except (OSError, TimeoutError):
        pass
    samples.starters.append((began, took))


async def run(port: int, starter_port: int, seconds: float) -> Samples:
    samples, until = Samples(), time.monotonic() + seconds
    players = [play(port, number, samples, until) for number in range(ROOMS * PLAYERS)]
    await asyncio.gather(*players, come(port, starter_port, samples, until))
    return samples


def main() -> None:
    port, starter_port, seconds = sys.argv[1:]
    samples = asyncio.run(run(int(port), int(starter_port), float(seconds)))
    print(json.dumps(vars(samples) | {"delayed": run_delay("self"), "seconds": float(seconds)}))


if __name__ == "__main__":
    main()
