"""Hooks and timers that wait, at random, while players come and go and servers are killed: each whole, and once.

Each hook does half of what it does before it waits, and half after it; some refuse, fail, or are stopped in between.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from roomcast.core.room.commit_log import Level
from roomcast.errors import CannotConnect
from roomcast.rules.method_timers import Timers
from roomcast.rules.room_hooks import RoomHooks
from roomcast.server import Player, Reject, Room
from roomcast.testing import Playtest, RulesFailed, playtest
from roomcast.testing.playtest_player import PlaytestPlayer
from tests.rules.planted import is_found

NAMES = ("Ada", "Alan", "Grace")
WAITS = (0.0, 0.01, 0.3, 0.3, 1.0, 9.0)  # seconds; the last is more than a handler may take
ENDS = ("", "", "", "refuse", "fail")


class Salon(Room):
    """What happens is in two sums, which are the same but within a hook. `inside` is who has come in."""

    chance: ClassVar[random.Random] = random.Random(0)

    async def on_create(self) -> None:
        self.inside: list[str] = []
        self.gone: list[str] = []
        self.own_first = self.own_second = 0
        self.state["first"] = self.state["second"] = 0
        await asyncio.sleep(0.1)
        self.every(0.7, self.ring)

    async def act(self, end: str = "") -> None:
        self.state["first"] += 1
        self.own_first = self.state["first"]
        await asyncio.sleep(self.chance.choice(WAITS))
        self.state["second"] += 1
        self.own_second = self.state["second"]
        if end == "refuse":
            raise Reject("no")
        if end == "fail":
            raise ZeroDivisionError

    async def on_join(self, player: Player) -> None:
        player["visits"] = 0
        self.inside.append(player.id)
        await self.act(self.chance.choice(ENDS))
        player["visits"] = 1

    async def on_leave(self, player: Player) -> None:
        self.gone.append(player.id)
        await self.act(self.chance.choice(ENDS))
        self.inside.remove(player.id)

    async def on_drop(self, player: Player) -> None:
        await self.act(self.chance.choice(ENDS))

    async def on_reconnect(self, player: Player) -> None:
        await self.act(self.chance.choice(ENDS))
        player["visits"] += 1

    async def ring(self) -> None:
        await self.act(self.chance.choice(ENDS))

    async def on_act(self, player: Player) -> None:
        await self.act(self.chance.choice(ENDS))

    def on_throw_out(self, player: Player, whom: str) -> None:
        if whom in self.players:
            self.kick(whom, "go")

    def on_look(self, player: Player) -> int:
        return int(self.state["first"]) - int(self.state["second"])


def expecting(run: Callable[[], object]) -> None:
    try:
        run()
    except RulesFailed as failed:
        if not isinstance(failed.__cause__, ZeroDivisionError):
            raise
    except CannotConnect:
        pass


def play(seed: int) -> None:
    chance, level = random.Random(seed), (Level.NONE, Level.FULL)[seed % 2]
    Salon.chance = random.Random(seed)
    game = playtest(Salon, seed=seed, level=level)
    for name in NAMES:
        game.players[name] = PlaytestPlayer(game, name)
    for _ in range(40):
        name = chance.choice(NAMES)
        player = game.players[name]
        match chance.choice(
            ("come", "come", "act", "act", "look", "drop", "leave", "throw out", "wait", "wait", "crash")
        ):
            case "come" if not player.is_connected:
                if chance.random() < 0.3 or player._core.over is not None:
                    player = game.players[name] = PlaytestPlayer(game, name)
                begin_to_come(game, player)
            case "act" | "look" as what if player.is_connected:
                player.room.send(what)
            case "drop" if player.is_connected:
                expecting(player.drop)
            case "leave" if player.is_connected:
                expecting(player.leave)
                game.players[name] = PlaytestPlayer(game, name)
            case "throw out" if player.is_connected:
                player.room.send("throw_out", chance.choice(NAMES))
            case "wait":
                expecting(lambda: game.advance(chance.choice((0.1, 0.5, 3.0))))
            case "crash" if level is Level.FULL and chance.random() < 0.5:
                game.crash(chance.randrange(game.machine.disk.waits + 1))
        expecting(game.run)
        look(game)
    end = game.now + 100
    while game.now < end:
        expecting(lambda: game.advance(end - game.now))
        look(game)
    room = game.directory.rooms.get(game.room_name)
    if room is not None:
        while room.held and game.directory.rooms.get(game.room_name) is room:
            expecting(lambda: game.advance(0.5))
        if game.directory.rooms.get(game.room_name) is room:
            check_end(game, room)


def begin_to_come(game: Playtest, player: PlaytestPlayer) -> None:
    """Somebody comes, and nobody waits for it."""
    game.run_until = lambda done: game.run()  # type: ignore[method-assign]
    try:
        expecting(player.come)
    finally:
        del game.run_until  # type: ignore[method-assign]


def look(game: Playtest) -> None:
    """Nobody sees half of what a hook does, nor anybody who has not come in."""
    for player in game.players.values():
        if not player.room.seq:
            continue
        state = player.sees()
        assert state["first"] == state["second"], f"{player.name} sees half a hook"
        assert state.get("seen", 0) <= state["first"]
        for other in player.players:
            assert other.get("visits", 0) >= 1, f"{player.name} sees {other.id}, who has not come in"


def check_end(game: Playtest, room: Any) -> None:
    rules = game.server
    assert rules.state["first"] == rules.state["second"] == rules.own_first == rules.own_second
    here = [player.id for player in rules.players]
    assert set(here) <= set(rules.inside), "one is here whose join has not stood"
    assert sorted(room.state.players) == sorted(here)
    assert all(player["visits"] >= 1 for player in rules.players)
    assert len(rules.timers) <= 1
    for session in room.sessions.values():
        assert not session.bucket.paused
    assert not [*room._deferred, *room._rests]
    connected = {one._peer for one in game.players.values() if one.is_connected}
    assert {session.peer for session in room.sessions.values() if session.peer is not None} <= connected


@pytest.mark.parametrize("part", range(4))
def test_hooks_that_wait_are_whole_and_once(part: int) -> None:
    for seed in range(part * 25, part * 25 + 25):
        play(seed)


# ---------------------------------------------------------------------- planted faults


def test_a_refused_join_that_stands_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    came_to = RoomHooks._came_to

    def comes(self: Any, name: str, where: str, token: Any = None, ended: Any = bool) -> Any:
        if token is not None and name == "on_join":
            token.error = token.stopped = None
        return came_to(self, name, where, token, ended)

    monkeypatch.setattr(RoomHooks, "_came_to", comes)
    assert is_found(play)


def test_half_a_hook_that_stands_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def stands(self: Any, outcome: Any) -> Any:
        return self._drafted()

    monkeypatch.setattr(RoomHooks, "_in_any_case", stands)
    assert is_found(play)


def test_a_timer_that_is_over_when_it_fails_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Timers, "skip_missed", lambda self, timer, at: self.cancel(timer))
    rang = RoomHooks._rang

    def counts(self: Any, began: int, late: bool, outcome: Any) -> Any:
        assert len(self._timers) == 1, "the timer is over"
        return rang(self, began, late, outcome)

    monkeypatch.setattr(RoomHooks, "_rang", counts)
    assert is_found(play, errors=(AssertionError, Exception))
