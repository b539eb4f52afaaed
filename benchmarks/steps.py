"""What timers cost a server: rooms in which a step runs 20 times a second, beside the same rooms without.

    make steps
    make steps ARGS="--rooms 100 --players 8 --seconds 5"

Rooms have connections that ask for the room's time, as programs with `room.every(1 / 20, step)` do, each room at a
phase of its own; nobody sends anything else. Measured is the server's processor time, with and without. The exit code
is 1 where a room has commands in its log, or ticks are missing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import urllib.request

from machine import describe
from raw_websocket import RawWebSocket, frame
from servers import raise_open_files

from roomcast.loadtest.server_process import MeasuredServer, serving

EVERY = 50.0  # ms: 20 steps a second
WARM_UP = 1.0  # seconds


class Listener(asyncio.Protocol):
    """Takes over a connection that has said hello, and counts the ticks that come. It answers no pings."""

    def __init__(self, socket: RawWebSocket) -> None:
        self.ticks = 0
        self.socket = socket  # which is closed when nobody has it any more
        self.transport = socket.writer.transport
        self.transport.set_protocol(self)

    def data_received(self, data: bytes) -> None:
        self.ticks += data.count(b'"tick"')


def processor_time(server: MeasuredServer) -> float:
    measured = server.processor_time()
    assert measured is not None, "the server's processor time can be read on Linux alone"
    return sum(measured)


async def measure(server: MeasuredServer, rooms: int, players: int, seconds: float) -> tuple[float, float, int]:
    """Seconds of processor time without ticks and with them, and how many ticks were heard."""
    host, port = server.url.removeprefix("ws://").rstrip("/").split(":")
    listeners = []
    for room in range(rooms):
        for player in range(players):
            joined = await RawWebSocket.join(int(port), host, f"room{room}", f"p{player}")
            listeners.append(Listener(joined))
    await asyncio.sleep(WARM_UP)
    before = processor_time(server)
    await asyncio.sleep(seconds)
    without = processor_time(server) - before
    start = time.time() * 1000
    for number, one in enumerate(listeners):
        phase = number // players * EVERY / rooms
        one.transport.write(frame(json.dumps({"t": "wake", "every": EVERY, "from": start + phase}).encode()))
    await asyncio.sleep(WARM_UP)
    heard = sum(one.ticks for one in listeners)
    before = processor_time(server)
    await asyncio.sleep(seconds)
    with_ticks = processor_time(server) - before
    return without, with_ticks, sum(one.ticks for one in listeners) - heard


def entries(server: MeasuredServer) -> int:
    """Of all rooms of the server."""
    address = server.url.replace("ws://", "http://")
    with urllib.request.urlopen(f"{address}healthz") as answer:
        return int(json.load(answer).get("commands", 0))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rooms", type=int, default=1000)
    options.add_argument("--players", type=int, default=2, help="in each room")
    options.add_argument("--seconds", type=float, default=10.0, help="for each of both")
    wanted = options.parse_args()
    raise_open_files()
    with serving() as server:
        delay = server.run_delay()
        without, with_ticks, heard = asyncio.run(measure(server, wanted.rooms, wanted.players, wanted.seconds))
        waited = server.run_delay() - delay
        commands = entries(server)
    due = wanted.rooms * wanted.players * wanted.seconds * 1000 / EVERY
    cost = (with_ticks - without) / max(1, heard) * 1e6
    print(f"{wanted.rooms:,} rooms of {wanted.players}, {wanted.seconds:g} s each ({describe()['processor']})")
    print(f"without    {without / wanted.seconds * 100:6.1f} % of a processor")
    print(f"with ticks {with_ticks / wanted.seconds * 100:6.1f} % of a processor")
    print(f"heard      {heard:,} ticks of {due:,.0f} that were due; {cost:.2f} µs of processor time each")
    print(f"waited     {waited / (2 * wanted.seconds) * 100:6.1f} % of the time for its core, which others had")
    print(f"log        {commands} commands")
    sys.exit(0 if commands == 0 and heard > due * 0.95 else 1)


if __name__ == "__main__":
    main()
