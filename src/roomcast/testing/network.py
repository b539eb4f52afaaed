"""Simulated connections: bytes arrive late, in pieces of any size, after a stall, or not at all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from random import Random
from typing import Final

from roomcast.core.room.wire_formats import JsonWire, LineWire
from roomcast.testing.timeline import Machine, Timeline

FRAME_END: Final = b"\0"  # terminates a frame; JSON text never contains this byte
PING, PONG, CLOSE = b"\x01", b"\x02", b"\x03"  # control frames of one byte; a close is followed by its code in digits
WIRE: Final = JsonWire(lambda payload: payload + FRAME_END)
LINES: Final = LineWire()
_SLOW_READ: Final = 200  # bytes that a slow program reads at a time


@dataclass(frozen=True, slots=True)
class Weather:
    """Network conditions, the same for all connections of a simulation."""

    latency: tuple[float, float] = (0.001, 0.02)
    """How long a piece takes from one end to the other: seconds, from … to."""
    pieces: int = 0
    """The largest piece in which bytes arrive; 0: as they were written."""
    window: int = 65536
    """Bytes that may be on their way before the receiving program has read them."""


class Network:
    """What all connections of a simulation share. Each piece has its own latency; pieces never overtake each other.

    `carried` is called with the name of a direction and each piece that arrives.
    """

    def __init__(self, timeline: Timeline, chance: Random, carried: Callable[[str, bytes], None]) -> None:
        self.timeline = timeline
        self.weather = Weather()
        self.down = False  # nobody can connect
        self.carried = carried
        self.held_up: Final[list[Direction]] = []  # since the start, or since `release`
        self._random = chance.random

    def release(self) -> None:
        """End all that holds up a connection."""
        while self.held_up:
            self.held_up.pop().release()

    def latency(self) -> float:
        least, most = self.weather.latency
        return least + (most - least) * self._random()

    def piece(self, size: int) -> int:
        """How many of `size` bytes arrive in one piece."""
        most = self.weather.pieces
        if not most or self._random() < 0.5:
            return size
        return min(size, 1 + int(self._random() * most))


class Direction:
    """One direction of a connection, from the end `sender` to the end `receiver`."""

    def __init__(self, name: str, network: Network, sender: End, receiver: End) -> None:
        self.name = name
        self.waiting = bytearray()  # written, and still in the sender's buffer
        self.reading = True  # the receiving program wants to read
        self.slowness = 0.0  # seconds that the receiving program takes over each 200 bytes
        self.dead = False  # bytes in flight are lost
        self.carried = 0  # bytes that have arrived
        self._cut_at = inf  # bytes after which nothing more arrives
        self._cut: Callable[[], object] | None = None
        self._network = network
        self._sender = sender
        self._receiver = receiver
        self._in_flight = 0  # bytes in the network or in the receiver's buffer
        self._arrived = bytearray()
        self._arrival = 0.0  # of the last piece
        self._held_until = 0.0
        self._to_arrive: deque[tuple[float, Callable[[], object]]] = deque()  # what happens then, and at which time
        self._read_scheduled = False
        self._finished: Callable[[], object] | None = None

    @property
    def empty(self) -> bool:
        return not self.waiting and not self._in_flight

    def write(self, data: bytes) -> None:
        self.waiting += data
        self._send()

    def when_arrived(self, call: Callable[[], object]) -> None:
        """Make a call when something sent now arrives."""
        self._arrival = max(self._arrival, self._network.timeline.now + self._network.latency())
        self._to_arrive.append((self._arrival, call))
        self._network.timeline.call_at(self._arrival, self._let_arrive)

    def _let_arrive(self) -> None:
        while self._to_arrive and self._to_arrive[0][0] <= self._network.timeline.now:
            self._to_arrive.popleft()[1]()

    def hold_up(self, seconds: float) -> None:
        """Deliver nothing for `seconds`, as when packets are lost and sent again."""
        self._arrival = self._held_until = max(self._arrival, self._network.timeline.now) + seconds
        self._network.held_up.append(self)

    def release(self) -> None:
        """Where it is held up, end that: what was sent arrives after the network's latency."""
        if self._held_until > self._network.timeline.now:
            held, self._to_arrive = self._to_arrive, deque()
            self._arrival = self._held_until = 0.0
            for _, call in held:
                self.when_arrived(call)

    def cut_after(self, size: int, cut: Callable[[], object]) -> None:
        """Deliver `size` bytes more and nothing after them; `cut` is called when they have arrived."""
        self._cut_at = self.carried + size
        self._cut = cut

    def finish(self, finished: Callable[[], object]) -> None:
        """Nothing more is written. `finished` is called when the receiver has read everything, as a FIN of TCP."""
        self._finished = finished
        self.when_arrived(self._finish)

    def _finish(self) -> None:
        if self._finished is not None and self.empty and not self.dead:
            finished, self._finished = self._finished, None
            finished()

    def end(self) -> None:
        """Deliver nothing any more and empty all buffers."""
        self.dead = True
        self.reading = False
        self.waiting.clear()
        self._arrived.clear()

    def read(self) -> None:
        """Give the receiving program what has arrived, if it wants to read."""
        machine = self._receiver.machine
        if not (self.reading and self._arrived and machine.on) or self._read_scheduled:
            return
        if not machine.awake:
            self._read_later(0.0)
            return
        size = _SLOW_READ if self.slowness else len(self._arrived)
        data = bytes(self._arrived[:size])
        del self._arrived[:size]
        self._in_flight -= len(data)
        if self.slowness:
            self._read_later(self.slowness)
        self._receiver.data_received(data)
        if self.waiting:
            self._send()
            self._sender.drained()
        self._finish()

    def _read_later(self, delay: float) -> None:
        self._read_scheduled = True
        self._receiver.machine.call_later(delay, self._scheduled_read)

    def _scheduled_read(self) -> None:
        self._read_scheduled = False
        self.read()

    def _send(self) -> None:
        network = self._network
        while self.waiting and self._in_flight < network.weather.window:
            size = min(network.piece(len(self.waiting)), network.weather.window - self._in_flight)
            piece = bytes(self.waiting[:size])
            del self.waiting[:size]
            self._in_flight += size
            self.when_arrived(partial(self._arrive, piece))

    def _arrive(self, piece: bytes) -> None:
        if self.dead:
            return
        if self.carried + len(piece) > self._cut_at:
            piece = piece[: int(self._cut_at) - self.carried]
        self.carried += len(piece)
        self._network.carried(self.name, piece)
        self._arrived += piece
        self.read()
        if self._cut is not None and self.carried == self._cut_at:
            self._cut()


class End:
    """One end of a connection: a program's socket."""

    def __init__(self, network: Network, machine: Machine) -> None:
        self.machine = machine
        self.network = network
        self.open = True
        self.out: Direction
        self.other: End
        self._part = bytearray()  # of an incomplete frame

    def frame_received(self, frame: bytes) -> None:
        """A complete frame has arrived."""
        raise NotImplementedError

    def drained(self) -> None:
        """The other end has read: less than before waits to be sent. May be called from inside a write."""

    def connection_lost(self, why: str) -> None:
        """The connection has ended, from either side. Called once, last of all, never from inside a write."""
        raise NotImplementedError

    def data_received(self, data: bytes) -> None:
        """Bytes have arrived: split them into frames."""
        *frames, rest = (bytes(self._part) + data).split(FRAME_END)
        self._part = bytearray(rest)
        for frame in frames:
            if not self.open:
                return
            self.frame_received(frame)

    def shut(self, why: str) -> None:
        """Close the socket. The other end finds out after the network's latency."""
        if self.open:
            self.lose(why)
            if not self.out.dead:
                self.out.when_arrived(partial(self.other.lose, "the other end has closed"))
            self.out.waiting.clear()

    def lose(self, why: str) -> None:
        """End the connection for this end alone."""
        if self.open:
            self.open = False
            self.other.out.end()  # bytes in flight to this end are not read any more
            self.machine.call_later(0.0, self.connection_lost, why)


def connect_ends(name: str, client: End, server: End) -> None:
    """Make two ends one connection; `name` is the program's."""
    client.other, server.other = server, client
    client.out = Direction(f"{name} →", client.network, client, server)
    server.out = Direction(f"→ {name}", client.network, server, client)


def make_half_open(end: End) -> None:
    """From now on, what either end sends is lost, and neither end is notified."""
    end.out.dead = end.other.out.dead = True
