"""Timers and ticks of rooms on a disk: they go on after a crash, and nothing that was seen runs twice."""

from __future__ import annotations

import asyncio

import pytest

from roomcast.core.room.commit_log import Level
from roomcast.server import Player
from roomcast.testing import Playtest, playtest
from tests.rules.test_ticks import Steps
from tests.rules.test_timers import Clocks


def crash_and_come_back(game: Playtest, down: float = 0.0) -> None:
    game.crash()
    game.now += down
    for player in game.players.values():
        player.come()


def test_a_timer_goes_on_after_a_crash() -> None:
    game = playtest(Clocks, "Ada", level=Level.FULL)
    game.Ada.after(5, "note", "once")
    game.Ada.every(2, "note", "often")
    game.advance(3)
    crash_and_come_back(game)
    game.advance(4)
    assert [what for what, _ in game.server.ran] == ["often", "often", "once", "often"]
    assert game.Ada.state["ran"] == 4
    assert len(game.server.timers) == 1


def test_what_was_due_while_the_room_was_closed_runs_in_order_when_it_opens() -> None:
    game = playtest(Clocks, "Ada", level=Level.FULL)
    for wait, name in ((30, "c"), (10, "a"), (20, "b"), (500, "later")):
        game.Ada.after(wait, "note", name)
    crash_and_come_back(game, down=60)
    assert [what for what, _ in game.server.ran] == ["a", "b", "c"]
    times = [when for _, when in game.server.ran]
    assert times == pytest.approx([10, 20, 30], abs=0.1)


class Slow(Clocks):
    async def on_think(self, player: Player) -> None:
        await asyncio.sleep(3)
        player["thought"] = True

    def on_drop(self, player: Player) -> None:
        self.note("dropped")


def test_what_was_due_and_waited_for_a_handler_runs_before_players_are_away() -> None:
    game = playtest(Slow, "Ada", "Alan", level=Level.FULL)
    game.Ada.after(1, "note", "due")
    game.Ada.room.send("think")
    game.Alan.room.send("think")
    game.advance(5)  # the first has thought, and so the room is kept as it is then; the second one thinks
    game.crash()
    game.Ada.come()
    assert [what for what, _ in game.server.ran] == ["due", "dropped", "dropped"]


def test_a_cancelled_timer_stays_so_and_ids_are_not_given_again() -> None:
    game = playtest(Clocks, "Ada", level=Level.FULL)
    first = game.Ada.after(5, "note", "never")
    game.Ada.cancel(first)
    crash_and_come_back(game)
    assert game.Ada.after(5, "note", "x") > first
    game.advance(6)
    assert [what for what, _ in game.server.ran] == ["x"]


def test_what_ticks_keep_for_themselves_is_kept() -> None:
    game = playtest(Steps, "Ada", level=Level.FULL)
    game.advance(2)
    ticks = len(game.server.dts)
    assert ticks > 30
    crash_and_come_back(game)
    assert len(game.server.dts) >= ticks
    game.advance(1)
    assert len(game.server.dts) >= ticks + 18
    assert len(set(game.server.rolls)) == len(game.server.rolls)
