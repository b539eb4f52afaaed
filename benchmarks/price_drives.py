"""How to do what a stranger can do to a server: each `Drive` does one thing many times, and says what it has sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, Protocol

from raw_websocket import CONTINUATION, RawWebSocket, frame, handshake

BINARY: Final = 0x2
EMPTY_LISTS: Final = "[" + ",".join(["[]"] * 9_900) + "]"  # 30 KB: the values that a message may hold
LARGE: Final = json.dumps(["x" * 60_000])


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


async def players(meter: Meter, room: str, count: int) -> Players:
    there = Players()
    for number in range(count):
        one = await RawWebSocket.join(meter.port, f"127.0.9.{1 + number % 200}", room, f"p{number}")
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


# ---------------------------------------------------------------------- connections


async def _plain(meter: Meter, data: bytes, port: int | None = None) -> bytes:
    """Connect, send, and read what comes until the end, or nothing where nothing is to come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port or meter.port, local_addr=(meter.source, 0))
    try:
        writer.write(data)
        return await reader.read() if data.endswith(b"\r\n\r\n") else b""
    finally:
        writer.transport.abort()


async def accept(meter: Meter) -> int:
    with meter.measured():
        await at_once(meter, lambda number: _plain(meter, b""))
        await _plain(meter, _get(meter, "/healthz"))
    return 40 * meter.times


async def half_handshake(meter: Meter) -> int:
    data = handshake(meter.port)[:60]
    with meter.measured():
        await at_once(meter, lambda number: _plain(meter, data))
        await _plain(meter, _get(meter, "/healthz"))
    return len(data) * meter.times


async def websocket(meter: Meter) -> int:
    async def one(number: int) -> None:
        (await RawWebSocket.open(meter.port, meter.source)).cut()

    with meter.measured():
        await at_once(meter, one)
        await _plain(meter, _get(meter, "/healthz"))
    return len(handshake(meter.port)) * meter.times


async def starter(meter: Meter) -> int:
    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", meter.starter_port, local_addr=(meter.source, 0))
        while not (await reader.readline()).startswith((b"myIDis", b"error", b"")[:2]):
            pass
        writer.close()

    with meter.measured():
        await at_once(meter, one)
    return 40 * meter.times


def says_hello(room: Callable[[int], str], there: int, *, clean: bool) -> Drive:
    async def drive(meter: Meter) -> int:
        others = await players(meter, room(0), there)

        async def one(number: int) -> None:
            newcomer = await RawWebSocket.join(meter.port, meter.source, room(number), "newcomer")
            if clean:
                await newcomer.leave()
            else:
                newcomer.cut()

        with meter.measured():
            await at_once(meter, one)
        others.leave()
        return (len(handshake(meter.port)) + 60) * meter.times

    return drive


async def resume(meter: Meter) -> int:
    one = await RawWebSocket.open(meter.port, meter.source)
    one.say(t="hello", room="resumed", name="back")
    session = json.loads((await one.receive()).split(b"\n")[0])["session"]

    with meter.measured():
        for _ in range(meter.times):
            new = await RawWebSocket.open(meter.port, meter.source)
            new.say(t="hello", room="resumed", name="back", resume={"session": session, "seen": 1})
            await new.receive()
            one.cut()
            one = new
    one.cut()
    return (len(handshake(meter.port)) + 120) * meter.times


async def watch(meter: Meter) -> int:
    there = await RawWebSocket.join(meter.port, "127.0.9.1", "watched", "there")
    for _ in range(100):
        there.set(f'{{"a":{EMPTY_LISTS}}}')
        await answered(there)

    async def look(number: int) -> None:
        one = await RawWebSocket.open(meter.port, meter.source)
        one.say(t="watch", room="watched")
        await one.receive()
        one.cut()

    with meter.measured():
        await at_once(meter, look)
    await there.leave()
    return (len(handshake(meter.port)) + 35) * meter.times


async def history(meter: Meter) -> int:
    """Pages of a log of 5 MB, one after the other, from its beginning on."""
    there = await RawWebSocket.join(meter.port, "127.0.9.1", "watched", "there")
    fill_log(there)
    await answered(there)
    looking = await RawWebSocket.open(meter.port, meter.source)
    looking.say(t="watch", room="watched")
    await looking.receive()
    size = 0
    with meter.measured():
        after = at = 0
        for _ in range(meter.times):
            asked = frame(json.dumps({"t": "history", "after": after, "at": at}).encode())
            size += len(asked)
            looking.writer.write(asked)
            answer = b""
            while not answer.startswith(b'{"t":"history"'):
                answer = await looking.receive()
            page = json.loads(answer)
            newest = page["entries"][-1]
            after, at = (0, 0) if newest["s"] == page["last"] else (newest["s"], newest["at"])
    looking.cut()
    await there.leave()
    return size


async def wrong_token(meter: Meter) -> int:
    async def guess(number: int) -> None:
        one = await RawWebSocket.open(meter.port, meter.source)
        one.say(t="watch", room="dots", token="wrong")
        await one.discard()
        one.cut()

    with meter.measured():
        await at_once(meter, guess)
    return (len(handshake(meter.port)) + 55) * meter.times


async def wrong_password(meter: Meter) -> int:
    """Of a room with rules: benchmarks/prices.py serves those of examples/rules/duel.py."""
    there = await RawWebSocket.open(meter.port, "127.0.9.1")
    there.say(t="hello", room="duel", name="there", v=[1, 2], meet={"how": "new", "password": "right"})
    name = json.loads((await there.receive()).split(b"\n")[0])["room"]

    async def guess(number: int) -> None:
        one = await RawWebSocket.open(meter.port, meter.source)
        one.say(t="hello", room=name, name="guest", v=[1, 2], meet={"password": "wrong"})
        await one.discard()
        one.cut()

    await asyncio.gather(*map(guess, range(8)))  # what the first ones make is kept
    with meter.measured():
        await at_once(meter, guess)
    there.cut()
    return (len(handshake(meter.port)) + 85) * meter.times


# ---------------------------------------------------------------------- requests


def _get(meter: Meter, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{meter.port}\r\nConnection: close\r\n\r\n".encode()


def gets(path: Callable[[int], str], rooms: int = 0) -> Drive:
    async def drive(meter: Meter) -> int:
        there = [await players(meter, f"listed-{number}", 1) for number in range(rooms)]
        sent = 0

        async def ask(number: int) -> None:
            nonlocal sent
            request = _get(meter, path(number))
            sent += len(request)
            await _plain(meter, request)

        with meter.measured():
            await at_once(meter, ask)
        for one in there:
            one.leave()
        return sent

    return drive


# ---------------------------------------------------------------------- messages


def sends(
    message: Callable[[RawWebSocket, int], bytes], others: int = 1, before: Callable[[RawWebSocket], None] | None = None
) -> Drive:
    """Send a message again and again, to a room with others in it."""

    async def drive(meter: Meter) -> int:
        there = await players(meter, "room", others)
        one = await RawWebSocket.join(meter.port, meter.source, "room", "sender")
        if before is not None:
            before(one)
        await answered(one)
        sent = 0
        with meter.measured():
            for number in range(meter.times):
                data = message(one, number)
                sent += len(data)
                one.writer.write(data)
                await one.writer.drain()
            await answered(one)
        await one.leave()
        there.leave()
        return sent

    return drive


async def ticks(meter: Meter) -> int:
    """Have a room of 63 others told its time as often as it tells it."""
    there = await players(meter, "room", 62)
    one = await RawWebSocket.join(meter.port, meter.source, "room", "sender")
    await answered(one)
    data = frame(b'{"t":"wake","every":1,"from":1}')
    with meter.measured():
        one.writer.write(data)
        heard = 0
        while heard < meter.times:
            heard += (await one.receive()).count(b'"tick"')
    await one.leave()
    there.leave()
    return len(data)


def command(arguments: str = "[1,2]", to: int = 0) -> Callable[[RawWebSocket, int], bytes]:
    names = ',"to":' + json.dumps([f"p{number}" for number in range(to)]) if to else ""

    def message(one: RawWebSocket, number: int) -> bytes:
        one.n += 1
        return frame(f'{{"t":"do","n":{one.n},"c":"move","a":{arguments}{names}}}'.encode())

    return message


def asks(one: RawWebSocket, number: int) -> bytes:
    one.n += 1
    return frame(f'{{"t":"ask","n":{one.n},"c":"roll"}}'.encode())


def patch_of(patch: Callable[[int], str], how: str = "") -> Callable[[RawWebSocket, int], bytes]:
    """`how`: further fields of the message, as JSON text."""

    def message(one: RawWebSocket, number: int) -> bytes:
        one.n += 1
        return frame(f'{{"t":"set","n":{one.n},"of":"room","p":{patch(number)}{how}}}'.encode())

    return message


def many_keys(number: int) -> str:
    return json.dumps({f"k{key}": number for key in range(4000)}, separators=(",", ":"))


def nested(number: int) -> str:
    return '{"a":' * 200 + str(number) + "}" * 200


def fill_state(one: RawWebSocket) -> None:
    """24,000 keys of shared state."""
    for first in range(0, 24_000, 6000):
        one.set(json.dumps({f"{key:x}": 0 for key in range(first, first + 6000)}, separators=(",", ":")))


def fill_log(one: RawWebSocket) -> None:
    """Commands of 5 MB in all."""
    for _ in range(80):
        one.n += 1
        one.writer.write(frame(f'{{"t":"do","n":{one.n},"c":"move","a":{LARGE}}}'.encode()))


def fill_value(one: RawWebSocket) -> None:
    """A value of 60 KB in shared state, of 20,000 values: a larger one is compared with nothing."""
    for number in range(2):
        one.set(f'{{"large":{{"{number}":{EMPTY_LISTS}}}}}')


def message(**message: object) -> Callable[[RawWebSocket, int], bytes]:
    data = frame(json.dumps(message).encode())
    return lambda one, number: data


def control(opcode: int, *, last: bool = True) -> Callable[[RawWebSocket, int], bytes]:
    data = frame(b"", opcode, last=last)
    return lambda one, number: data


def _begin_fragments(one: RawWebSocket) -> None:
    one.writer.write(frame(b"", last=False))


async def fragments(meter: Meter) -> int:
    """Empty pieces of a message that never ends."""
    one = await RawWebSocket.join(meter.port, meter.source, "room", "sender")
    data = frame(b"", CONTINUATION, last=False)
    one.writer.write(frame(b"", last=False))
    with meter.measured():
        for _ in range(meter.times):
            one.writer.write(data)
        await one.writer.drain()
        one.writer.write(frame(b'{"t":"ping"}', CONTINUATION))
        try:
            while b"pong" not in await one.receive():
                pass
        except OSError:
            pass  # it may be ended for that
    one.cut()
    return len(data) * meter.times


def ends_with(data: bytes) -> Drive:
    """A frame after which the server ends the connection."""

    async def drive(meter: Meter) -> int:
        async def one(number: int) -> None:
            ended = await RawWebSocket.join(meter.port, meter.source, "room", "sender")
            ended.writer.write(data)
            await ended.discard()
            ended.cut()

        with meter.measured():
            await at_once(meter, one)
        return (len(handshake(meter.port)) + 60 + len(data)) * meter.times

    return drive


def says(data: bytes) -> Drive:
    """The same line of a starter client, again and again."""

    async def drive(meter: Meter) -> int:
        return await _say_lines(meter, data)

    return drive


async def _say_lines(meter: Meter, data: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", meter.starter_port, local_addr=(meter.source, 0))
    while not (await reader.readline()).startswith(b"myIDis"):
        pass
    other = await RawWebSocket.join(meter.port, "127.0.9.1", "dots", "reader")
    with meter.measured():
        for _ in range(meter.times):
            writer.write(data)
        writer.write(b"last\n")
        while b'"c":"last"' not in await other.receive():
            pass
    writer.close()
    other.cut()
    return len(data) * meter.times


async def admin(meter: Meter) -> int:
    """With the token: send a player out, and close the room."""

    async def one(number: int) -> None:
        room = f"admin-{number}"
        there = await players(meter, room, 2)
        watcher = await RawWebSocket.open(meter.port, meter.source)
        watcher.say(t="watch", room=room, token=meter.token)
        await watcher.receive()
        watcher.say(t="kick", who="p0")
        watcher.say(t="close")
        await asyncio.wait(there.reading)
        watcher.cut()
        there.leave()

    with meter.measured():
        await at_once(meter, one)
    return (len(handshake(meter.port)) + 130) * meter.times
