"""A room with rules and its players in one test: real rules, real clients, no network, a clock that the test turns.

from roomcast.testing import playtest

def test_nobody_is_too_fast():
    game = playtest(Dots, "red", "blue")
    game.red.move(5, 0)
    assert game.blue.players["red"]["x"] == 105
    with pytest.raises(Refused, match="too fast"):
        game.red.move(50, 0)
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from math import inf
from threading import get_ident
from typing import Any, Final

from roomcast.client.connected_room import at_the_door
from roomcast.client.room_search import meet_of
from roomcast.core.room.commit_log import Level
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.server.directory import Directory
from roomcast.errors import BadArgument, CannotConnect, Refused
from roomcast.rules.app_file import kind_name
from roomcast.rules.maker_reports import MakerReports
from roomcast.rules.room_behaviour import RoomBehaviour
from roomcast.rules.room_class import Room
from roomcast.testing.playtest_leaks import leaks_of, leaks_of_owners
from roomcast.testing.playtest_loop import PlaytestLoop
from roomcast.testing.playtest_player import PlaytestPlayer
from roomcast.testing.playtest_server import PlaytestServer
from roomcast.testing.playtest_spectator import PlaytestSpectator

log: Final = logging.getLogger("roomcast.rules")


class RulesFailed(AssertionError):
    """Something in the maker's code has raised, other than `Reject`; its cause is that exception."""


_LOOK_EVERY: Final = 0.01  # seconds, for real
_LOOKS: Final = 500  # at what an async handler waits for outside of the game, before its time is over


class Playtest:
    """A room with rules, and its players, each an attribute by its name."""

    def __init__(
        self, rules: type[Room], *names: str, room: str = "", seed: int = 0, level: Level = Level.NONE
    ) -> None:
        given: object = rules
        if not (isinstance(given, type) and issubclass(given, Room)):
            how = "playtest takes a class of rules, as in playtest(Game, 'Ada')"
            raise BadArgument(f"{how}, not {given!r}", topic="rules")
        self.kind = kind_name(rules)
        self.room_name = room or self.kind
        self.now = 1000.0  # seconds, by the clock that `advance` turns
        self._again = inf  # when rooms are to be flushed next
        self._sweep_due = self.now + 1.0
        self.failures: list[Exception] = []  # of the maker's code, that nobody has looked at
        self.players: dict[str, PlaytestPlayer] = {}
        self._spectators: list[PlaytestSpectator] = []
        loop = PlaytestLoop(lambda: self.now)
        thread = get_ident()
        reports = MakerReports(self._note, looks=lambda: get_ident() == thread and not loop.turns)
        self.machine = PlaytestServer(rules, reports, level, seed, loop)
        for name in names:
            self.join(name)

    def _note(self, sentence: str, error: Exception | None) -> None:
        if error is None:
            log.warning("%s", sentence)  # as in the terminal of a server: pytest shows it where a test fails
        else:
            self.failures.append(error)

    @property
    def directory(self) -> Directory:
        """All rooms of the server."""
        return self.machine.directory

    def restart(self, rules: type[Room] | None = None) -> None:
        """The server ends, starts again with what is kept of the room, and those who were connected come back.

        `rules`: the class of the room from now on; None: the same. Raises `CannotConnect` where it does not open.
        """
        self.run()
        here = [player for player in self._all() if player.is_connected]
        self.machine.rules = rules or self.machine.rules
        self.crash()
        for player in here:
            player.come()

    def crash(self, kept: int = 0) -> None:
        """Kill the server, and start it again: all connections are lost.

        What its disk has not written is lost, but for the oldest `kept` of these changes.
        """
        self.machine.crash(kept)
        self._spectators.clear()
        for player in self._all():
            player.cut_off()

    def join(
        self, name: str, room: str = "", *, password: str = "", party: str = "", credential: str | None = None
    ) -> PlaytestPlayer:
        """One more player comes, into the room of that name or code. Raises `CannotConnect` where the rules refuse."""
        return self._add(PlaytestPlayer(self, name, room, at_the_door(password, party), credential))

    def join_or_create(
        self, name: str, *, party: int = 1, credential: str | None = None, **options: Any
    ) -> PlaytestPlayer:
        """One more player comes, as by `roomcast.join_or_create`."""
        return self._add(PlaytestPlayer(self, name, self.kind, meet_of("any", options, party=party), credential))

    def create(
        self,
        name: str,
        *,
        private: bool = False,
        password: str = "",
        party: int = 1,
        credential: str | None = None,
        **options: Any,
    ) -> PlaytestPlayer:
        """One more player comes, as by `roomcast.create`."""
        meet = meet_of("new", options, private=private, password=password, party=party)
        return self._add(PlaytestPlayer(self, name, self.kind, meet, credential))

    def _add(self, player: PlaytestPlayer) -> PlaytestPlayer:
        name = player.name
        before = self.players.get(name)
        self.players[name] = player
        try:
            player.come()
        except CannotConnect:
            del self.players[name]
            if before is not None:
                self.players[name] = before
            raise
        return player

    def __getattr__(self, name: str) -> PlaytestPlayer:
        try:
            return self.__dict__["players"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"nobody called {name!r} plays here: game.join({name!r})") from None

    @property
    def server(self) -> Any:
        """The room itself, as its rules have it: `game.server.deck`, `game.server.players["red"]`. Only to look at."""
        return self.rules_of(self.room_name)

    def rules_of(self, name: str) -> Any:
        """The room of a name, as its rules have it."""
        room = self.directory.rooms[name]
        assert isinstance(room, RuledRoom)
        behaviour = room.behaviour
        assert isinstance(behaviour, RoomBehaviour)
        return behaviour.room

    def spectator(self) -> PlaytestSpectator:
        """Somebody who looks on, without being in the room: as a page that shows it to an audience."""
        spectator = PlaytestSpectator(self.directory, self.room_name, self.now)
        self._spectators.append(spectator)
        self.run()
        return spectator

    def leaks_nothing(self, secrets: Mapping[str, Iterable[str]] | None = None) -> None:
        """Look through all that players and spectators were sent. Raises `AssertionError` where it was not for them.

        Without `secrets`: texts in fields of players that are `Owner[…]`, while they stood there. `secrets`: by player,
        texts that this player alone may ever have been sent; by "", texts that nobody may.
        """
        players = {one.room.me.id: one.received for one in self.players.values()}
        others = [("a spectator", one.received) for one in self._spectators]
        if secrets is None:
            leaks = leaks_of_owners(players, others, self.machine.rules._types.player.hints_of_fields.own)
        else:
            leaks = leaks_of(secrets, [*players.items(), *others])
        for leak in leaks:
            whose = f"which is for {leak.owner} alone" if leak.owner else "which is for nobody"
            raise AssertionError(f"{leak.reader} was sent {leak.text!r}, {whose}: {leak.line.decode()}")

    def run(self) -> None:
        """Run everything that is due, until all is quiet. Raises `RulesFailed`."""
        moved = True
        while moved:
            moved, again = self.machine.run(self.now)
            self._again = inf if again is None else again
            moved = bool([player for player in self._all() if player.exchange()]) or moved
            moved = bool([one for one in self._spectators if one.exchange(self.now)]) or moved
            self.now += 0.001
        if self.failures:
            failures, self.failures = self.failures, []
            raise RulesFailed(f"the rules failed: {failures[0]!r}") from failures[0]

    def run_until(self, done: Callable[[], bool]) -> None:
        """As `run`; while it is not done, let the time pass for which an async handler waits, or background work.

        Also where it is not done, it ends, once nothing is waited for any more.
        """
        self.run()
        looks = _LOOKS
        while not done() and self.machine.waits:
            if self.machine.loop.waits_for_time or not looks:
                self.advance(self.machine.loop.next_due - self.now)
                self.run()
            else:  # it waits for something outside of the game, such as a thread
                looks -= 1
                time.sleep(_LOOK_EVERY)
                self.machine.loop.look()
                self.run()

    def advance(self, seconds: float) -> None:
        """Let time pass: what is due meanwhile runs when it is due."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, max(self.now, min(self._again, self._sweep_due, self.machine.loop.next_due)))
            if self.now >= self._sweep_due:
                self._sweep()
            self.run()

    def _sweep(self) -> None:
        self._sweep_due = self.now + 1.0
        self.directory.sweep(self.now)
        for player in self._all():
            if player._peer is not None:
                player._peer.heard = True

    def _all(self) -> list[PlaytestPlayer]:
        return list(self.players.values())


def playtest(
    rules: type[Room], *names: str, room: str = "", seed: int = 0, level: Level | str = Level.NONE
) -> Playtest:
    """A game with these players. `room`: the room's name, "": the kind of the class. The same seed rolls the same.

    `level`: as `--level` of a server that keeps its rooms; with "full", `game.restart()` starts the server again.
    """
    return Playtest(rules, *names, room=room, seed=seed, level=Level(level))


__all__ = ["Playtest", "PlaytestPlayer", "PlaytestSpectator", "Refused", "RulesFailed", "playtest"]
