"""The hot path alone, in one process and without any network: what benchmarks/counts.py counts the instructions of.

    python benchmarks/hot_path.py            runs each piece once, and says how long an operation took

Everything is fixed: the inputs, the clock, the hash seed. Connections write into nothing; a frame's way in and out of
the sockets is not in here. The collector of garbage is off, since when it comes depends on what ran before.
"""

from __future__ import annotations

import gc
import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from roomcast.client.aio import AsyncRoom
from roomcast.client.client_room import ClientRoom
from roomcast.client.game import Room
from roomcast.client.players import Player
from roomcast.client.where import find
from roomcast.core.client.client_core import ClientCore
from roomcast.core.protocol import codec
from roomcast.core.protocol.limits import Limits
from roomcast.core.room.clock import Clock
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.storage.memory import EphemeralStore
from roomcast.transports.websocket import WebSocketWire

OPERATIONS: Final = 400  # of each piece, measured
WARM: Final = 1200  # before them: until caches are full and the log is trimmed as it is for ever
SLOW: Final = {"join-leave-100": 20}  # pieces so large that fewer are enough
_BATCH: Final = 50  # commands in one flush, where a room is busy
_LIMITS: Final = Limits(rate=1e9, burst=10**9, room_players=10**6, connections_address=10**6, kept_entries=1000)


class Nowhere:
    """A connection that takes everything at once. Its `send` is a function in C, as the socket's is."""

    behind = False

    def __init__(self) -> None:
        self.send = deque[bytes](maxlen=1).append

    def write(self, data: bytes, /) -> bool:
        self.send(data)
        return True

    def unread(self) -> int:
        return 0

    def ping(self) -> None: ...

    def close(self, code: int, reason: str) -> None: ...

    def abort(self) -> None: ...


class House:
    """A hub with one room, its players, and a clock that is turned by hand."""

    def __init__(self, players: int) -> None:
        self.now = 1000.0
        self.wire = WebSocketWire()
        secrets = itertools.count()
        self.directory = Directory(
            _LIMITS,
            secret=lambda: f"secret-{next(secrets)}",
            clock=Clock(),
            wake=lambda: None,
            store=EphemeralStore(),
        )
        self.numbers = [0] * players
        self.peers: list[JsonPeer] = []
        for number in range(players):
            peer = JsonPeer(self.directory, Nowhere(), self.wire, "10.0.0.1", self.now)
            self.directory.enter(peer)
            peer.receive(b'{"t":"hello","room":"dots","name":"p%d"}' % number, self.now)
            self.peers.append(peer)
            self.flush()

    def flush(self) -> None:
        self.now += 1.0  # longer than any pace
        self.directory.flush(self.now)

    def commands(self, count: int) -> list[tuple[Callable[[bytes, float], float], bytes]]:
        """Whose turn it is, and the frame: made beforehand, for making it is the player's work."""
        made: list[tuple[Callable[[bytes, float], float], bytes]] = []
        for turn in range(count):
            who = turn % len(self.peers)
            self.numbers[who] += 1
            frame = b'{"t":"do","n":%d,"c":"move","a":[%d,%d]}' % (self.numbers[who], turn, 1000 - turn)
            made.append((self.peers[who].receive, frame))
        return made


Piece = Callable[[int], Callable[[], None]]
"""Gets how many operations are wanted, and returns what does them; called once to warm up and once to be measured."""


def command(players: int) -> Piece:
    """Commands into a busy room: 50 of them, then one flush."""
    house = House(players)

    def prepare(count: int) -> Callable[[], None]:
        commands = house.commands(count)

        def run() -> None:
            for start in range(0, len(commands), _BATCH):
                for receive, frame in commands[start : start + _BATCH]:
                    receive(frame, house.now)
                house.flush()

        return run

    return prepare


def lone_command(players: int) -> Piece:
    """Commands into a quiet room, each flushed by itself."""
    house = House(players)

    def prepare(count: int) -> Callable[[], None]:
        commands = house.commands(count)

        def run() -> None:
            for receive, frame in commands:
                receive(frame, house.now)
                house.flush()

        return run

    return prepare


WELCOME: Final = (
    b'{"t":"welcome","me":"Ada","session":"s","s":1,"time":0,'
    b'"limits":{"message_size":65536,"rate":1e9,"burst":1000000000,"silent_for":25.0},'
    b'"snapshot":{"players":[{"id":"Ada","name":"Ada"},{"id":"Alan","name":"Alan"}]}}'
)


def welcomed(face: ClientRoom) -> ClientCore:
    """Let a client that has no connection into its room; returns its half of the core."""
    half = face._client
    half.connected()
    half.take_frame(0.0)
    half.receive(WELCOME, 0.0)
    face._let_in("")
    return half


class Unconnected(Room):
    """The client for game loops, without its network thread: frames come in by `hear`, and go out by `take_frame`."""

    def __init__(self) -> None:
        ClientRoom.__init__(self, find("localhost/dots"), "Ada")
        self._arrived = threading.Event()
        self.half = welcomed(self)
        self.pump()

    def hear(self, frame: bytes) -> None:
        with self._lock:
            self.half.receive(frame, 0.0)

    def _wake(self) -> None: ...


class UnconnectedAsync(AsyncRoom):
    """The client for asyncio, the same way; and without a loop, for nothing in here has to wait."""

    def __init__(self) -> None:
        super().__init__(find("localhost/dots"), "Ada", 1.0)
        self.half = welcomed(self)

    def _check_entered(self) -> None: ...

    def run(self, frame: bytes, upto: int) -> None:
        """Take a frame in, and run what there is, up to the entry at a seq."""
        self.half.receive(frame, 0.0)

        async def go() -> None:
            async for entry in self:
                if entry.seq == upto:
                    break

        try:
            go().send(None)
        except StopIteration:
            return
        raise RuntimeError("it waits for more")


def frames_of(count: int, seqs: Iterator[int]) -> list[bytes]:
    """So many commands of another player, 50 in a frame."""
    lines = [
        b'{"t":"do","s":%d,"by":"Alan","at":1700000000000,"c":"move","a":[%d,1],"n":%d}' % (seq, seq % 100, seq)
        for seq in itertools.islice(seqs, count)
    ]
    return [b"\n".join(lines[start : start + _BATCH]) for start in range(0, count, _BATCH)]


def client_runs() -> Piece:
    """Commands that arrive, 50 in a frame, and are run by `pump()` through an `everywhere` function."""
    room = Unconnected()
    seqs = itertools.count(2)
    moved = [0, 0]

    @room.everywhere
    def move(player: Player, dx: Any, dy: Any) -> None:
        moved[0] += dx
        moved[1] += dy

    def prepare(count: int) -> Callable[[], None]:
        frames = frames_of(count, seqs)

        def run() -> None:
            for frame in frames:
                room.hear(frame)
                room.pump()

        return run

    return prepare


def asyncio_runs() -> Piece:
    """The same for a program on asyncio, which gets each entry from `async for`, too."""
    room = UnconnectedAsync()
    moved = [0, 0]

    @room.everywhere
    def move(player: Player, dx: Any, dy: Any) -> None:
        moved[0] += dx
        moved[1] += dy

    seqs = itertools.count(2)
    upto = 1

    def prepare(count: int) -> Callable[[], None]:
        frames = frames_of(count, seqs)

        def run() -> None:
            nonlocal upto
            for frame in frames:
                upto += _BATCH
                room.run(frame, upto)

        return run

    return prepare


def client_sends() -> Piece:
    """Calls of an `everywhere` function, taken 50 at a time for the network, and acknowledged."""
    room = Unconnected()
    seqs = itertools.count(2)

    @room.everywhere
    def move(player: Player, dx: Any, dy: Any) -> None: ...

    def prepare(count: int) -> Callable[[], None]:
        entries = [
            b'{"t":"do","s":%d,"by":"Ada","at":1700000000000,"c":"other","n":%d}' % (seq, seq - 1)
            for seq in itertools.islice(seqs, count)
        ]

        def run() -> None:
            for start in range(0, count, _BATCH):
                for _ in range(_BATCH):
                    move(5, 0)
                room.half.take_frame(0.0)
                room.hear(b"\n".join(entries[start : start + _BATCH]))
                room.pump()

        return run

    return prepare


def join_and_leave() -> Piece:
    """Newcomers who join a room of 100 and leave it again."""
    house = House(100)

    def prepare(count: int) -> Callable[[], None]:
        def run() -> None:
            for _ in range(count):
                peer = JsonPeer(house.directory, Nowhere(), house.wire, "10.0.0.1", house.now)
                house.directory.enter(peer)
                peer.receive(b'{"t":"hello","room":"dots","name":"newcomer"}', house.now)
                house.flush()
                peer.gone(house.now, clean=True)
                house.flush()

        return run

    return prepare


def json() -> Piece:
    """One command read and written as JSON: what of all this is msgspec's."""

    def prepare(count: int) -> Callable[[], None]:
        def run() -> None:
            for _ in range(count):
                codec.encode(codec.decode_client(b'{"t":"do","n":1,"c":"move","a":[1,2]}'))

        return run

    return prepare


PIECES: Final[dict[str, Callable[[], Piece]]] = {
    "command-2": lambda: command(2),
    "command-100": lambda: command(100),
    "lone-command-2": lambda: lone_command(2),
    "lone-command-100": lambda: lone_command(100),
    "join-leave-100": join_and_leave,
    "client-runs": client_runs,
    "asyncio-runs": asyncio_runs,
    "client-sends": client_sends,
    "json": json,
}

mark: Final = os.getsid
"""Calls a function of the C library that nothing else calls: callgrind writes its counts down whenever it is called."""


def main() -> None:
    gc.disable()
    for name, piece in PIECES.items():
        prepare = piece()
        prepare(SLOW.get(name, WARM))()
        count = operations(name)
        run = prepare(count)
        mark(0)
        began = time.perf_counter()
        run()
        took = time.perf_counter() - began
        mark(0)
        print(f"{name:18} {took / count * 1e6:8.2f} µs")


def operations(name: str) -> int:
    """How many of this piece are measured."""
    return SLOW.get(name, OPERATIONS)


if __name__ == "__main__":
    main()
