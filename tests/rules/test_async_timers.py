"""Timers that wait, and methods of background work that do: the room waits with them, and commands come through."""

from __future__ import annotations

import asyncio

import pytest

from roomcast.core.server.rules_change import change_rules
from roomcast.server import Player, Room
from roomcast.testing import RulesFailed, playtest
from tests.rules.test_async_handlers import asked


class Clock(Room):
    def on_create(self) -> None:
        self.rung: list[float] = []
        self.began = self.time

    def on_set_up(self, player: Player, seconds: float, every: float) -> None:
        self.every(every, self.ring, seconds) if every else self.after(1, self.ring, seconds)

    async def ring(self, seconds: float) -> None:
        self.rung.append(round(self.time - self.began, 1))
        self.state["half"] = True
        await asyncio.sleep(seconds)
        if seconds == 2.5:
            raise ZeroDivisionError
        self.state["rung"] = len(self.rung)

    def on_look(self, player: Player) -> int:
        return len(self.rung)


def test_a_timer_may_wait() -> None:
    game = playtest(Clock, "red")
    game.red.set_up(2.0, 0.0)
    game.advance(2)
    assert "half" not in game.red.state
    looked = asked(game, "red", "look")
    game.advance(2)
    assert looked.result(0) == 1
    assert game.red.state["rung"] == 1
    game.advance(10)
    assert game.red.look() == 1


def test_one_that_repeats_and_takes_longer_skips_what_it_has_missed_and_commands_come_through() -> None:
    game = playtest(Clock, "red")
    game.red.set_up(1.7, 1.0)
    for _ in range(5):
        asked(game, "red", "look")
        game.advance(2)
    assert game.server.rung[:4] == [1.0, 3.0, 5.0, 7.0]
    game.advance(0.5)
    assert asked(game, "red", "look").pending is not None
    game.advance(4)
    assert game.red.state["rung"] >= 6


def test_timers_that_wait_one_after_the_other_let_commands_through() -> None:
    game = playtest(Clock, "red", "blue")
    for _ in range(3):
        game.red.set_up(1.9, 1.0)
    answers = []
    for _ in range(10):
        answers += [asked(game, "red", "look"), asked(game, "blue", "look")]
        game.advance(3)
    assert sum(answer.done for answer in answers) >= 6
    game.red.leave()
    game.advance(10)
    assert [one.id for one in game.server.players] == ["blue"]


def test_one_that_fails_or_is_stopped_has_run_and_runs_again() -> None:
    game = playtest(Clock, "red")
    game.red.set_up(2.5, 4.0)
    with pytest.raises(RulesFailed):
        game.advance(7)
    assert "half" not in game.red.state
    assert not game.server.rung
    game = playtest(Clock, "red")
    game.red.set_up(100.0, 10.0)
    game.advance(38)
    assert not game.server.rung
    assert len(game.server.timers) == 1
    assert game.red.look() == 0


def test_new_rules_wait_for_a_timer_that_was_due_before() -> None:
    class Other(Clock):
        kind = "clock"

        async def ring(self, seconds: float) -> None:
            self.state["other"] = True

    game = playtest(Clock, "red")
    game.red.set_up(2.0, 0.0)
    game.now += 1.5  # nobody has looked at the time since
    game.directory.kinds.take({"clock": Other})  # type: ignore[attr-defined]
    assert change_rules(game.directory, game.now) == {"clock": ""}
    game.advance(4)
    assert game.red.state["rung"] == 1
    assert "other" not in game.red.state
    game.red.set_up(1.0, 0.0)
    game.advance(2)
    assert game.red.state["other"]


class Teller(Room):
    def on_begin(self, player: Player) -> None:
        self.background(asyncio.sleep(1, "book"), self.came)

    async def came(self, what: str) -> None:
        self.state["half"] = True
        await asyncio.sleep(1)
        self.state["came"] = what

    def on_look(self, player: Player) -> str:
        return str(self.state.get("came"))


def test_the_method_of_background_work_may_wait() -> None:
    game = playtest(Teller, "red")
    game.red.begin()
    game.advance(1.5)
    assert "half" not in game.red.state
    assert game.red.look() == "book"
