"""One room, everybody sends: does all arrive, in order, and how soon?

    make bench                                100 players, 20 commands a second each, for 10 seconds
    make bench ARGS="--rate 40 --seconds 5"

The server runs in a process of its own on one core, the players all in this one on the other. The load is open
loop: a command is due at its time, whether or not earlier ones have come back, and its latency counts from
then, at every player who gets it. It exits with 1 if a copy is missing, doubled or out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import msgspec
import picows
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport

READY_WITHIN = 20.0  # seconds
DRAIN_WITHIN = 10.0  # seconds that the last copies may take


class Entry(msgspec.Struct):
    """What a player looks at in a message."""

    t: str
    s: int = 0
    a: msgspec.Raw = msgspec.Raw(b"[0]")


class Load:
    """All players together. The server gives all of them the same bytes, so each frame is decoded once for all."""

    def __init__(self, players: int, rate: float, seconds: float) -> None:
        self.players = [Player(self) for _ in range(players)]
        self.total = int(players * rate * seconds)
        self.interval = 1.0 / (players * rate)
        self.latencies = array("f")  # seconds, one a copy
        self.late = 0.0  # seconds: how far behind its plan the generator fell at worst
        self._decoder = msgspec.json.Decoder(Entry)
        self._times = msgspec.json.Decoder(tuple[float])
        self._seen: dict[bytes, tuple[int, int, list[float]]] = {}

    def read(self, frame: bytes) -> tuple[int, int, list[float]]:
        """The first and last seq in a frame, and when each of its commands was due."""
        known = self._seen.get(frame)
        if known is None:
            if len(self._seen) > 1000:
                self._seen.clear()
            entries = [self._decoder.decode(line) for line in frame.split(b"\n")]
            due = [self._times.decode(entry.a)[0] for entry in entries if entry.t == "do"]
            known = self._seen[frame] = (entries[0].s, entries[-1].s, due)
        return known

    async def run(self, url: str) -> None:
        for player in self.players:
            await player.join(url)
        everyone = len(self.players)
        await until(lambda: all(player.seq >= everyone for player in self.players))  # all joins have reached all
        clock, started = time.perf_counter, time.perf_counter()
        sent = 0
        while sent < self.total:
            now = clock() - started
            due = min(int(now / self.interval), self.total)
            self.late = max(self.late, now - sent * self.interval if due > sent else 0.0)
            for number in range(sent, due):
                self.players[number % everyone].act(started + number * self.interval)
            sent = due
            await asyncio.sleep(0.0005)
        await until(lambda: all(player.commands >= self.total for player in self.players))


async def until(condition: Callable[[], bool]) -> None:
    """Look again and again, but not for ever: what is missing then, is missing."""
    give_up = time.perf_counter() + DRAIN_WITHIN
    while not condition() and time.perf_counter() < give_up:  # noqa: ASYNC110  # it is set from a hot path
        await asyncio.sleep(0.01)


class Player(WSListener):
    def __init__(self, load: Load) -> None:
        self._load = load
        self.seq = 0
        self.commands = 0
        self.broken = 0  # frames that did not go on where the last one ended
        self._n = 0

    async def join(self, url: str) -> None:
        self._transport, _ = await picows.ws_connect(lambda: self, url, use_aiofastnet=False)
        self._transport.send(WSMsgType.TEXT, b'{"t":"hello","room":"bench"}')

    def act(self, due: float) -> None:
        self._n += 1
        self._transport.send(WSMsgType.TEXT, b'{"t":"do","n":%d,"c":"move","a":[%.6f]}' % (self._n, due))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        if frame.msg_type != WSMsgType.TEXT:
            if frame.msg_type == WSMsgType.CLOSE:
                transport.disconnect()
            return
        if payload.startswith(b'{"t":"welcome"'):
            self.seq = msgspec.json.decode(payload)["s"]
            return
        if payload.startswith((b'{"t":"error"', b'{"t":"bye"', b'{"t":"skipped"')):
            print(payload.decode(), file=sys.stderr)
            return
        first, last, due = self._load.read(payload)
        if first != self.seq + 1:
            self.broken += 1
        self.seq = last
        self.commands += len(due)
        now = time.perf_counter()
        self._load.latencies.extend([now - when for when in due])


def start_server(arguments: list[str]) -> tuple[subprocess.Popen[str], str]:
    """A server on the first core; this process goes to the others."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    if len(cores) > 1:
        os.sched_setaffinity(0, set(cores[:1]))
    command = [sys.executable, "-m", "roomcast", "serve", "--host", "127.0.0.1", "--port", "0", "--no-starter"]
    server = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)
    if len(cores) > 1:
        os.sched_setaffinity(0, set(cores[1:]))
    assert server.stdout is not None
    for line in server.stdout:
        if "127.0.0.1:" in line:
            port = line.partition("127.0.0.1:")[2].split("/")[0].split()[0].strip('")')
            return server, f"ws://127.0.0.1:{port}/"
    raise SystemExit("the server did not start")


def processor_time(pid: int) -> float:
    """Seconds of processor time that a process has used (Linux; else 0)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123  # a file that is no file
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    """Bytes of a process that are in memory (Linux; else 0)."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:  # noqa: PTH123  # a file that is no file
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


@dataclass
class Result:
    """What one run showed. Latencies in seconds, by the share of copies that were at least as soon."""

    sent: int  # commands
    copies: int
    expected: int
    broken: int  # places where the order had a hole
    took: float  # seconds
    used: float  # seconds of the server's processor time
    late: float  # seconds: how far behind its plan the load was at worst
    latency: dict[str, float]

    @property
    def whole(self) -> bool:
        """Whether all arrived, in order."""
        return self.copies == self.expected and not self.broken


@asynccontextmanager
async def nothing(url: str, load: Load, pid: int) -> AsyncIterator[None]:
    yield


def measure(
    players: int,
    rate: float,
    seconds: float,
    arguments: list[str],
    beside: Callable[[str, Load, int], AbstractAsyncContextManager[None]] = nothing,
) -> Result:
    """One run, with a server of its own that gets these arguments beside limits that are out of the way.

    What else is to go on around the load is given the server's address, the load, and the server's process id.
    """
    limits = ["--room-players", "--connections-address", "--burst"]
    out_of_the_way = [word for limit in limits for word in (limit, str(max(players, 1000)))]
    server, url = start_server([*out_of_the_way, "--rate", "100000", *arguments])
    load = Load(players, rate, seconds)

    async def run() -> None:
        async with beside(url, load, server.pid):
            await load.run(url)

    try:
        began, used = time.perf_counter(), processor_time(server.pid)
        uvloop.run(run())
        took, used = time.perf_counter() - began, processor_time(server.pid) - used
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(5)
    latencies = sorted(load.latencies)
    shares = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
    last = len(latencies) - 1
    at = {
        name: latencies[min(last, int(len(latencies) * share))] if latencies else 0.0 for name, share in shares.items()
    }
    return Result(
        sent=load.total,
        copies=sum(player.commands for player in load.players),
        expected=load.total * players,
        broken=sum(player.broken for player in load.players),
        took=took,
        used=used,
        late=load.late,
        latency=at,
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--players", type=int, default=100)
    options.add_argument("--rate", type=float, default=20.0, help="commands a second, each player")
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--pace", type=float, default=0.004, help="the server's, in seconds")
    wanted = options.parse_args()
    result = measure(wanted.players, wanted.rate, wanted.seconds, ["--pace", str(wanted.pace)])
    print(f"players {wanted.players}, commands sent {result.sent:,}, in {result.took:.1f} s")
    print(f"copies  {result.copies:,} of {result.expected:,} arrived; breaks in the order: {result.broken}")
    print("latency " + ", ".join(f"{name} {seconds * 1000:.2f} ms" for name, seconds in result.latency.items()))
    share, each = result.used / result.took * 100, result.used / max(1, result.copies) * 1e6
    print(f"server  {share:.0f} % of a core, {each:.2f} µs a copy")
    print(f"load    at most {result.late * 1000:.1f} ms behind its plan")
    sys.exit(0 if result.whole else 1)


if __name__ == "__main__":
    main()
