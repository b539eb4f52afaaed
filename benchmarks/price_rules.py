"""What costs something in rooms with rules, those of `priced_rooms`, and in finding one."""

from __future__ import annotations

import json

from price_drives import Drive, Meter, at_once, players
from raw_websocket import RawWebSocket, frame, handshake

VERSIONS = [1, 2]  # who speaks these may be in such rooms


async def _done(one: RawWebSocket) -> None:
    """Wait until the rules have decided on all that was sent."""
    last = b'"ok":[%d]' % one.n  # each is a turn of its own
    while last not in await one.receive():
        pass


def commands(command: str, room: str = "priced", others: int = 1) -> Drive:
    """Send a command again and again, to a room with others in it."""

    async def drive(meter: Meter) -> int:
        there = await players(meter, room, others, v=VERSIONS)
        one = await RawWebSocket.join(meter.port, meter.source, room, "sender", v=VERSIONS)
        sent = 0
        with meter.measured():
            for _ in range(meter.times):
                one.n += 1
                data = frame(f'{{"t":"do","n":{one.n},"c":"{command}"}}'.encode())
                sent += len(data)
                one.writer.write(data)
                await one.writer.drain()
            await _done(one)
        await one.leave()
        there.leave()
        return sent

    return drive


def comes_and_goes(room: str, others: int) -> Drive:
    async def drive(meter: Meter) -> int:
        there = await players(meter, room, others, v=VERSIONS)

        async def one(number: int) -> None:
            newcomer = await RawWebSocket.join(meter.port, meter.source, room, "newcomer", v=VERSIONS)
            await newcomer.leave()

        with meter.measured():
            await at_once(meter, one, width=1)
        there.leave()
        return (len(handshake(meter.port)) + 70) * meter.times

    return drive


async def private_room(meter: Meter) -> int:
    """Make a room that is in no list, and leave it."""

    async def one(number: int) -> None:
        maker = await RawWebSocket.join(
            meter.port, meter.source, "priced", "maker", v=VERSIONS, meet={"how": "new", "private": True}
        )
        await maker.leave()

    with meter.measured():
        await at_once(meter, one)
    return (len(handshake(meter.port)) + 110) * meter.times


async def among_others(meter: Meter) -> int:
    """Look for a room among 100 that have other options, and make one, since none suits."""
    made = []
    for number in range(100):
        options = {"how": "new", "options": {"map": f"m{number}"}}
        made.append(await RawWebSocket.join(meter.port, "127.0.9.1", "priced", "maker", v=VERSIONS, meet=options))

    async def one(number: int) -> None:
        meet = {"how": "any", "options": {"map": "none", "number": number}}
        seeker = await RawWebSocket.join(meter.port, meter.source, "priced", "seeker", v=VERSIONS, meet=meet)
        await seeker.leave()

    with meter.measured():
        await at_once(meter, one)
    for maker in made:
        maker.cut()
    return (len(handshake(meter.port)) + 120 + len(json.dumps({"map": "none"}))) * meter.times
