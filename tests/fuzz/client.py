"""A player's program at a server that says anything: its client core, and what it sees of the room.

An input is a script of steps, separated by zero bytes; the first letter of a step says what happens:

    +          the connection is there;  -: it is lost
    <          the server sends the rest as a frame
    d D B s S  the program sends a command, a private one, one with bytes, sets its own state, the room's
    o          what waits to be sent goes out, one frame
    p          the program runs whatever has arrived
    t NUMBER   so many tenths of a second pass
"""

from __future__ import annotations

from typing import Any, Final

from roomcast.client.client_room import ClientRoom
from roomcast.client.functions import Function
from roomcast.client.players import Player
from roomcast.client.where import Where
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.client_events import Joined, Resumed
from roomcast.core.client.sending_core import Stage
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do, Entry, Error, Hello, Hidden, Set, Skipped
from roomcast.errors import BadArgument, ProtocolError, RoomClosed, TooFast
from tests.fuzz.json_codec import check_complaint
from tests.fuzz.server import steps_of


def _move(player: Player, dx: int, dy: float = 0.0) -> None:
    assert type(dx) is int
    assert type(dy) is float


def _picture(player: Player, name: str, data: bytes) -> None:
    assert type(name) is str
    assert type(data) is bytes


def _say(player: Player, *words: str) -> None:
    assert all(type(word) is str for word in words)


def _draw(player: Player, **how: Any) -> None:
    assert all(type(name) is str for name in how)


# Made once: to look at a function takes longer than a whole script does.
_FUNCTIONS: Final = {run.__name__[1:]: [Function(run, run.__name__[1:])] for run in (_move, _picture, _say, _draw)}
_EVENTS: Final = (
    "join", "leave", "away", "back", "set", "error", "desync", "offline", "resumed", "skipped", "lost", "closed",
)  # fmt: skip


class Game(ClientRoom):
    """A small game, without a network: it registers what games register."""

    def __init__(self) -> None:
        super().__init__(Where("ws://fuzz:1", "dots"), "Ada", core=ClientCore("dots", "Ada", chance=lambda: 0.5))
        self.core = self._core
        self.now = 1000.0
        self.connected = False
        self._handlers.commands.update(_FUNCTIONS)
        for event in _EVENTS:
            self.on(event)(lambda *what: repr(what))
        self.check(lambda: {"players": len(self.players)}, every=2)

    def pump(self) -> None:
        inbox, replica = self._inbox, self._replica
        while inbox.waiting:
            arrived = inbox.upcoming
            if isinstance(arrived, Entry | Hidden):
                assert arrived.s == replica.seq + 1, "the order that the program sees has a hole"
            inbox.next()
            if isinstance(arrived, Joined | Skipped):
                assert list(replica.fold.players) == list(dict.fromkeys(one.id for one in arrived.snapshot.players))
            while inbox.queue.calls:
                inbox.queue.calls.popleft()()

    def step(self, kind: str, rest: bytes) -> None:
        if kind == "+" and not self.connected and self.core.stage is Stage.OFFLINE:
            self.connected = True
            self.core.connected()
        elif kind == "-":
            self._lose("the connection was lost")
        elif kind == "<" and self.connected:
            self._receive(rest)
        elif kind == "o" and self.connected:
            self._send_out()
        elif kind == "p":
            self.pump()
        elif kind == "t":
            self.now += min(int(rest), 10_000) / 10 if rest.isdigit() and len(rest) < 6 else 0.0
        elif kind in "dDBsS":
            self._act(kind)

    def _receive(self, frame: bytes) -> None:
        before = len(self.core.events)
        try:
            self.core.receive(frame, self.now)
        except ProtocolError as error:
            check_complaint(error)
            self._lose(error.message)
        waiting = {message.n for message in self.core.outbox.waiting}
        for event in reversed(list(self.core.events)[before:]):
            if isinstance(event, Joined | Resumed):
                break  # before it, messages had other numbers
            if isinstance(event, Error) or (isinstance(event, Do | Set) and event.by == self.core.me):
                assert event.n not in waiting, "what came back is still kept"

    def _act(self, kind: str) -> None:
        try:
            if kind == "d":
                self.send("move", 5, dy=0.5)
                self.send("aim", self.core.unacknowledged, latest=True)
                self.send("shout", "here", ttl=2.0)
            elif kind == "D":
                self.send("say", "psst", to="Alan")
            elif kind == "B":
                self.send("picture", "cat.png", bytes(1000))
            elif kind == "s":
                self._sender.set("me", {"x": self.core.unacknowledged}, whole=True)
            else:
                self.state["level"] = {"is": [1]}
        except (BadArgument, RoomClosed, TooFast):
            pass

    def _lose(self, why: str) -> None:
        if self.connected:
            self.connected = False
            self.core.disconnected(why, self.now)

    def _send_out(self) -> None:
        frame = self.core.next_frame(self.now)
        for line in codec.lines_of(frame) if frame else []:
            message = codec.decode_client(line)
            assert not isinstance(message, Hello) or len(codec.lines_of(frame)) == 1, "hello stands alone"


def conversation(data: bytes) -> None:
    """Play a script, and look after each step whether all is as it must be."""
    game = Game()
    arrived = 0
    for kind, rest in steps_of(data):
        game.step(kind, rest)
        arrived += 2 + rest.count(b"\n") + len(game.core.outbox)
        assert len(game.core.events) <= 4 * arrived, "more is told than happened"
        _check(game)
    game.pump()
    _check(game)
    assert game._inbox.waiting == 0


def _check(game: Game) -> None:
    client = game.core
    numbers = [message.n for message in client.outbox.waiting]
    assert numbers == sorted(set(numbers))
    assert not numbers or numbers[-1] <= client.outbox.n
    assert client.outbox._fresh.keys() <= set(numbers), "what is forgotten has no freshness"
    assert client.wait_before_retry(game.now) >= 0
    assert (client.over is not None) == (client.stage is Stage.OVER)
    assert len(client.reports.lines) <= 50
    for who, player in game._replica.fold.players.items():
        assert player.id == who
        assert repr(game.players[who])
