"""The server's pieces of the hot path: commands into rooms, public and private, and newcomers."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from typing import Final

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.clock import Clock
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.core.server.room_kinds import RoomKinds, relays_only
from roomcast.rules.app_file import RuledKinds
from roomcast.rules.maker_reports import MakerReports
from roomcast.server import Player, Reject, Room
from roomcast.storage.memory import EphemeralStore
from roomcast.testing.timeline import Machine, Timeline
from roomcast.transports.websocket import WebSocketWire

BATCH: Final = 50  # commands in one flush of a busy room, and in one frame
_LIMITS: Final = Limits(
    rate=1e9, burst=10**9, room_players=10**6, connections_address=10**6, address_time=1e6, kept_entries=1000
)

Piece = Callable[[int], Callable[[], None]]
"""Takes a number of operations and returns a function that does them. Called to warm up, then to be measured."""


class Discard:
    """A connection that takes everything at once. Its `send` is a C function, as the socket's is."""

    behind = False

    def __init__(self) -> None:
        self.send = deque[bytes](maxlen=1).append
        self.stream = self, -1  # no socket: large batches are written, not sent by `sendfile`

    def write(self, data: bytes, /) -> bool:
        self.send(data)
        return True

    def unread(self) -> int:
        return 0

    get_write_buffer_size = unread

    def read_again(self) -> None: ...

    def is_closing(self) -> bool:
        return False

    def ping(self) -> None: ...

    def close(self, code: int, reason: str) -> None: ...

    def abort(self) -> None: ...


class OneRoom:
    """A server with one room, its players, and a clock that is set by hand. `kinds`: whether the room has rules."""

    def __init__(self, players: int, kinds: RoomKinds = relays_only) -> None:
        self.now = 1000.0
        self.wire = WebSocketWire(Machine(Timeline()))
        secrets = itertools.count()
        self.directory = Directory(
            _LIMITS,
            secret=lambda: f"secret-{next(secrets)}",
            seed=lambda: "",
            clock=Clock(),
            wake=lambda: None,
            store=EphemeralStore(),
            kinds=kinds,
        )
        self.numbers = [0] * players
        self.peers: list[JsonPeer] = []
        for number in range(players):
            self.peers.append(self.join(b"p%d" % number))
            self.flush()

    def join(self, name: bytes) -> JsonPeer:
        peer = JsonPeer(self.directory, Discard(), self.wire, "10.0.0.1", self.now)
        self.directory.enter(peer)
        peer.receive(b'{"t":"hello","room":"dots","name":"%b","v":[1,2]}' % name, self.now)
        return peer

    def flush(self) -> None:
        self.now += 1.0  # longer than any pace
        self.directory.flush(self.now)

    def commands(self, count: int, to: int = 0) -> list[tuple[Callable[[bytes, float], float], bytes]]:
        """Receivers and frames of commands; each is private to `to` others in rotation, unless that is 0."""
        made: list[tuple[Callable[[bytes, float], float], bytes]] = []
        players = len(self.peers)
        for turn in range(count):
            sender = turn % players
            self.numbers[sender] += 1
            recipients = b""
            if to:
                others = ((sender + 1 + (turn * to + k) % (players - 1)) % players for k in range(to))
                recipients = b',"to":[%b]' % b",".join(b'"p%d"' % other for other in others)
            frame = b'{"t":"do","n":%d,"c":"move","a":[%d,%d]%b}' % (
                *(self.numbers[sender], turn, 1000 - turn, recipients),
            )
            made.append((self.peers[sender].receive, frame))
        return made


class Dots(Room):
    """Rules as a first game has them: each command moves who sent it, within bounds."""

    def on_join(self, player: Player) -> None:
        player["x"] = player["y"] = 100

    def on_move(self, player: Player, dx: int, dy: int) -> None:
        if not 0 <= dx <= 10_000_000:
            raise Reject("too far")
        player["x"] = dx
        player["y"] += 1 if dy > 0 else -1


class Ticking(Room):
    """Rules as a game with physics has them: commands steer, and each tick moves everybody."""

    tick_rate = 20

    def on_join(self, player: Player) -> None:
        player["x"] = player["y"] = player["dx"] = player["dy"] = 0

    def on_move(self, player: Player, dx: int, dy: int) -> None:
        player["dx"], player["dy"] = dx, dy

    def on_tick(self, dt: float) -> None:
        for player in self.players:
            player["x"] = (player["x"] + player["dx"]) % 1000
            player["y"] = (player["y"] + player["dy"]) % 1000


def _with_rules(rules: type[Room] = Dots) -> RoomKinds:
    return RuledKinds({"dots": rules}, MakerReports(lambda sentence, error: None))


def command(players: int, to: int = 0, *, ruled: bool = False) -> Piece:
    """Commands into a busy room: 50 of them, then one flush. `to`: how many others may read it; 0: all.

    `ruled`: the room has rules, which handle them.
    """
    room = OneRoom(players, _with_rules() if ruled else relays_only)

    def prepare(count: int) -> Callable[[], None]:
        commands = room.commands(count, to)

        def run() -> None:
            for start in range(0, len(commands), BATCH):
                for receive, frame in commands[start : start + BATCH]:
                    receive(frame, room.now)
                room.flush()

        return run

    return prepare


def ticked_command(players: int) -> Piece:
    """Commands into a room with ticks: one of each player, then a tick that moves all."""
    room = OneRoom(players, _with_rules(Ticking))
    room.now += 0.013  # ticks are due between the flushes

    def prepare(count: int) -> Callable[[], None]:
        commands = room.commands(count)

        def run() -> None:
            for start in range(0, len(commands), players):
                for receive, frame in commands[start : start + players]:
                    receive(frame, room.now)
                room.now += 0.05
                room.directory.flush(room.now)

        return run

    return prepare


def tick(players: int) -> Piece:
    """Ticks of a room in which nobody sends anything, and everybody moves."""
    room = OneRoom(players, _with_rules(Ticking))
    for receive, frame in room.commands(2 * players):  # sets a direction, in which each moves from then on
        receive(frame, room.now)
    room.now += 0.013

    def prepare(count: int) -> Callable[[], None]:
        def run() -> None:
            for _ in range(count):
                room.now += 0.05
                room.directory.flush(room.now)

        return run

    return prepare


def lone_command(players: int) -> Piece:
    """Commands into a quiet room, each with a flush of its own."""
    room = OneRoom(players)

    def prepare(count: int) -> Callable[[], None]:
        commands = room.commands(count)

        def run() -> None:
            for receive, frame in commands:
                receive(frame, room.now)
                room.flush()

        return run

    return prepare


def join_and_leave() -> Piece:
    """Newcomers who join a room of 100 and leave it again."""
    room = OneRoom(100)

    def prepare(count: int) -> Callable[[], None]:
        def run() -> None:
            for _ in range(count):
                peer = room.join(b"newcomer")
                room.flush()
                peer.gone(room.now, clean=True)
                room.flush()

        return run

    return prepare
