"""What is promised of background work, at random, while handlers fail, connections are lost and servers are killed.

Nothing is begun that no turn which stands has asked for, and nothing twice; of each that was asked for, one method runs
in the end, once, whole or undone: with its result, or with what became of it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from roomcast.core.room.commit_log import Level
from roomcast.core.room.working_room import WorkingRoom
from roomcast.errors import CannotConnect
from roomcast.rules.background_work import Works
from roomcast.rules.room_behaviour import RoomBehaviour
from roomcast.server import Player, Reject, Room, WorkLost
from roomcast.testing import RulesFailed, playtest
from tests.rules.planted import is_found

NAMES = ("Ada", "Alan")
TOO_LONG = 40.0  # seconds


class Errands(Room):
    """`asked`, `ended` are taken back with a handler; `begun`, `done` are not. Errands are known by a key."""

    begun: ClassVar[list[str]] = []
    done: ClassVar[list[str]] = []

    def on_create(self) -> None:
        self.asked: list[str] = []
        self.ended: dict[str, str] = {}
        self.state["open"] = 0
        self.halves = [0, 0]
        self.after(0.5, self.ask_by_itself, 1)

    def on_ask(self, player: Player, number: int) -> None:
        self.ask(random.Random(number))

    async def on_ask_slowly(self, player: Player, number: int) -> None:
        chance = random.Random(number)
        self.halves[0] += 1
        self.ask(chance)
        await asyncio.sleep(chance.choice((0, 0.3, 2)))
        self.halves[1] += 1
        self.ask(chance)

    def ask_by_itself(self, number: int) -> None:
        self.after(0.5, self.ask_by_itself, number + 1)
        self.ask(random.Random(f"timer {number}"))

    def ask(self, chance: random.Random) -> None:
        """What a command or a timer does."""
        for _ in range(chance.choice((0, 1, 1, 2))):
            key, end = f"{chance.getrandbits(60)}", chance.choice(("", "", "fail", "late", "its method fails"))
            if key in self.asked:
                continue  # sent again, at a level that forgets
            self.asked.append(key)
            self.state["open"] += 1
            seconds = TOO_LONG if end == "late" else chance.choice((0, 0, 0.1, 1, 5))
            self.background(errand(key, seconds, end), self.came, key, end, otherwise=self.failed)
        match chance.choice(("", "", "", "fail", "refuse")):
            case "fail":
                raise ZeroDivisionError
            case "refuse":
                raise Reject("no")

    def came(self, result: str, key: str, end: str) -> None:
        assert result == key
        self.ended[key] = "came"
        self.state["open"] -= 1
        if self.random.random() < 0.2:
            self.ask(self.random)  # type: ignore[arg-type]
        if end == "its method fails":
            raise ZeroDivisionError

    def failed(self, error: Exception, key: str, end: str) -> None:
        assert key not in self.ended
        self.ended[key] = type(error).__name__
        self.state["open"] -= 1


async def errand(key: str, seconds: float, end: str) -> str:
    Errands.begun.append(key)
    await asyncio.sleep(seconds)
    if end == "fail":
        raise ConnectionError
    Errands.done.append(key)
    return key


def play(seed: int) -> None:
    chance, level = random.Random(seed), (Level.NONE, Level.FULL)[seed % 2]
    Errands.begun.clear()
    Errands.done.clear()
    game = playtest(Errands, *NAMES, seed=seed, level=level)
    for _ in range(40):
        player = game.players[chance.choice(NAMES)]
        game.machine.disk_waits = chance.random() < 0.2
        match chance.choice(("ask", "ask", "ask", "slowly", "wait", "wait", "drop", "come", "crash")):
            case "ask":
                player.room.send("ask", chance.getrandbits(30))
            case "slowly":
                player.room.send("ask_slowly", chance.getrandbits(30))
            case "wait":
                expecting(lambda: game.advance(chance.choice((0.05, 0.3, 2.0))))
            case "drop" if player.is_connected:
                expecting(player.drop)
            case "come" if not player.is_connected and not game.machine.disk_waits:
                expecting(player.come)
            case "crash" if level is Level.FULL:
                game.crash(chance.randrange(game.machine.disk.waits + 1))
                game.machine.disk_waits = False
                expecting(game.players["Ada"].come)
        if chance.random() < 0.6:
            expecting(game.run)
    game.machine.disk_waits = False
    for player in game.players.values():
        if not player.is_connected:
            expecting(player.come)
    expecting(lambda: game.advance(2))
    while game.directory.rooms["errands"].held:  # else what a handler has done so far is looked at
        expecting(lambda: game.advance(0.1))
    look(game.server, level)
    asked = list(game.server.asked)
    end = game.now + TOO_LONG
    while game.now < end:  # each failure ends one
        expecting(lambda: game.advance(end - game.now))
    while game.directory.rooms["errands"].held:
        expecting(lambda: game.advance(0.1))
    look(game.server, level)
    failing = {key for key in asked if key not in game.server.ended}
    assert failing <= set(Errands.done), "of some, no method has run"  # theirs was undone
    assert failing.isdisjoint(waiting(game.server)), "some are never over"


def expecting(run: Callable[[], object]) -> None:
    try:
        run()
    except RulesFailed as failed:
        if not isinstance(failed.__cause__, ZeroDivisionError):
            raise
    except CannotConnect:
        pass


def look(rules: Any, level: Level) -> None:
    asked, ended = rules.asked, rules.ended
    begun = Errands.begun
    assert len(set(begun)) == len(begun), "one was begun twice"
    assert set(begun) <= set(asked), "one was begun that nothing which stands has asked for"
    assert set(ended) <= set(asked)
    assert rules.halves[0] == rules.halves[1], "half a handler stands"
    assert len(rules._Room__engine._works) == rules.state["open"] - undone(rules), "some are lost, or never over"
    for key, end in ended.items():
        if end == "came":
            assert key in Errands.done
        assert end in ("came", "ConnectionError", "TimeoutError", WorkLost.__name__)
        assert level is Level.FULL or end != WorkLost.__name__


def undone(rules: Any) -> int:
    """How many are over, and their methods were undone."""
    return len([key for key in rules.asked if key not in rules.ended and key not in waiting(rules)])


def waiting(rules: Any) -> set[str]:
    """The keys of those that are not over."""
    box = rules._Room__engine._works.box
    return {box.get(field)[2][0] for field in box if field != "made"}


@pytest.mark.parametrize("part", range(4))
def test_each_is_begun_once_and_one_method_hears_of_it(part: int) -> None:
    for seed in range(part * 25, part * 25 + 25):
        play(seed)


# ---------------------------------------------------------------------- planted faults


def test_work_that_begins_at_once_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Works.ask

    def asks(self: Works, work: Any, end: Any) -> None:
        work.send(None)
        ask(self, work, end)

    monkeypatch.setattr(Works, "ask", asks)
    assert is_found(play)


def test_an_undo_that_forgets_work_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Works, "undo", lambda self: None)
    assert is_found(play)


def test_work_that_begins_before_it_is_committed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def begins(self: Any, works: Any) -> None:
        for token in works:
            self._works[token] = None
            self._runs.begin(self, token)

    monkeypatch.setattr(WorkingRoom, "_have_done", begins)
    assert is_found(play)


def test_work_that_nobody_hears_of_after_a_restart_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RoomBehaviour, "lost_works", lambda self: [])
    assert is_found(play)


def test_a_method_that_fails_and_work_that_is_never_over_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    take, taken = Works.take, list[int]()

    def takes(self: Works, number: int) -> Any:
        if taken and taken[-1] == number:
            return None
        taken.append(number)
        return take(self, number)

    monkeypatch.setattr(Works, "take", takes)
    assert is_found(play)


def test_work_that_is_decided_on_within_a_handler_that_waits_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = WorkingRoom.work_ended

    def ends(self: Any, token: object, now: float) -> None:
        held, self._token = self._token, None
        ended(self, token, now)
        self._token = held

    monkeypatch.setattr(WorkingRoom, "work_ended", ends)
    assert is_found(play)
