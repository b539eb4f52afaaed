"""`on_close`: runs once before a room is closed, and what it does is kept where the room is."""

from __future__ import annotations

import asyncio

import pytest

from roomcast.core.room.commit_log import Level
from roomcast.server import Player, Room
from roomcast.testing import Playtest, RulesFailed, playtest


class Shop(Room):
    def on_create(self) -> None:
        self.closed = 0
        self._told: list[str] = []

    def on_close(self) -> None:
        self.closed += 1
        self.state["closed"] = self.closed
        TOLD.append(f"{self.name} with {len(self.players)}")
        if self.state.get("fails"):
            raise ZeroDivisionError

    def on_fail(self, player: Player) -> None:
        self.state["fails"] = True


TOLD: list[str] = []


@pytest.fixture(autouse=True)
def told() -> list[str]:
    TOLD.clear()
    return TOLD


def close_empty(game: Playtest) -> None:
    """Everybody leaves, and nobody comes for as long as an empty room is kept."""
    for player in game.players.values():
        player.leave()
    game.advance(game.directory.limits.empty_room + 3)
    assert not game.directory.rooms


def test_it_runs_once_when_nobody_has_been_there_for_a_while(told: list[str]) -> None:
    close_empty(playtest(Shop, "Ada"))
    assert told == ["shop with 0"]


def test_it_runs_when_the_server_ends_while_players_are_there(told: list[str]) -> None:
    game = playtest(Shop, "Ada", "Alan")
    game.directory.close("over", game.now)
    assert told == ["shop with 2"]
    game.run()
    assert game.Ada.state["closed"] == 1


def test_what_it_does_is_kept(told: list[str]) -> None:
    game = playtest(Shop, "Ada", level=Level.FULL)
    close_empty(game)
    alan = game.join("Alan")
    assert alan.state["closed"] == 1
    assert game.server.closed == 1
    close_empty(game)
    assert game.join("Grace").state["closed"] == 2
    assert told == ["shop with 0"] * 2


def test_who_comes_while_it_is_about_to_be_closed_finds_it_open_and_it_runs_again_later(told: list[str]) -> None:
    game = playtest(Shop, "Ada")
    game.Ada.leave()
    room = game.directory.rooms["shop"]
    assert room.close_down(game.now)
    assert room.close_down(game.now)
    assert told == ["shop with 0"]
    alan = game.join("Alan")
    assert alan.state["closed"] == 1
    close_empty(game)
    assert told == ["shop with 0"] * 2


def test_where_it_raises_nothing_has_happened_and_the_room_is_closed() -> None:
    game = playtest(Shop, "Ada", level=Level.FULL)
    game.Ada.fail()
    with pytest.raises(RulesFailed, match="ZeroDivisionError"):
        close_empty(game)
    assert not game.directory.rooms


def test_it_may_not_wait() -> None:
    with pytest.raises(TypeError, match=r"Later.on_close may not be async: a room that is closed waits for nothing"):

        class Later(Room):
            async def on_close(self) -> None: ...


def test_nothing_is_asked_for_that_ends_after_the_room() -> None:
    class Saves(Room):
        def on_close(self) -> None:
            self.background(asyncio.sleep(0), self.saved)

        def saved(self, result: object) -> None: ...

    game = playtest(Saves, "Ada")
    with pytest.raises(RulesFailed, match=r"self.background\(\) in on_close: the room is gone before that is done"):
        close_empty(game)
