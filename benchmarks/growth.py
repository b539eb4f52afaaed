"""How cost grows with the size of a room, the number of rooms, the size of messages, players behind, the kept log.

    make growth                 all five, in some four minutes; then docs/performance.md has the plots
    make growth ARGS="--only room-size"

One quantity grows, the others stay fixed. Measured is the server's processor time: for each copy where the number of
copies grows, else for each command. Worse than linear growth is a fault. Each point is the median of several steps.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from c_load import whole_steps
from machine import chosen, describe
from servers import TOP, Running, roomcast_with, running

from roomcast.loadtest.workloads import Workload

RESULTS = TOP / "build" / "growth.json"
RATE = 4_000.0  # commands a second
COPIES = 400_000.0  # copies a second, where these are what is fixed


@dataclass(frozen=True)
class Point:
    """One value of what grows: the load, the server's flags, and connections that do not read."""

    at: float
    workload: Workload
    rate: float  # copies a second
    flags: tuple[str, ...] = ()
    filler: int = 0  # extra bytes in the arguments of each command
    behind: int = 0  # extra connections that read nothing


@dataclass(frozen=True)
class Growth:
    name: str
    title: str
    axis: str
    per: str  # "copy" or "command"
    points: tuple[Point, ...]


def _room(players: int, rooms: int = 1, senders: int = 0) -> Workload:
    return Workload("", "", rooms, players, senders or players)


GROWTHS = (
    Growth(
        "room-size", "the size of a room, at 400,000 copies a second", "players in the room", "copy",
        tuple(Point(n, _room(n), COPIES) for n in (10, 30, 100, 300, 1000)),
    ),
    Growth(
        "rooms", "the number of rooms of 5, at 4,000 commands a second", "rooms", "copy",
        tuple(Point(n, _room(5, n), RATE * 5) for n in (1, 10, 30, 100, 300)),
    ),
    Growth(
        "message-size", "the size of messages, room of 20, 4,000 commands a second", "bytes of arguments", "copy",
        tuple(Point(n, _room(20), RATE * 20, filler=n) for n in (16, 64, 256, 1024, 4096)),
    ),
    Growth(
        "behind", "players who do not read, beside 20 who do, 4,000 commands a second", "players behind", "command",
        tuple(Point(n, _room(20), RATE * 20, behind=n) for n in (0, 10, 30, 100, 300)),
    ),
    Growth(
        "kept-log", "the kept log, room of 20, 4,000 commands a second", "entries kept", "command",
        tuple(Point(n, _room(20), RATE * 20, flags=("--kept-entries", str(n))) for n in (100, 1000, 10_000, 100_000)),
    ),
)  # fmt: skip


@contextmanager
def not_reading(server: Running, room: str, count: int) -> Iterator[None]:
    """Open connections that join a room and read nothing after their welcome."""
    with ExitStack() as stack:
        for _ in range(count):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", server.port))
            one.sendall(
                b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            one.recv(300)
            hello = json.dumps({"t": "hello", "room": room}).encode()
            one.sendall(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
        yield


def measure(point: Point, times: int, seconds: float) -> list[dict[str, Any]]:
    """Several steps with one server, at one point."""
    options = ["--rate", f"{point.rate:.0f}", "--seconds", f"{seconds}", "--times", f"{times}", "--room", "growth"]
    with running(roomcast_with(*point.flags)) as server, not_reading(server, "growth-0", point.behind):
        return whole_steps(server, point.workload, *options, "--filler", str(point.filler))


def grow(growth: Growth, times: int, seconds: float) -> list[dict[str, float]]:
    """The cost of a copy or a command at each point, in microseconds; and the latency, in ms."""
    rows = []
    for point in growth.points:
        steps = measure(point, times, seconds)
        per = "copies" if growth.per == "copy" else "commands"
        costs = [1e6 * (step["user"] + step["kernel"]) / step[per] for step in steps]
        p99 = statistics.median(step["p99"] for step in steps)
        rows.append(
            {"at": point.at, "cost": statistics.median(costs), "least": min(costs), "most": max(costs), "p99": p99}
        )
        print(f"  {point.at:9,.0f}  {rows[-1]['cost']:8.2f} µs a {growth.per}   p99 {p99:6.2f} ms", flush=True)
    return rows


def factor(rows: Sequence[dict[str, float]]) -> float:
    """The cost at the last point, as a multiple of the lowest before it. 1: cost grows linearly."""
    return rows[-1]["cost"] / min(row["cost"] for row in rows[:-1])


def main() -> None:
    names = [growth.name for growth in GROWTHS]
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--only", default=",".join(names), help=f"of {', '.join(names)}")
    options.add_argument("--times", type=int, default=5, help="steps a point")
    options.add_argument("--seconds", type=float, default=1.0, help="of each step")
    options.add_argument("--output", type=Path, default=RESULTS)
    wanted = options.parse_args()
    only = chosen(wanted.only, names)
    result: dict[str, Any] = {"machine": describe(), "growths": {}}
    for growth in GROWTHS:
        if growth.name in only:
            print(f"With {growth.title}:")
            rows = grow(growth, wanted.times, wanted.seconds)
            result["growths"][growth.name] = {
                "title": growth.title,
                "axis": growth.axis,
                "per": growth.per,
                "rows": rows,
            }
            print(f"  the last beside the cheapest: {factor(rows):.2f}\n")
    wanted.output.parent.mkdir(exist_ok=True)
    wanted.output.write_text(json.dumps(result, indent=1), encoding="utf-8")
    print(os.path.relpath(wanted.output))


if __name__ == "__main__":
    main()
