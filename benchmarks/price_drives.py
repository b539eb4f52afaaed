"""How to do what a stranger can do to a server: each `Drive` does one thing many times, and says what it has sent.

They are in `price_connections`, `price_requests`, `price_messages` and `price_rules`; `price_fillings` fills rooms for
them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from raw_websocket import RawWebSocket


class Meter(Protocol):
    """Where a row is done, and what is measured meanwhile."""

    port: int
    starter_port: int
    source: str  # the address from which it is done
    token: str  # the server's
    times: int  # how often to do it

    def measured(self) -> AbstractContextManager[None]:
        """What is done inside is measured: the rest only prepares it."""
        ...


Drive = Callable[[Meter], Awaitable[int]]
"""Does it `times` times; returns the bytes that were sent for it."""


@dataclass
class Players:
    """Players of a room who read everything, from addresses of their own."""

    all: list[RawWebSocket] = field(default_factory=list)
    reading: list[asyncio.Task[None]] = field(default_factory=list)

    def leave(self) -> None:
        for task in self.reading:
            task.cancel()
        for one in self.all:
            one.cut()


async def players(meter: Meter, room: str, count: int, **hello: Any) -> Players:
    """`hello`: more fields of it."""
    there = Players()
    for number in range(count):
        one = await RawWebSocket.join(meter.port, f"127.0.9.{1 + number % 200}", room, f"p{number}", **hello)
        there.all.append(one)
        there.reading.append(asyncio.create_task(one.discard()))
    return there


async def answered(one: RawWebSocket) -> None:
    """Wait until the server has done all that was sent."""
    one.n += 1
    one.say(t="do", n=one.n, c="sync")
    last = b'"c":"sync","n":%d}' % one.n
    while last not in await one.receive():
        pass


async def at_once(meter: Meter, each: Callable[[int], Awaitable[object]], width: int = 8) -> None:
    """Do something `times` times, some at a time."""
    numbers = iter(range(meter.times))

    async def go_on() -> None:
        for number in numbers:
            await each(number)

    await asyncio.gather(*(go_on() for _ in range(width)))


async def plain(meter: Meter, data: bytes, port: int | None = None) -> bytes:
    """Connect, send, and read what comes until the end, or nothing where nothing is to come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port or meter.port, local_addr=(meter.source, 0))
    try:
        writer.write(data)
        return await reader.read() if data.endswith(b"\r\n\r\n") else b""
    finally:
        writer.transport.abort()


def get(meter: Meter, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{meter.port}\r\nConnection: close\r\n\r\n".encode()
