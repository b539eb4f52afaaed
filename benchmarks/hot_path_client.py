"""The client's pieces of the hot path: commands received and run, and commands sent."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any, Final

from hot_path_server import BATCH, Piece

from roomcast.client.aio import AsyncRoom
from roomcast.client.arrivals import Arrivals
from roomcast.client.client_room import ClientRoom
from roomcast.client.connected_room import ConnectedRoom
from roomcast.client.game import Room
from roomcast.client.players import Player
from roomcast.client.where import parse_where
from roomcast.core.client.client_core import ClientCore

WELCOME: Final = (
    b'{"t":"welcome","me":"Ada","session":"s","s":1,"time":0,'
    b'"limits":{"message_size":65536,"rate":1e9,"burst":1000000000,"silent_for":25.0},'
    b'"snapshot":{"players":[{"id":"Ada","name":"Ada"},{"id":"Alan","name":"Alan"}]}}'
)


def joined(room: ConnectedRoom) -> ClientCore:
    """Let a room without a connection receive its welcome; returns its client core."""
    core = room._core
    core.connected()
    core.next_frame(0.0)
    core.receive(WELCOME, 0.0)
    room._is_admitted(None)
    return core


class OfflineRoom(Room):
    """The game-loop client without its network thread: frames come from `hear` and go to `core.next_frame`."""

    def __init__(self) -> None:
        ClientRoom.__init__(self, parse_where("localhost/dots"), "Ada")
        self._arrived = Arrivals()
        self._pumping = {}
        self.core = joined(self)
        self.pump()

    def hear(self, frame: bytes) -> None:
        self.core.receive(frame, 0.0)


class OfflineAsyncRoom(AsyncRoom):
    """The asyncio client, likewise. It runs without an event loop, since nothing in here has to wait."""

    def __init__(self) -> None:
        super().__init__(parse_where("localhost/dots"), "Ada", 1.0)
        self._sender.barred = ""  # it counts as entered
        self.core = joined(self)

    def run(self, frame: bytes, upto: int) -> None:
        """Receive a frame, and run all entries up to the seq `upto`."""
        self.core.receive(frame, 0.0)

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
    """Commands of another player, 50 in a frame."""
    lines = [
        b'{"t":"do","s":%d,"by":"Alan","at":1700000000000,"c":"move","a":[%d,1],"n":%d}' % (seq, seq % 100, seq)
        for seq in itertools.islice(seqs, count)
    ]
    return [b"\n".join(lines[start : start + BATCH]) for start in range(0, count, BATCH)]


def add_move(room: ClientRoom) -> None:
    """What a game does with a command, at the least."""
    moved = [0, 0]

    @room.everywhere
    def move(player: Player, dx: Any, dy: Any) -> None:
        moved[0] += dx
        moved[1] += dy


def game_receives() -> Piece:
    """Commands that arrive, 50 in a frame, and are run by `pump()` through an `everywhere` function."""
    room = OfflineRoom()
    add_move(room)
    seqs = itertools.count(2)

    def prepare(count: int) -> Callable[[], None]:
        frames = frames_of(count, seqs)

        def run() -> None:
            for frame in frames:
                room.hear(frame)
                room.pump()

        return run

    return prepare


def asyncio_receives() -> Piece:
    """The same for a program on asyncio, which also gets each entry from `async for`."""
    room = OfflineAsyncRoom()
    add_move(room)
    seqs = itertools.count(2)
    upto = 1

    def prepare(count: int) -> Callable[[], None]:
        frames = frames_of(count, seqs)

        def run() -> None:
            nonlocal upto
            for frame in frames:
                upto += BATCH
                room.run(frame, upto)

        return run

    return prepare


def game_sends() -> Piece:
    """Calls of an `everywhere` function, taken 50 at a time for the network, and acknowledged."""
    room = OfflineRoom()
    seqs = itertools.count(2)

    @room.everywhere
    def move(player: Player, dx: Any, dy: Any) -> None: ...

    def prepare(count: int) -> Callable[[], None]:
        entries = [
            b'{"t":"do","s":%d,"by":"Ada","at":1700000000000,"c":"other","n":%d}' % (seq, seq - 1)
            for seq in itertools.islice(seqs, count)
        ]

        def run() -> None:
            for start in range(0, count, BATCH):
                for _ in range(BATCH):
                    move(5, 0)
                room.core.next_frame(0.0)
                room.hear(b"\n".join(entries[start : start + BATCH]))
                room.pump()

        return run

    return prepare
