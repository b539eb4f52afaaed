"""Ten attacks from one address, each as fast as it goes, in a process of its own:

    python hostile_attacks.py NAME PORT STARTER_PORT SOURCE SECONDS

It prints what it has done as JSON: how often, and how many bytes it has sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import random
import resource
import string
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from raw_websocket import CONTINUATION, PING, RawWebSocket, frame, handshake

TRY_AGAIN_AFTER: Final = 0.01  # seconds after a refusal: it is as stubborn as it can be, and still sends
EMPTY_LISTS: Final = "[" + ",".join(["[]"] * 9_900) + "]"  # 30 KB, within what a message may hold
HONEST: Final = "honest-{}"  # the rooms of the honest players


@dataclass
class Target:
    """Whom to attack, from where, until when; and what was done."""

    port: int
    starter_port: int
    source: str
    until: float  # monotonic
    done: int = 0
    refused: int = 0
    sent: int = 0  # bytes

    @property
    def goes_on(self) -> bool:
        return time.monotonic() < self.until

    async def write(self, one: RawWebSocket, data: bytes = b"") -> None:
        """Write, and wait until the socket has taken most of it."""
        one.writer.write(data)
        self.sent += len(data)
        await one.writer.drain()

    async def join(self, room: str, name: str = "x") -> RawWebSocket:
        one = await RawWebSocket.join(self.port, self.source, room, name)
        self.sent += len(handshake(self.port)) + 60
        return one

    async def many(self, count: int, attack: Callable[[int], Awaitable[None]]) -> None:
        """Run an attack on so many connections at once; each begins again when it is refused or cut off."""

        async def keep_on(number: int) -> None:
            while self.goes_on:
                try:
                    await attack(number)
                except (OSError, TimeoutError):
                    self.refused += 1
                    await asyncio.sleep(TRY_AGAIN_AFTER)

        tasks = [asyncio.create_task(keep_on(number)) for number in range(count)]
        await asyncio.wait(tasks, timeout=max(0.0, self.until - time.monotonic()))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def private(target: Target) -> None:
    """64 players, who send commands to everybody by name."""
    names = [f"p{number}" for number in range(64)]
    everybody = ',"to":' + json.dumps(names, separators=(",", ":"))
    inside: set[int] = set()
    all_inside = asyncio.Event()

    async def player(number: int) -> None:
        one = await target.join("private", names[number])
        reading = asyncio.create_task(one.discard())
        inside.add(number)
        if len(inside) == len(names):
            all_inside.set()
        try:
            await all_inside.wait()  # who is not there cannot be named
            while target.goes_on and not reading.done():
                for _ in range(20):
                    one.do(more=everybody)
                target.done += 20
                target.sent += 20 * (len(everybody) + 45)
                await one.writer.drain()
            raise ConnectionError
        finally:
            inside.discard(number)
            reading.cancel()
            one.cut()

    await target.many(len(names), player)


async def watch(target: Target) -> None:
    """A room's log full of lists of empty lists, and observers who come again and again."""

    async def fill(number: int) -> None:
        one = await target.join("watched")
        reading = asyncio.create_task(one.discard())
        try:
            for _ in range(280):
                one.set(f'{{"a":{EMPTY_LISTS}}}')
                await target.write(one)
                target.sent += len(EMPTY_LISTS)
            await reading  # it is there as long as it may be
        finally:
            reading.cancel()
            one.cut()

    async def look(number: int) -> None:
        one = await RawWebSocket.open(target.port, target.source)
        try:
            one.say(t="watch", room="watched")
            target.sent += len(handshake(target.port)) + 40
            await one.receive()
            target.done += 1
        finally:
            one.cut()

    await target.many(9, lambda number: fill(number) if number == 0 else look(number))


async def pages(target: Target) -> None:
    """QR codes of long paths, and the list of 2,000 rooms."""

    async def ask(path: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port, local_addr=(target.source, 0))
        try:
            request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nConnection: close\r\n\r\n".encode()
            writer.write(request)
            target.sent += len(request)
            if not (await reader.read(15)).endswith(b"200 OK"):
                raise ConnectionError
            while await reader.read(2**20):
                pass
            target.done += 1
        finally:
            writer.transport.abort()

    async def one(number: int) -> None:
        if number < 4:  # the rooms must stay full of players who are away
            for count in itertools.count():
                if not target.goes_on:
                    return
                (await target.join(f"ghost-{number}-{count % 500}", "g" * 60)).cut()
        elif number % 2:
            await ask("/rooms.json")
        else:
            await ask("/qr.svg?path=/" + "".join(random.choices(string.ascii_letters, k=390)))

    await target.many(16, one)


async def nested(target: Target) -> None:
    """Rooms that are new each time, filled with lists of empty lists, and left."""
    rooms = itertools.count()

    async def fill(number: int) -> None:
        one = await target.join(f"nested-{next(rooms)}")
        reading = asyncio.create_task(one.discard())
        try:
            for key in range(8):
                one.set(f'{{"k{key}":{EMPTY_LISTS}}}')
                target.sent += len(EMPTY_LISTS)
                await one.writer.drain()
            target.done += 1
            one.writer.write(frame(b'{"t":"ping"}'))
            await one.writer.drain()
            await asyncio.sleep(0.05)  # until the last of it was read
        finally:
            reading.cancel()
            one.cut()

    await target.many(8, fill)


async def state(target: Target) -> None:
    """24,000 keys of shared state, and patches of one of them by 30 players."""
    keys = ["".join(letters) for letters in itertools.islice(itertools.product(string.ascii_letters, repeat=3), 24_000)]
    filled = asyncio.Event()

    async def player(number: int) -> None:
        one = await target.join("state", f"p{number}")
        reading = asyncio.create_task(one.discard())
        try:
            if number == 0:
                for first in range(0, len(keys), 6000):
                    one.set(json.dumps(dict.fromkeys(keys[first : first + 6000], 0), separators=(",", ":")))
                    await target.write(one)
                filled.set()
            await filled.wait()
            for count in itertools.count():
                if not target.goes_on or reading.done():
                    raise ConnectionError
                one.set(f'{{"aaa":{count}}}')
                target.done += 1
                target.sent += 55
                await one.writer.drain()
        finally:
            reading.cancel()
            one.cut()

    await target.many(30, player)


async def rooms(target: Target) -> None:
    """Hello in a room that is new each time, and leave."""
    count = itertools.count()

    async def visit(number: int) -> None:
        one = await target.join(f"new-{next(count)}")
        target.done += 1
        await one.leave()

    await target.many(32, visit)


async def ghosts(target: Target) -> None:
    """Join the rooms of the others, and lose the connection."""

    async def haunt(number: int) -> None:
        one = await target.join(HONEST.format(target.done % 10), "ghost")
        target.done += 1
        one.cut()

    await target.many(16, haunt)


async def silent(target: Target) -> None:
    """Sockets on the starter port that never say anything."""

    async def sit(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", target.starter_port, local_addr=(target.source, 0))
        try:
            if not await reader.read(1000):
                raise ConnectionError
            target.done += 1
            while await reader.read(2**16):
                pass
        finally:
            writer.transport.abort()

    await target.many(250, sit)


async def half_open(target: Target) -> None:
    """Sockets that never finish their handshake, more than the system lets a server have."""

    async def begin(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port, local_addr=(target.source, 0))
        try:
            writer.write(b"GET / HTTP/1.1\r\nHost: ")
            target.sent += 22
            target.done += 1
            await reader.read(1)
            raise ConnectionError
        finally:
            writer.transport.abort()

    await target.many(1300, begin)


async def control(target: Target) -> None:
    """Pings, and empty fragments of a message that never ends."""
    flood = (frame(b"", PING) + frame(b"", CONTINUATION, last=False)) * 2000

    async def send(number: int) -> None:
        one = await target.join("control", f"p{number}")
        reading = asyncio.create_task(one.discard())
        try:
            one.writer.write(frame(b"", last=False))
            while target.goes_on and not reading.done():
                await target.write(one, flood)
                target.done += 4000
            raise ConnectionError
        finally:
            reading.cancel()
            one.cut()

    await target.many(8, send)


ATTACKS: Final[dict[str, Callable[[Target], Coroutine[Any, Any, None]]]] = {
    "private": private,
    "watch": watch,
    "pages": pages,
    "nested": nested,
    "state": state,
    "rooms": rooms,
    "ghosts": ghosts,
    "silent": silent,
    "half-open": half_open,
    "control": control,
}


def main() -> None:
    name, port, starter_port, source, seconds = sys.argv[1:]
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    target = Target(int(port), int(starter_port), source, time.monotonic() + float(seconds))
    logging.disable()  # asyncio says that it writes to sockets that are closed
    with contextlib.suppress(OSError):
        asyncio.run(ATTACKS[name](target))
    print(json.dumps({"done": target.done, "refused": target.refused, "sent": target.sent}))


if __name__ == "__main__":
    main()
