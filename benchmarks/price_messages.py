"""Messages, frames and lines, again and again on one connection: what they cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from price_drives import Drive, Meter, answered, players
from raw_websocket import CONTINUATION, RawWebSocket, frame


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


def message(**message: object) -> Callable[[RawWebSocket, int], bytes]:
    data = frame(json.dumps(message).encode())
    return lambda one, number: data


def control(opcode: int, *, last: bool = True) -> Callable[[RawWebSocket, int], bytes]:
    data = frame(b"", opcode, last=last)
    return lambda one, number: data
