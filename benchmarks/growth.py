"""How cost grows: with the size of a room, the number of rooms, the size of messages, players behind, the kept log.

    make growth                 all five, in some four minutes; then docs/performance.md has the plots
    make growth ARGS="--only room-size"

One thing grows, all else stays. What is measured is the server's processor time, a copy where the copies grow and a
command where they do not; growth worse than in line with that is a fault. Each point is the median of several steps.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from compare import Workload, chosen, describe, load_on
from servers import ROOMCAST, TOP, Kind, Running, running

RESULTS = TOP / "build" / "growth.json"
RATE = 4_000.0  # commands a second, where copies do not matter
COPIES = 400_000.0  # copies a second, where they do


@dataclass(frozen=True)
class Point:
    """One value of what grows: the load, the server's flags, and what goes on beside."""

    at: float
    workload: Workload
    rate: float  # copies a second
    flags: tuple[str, ...] = ()
    filler: int = 0  # bytes that each command carries beside what it says
    behind: int = 0  # more connections, that read nothing


@dataclass(frozen=True)
class Growth:
    name: str
    title: str
    axis: str
    per: str  # "copy" or "command"
    points: tuple[Point, ...]


def _room(players: int, rooms: int = 1, senders: int = 0) -> Workload:
    return Workload("", "", rooms, players, senders or players, 0.0)


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
    """So many connections, in that room, that say hello and read nothing more than their welcome."""
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
    """Steps of one server, at one point."""
    kind: Kind = replace(ROOMCAST, command=lambda port: [*ROOMCAST.command(port), *point.flags])
    how = ["--rate", f"{point.rate:.0f}", "--seconds", f"{seconds}", "--times", f"{times}", "--room", "growth"]
    with running(kind) as server, not_reading(server, "growth-0", point.behind):
        said = load_on(server, point.workload, *how, "--filler", str(point.filler))
    if bad := [one for one in said if not one.get("complete")]:
        raise SystemExit(f"not everything arrived: {bad[0]}")
    return said


def grow(growth: Growth, times: int, seconds: float) -> list[dict[str, float]]:
    """What a copy, or a command, costs at each point, in microseconds; and the latency."""
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
    """How many times as much the last point costs as the cheapest before it: 1 is in line."""
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
