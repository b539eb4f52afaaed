"""What rooms with rules and ticks cost a server: 4 players in each who move in every tick.

    make ruled-steps
    make ruled-steps ARGS="--rooms 500 --seconds 5"

Each player sends a command 20 times a second, and the room's `on_tick` moves all of them as often. Measured are the
server's processor time, beside that of a relay with the same commands; how late ticks begin, by the clock; and the
bytes of patches beside the shortest JSON of the values that changed. Others may have had the core meanwhile: how long
the server waited for it is said, and lateness is that of this machine. The exit code is 1 where ticks are missing, or
patches are longer than 1.3 times the values.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

from machine import describe
from raw_websocket import RawWebSocket, frame
from servers import raise_open_files

from roomcast.core.protocol.messages import VERSIONS
from roomcast.loadtest.server_process import MeasuredServer, serving

EVERY = 0.05  # seconds: 20 ticks a second
PLAYERS = 4
WARM_UP = 1.0  # seconds
MOST = 1.3  # times the shortest JSON of what changed
RULES = Path(__file__).with_name("ruled_steps_game.py")


class Mover(asyncio.Protocol):
    """Takes over a connection that has said hello, and keeps what one of each room reads."""

    def __init__(self, socket: RawWebSocket, *, keeps: bool) -> None:
        self.socket = socket  # which is closed when nobody has it any more
        self.transport = socket.writer.transport
        self.transport.set_protocol(self)
        self.keeps = keeps
        self.kept: list[bytes] = []
        self.sent = 0

    def data_received(self, data: bytes) -> None:
        if self.keeps:
            self.kept.append(data)

    def move(self, step: int) -> None:
        self.sent += 1
        self.transport.write(
            frame(b'{"t":"do","n":%d,"c":"move","a":[%d,%d]}' % (self.sent, step % 7 + 1, -step % 5 - 1))
        )

    def ask(self, command: str) -> None:
        self.sent += 1
        self.kept = []
        self.keeps = True
        self.transport.write(frame(b'{"t":"ask","n":%d,"c":"%b","a":[]}' % (self.sent, command.encode())))


class Measured(NamedTuple):
    processor: float  # seconds of each second
    commands: float  # a second, as many as this program came to send
    patches: float  # bytes, as a multiple of the shortest JSON
    late: list[float]  # seconds, of each tick


async def join(port: int, name: str, room: str) -> RawWebSocket:
    one = await RawWebSocket.open(port, "127.0.0.1")
    one.say(t="hello", room=room, name=name, v=VERSIONS)
    await one.receive()
    return one


async def measure(server: MeasuredServer, kind: str, rooms: int, seconds: float) -> Measured:
    port = int(server.url.rstrip("/").rpartition(":")[2])
    movers = [
        Mover(await join(port, f"p{place}", f"{kind}-{room}"), keeps=room == place == 0)
        for room in range(rooms)
        for place in range(PLAYERS)
    ]
    loop, step = asyncio.get_running_loop(), 0
    begin = loop.time()

    async def move_until(end: float) -> None:
        """All rooms have a phase of their own."""
        nonlocal step
        while loop.time() < end:
            for place in range(10):
                await asyncio.sleep(max(0.0, begin + (step + place / 10) * EVERY - loop.time()))
                for mover in movers[place::10]:
                    mover.move(step)
            step += 1

    await move_until(begin + WARM_UP)
    movers[0].kept.clear()
    sent, before = sum(one.sent for one in movers), sum(server.processor_time() or ())
    started = loop.time()
    await move_until(started + seconds)
    took = loop.time() - started
    processor = (sum(server.processor_time() or ()) - before) / took
    commands = (sum(one.sent for one in movers) - sent) / took
    patches = ratio(lines_of(movers[0].kept))
    late = await lateness(movers[::PLAYERS]) if kind == "steps" else []
    for mover in movers:
        mover.transport.abort()
    return Measured(processor, commands, patches, late)


def lines_of(pieces: list[bytes]) -> list[dict[str, Any]]:
    """The messages in what a connection has read: each frame begins with `{`, and holds messages, one a line."""
    found = []
    for line in b"".join(pieces).split(b"\n"):
        for part in line.split(b'{"t":')[1:]:
            text = (b'{"t":' + part).decode(errors="replace")
            try:
                found.append(json.JSONDecoder().raw_decode(text)[0])
            except ValueError:
                continue  # the first or last of them, cut
    return found


def ratio(messages: list[dict[str, Any]]) -> float:
    """The bytes of the patches of players, beside the shortest JSON object of the leaves that changed."""
    sent = needed = 0
    for message in messages:
        patches = message.get("x", {}).get("m", {})
        sent += len(json.dumps(patches, separators=(",", ":")))
        needed += len(json.dumps({who: leaves(patch) for who, patch in patches.items()}, separators=(",", ":")))
    return sent / needed if needed else 0.0


def leaves(patch: Any) -> Any:
    """A tree patch without what it says besides values: `[v]` is v."""
    if isinstance(patch, dict):
        return {key: leaves(one) for key, one in patch.items()}
    return patch[0] if isinstance(patch, list) and patch else patch


async def lateness(firsts: list[Mover]) -> list[float]:
    """Of the ticks of each room, by its own notes."""
    for one in firsts:
        one.ask("late")
    answers: list[list[float] | None] = []
    for _ in range(200):
        await asyncio.sleep(0.05)
        answers = [next((m["re"][0]["r"] for m in lines_of(one.kept) if m.get("re")), None) for one in firsts]
        if None not in answers:
            break
    return [late for answer in answers if answer for late in answer]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rooms", type=int, default=50)
    options.add_argument("--seconds", type=float, default=5.0, help="for each of both")
    wanted = options.parse_args()
    raise_open_files()
    with serving([str(RULES)]) as server:
        delay = server.run_delay()
        relay = asyncio.run(measure(server, "relay", wanted.rooms, wanted.seconds))
        ruled = asyncio.run(measure(server, "steps", wanted.rooms, wanted.seconds))
        waited = server.run_delay() - delay
    each = [one.processor / one.commands * 1e6 for one in (relay, ruled)]
    full = 500 * PLAYERS / EVERY * each[1] / 1e6
    ticks = len(ruled.late)
    print(f"{wanted.rooms:,} rooms of {PLAYERS}, 20 commands a second each ({describe()['processor']})")
    print(f"relay      {each[0]:6.1f} µs of processor time a command ({relay.commands:,.0f} a second)")
    print(f"rules      {each[1]:6.1f} µs, its share of the tick in it ({ruled.commands:,.0f} a second)")
    print(f"500 rooms  {full * 100:6.0f} % of a processor, at the same cost for each")
    if ticks > 1:
        late = quantiles(ruled.late, n=100)
        print(f"late       {late[49] * 1000:.1f} ms half of {ticks:,} ticks, {late[98] * 1000:.1f} ms one of 100")
    print(f"patches    {ruled.patches:.2f} times the values that changed")
    share = waited / (2 * (wanted.seconds + WARM_UP))
    print(f"waited     {share * 100:6.1f} % of the time for its core, which others had")
    sys.exit(0 if ticks and 0 < ruled.patches <= MOST else 1)


if __name__ == "__main__":
    main()
