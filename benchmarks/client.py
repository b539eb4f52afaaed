"""How many commands a second the clients in Python take in and run, and send, over real connections.

    make client                          these, then roomcast.js
    .venv/bin/python benchmarks/client.py     these alone

Each client has a core of its own, network thread and all. What it takes in comes from a program that sends as fast as
it is read; what it sends goes to a real server, and counts when it has come back and was run.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from compare import describe
from servers import TOP

import roomcast
from roomcast import Player, TooFast
from roomcast.loadtest.server_process import cores, serving

RESULTS = TOP / "build" / "client.json"
COMMANDS = 400_000  # of a round
SENT = 200_000
BATCH = 500  # calls at a time, on asyncio, when as many have come back
PER_FRAME = 80  # 20 players, 1,000 commands a second each, at a pace of 4 ms
PLAYERS = 20


# ---------------------------------------------------------------------- one that only sends


def pour(commands: int) -> None:
    """Be a server for one player: welcome it, then send it so many commands, as fast as it reads. Prints the port."""
    from websockets.sync.server import ServerConnection, serve
    from websockets.typing import Subprotocol

    def lines(first: int) -> str:
        return "\n".join(
            f'{{"t":"do","s":{s},"by":"player{1 + s % (PLAYERS - 1)}","at":1700000000123,"c":"move",'
            f'"a":[{s % 7},{-(s % 5)}],"n":{s}}}'
            for s in range(first, first + PER_FRAME)
        )

    frames = [lines(first) for first in range(2, commands + 2, PER_FRAME)]
    limits = {"message_size": 65536, "rate": 60, "burst": 120, "silent_for": 25}
    players = [{"id": f"player{one}", "name": f"player{one}"} for one in range(PLAYERS)]

    def welcome(connection: ServerConnection) -> None:
        connection.recv()
        snapshot = {"players": players}
        said = {
            "t": "welcome",
            "me": "player0",
            "session": "s",
            "s": 1,
            "time": 0,
            "limits": limits,
            "snapshot": snapshot,
        }
        connection.send(json.dumps(said))
        with contextlib.suppress(Exception):  # it may leave when it has them all
            for frame in frames:
                connection.send(frame)
            connection.recv()

    with serve(welcome, "127.0.0.1", 0, subprotocols=[Subprotocol("roomcast.1")], compression=None) as server:
        print(server.socket.getsockname()[1], flush=True)
        server.serve_forever()


@contextlib.contextmanager
def pouring() -> Iterator[str]:
    """The address of a room where commands pour in, from a program on the first core; this one has the last."""
    pinned = ["taskset", "--cpu-list", str(cores()[0])] if shutil.which("taskset") else []
    command = [*pinned, sys.executable, __file__, "--pour", str(COMMANDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            with last_core():
                yield f"127.0.0.1:{process.stdout.readline().strip()}/dots"
        finally:
            process.terminate()


@contextlib.contextmanager
def a_server() -> Iterator[str]:
    """The address of a room on a real server, on the first core; this program has the last."""
    with serving() as server, last_core():
        yield f"{server.url.removeprefix('ws://')}dots"


@contextlib.contextmanager
def last_core() -> Iterator[None]:
    have = cores()
    if have:
        os.sched_setaffinity(0, have[-1:])
    try:
        yield
    finally:
        if have:
            os.sched_setaffinity(0, have)


# ---------------------------------------------------------------------- the clients


class Count:
    """What a game does with a command, at the least."""

    def __init__(self) -> None:
        self.x = self.y = self.commands = 0

    def move(self, player: Player, dx: int, dy: int) -> None:
        self.x += dx
        self.y += dy
        self.commands += 1


def game_takes_in() -> float:
    """Commands a second that `pump()` runs."""
    with pouring() as address:
        room = roomcast.join(address, name="player0")
        count = Count()
        room.everywhere(count.move)
        began = time.perf_counter()
        while count.commands < COMMANDS:
            room.pump(wait=1.0)
        took = time.perf_counter() - began
        room.leave()
    return COMMANDS / took


def asyncio_takes_in() -> float:
    """The same for a program on asyncio."""

    async def run(address: str) -> float:
        count = Count()
        async with roomcast.connect(address, name="player0") as room:
            room.everywhere(count.move)
            began = time.perf_counter()
            async for _ in room:
                if count.commands == COMMANDS:
                    break
            return time.perf_counter() - began

    with pouring() as address:
        return COMMANDS / asyncio.run(run(address))


def game_sends() -> float:
    """Commands a second that a game sends, and runs when they have come back."""
    with a_server() as address:
        room = roomcast.join(address, name="Ada")
        count = Count()
        move = room.everywhere(count.move)
        sent = 0
        began = time.perf_counter()
        while count.commands < SENT:
            sent += call(move, SENT - sent)  # until too much waits
            room.pump(wait=0.001)
        took = time.perf_counter() - began
        room.leave()
    return SENT / took


def asyncio_sends() -> float:
    """The same for a program on asyncio."""

    async def run(address: str) -> float:
        async with roomcast.connect(address, name="Ada") as room:
            count = Count()
            move = room.everywhere(count.move)
            began = time.perf_counter()
            sent = call(move, SENT)  # until too much waits
            async for _ in room:
                if count.commands == SENT:
                    break
                if count.commands % BATCH == 0:
                    sent += call(move, min(BATCH, SENT - sent))
            return time.perf_counter() - began

    with a_server() as address:
        return SENT / asyncio.run(run(address))


def call(move: Callable[[int, int], None], times: int) -> int:
    """Call it so many times; returns how many calls were taken before too much waited."""
    for taken in range(times):
        try:
            move(1, 2)
        except TooFast:
            return taken
    return times


MEASURED: dict[str, Callable[[], float]] = {
    "pump() takes in and runs": game_takes_in,
    "asyncio takes in and runs": asyncio_takes_in,
    "a game sends, and runs what comes back": game_sends,
    "asyncio sends, and runs what comes back": asyncio_sends,
}


def measure(rounds: int) -> dict[str, list[float]]:
    """Each in turn, so many times: commands a second."""
    found: dict[str, list[float]] = {name: [] for name in MEASURED}
    for _ in range(rounds):
        for name, run in MEASURED.items():
            found[name].append(run())
    for name, rates in found.items():
        print(f"{name:42} {statistics.median(rates):9,.0f} commands a second ({min(rates):,.0f}–{max(rates):,.0f})")
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--pour", type=int, metavar="N", help=argparse.SUPPRESS)
    wanted = options.parse_args()
    if wanted.pour:
        pour(wanted.pour)
        return
    result = {"machine": describe(), "rates": measure(wanted.rounds)}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
