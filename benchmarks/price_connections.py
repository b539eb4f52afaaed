"""Connections, and how conversations on them begin and end: what that costs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from price_drives import Drive, Meter, answered, at_once, get, plain, players
from price_fillings import EMPTY_LISTS, fill_log
from raw_websocket import RawWebSocket, frame, handshake


async def accept(meter: Meter) -> int:
    with meter.measured():
        await at_once(meter, lambda number: plain(meter, b""))
        await plain(meter, get(meter, "/healthz"))
    return 40 * meter.times


async def half_handshake(meter: Meter) -> int:
    data = handshake(meter.port)[:60]
    with meter.measured():
        await at_once(meter, lambda number: plain(meter, data))
        await plain(meter, get(meter, "/healthz"))
    return len(data) * meter.times


async def websocket(meter: Meter) -> int:
    async def one(number: int) -> None:
        (await RawWebSocket.open(meter.port, meter.source)).cut()

    with meter.measured():
        await at_once(meter, one)
        await plain(meter, get(meter, "/healthz"))
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
    """Of a room with rules."""
    there = await RawWebSocket.open(meter.port, "127.0.9.1")
    there.say(t="hello", room="priced", name="there", v=[1, 2], meet={"how": "new", "password": "right"})
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


async def wrong_credential(meter: Meter) -> int:
    """Of a room whose rules run in a thread; what a thread costs is in it."""

    async def guess(number: int) -> None:
        one = await RawWebSocket.open(meter.port, meter.source)
        one.say(t="hello", room="asking", name="guest", v=[1, 2], credential="wrong")
        await one.discard()
        one.cut()

    await asyncio.gather(*map(guess, range(8)))  # what the first ones make is kept
    with meter.measured():
        await at_once(meter, guess)
    return (len(handshake(meter.port)) + 75) * meter.times


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
