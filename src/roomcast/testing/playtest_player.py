"""One player of a playtest: a real client core, which the game connects to the server."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Protocol

from roomcast.client.asking import Answer
from roomcast.client.client_room import ClientRoom
from roomcast.client.given import secret_text
from roomcast.client.players import Players
from roomcast.client.running import RunningCall
from roomcast.client.shared import Shared
from roomcast.client.where import Where
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.sending_core import Stage
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.core.server.stage import Stage as PeerStage
from roomcast.errors import CannotConnect
from roomcast.testing.playtest_connection import WIRE, PlaytestConnection
from roomcast.testing.playtest_spectator import seen


class Game(Protocol):
    """What a player needs of the game (`playtest.Playtest`)."""

    now: float
    room_name: str
    players: dict[str, PlaytestPlayer]

    @property
    def directory(self) -> Directory: ...

    def run(self) -> None: ...

    def advance(self, seconds: float) -> None: ...

    def run_until(self, done: Callable[[], bool]) -> None: ...

    def rules_of(self, name: str) -> Any: ...


class _PlayerRoom(ClientRoom):
    """The room as a player's program has it: register functions with `on` and `command`, read `state` and `players`."""

    def _running_call(self) -> RunningCall | None:
        return self._inbox.queue.running_call()

    def run(self) -> bool:
        """Run what has arrived. Returns whether there was anything."""
        inbox = self._inbox
        ran = False
        while inbox.queue.calls or inbox.ready:
            ran = True
            while inbox.queue.calls:
                inbox.queue.calling = True
                inbox.queue.calls.popleft()()
            inbox.queue.calling = False
            if not inbox.timer_runner.take(self._core.ticked) and inbox.waiting:
                inbox.next()
        return ran


class _Command:
    """`game.red.move`: to be called. Shown as what it is, for who looks for something else, such as `game.red.id`."""

    def __init__(self, player: PlaytestPlayer, command: str) -> None:
        self._player = player
        self._command = command

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._player.ask(self._command, *args, **kwargs)

    def __repr__(self) -> str:
        who = f"game.{self._player.name}"
        return (
            f"<{who}.{self._command} sends a command when it is called; what {who} knows is in "
            f"{who}.state, {who}.players and {who}.room, as {who}.room.me.id>"
        )


class PlaytestPlayer:
    """One player: `game.red.move(5, 0)` sends the command, runs the game until all is quiet, and returns the answer.

    It raises `Refused` where the rules refuse. On `room`, register functions, as a program does (`on`, `command`), and
    find what a program finds there, as `game.red.room.me.id`; `received` is all that it was sent.
    """

    def __init__(
        self, game: Game, name: str, room: str = "", meet: Meet | None = None, credential: str | None = None
    ) -> None:
        room = room or game.room_name
        self.game = game
        self.name = name
        self.received: list[bytes] = []
        core = ClientCore(room, name, chance=random.Random(0).random)
        self.room = _PlayerRoom(
            Where("ws://playtest/", room),
            name,
            core=core,
            meet=meet,
            credential=secret_text("credential=", credential),
            clock=lambda: game.now,
        )
        self._core = core
        self._line: PlaytestConnection | None = None
        self._peer: JsonPeer | None = None
        self._waits = False  # the server reads nothing from it at the moment

    @property
    def server(self) -> Any:
        """The room that it is in, as its rules have it: `game.red.server.deck`. Only to look at."""
        return self.game.rules_of(self.room.name)

    @property
    def state(self) -> Shared:
        """The room's state, as this player sees it."""
        return self.room.state

    @property
    def players(self) -> Players:
        """The players and their state, as this player sees them."""
        return self.room.players

    def sees(self, player: str = "") -> dict[str, Any]:
        """What this player has of a player's state, by key; "": of the room's. Raises KeyError for who is not there."""
        return seen(self.room._replica.fold, player)

    def ask(self, command: str, *args: Any, **kwargs: Any) -> Any:
        """Send a command; returns what the handler returns. Raises `Refused`."""
        answer = Answer(command)
        self.room._ask(command, args, kwargs, answer.pending)
        self.game.run_until(lambda: answer.done)
        return answer.result(0.0)

    def __getattr__(self, command: str) -> Callable[..., Any]:
        if command.startswith("_"):
            raise AttributeError(command)
        return _Command(self, command)

    def come(self) -> None:
        """Connect: join, or come back after `drop`. Raises `CannotConnect` where the rules refuse."""
        game = self.game
        line = self._line = PlaytestConnection()
        peer = self._peer = JsonPeer(game.directory, line, WIRE, f"10.0.0.{len(game.players)}", game.now)
        game.directory.enter(peer)
        self._waits = False
        self._core.connected()
        game.run_until(lambda: self._peer is None or self._core.stage is Stage.LIVE or self._core.over is not None)
        while peer.stage is PeerStage.REFUSED:
            game.advance(1.0)  # it is told late
        if self._core.stage is not Stage.LIVE:
            over = self._core.over
            why = (self._core.bye_message, self._core.bye_code) if over is None else (over.message, over.code)
            raise CannotConnect(*why)

    @property
    def is_connected(self) -> bool:
        """Whether it has a connection now."""
        return self._peer is not None

    def lose(self, what: str) -> None:
        """As `drop`, in the midst of things: "what it said" reaches the server and the answers are lost, or "what it
        was told" waits unread; "nothing" is on its way.
        """
        line, peer, now = self._line, self._peer, self.game.now
        if line is not None and peer is not None and what != "nothing":
            while not self._waits and (frame := self._core.next_frame(now)):
                if what == "what it said":
                    self._waits = peer.receive(frame, now) > 0
            self.game.directory.flush(now)
        self.drop()

    def drop(self) -> None:
        """The connection is lost."""
        self._end(clean=False)
        self._core.disconnected("the connection was cut", self.game.now)
        self.game.run()

    def cut_off(self) -> None:
        """The server's computer is gone: nobody there hears of the end of the connection."""
        if self._line is not None:
            self._line = self._peer = None
            self._core.disconnected("the connection was cut", self.game.now)

    def leave(self) -> None:
        """Leave for good."""
        self._core.leave()
        self._end(clean=True)
        self.game.run()

    def _end(self, *, clean: bool) -> None:
        line, peer, self._line, self._peer = self._line, self._peer, None, None
        if line is not None and peer is not None:
            line.close(1000, "")
            peer.gone(self.game.now, clean=clean)

    def exchange(self) -> bool:
        """Carry what waits on the connection, both ways, and run it. Returns whether there was anything."""
        line, peer, now = self._line, self._peer, self.game.now
        moved = False
        if line is not None and peer is not None:
            while line.frames:
                frame = line.frames.popleft()
                self.received.append(frame)
                self._core.receive(frame, now)
                moved = True
            if self._waits:
                self._waits = peer.read_on(now) > 0
                moved = moved or not self._waits
            while line.open and not self._waits and (frame := self._core.next_frame(now)):
                self._waits = peer.receive(frame, now) > 0
                moved = True
            if not line.open and not line.frames:
                self._end(clean=False)
                self._core.disconnected("the server has ended the connection", now, said=True)
        return self.room.run() or moved
