"""Simulated connections: bytes on their way, in pieces of any size, late, held up, and lost without a word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Final

from roomcast.core.room.wire_formats import JsonWire, LineWire
from roomcast.testing.timeline import Machine, Timeline

FRAME_END: Final = b"\0"  # frames end so here; JSON text holds no such byte
PING, PONG, CLOSE = b"\x01", b"\x02", b"\x03"  # frames of one byte; a close is followed by its code in digits
WIRE: Final = JsonWire(lambda payload: payload + FRAME_END)
LINES: Final = LineWire()


@dataclass(frozen=True, slots=True)
class Weather:
    """How the network is."""

    latency: tuple[float, float] = (0.001, 0.02)  # seconds, from … to
    pieces: int = 0  # bytes at most that come in one piece; 0: as they were written
    window: int = 65536  # bytes that may be under way before the receiver's program has read them


class Network:
    """All ways of a simulation. Each piece has a latency of its own, but no piece passes another on the same way."""

    def __init__(self, timeline: Timeline, chance: Random, carried: Callable[[str, bytes], None]) -> None:
        self.timeline = timeline
        self.weather = Weather()
        self.carried = carried  # called with each piece that arrives, and on which way
        self._random = chance.random

    def latency(self) -> float:
        least, most = self.weather.latency
        return least + (most - least) * self._random()

    def piece(self, size: int) -> int:
        """How many of `size` bytes come in one piece."""
        most = self.weather.pieces
        if not most or self._random() < 0.5:
            return size
        return min(size, 1 + int(self._random() * most))


class Direction:
    """One direction of a connection. `take` gets what the receiver reads, `drained` says that less waits to be sent."""

    def __init__(self, name: str, network: Network, receiver: Machine, take: Callable[[bytes], None]) -> None:
        self.name = name
        self.waiting = bytearray()  # written, and still at the sender's
        self.reading = True  # the receiver's program wants to read
        self.slowness = 0.0  # seconds that the receiver's program takes over each 200 bytes
        self.dead = False  # what is under way vanishes
        self.carried = 0  # bytes that have come through
        self.cut_at = inf  # bytes: no more than that come through, and then `cut` is called
        self.cut: Callable[[], object] = lambda: None
        self.drained: Callable[[], None] = lambda: None
        self._network = network
        self._receiver = receiver
        self._take = take
        self._under_way = 0  # bytes that the network has, or the receiver's system
        self._arrived = bytearray()
        self._arrival = 0.0  # of the last piece
        self._waking = False

    @property
    def empty(self) -> bool:
        return not self.waiting and not self._under_way

    def write(self, data: bytes) -> None:
        self.waiting += data
        self._send()

    def arrival(self) -> float:
        """When what is sent now arrives."""
        self._arrival = max(self._arrival, self._network.timeline.now + self._network.latency())
        return self._arrival

    def hold_up(self, seconds: float) -> None:
        """The network loses packets and sends them again: nothing arrives for a while."""
        self._arrival = max(self._arrival, self._network.timeline.now) + seconds

    def end(self) -> None:
        """Nothing arrives any more, and nothing waits."""
        self.dead = True
        self.reading = False
        self.waiting.clear()
        self._arrived.clear()

    def read(self) -> None:
        """Let the receiver's program read what is there, if it wants to."""
        if not (self.reading and self._arrived and self._receiver.on) or self._waking:
            return
        if not self._receiver.awake:
            self._read_in(0.0)
            return
        size = 200 if self.slowness else len(self._arrived)
        data = bytes(self._arrived[:size])
        del self._arrived[:size]
        self._under_way -= len(data)
        if self.slowness:
            self._read_in(self.slowness)
        self._take(data)
        if self.waiting:
            self._send()
            self.drained()

    def _read_in(self, seconds: float) -> None:
        self._waking = True
        self._receiver.after(seconds, self._read_on)

    def _read_on(self) -> None:
        self._waking = False
        self.read()

    def _send(self) -> None:
        network = self._network
        while self.waiting and self._under_way < network.weather.window:
            size = min(network.piece(len(self.waiting)), network.weather.window - self._under_way)
            piece = bytes(self.waiting[:size])
            del self.waiting[:size]
            self._under_way += size
            network.timeline.at(self.arrival(), self._arrive, piece)

    def _arrive(self, piece: bytes) -> None:
        if self.dead:
            return
        if self.carried + len(piece) > self.cut_at:
            piece = piece[: int(self.cut_at) - self.carried]
        self.carried += len(piece)
        self._network.carried(self.name, piece)
        self._arrived += piece
        self.read()
        if self.carried == self.cut_at:
            self.cut()


class End:
    """One end of a connection: a socket of the program on a machine."""

    def __init__(self, network: Network, machine: Machine) -> None:
        self.machine = machine
        self.network = network
        self.open = True
        self.out: Direction
        self.other: End
        self._part = bytearray()  # of a frame that has not come whole

    def frame(self, frame: bytes) -> None:
        """A whole frame has come."""
        raise NotImplementedError

    def ended(self, why: str) -> None:
        """The connection has ended, from here or from there. Told once, last of all, never from inside a write."""
        raise NotImplementedError

    def take(self, data: bytes) -> None:
        """Bytes have come."""
        *frames, rest = (bytes(self._part) + data).split(FRAME_END)
        self._part = bytearray(rest)
        for frame in frames:
            if not self.open:
                return
            self.frame(frame)

    def shut(self, why: str) -> None:
        """Close the socket; the other end hears of it a moment later."""
        if self.open:
            self.lose(why)
            if not self.out.dead:
                self.network.timeline.at(self.out.arrival(), self.other.lose, "the other end has closed")
            self.out.waiting.clear()

    def lose(self, why: str) -> None:
        """The connection is gone, for this end."""
        if self.open:
            self.open = False
            self.other.out.end()  # what is on its way here is not read any more
            self.machine.after(0.0, self.ended, why)


def join(name: str, client: End, server: End) -> None:
    """Make a connection of two ends; `name` is the program's."""
    client.other, server.other = server, client
    client.out = Direction(f"{name} →", client.network, server.machine, server.take)
    server.out = Direction(f"→ {name}", client.network, client.machine, client.take)


def go_dead(end: End) -> None:
    """A half-open connection from now on: whatever is sent vanishes, and nobody is told."""
    end.out.dead = end.other.out.dead = True
